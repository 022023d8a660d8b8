"""An analysis as rows and columns: what every tabular report is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncalc.analysis import Analysis, Block, Row
from cnncalc.record import record
from cnncalc.report.columns import DEFAULT_COLUMNS, Cell, Column, Factored, column
from cnncalc.shape import Shape

__all__ = ["Line", "Table", "tabulate"]


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
    chosen = tuple([column(key) for key in columns])
    if sort is not None:
        lines = _sorted(analysis, chosen, column(sort))
    else:
        lines = list(_lines(analysis, chosen, analysis.root, 0, depth))
    total = [c.of_sum(analysis.root, analysis) for c in chosen]
    label = next((i for i, c in enumerate(chosen) if not c.numeric), None)
    if label is not None:
        total[label] = "total"
    return Table(chosen, tuple(lines), tuple(total))


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
    cells = tuple([ends[c.key] if c.key in ends else c.of_sum(block, analysis) for c in columns])
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
