"""The line of a working in which a convolution's output size is computed, with the slips that are made in it."""

from __future__ import annotations

from cnncalc.layers.window import OUTPUT_SIZE
from cnncalc.practice import slips
from cnncalc.practice.working import Line
from cnncalc.symbolic import Formula

__all__ = ["OUTPUT_LINE"]

OUTPUT_LINE = Line(
    "O",
    "output size",
    OUTPUT_SIZE,
    (
        (slips.FORGOT_ONE, Formula("(W + 2*P - F) // S")),
        (slips.PADDED_ONCE, Formula("(W + P - F) // S + 1")),
        (slips.FORGOT_STRIDE, Formula("W + 2*P - F + 1")),
    ),
)
