"""CNN318: a transposed convolution whose copies of the kernel overlap unevenly."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.view import View
from cnncalc.check.lint.words import axis_words, listed
from cnncalc.layers.reach import Spread
from cnncalc.symbolic import ceildiv

__all__ = ["RULE"]


def _find(view: View) -> Iterator[Finding]:
    for node in view.network.nodes:
        (x, *_) = view.shapes(node)
        (reads, *_) = view.traits[node.index].reads
        taps = [along.taps for along in reads[1:]] if isinstance(reads, tuple) else []
        uneven = [(i, t) for i, t in enumerate(taps) if isinstance(t, Spread) and _is_uneven(t)]
        if uneven:
            words, (_, spread) = axis_words(x.rank), uneven[0]
            yield Finding(
                node.index,
                f"{listed([f'{words[i]}s' for i, _ in uneven])} of its result are sums of differently many inputs in turn: "
                f"the kernel {spread.kernel} is no multiple of the stride {spread.stride}",
                _cure(spread),
                "kernel",
            )


def _is_uneven(taps: Spread) -> bool:
    """Whether outputs read differently many inputs by their phase: all F/S of them only if S divides F, and no factor of it D."""
    kernel, stride, dilation = taps.kernel, taps.stride, taps.dilation
    if not isinstance(kernel, int) or not isinstance(stride, int) or not isinstance(dilation, int):
        return False
    return kernel % stride != 0 or gcd(stride, dilation) > 1


def _cure(taps: Spread) -> str:
    kernel = ceildiv(taps.kernel, taps.stride) * taps.stride
    return f"take kernel {kernel} (with other padding), or upsample{taps.stride} and a convolution"


RULE = Rule(
    code="CNN318",
    name="checkerboard",
    summary="a transposed convolution whose copies of the kernel overlap unevenly",
    what=(
        "A transposed convolution whose stride does not divide its kernel, or has a factor in common with its dilation. Kernel 4 "
        "with stride 2 overlaps evenly, and kernel 2 with stride 2 does not overlap; kernel 3 with stride 2 is uneven."
    ),
    why=(
        "Some outputs are then sums of more products than their neighbours, in a regular pattern, which shows as a checkerboard "
        "in generated images, and in gradients. Training can learn the pattern away, but in practice does not quite."
    ),
    wrong="64x16x16 tconv3-32/2,p1,op1 relu",
    better="64x16x16 tconv4-32/2,p1 relu",
    source="Odena, Dumoulin, Olah: Deconvolution and Checkerboard Artifacts, Distill 2016",
    find=_find,
)
