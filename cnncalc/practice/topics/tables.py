"""Whole networks in a table: the output, the weights and the biases of every layer, and the totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Literal, TypeAlias

from cnncalc.layers import KINDS
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Number, Parts, Size, shown
from cnncalc.practice.compose import distinct
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Grid, Topic
from cnncalc.practice.slips import Slip
from cnncalc.practice.stack import Slide, names
from cnncalc.practice.words import square
from cnncalc.record import record
from cnncalc.shape import Shape
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_STATED = (
    "Convolutions have stride 1, and the stride of a pooling is its window.",
    "The last map is flattened.",
    "Every filter and every unit has a bias.",
    "Sizes are H×W×C and rounded down.",
)

_Column: TypeAlias = Literal["output", "weights", "biases"]
_COLUMNS: tuple[_Column, ...] = ("output", "weights", "biases")


@record
class _Net:
    """A square image, convolutions and poolings, and the units of the fully connected layers."""

    size: int
    depth: int
    slides: tuple[Slide, ...]
    units: tuple[int, ...]

    def values(self) -> dict[str, Any]:
        return {
            "W": self.size,
            "C": self.depth,
            "layers": [s.numbers() for s in self.slides],
            "units": list(self.units),
        }


@record
class _Row:
    """A layer's line: what is told of it, and what it comes to."""

    name: str
    told: tuple[str, str, str]
    output: Size | Number
    weights: int
    biases: int

    def cell(self, column: _Column) -> Answer:
        if column == "output":
            return self.output
        return Number(self.weights if column == "weights" else self.biases)


@cache
def _weights(kind: Literal["conv", "linear"]) -> Formula:
    """The calculator's formula: F·F·C·K, or N·K."""
    c, k = symbol("C"), symbol("K")
    layer: Any = KINDS[kind](**({"kernel": symbol("F"), "out": k} if kind == "conv" else {"out": k}))
    shape = Shape((c, symbol("H"), symbol("H"))) if kind == "conv" else Shape((symbol("N"),))
    found: Formula = layer.counts(shape)["weight"].formula
    return found


def _rows(net: _Net, slip: Slip | None = None, at: int | None = None) -> list[_Row]:
    """The table; a slip in one row, or in all, and the rows after it follow."""
    n, c = net.size, net.depth
    rows: list[_Row] = []
    for i, (name, s) in enumerate(zip(names(net.slides), net.slides, strict=True)):
        made = slip if at in (None, i) else None
        n, c, row = _slid(name, s, n, c, made)
        rows.append(row)
    inputs = n * n * c
    for i, units in enumerate(net.units, len(rows)):
        made = slip if at in (None, i) else None
        if made is slips.FLATTENED_DEPTH and i == len(net.slides):
            inputs = c
        weights = _weights("linear").evaluate({"N": inputs, "K": units})
        told = ("", "", str(units))
        biases = 0 if made is slips.FORGOT_BIAS else units
        rows.append(_Row(f"fc{i - len(net.slides) + 1}", told, Number(units), weights, biases))
        inputs = units
    return rows


def _slid(name: str, s: Slide, n: int, c: int, made: Slip | None) -> tuple[int, int, _Row]:
    """The size and the depth after a layer, and its row."""
    told = (square(s.kernel), str(s.padding), str(s.filters) if s.filters else "")
    size = s.size(n)
    if s.filters:
        if made is slips.FORGOT_PADDING:
            size = n - s.kernel + 1
        weights = _weights("conv").evaluate({"F": s.kernel, "C": c, "K": s.filters})
        if made is slips.FORGOT_DEPTH:
            weights //= c
        biases = 0 if made is slips.FORGOT_BIAS else s.filters
        return size, s.filters, _Row(name, told, _map(size, s.filters), weights, biases)
    depth = c // s.stride if made is slips.POOLED_DEPTH else c
    if made is slips.SKIPPED_POOL:
        size = n
    weights = s.kernel**2 * c if made is slips.COUNTED_POOL else 0
    return size, depth, _Row(name, told, _map(size, depth), weights, 0)


