"""The receptive field along layers one after the other, rightly and with a slip, and the tables of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from cnncalc.passes.receptive_field.interior import JUMP, SIZE
from cnncalc.practice import slips
from cnncalc.practice.model import Grid
from cnncalc.practice.slips import Slip
from cnncalc.practice.stack import Slide, names
from cnncalc.practice.words import square

__all__ = ["WRONG_FIELDS", "backwards", "field", "field_table", "fields", "layer_grid"]

#: what a layer adds to the field r before it, where neighbouring units are j apart
_Grows: TypeAlias = Callable[[int, int, Slide], int]
WRONG_FIELDS: tuple[tuple[Slip, _Grows], ...] = (
    (slips.IGNORED_STRIDES, lambda r, _, s: r + s.dilation * (s.kernel - 1)),
    (slips.OWN_STRIDE, lambda r, j, s: r + s.dilation * (s.kernel - 1) * j * s.stride),
    (slips.IGNORED_DILATION, lambda r, j, s: r + (s.kernel - 1) * j),
    (slips.WHOLE_KERNEL, lambda r, j, s: r + s.dilation * s.kernel * j),
)


def _right(r: int, j: int, s: Slide) -> int:
    found: int = SIZE.evaluate({"r": r, "D": s.dilation, "F": s.kernel, "j": j})
    return found


def fields(layers: Sequence[Slide], grows: _Grows = _right) -> Iterator[tuple[int, int]]:
    """The field and the jump after every layer."""
    r = j = 1
    for s in layers:
        r, j = grows(r, j, s), JUMP.evaluate({"j": j, "S": s.stride})
        yield r, j


def field(layers: Sequence[Slide], grows: _Grows = _right) -> int:
    """The field after the last layer."""
    return [r for r, _ in fields(layers, grows)][-1]


def layer_grid(layers: Sequence[Slide], *unknown: str) -> Grid:
    """The layers, with columns to be filled in."""
    dilated = any(s.dilation > 1 for s in layers)
    rows = [
        (
            name,
            square(s.kernel),
            str(s.stride),
            *([str(s.dilation)] if dilated else []),
            *("?" for _ in unknown),
        )
        for name, s in zip(names(layers), layers, strict=True)
    ]
    return Grid(tuple(rows), ("layer", "window", "stride", *(["dilation"] if dilated else []), *unknown))


def field_table(layers: Sequence[Slide]) -> Grid:
    """Layer by layer: k, s, d, the jump before, the field, the jump after."""
    rows = []
    before, r = 1, 1
    for name, s, (after, jump) in zip(names(layers), layers, fields(layers), strict=True):
        step = f"{r} + {s.dilation}·({s.kernel} − 1)·{before}"
        rows.append(
            (name, str(s.kernel), str(s.stride), str(s.dilation), str(before), step, str(after), str(jump))
        )
        before, r = jump, after
    return Grid(
        tuple(rows), ("layer", "F", "S", "D", "jump before", "r + D(F − 1)·jump", "field", "jump after")
    )


def backwards(layers: Sequence[Slide]) -> str:
    """From one unit back to the input: (n − 1)·S + D(F − 1) + 1."""
    need = [1]
    for s in reversed(layers):
        need.append((need[-1] - 1) * s.stride + s.dilation * (s.kernel - 1) + 1)
    return f"Backwards, (n − 1)·S + D(F − 1) + 1 layer by layer: {', '.join(map(str, need))}."
