"""The columns that a table of an analysis may have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from cnncalc.analysis import Analysis, Block, Row
from cnncalc.errors import SpecError, nearest
from cnncalc.record import record
from cnncalc.shape import Shape
from cnncalc.symbolic import Dim, IntExpr, factored, pretty, pretty_formula

if TYPE_CHECKING:
    from cnncalc.layers import Derivation
    from cnncalc.passes.details import Detail
    from cnncalc.passes.initialisation import Initialisation
    from cnncalc.passes.receptive_field import Field

__all__ = ["COLUMNS", "DEFAULT_COLUMNS", "Cell", "Column", "Factored", "column", "needed", "quotient"]


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
    of_sum: Callable[[Block, Analysis], Cell]
    numeric: bool = True
    #: what has to be asked for when the network is analysed
    needs: Detail | None = None


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


def _nothing(block: Block, analysis: Analysis) -> Cell:
    del block, analysis
    return None


def _text(key: str, of_row: Callable[[Row, Analysis], Cell]) -> Column:
    return Column(key, key, of_row, _nothing, numeric=False)


def _of_field(key: str, tell: Callable[[Field], str]) -> Column:
    """What is told of the receptive field: once where it is alike on all axes of the input."""

    def of_row(row: Row, analysis: Analysis) -> Cell:
        if analysis.details is None or analysis.details.fields is None:
            return None
        told = list(map(tell, analysis.details.fields[row.index]))
        return told[0] if len(set(told)) == 1 else " x ".join(told)

    return Column(key, key, of_row, _nothing, needs="fields")


def _size(field: Field) -> str:
    if field.size is None:
        return "?"
    if field.least is not None and field.least != field.size:
        return f"{_said(field.least)}–{_said(field.size)}"
    return _said(field.size)


def _said(value: Dim | Fraction | None) -> str:
    if isinstance(value, Fraction):
        return str(value)
    return "" if value is None else pretty(value)


def _counted(key: str, heading: str, detail: Detail) -> Column:
    """A count of each node, with sums."""

    def counts(analysis: Analysis) -> Sequence[Dim | None]:
        return getattr(analysis.details, detail, None) or [None] * len(analysis.rows)

    def of_sum(block: Block, analysis: Analysis) -> Cell:
        own = [n for n in counts(analysis)[block.first : block.last] if n is not None]
        return sum(own, 0) if own else None

    def of_row(row: Row, analysis: Analysis) -> Cell:
        count = counts(analysis)[row.index]
        return None if count is None else _by_sizes(count, row)

    return Column(key, heading, of_row, of_sum, needs=detail)


def _of_weights(key: str, tell: Callable[[Initialisation], str]) -> Column:
    """What is told of the weights that multiply inputs."""

    def of_row(row: Row, analysis: Analysis) -> Cell:
        if analysis.details is None or analysis.details.initialisation is None:
            return None
        return ", ".join(dict.fromkeys(map(tell, analysis.details.initialisation[row.index]))) or None

    return Column(key, key, of_row, _nothing, needs="initialisation")


def _deviation(variance: Derivation) -> str:
    """The root of a variance: a decimal, or with names √(2/(9C))."""
    value = quotient(variance)
    if value is not None:
        return f"{float(value) ** 0.5:.4g}"
    return f"√({pretty_formula(variance.formula.stages(variance.values)[-1])})"


def quotient(derivation: Derivation) -> int | Fraction | None:
    """The value of a formula that divides, where no names are in the way."""
    if any(isinstance(v, IntExpr) for v in derivation.values.values()):
        return None
    value: int | Fraction = derivation.formula(**derivation.values)
    return value


_ALL = (
    _text("name", lambda r, _: r.name),
    _text("layer", lambda r, _: r.word),
    _text("kind", lambda r, _: r.kind),
    _text("from", lambda r, _: ", ".join(r.inputs)),
    Column("input", "input", lambda r, _: r.input, lambda _, a: a.input),
    Column("output", "output", lambda r, _: r.output, lambda _, a: a.output),
    Column("params", "params", lambda r, _: r.totals.params, lambda b, _: b.totals.params),
    Column("buffers", "buffers", lambda r, _: r.totals.buffers, lambda b, _: b.totals.buffers),
    Column("macs", "MACs", lambda r, _: _by_sizes(r.totals.macs, r), lambda b, _: b.totals.macs),
    Column("flops", "FLOPs", lambda r, _: _by_sizes(r.totals.flops, r), lambda b, _: b.totals.flops),
    Column(
        "params%",
        "params %",
        lambda r, a: _share(r.totals.params, a.totals.params),
        lambda b, a: _share(b.totals.params, a.totals.params),
    ),
    Column(
        "macs%",
        "MACs %",
        lambda r, a: _share(r.totals.macs, a.totals.macs),
        lambda b, a: _share(b.totals.macs, a.totals.macs),
    ),
    _of_field("field", _size),
    _of_field("jump", lambda f: _said(f.jump)),
    _of_field("start", lambda f: _said(f.start)),
    _counted("memory", "bytes", "memory"),
    _counted("saved", "bytes saved", "saved"),
    _counted("backward", "backward MACs", "backward"),
    _counted("statistics", "means", "statistics"),
    _of_weights("fan_in", lambda i: pretty(i.fans.fan_in.value)),
    _of_weights("fan_out", lambda i: pretty(i.fans.fan_out.value)),
    _of_weights("kaiming", lambda i: _deviation(i.kaiming)),
    _of_weights("xavier", lambda i: _deviation(i.xavier)),
)

COLUMNS: dict[str, Column] = {column.key: column for column in _ALL}
DEFAULT_COLUMNS = ("name", "layer", "output", "params", "macs")


def needed(columns: Sequence[str]) -> frozenset[Detail]:
    """What has to be asked for, for these columns.

    Raises SpecError for an unknown column.
    """
    return frozenset([c.needs for c in map(column, columns) if c.needs is not None])


def column(key: str) -> Column:
    """The column of that name.

    Raises SpecError if there is none.
    """
    if key not in COLUMNS:
        close = nearest(key, tuple(COLUMNS))
        cure = f"did you mean '{close}'?" if close else f"columns: {', '.join(COLUMNS)}"
        raise SpecError(f"no column is called '{key}'", cure, code="CNN140")
    return COLUMNS[key]