def _map(size: int, depth: int) -> Size:
    return Size((size, size, depth))


_SLIPS = (
    slips.FORGOT_DEPTH,
    slips.POOLED_DEPTH,
    slips.FLATTENED_DEPTH,
    slips.FORGOT_PADDING,
    slips.COUNTED_POOL,
    slips.SKIPPED_POOL,
    slips.FORGOT_BIAS,
)


def _slipped(net: _Net) -> Iterator[tuple[Slip, list[_Row]]]:
    """The tables with a slip wherever it can be made, as long as the maps do not vanish."""
    for slip in _SLIPS:
        rows = _rows(net, slip)
        if _are_maps(rows):
            yield slip, rows


def _are_maps(rows: Sequence[_Row]) -> bool:
    return all(min(row.output.sizes) >= 1 for row in rows if isinstance(row.output, Size))


def _drawn(draw: Draw) -> _Net | None:
    """As the networks of courses are: blocks of one or two convolutions, each with a pooling behind it."""
    size, depth = draw.one(((28, 1), (32, 1), (32, 3), (64, 3)))
    kernel, padding = draw.one(((3, 1), (5, 0), (5, 2), (3, 0)))
    filters = draw.one((6, 8, 16, 32))
    slides: list[Slide] = []
    for _ in range(draw.whole(2, 3)):
        slides += [*[Slide(kernel, 1, padding, filters)] * draw.one((1, 1, 2)), Slide(2, 2)]
        filters *= 2
    units = draw.one(((10,), (120, 84, 10), (128, 10), (100, 10), (64, 10)))
    net = _Net(size, depth, tuple(slides), units)
    n = size
    for s in slides:
        n = s.size(n)
        # a slip makes a map no smaller than this one by two kernels
        if n < (2 if s.kernel == 2 else 4):
            return None
    return net if 4 <= len(slides) + len(units) <= 8 and n <= 8 else None


def _totals(rows: Sequence[_Row]) -> tuple[int, int]:
    return sum(row.weights for row in rows), sum(row.biases for row in rows)


def _grid(rows: Sequence[_Row], *, cells: Literal["filled", "open", "none"], numbered: bool = False) -> Grid:
    """The table: filled in, with what is asked left open, or of the layers only."""
    found = []
    for i, row in enumerate(rows, 1):
        filled = [shown(row.cell(column)) for column in _COLUMNS] if cells == "filled" else []
        is_pool = row.name.startswith("pool")
        opened = ["?", *(["0", "0"] if is_pool else ["?", "?"])] if cells == "open" else []
        found.append((*([str(i)] if numbered else []), row.name, *row.told, *filled, *opened))
    header = (*(["line"] if numbered else []), "layer", "window", "padding", "out")
    if cells != "none":
        header = (*header, *_COLUMNS)
    if cells == "filled" and not numbered:
        weights, biases = _totals(rows)
        found.append(("total", "", "", "", "", f"{weights:,}", f"{biases:,}"))
    return Grid(tuple(found), header)


def _intro(net: _Net) -> str:
    return (
        f"A network takes images of {square(net.size)}×{net.depth} and has these layers, one after the other:"
    )


def _check(rows: Sequence[_Row]) -> str:
    """The same total by adding each layer's parameters; and where most of them are."""
    each = [row.weights + row.biases for row in rows]
    most = max(range(len(rows)), key=each.__getitem__)
    terms = " + ".join(f"{n:,}" for n in each if n)
    return f"Layer by layer {terms} = {sum(each):,}; {rows[most].name} has the most."


