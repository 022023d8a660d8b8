"""Sliding windows: what convolutions and poolings share about sizes.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html (Shape).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.errors import LayerError
from cnncalc.layers.base import Derivation
from cnncalc.layers.condition import at_least
from cnncalc.symbolic import Formula, known_ge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition
    from cnncalc.shape import Shape, Window
    from cnncalc.symbolic import Dim

__all__ = [
    "CEIL_SIZE",
    "CLIPPED_CEIL_SIZE",
    "DILATED_CEIL_SIZE",
    "DILATED_CLIPPED_CEIL_SIZE",
    "DILATED_OUTPUT_SIZE",
    "DILATED_UNEVEN_OUTPUT_SIZE",
    "OUTPUT_SIZE",
    "UNEVEN_OUTPUT_SIZE",
    "extent",
    "require_map",
    "require_steps",
    "slide",
    "slide_up",
]


def _sizes(text: str, **meanings: str) -> tuple[Formula, Formula]:
    """A formula without dilation, where the kernel spans F positions, and with it: D·(F − 1) + 1."""
    dense = Formula(text.format(span="F"), **meanings, F="kernel size", S="stride")
    span = "D*(F - 1) - 1"  # behind a minus sign
    return dense, Formula(text.format(span=span), **meanings, D="dilation", F="kernel size", S="stride")


OUTPUT_SIZE, DILATED_OUTPUT_SIZE = _sizes(
    "(W + 2*P - {span}) // S + 1", W="input size", P="padding on each side"
)

#: the same with different paddings at the two ends, as `same` gives an even kernel
UNEVEN_OUTPUT_SIZE, DILATED_UNEVEN_OUTPUT_SIZE = _sizes(
    "(W + A + B - {span}) // S + 1", W="input size", A="padding before", B="padding after"
)

CEIL_SIZE, DILATED_CEIL_SIZE = _sizes(
    "ceil((W + 2*P - {span}) / S) + 1", W="input size", P="padding on each side"
)

#: the same where the last window might start behind the input: such a window is dropped
CLIPPED_CEIL_SIZE, DILATED_CLIPPED_CEIL_SIZE = _sizes(
    "min(ceil((W + 2*P - {span}) / S), (W + P - 1) // S) + 1", W="input size", P="padding on each side"
)


def slide(size: Dim, w: Window) -> Derivation:
    """How many places a window has on an axis of `size`."""
    values = {"W": size, "F": w.kernel, "S": w.stride}
    dense = w.dilation == 1
    if not dense:
        values["D"] = w.dilation
    if w.before == w.after:
        values["P"] = w.before
        return Derivation(OUTPUT_SIZE if dense else DILATED_OUTPUT_SIZE, values)
    values |= {"A": w.before, "B": w.after}
    return Derivation(UNEVEN_OUTPUT_SIZE if dense else DILATED_UNEVEN_OUTPUT_SIZE, values)


def slide_up(size: Dim, w: Window) -> Derivation:
    """How many places a window has on an axis of `size`, rounded up: the last may overhang the padded input."""
    values = {"W": size, "P": w.before, "F": w.kernel, "S": w.stride}
    # ⌈(W + 2P − extent)/S⌉·S < W + 2P − extent + S is at most W + P if extent >= P + S: no window to drop
    starts_inside = known_ge(extent(w), w.before + w.stride)
    if w.dilation == 1:
        return Derivation(CEIL_SIZE if starts_inside else CLIPPED_CEIL_SIZE, values)
    values["D"] = w.dilation
    return Derivation(DILATED_CEIL_SIZE if starts_inside else DILATED_CLIPPED_CEIL_SIZE, values)


def extent(w: Window) -> Dim:
    """How many input positions a window spans: D*(F - 1) + 1."""
    return w.dilation * (w.kernel - 1) + 1


def require_steps(w: Window) -> Iterator[Condition]:
    """What every window needs: F >= 1, S >= 1, D >= 1."""
    yield at_least(w.kernel, 1, "kernel size {left}", "give at least 1", "kernel")
    yield at_least(w.stride, 1, "stride {left}", "give at least 1", "stride")
    yield at_least(w.dilation, 1, "dilation {left}", "give at least 1", "dilation")


def require_map(x: Shape, kind: str) -> int:
    """The number of spatial axes, 1 to 3.

    Raises LayerError for anything but C×L, C×H×W and C×D×H×W.
    """
    if 2 <= x.rank <= 4:
        return x.rank - 1
    cure = (
        "a flat input has no axes to slide over; put the layer before flatten"
        if x.rank == 1
        else "give CxL, CxHxW or CxDxHxW"
    )
    raise LayerError(
        f"{kind} needs 1 to 3 spatial axes, but the input {x} has {x.rank - 1}", cure, code="CNN202"
    )
