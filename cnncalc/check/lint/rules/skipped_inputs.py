"""CNN312: a window that passes over positions which nothing else reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from math import prod

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.unread import Unread
from cnncalc.check.lint.view import View
from cnncalc.check.lint.words import axis_words, counted, listed

__all__ = ["RULE"]


def _find(view: View) -> Iterator[Finding]:
    found: defaultdict[tuple[int, int], list[Unread]] = defaultdict(list)
    for gap in view.unread:
        if gap.cut is None:
            found[gap.sliders[0][0], gap.source].append(gap)
    for (index, source), gaps in found.items():
        yield Finding(
            index,
            f"of its input {_shape(view, source)} it passes over {_told(view, gaps)}, which nothing else reads: "
            f"{_share(gaps):.0%} of the numbers are {'never seen' if source < 0 else 'computed for nothing'}",
            _cure(gaps),
            "stride",
        )


def _shape(view: View, source: int) -> str:
    return (view.network.input if source < 0 else view.network.nodes[source].output).pretty()


def _told(view: View, gaps: list[Unread]) -> str:
    """ "28 of 56 rows and 28 of 56 columns" """
    rank = (view.network.input if gaps[0].source < 0 else view.network.nodes[gaps[0].source].output).rank
    words = axis_words(rank)
    return listed([f"{g.missing} of {counted(g.size, words[g.axis - 1])}" for g in gaps])


def _share(gaps: list[Unread]) -> float:
    return float(1 - prod([Fraction(g.size - g.missing, g.size) for g in gaps]))


def _cure(gaps: list[Unread]) -> str:
    slider = gaps[0].sliders[0][1]
    if slider.kernel < slider.stride:
        return f"use a kernel of at least the stride {slider.stride}, or pool first"
    if slider.has_gaps:
        return f"use a dilation that has no factor in common with the stride {slider.stride}"
    return "use less dilation, or padding"


RULE = Rule(
    code="CNN312",
    name="skipped-inputs",
    summary="a window that passes over positions which nothing else reads",
    what=(
        "The stride of a convolution or pooling is larger than its kernel (or has a factor in common with its dilation), so "
        "that rows or columns between its windows are not read; and no other layer reads them. The shortcut of a residual "
        "network, a 1×1 convolution of stride 2 beside a 3×3 one, is therefore left alone."
    ),
    why=(
        "What is passed over has been computed for nothing: a 1×1 convolution with stride 2 throws three quarters of its input "
        "away. ResNet's first form did that in each downsampling block; moving the stride to the 3×3 convolution (ResNet-B), or "
        "averaging before the 1×1 (ResNet-D), is one of the known improvements."
    ),
    wrong="3x32x32 conv3-16,p1 relu conv1-32/2 relu",
    better="3x32x32 conv3-16,p1 relu conv3-32/2,p1 relu",
    source="He et al., Bag of Tricks for Image Classification, arXiv:1812.01187, section 4",
    find=_find,
)