def forward(draw: Draw) -> Draft | None:
    """All parameters of a network."""
    net = _drawn(draw)
    if net is None:
        return None
    rows = _rows(net)
    answer = Number(sum(_totals(rows)), "parameters")
    wrong = [(slip, Number(sum(_totals(made)), "parameters")) for slip, made in _slipped(net)]
    return Draft(
        values=net.values(),
        stem=(_intro(net), _grid(rows, cells="none"), "How many parameters does it have?"),
        conventions=_STATED,
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(_grid(rows, cells="filled"), _sum(rows)),
        check=_check(rows),
        trap="The first fully connected layer reads all values of the last map, H·W·C of them.",
    )


def _sum(rows: Sequence[_Row]) -> str:
    weights, biases = _totals(rows)
    return f"Together: {weights:,} + {biases:,} = {weights + biases:,}."


def table(draw: Draw) -> Draft | None:
    """Every cell of the table, and the totals."""
    net = _drawn(draw)
    if net is None:
        return None
    rows = _rows(net)
    answer = _parts(rows)
    return Draft(
        values=net.values(),
        stem=(
            _intro(net),
            _grid(rows, cells="open"),
            "Fill in the table. How many weights and biases are there in all, and how many parameters?",
        ),
        conventions=_STATED,
        answer=answer,
        distractors=distinct(answer, [(slip, _parts(made)) for slip, made in _slipped(net)]),
        steps=(_grid(rows, cells="filled"), _sum(rows)),
        check=_check(rows),
        trap="A pooling has no weights, and it keeps the channels.",
    )


def _parts(rows: Sequence[_Row]) -> Parts:
    parts: list[tuple[str, Answer]] = []
    for row in rows:
        asked = _COLUMNS[:1] if row.name.startswith("pool") else _COLUMNS
        parts += [(f"{row.name} {column}", row.cell(column)) for column in asked]
    weights, biases = _totals(rows)
    totals = (("weights", weights), ("biases", biases), ("total", weights + biases))
    return Parts((*parts, *((label, Number(value)) for label, value in totals)))


def error(draw: Draw) -> Draft | None:
    """A printed table with one slip."""
    net = _drawn(draw)
    if net is None:
        return None
    right = _rows(net)
    slip, at = draw.one(_SLIPS), draw.whole(0, len(right) - 1)
    printed = _rows(net, slip, at)
    column = _differs(right[at], printed[at])
    if column is None or not _are_maps(printed):
        return None
    answer = _line_and_value(at, right[at].cell(column))
    others = []
    for i, (row, other) in enumerate(zip(right, printed, strict=True)):
        if i != at:
            carried = _differs(row, other)
            blamed = slips.BLAMED_CARRIER if carried else slips.BLAMED_RIGHT
            others.append((blamed, _line_and_value(i, row.cell(carried or "output"))))
    return Draft(
        values={**net.values(), "line": at + 1, "slip": slip.name},
        stem=(
            f"A student fills in the table of a network that takes images of {square(net.size)}×{net.depth}. One line is "
            "wrong; the lines after it follow rightly from it.",
            _grid(printed, cells="filled", numbered=True),
            "Which line is wrong, and what should its wrong cell say?",
        ),
        conventions=_STATED,
        answer=answer,
        distractors=distinct(answer, others),
        steps=(
            _grid(right, cells="filled"),
            f"In line {at + 1}, under {column}, the student {slip.did}.",
        ),
        check=_check(right),
        trap="The lines after the slip are consistent with it: each must be checked against the line before.",
    )


def _differs(row: _Row, other: _Row) -> _Column | None:
    """The first column in which two rows are not the same."""
    return next((column for column in _COLUMNS if row.cell(column) != other.cell(column)), None)


def _line_and_value(index: int, value: Answer) -> Parts:
    return Parts((("line", Number(index + 1)), ("value", value)))


TOPIC = Topic(
    "tables",
    "Tables of whole networks",
    (
        Cell("forward", 3, forward),
        Cell("table", 3, table),
        Cell("find-the-error", 4, error),
    ),
)
