"""An analysis as rows and columns: what every tabular report is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from cnncalc.analysis import Analysis, Block, Row, Totals
from cnncalc.errors import SpecError, nearest
from cnncalc.record import record
from cnncalc.shape import Shape
from cnncalc.symbolic import Dim, factored

__all__ = ["COLUMNS", "DEFAULT_COLUMNS", "Cell", "Column", "Factored", "Line", "Table", "tabulate"]


@record
class Factored:
    """A value, and factors whose product it is: a person reads them more easily."""

    value: Dim
    factors: tuple[Dim, ...]


#: a cell holds a value, not text: each report prints it in its own way; None is an empty cell
Cell: TypeAlias = Dim | Factored | Shape | str | float | None


@record
class Column:
    """A column: its heading, its cell for a node, its cell for sums (blocks and the total), and how it aligns."""

    key: str
    heading: str
    of_row: Callable[[Row, Analysis], Cell]
    of_sum: Callable[[Totals, Analysis], Cell]
    numeric: bool = True


@record
class Line:
    """One line of a table: a node, or a block with its subtotal. `level` counts the blocks around it."""

    name: str
    level: int
    cells: tuple[Cell, ...]
    is_block: bool = False


@record
class Table:
    """What is to be printed."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    #: the sums, with "total" in the first column of words
    total: tuple[Cell, ...]


def _share(part: Dim, whole: Dim) -> float | None:
    """A percentage, where both are numbers."""
    if isinstance(part, int) and isinstance(whole, int):
        return 100 * part / whole if whole else 0.0
    return None


def _by_sizes(count: Dim, row: Row) -> Cell:
    """A count that names occur in, with those sizes as factors that divide it."""
    if isinstance(count, int):
        return count
    factors = factored(count, (*row.output.dims, *row.input.dims))
    return count if len(factors) == 1 else Factored(count, factors)


def _nothing(totals: Totals, analysis: Analysis) -> Cell:
    del totals, analysis
    return None


_ALL = (
    Column("name", "name", lambda r, _: r.name, _nothing, numeric=False),
    Column("layer", "layer", lambda r, _: r.word, _nothing, numeric=False),
    Column("kind", "kind", lambda r, _: r.kind, _nothing, numeric=False),
    Column("from", "from", lambda r, _: ", ".join(r.inputs), _nothing, numeric=False),
    Column("input", "input", lambda r, _: r.input, lambda _, a: a.input),
    Column("output", "output", lambda r, _: r.output, lambda _, a: a.output),
    Column("params", "params", lambda r, _: r.totals.params, lambda t, _: t.params),
    Column("buffers", "buffers", lambda r, _: r.totals.buffers, lambda t, _: t.buffers),
    Column("macs", "MACs", lambda r, _: _by_sizes(r.totals.macs, r), lambda t, _: t.macs),
    Column("flops", "FLOPs", lambda r, _: _by_sizes(r.totals.flops, r), lambda t, _: t.flops),
    Column(
        "params%",
        "params %",
        lambda r, a: _share(r.totals.params, a.totals.params),
        lambda t, a: _share(t.params, a.totals.params),
    ),
    Column(
        "macs%",
        "MACs %",
        lambda r, a: _share(r.totals.macs, a.totals.macs),
        lambda t, a: _share(t.macs, a.totals.macs),
    ),
)

COLUMNS: dict[str, Column] = {column.key: column for column in _ALL}
DEFAULT_COLUMNS = ("name", "layer", "output", "params", "macs")


def tabulate(
    analysis: Analysis,
    *,
    columns: Sequence[str] = DEFAULT_COLUMNS,
    depth: int | None = None,
    sort: str | None = None,
) -> Table:
    """The table of an analysis.

    `depth` is how many levels of blocks are opened (None: all; 0: only the outermost names, each with its sum);
    `sort` orders the nodes by a column, largest first, without blocks.

    Raises SpecError for an unknown column.
    """
    chosen = tuple(_column(key) for key in columns)
    if sort is not None:
        lines = _sorted(analysis, chosen, _column(sort))
    else:
        lines = list(_lines(analysis, chosen, analysis.root, 0, depth))
    total = [c.of_sum(analysis.totals, analysis) for c in chosen]
    label = next((i for i, c in enumerate(chosen) if not c.numeric), None)
    if label is not None:
        total[label] = "total"
    return Table(chosen, tuple(lines), tuple(total))


def _column(key: str) -> Column:
    if key not in COLUMNS:
        close = nearest(key, tuple(COLUMNS))
        cure = f"did you mean '{close}'?" if close else f"columns: {', '.join(COLUMNS)}"
        raise SpecError(f"no column is called '{key}'", cure, code="CNN140")
    return COLUMNS[key]


def _lines(
    analysis: Analysis, columns: tuple[Column, ...], block: Block, level: int, depth: int | None
) -> Iterator[Line]:
    children = {child.first: child for child in block.children}
    at = block.first
    while at < block.last:
        child = children.get(at)
        if child is None:
            yield _node_line(analysis, columns, analysis.rows[at], level)
            at += 1
            continue
        yield _block_line(analysis, columns, child, level)
        if depth is None or level < depth:
            yield from _lines(analysis, columns, child, level + 1, depth)
        at = child.last


def _node_line(analysis: Analysis, columns: tuple[Column, ...], row: Row, level: int) -> Line:
    return Line(row.name, level, tuple([c.of_row(row, analysis) for c in columns]))


def _block_line(analysis: Analysis, columns: tuple[Column, ...], block: Block, level: int) -> Line:
    """A block: what goes into its first node, what comes out of it, and its sums."""
    ends: dict[str, Cell] = {
        "name": block.name,
        "input": analysis.rows[block.first].input,
        "output": block.output,
    }
    cells = tuple([ends[c.key] if c.key in ends else c.of_sum(block.totals, analysis) for c in columns])
    return Line(block.name, level, cells, is_block=True)


def _sorted(analysis: Analysis, columns: tuple[Column, ...], by: Column) -> list[Line]:
    def key(row: Row) -> tuple[bool, float | int, str]:
        cell = by.of_row(row, analysis)
        if isinstance(cell, Shape):
            cell = cell.elements
        elif isinstance(cell, Factored):
            cell = cell.value
        # names and expressions have no order of size: they follow the numbers, in their own order
        return (False, -cell, "") if isinstance(cell, int | float) else (True, 0, str(cell))

    return [_node_line(analysis, columns, row, 0) for row in sorted(analysis.rows, key=key)]
