"""CNN315: weights of a kernel that meet nothing but padding."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from cnncalc.check.lint.geometry import Slider
from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.view import View

__all__ = ["RULE"]


def _find(view: View) -> Iterator[Finding]:
    for node in view.network.nodes:
        if node.layer.role != "weights":
            continue
        found = [(s, s.live_taps()) for _, s in view.traits[node.index].sliders]
        known = [(s, live) for s, live in found if live is not None]
        taps, met = prod(s.kernel for s, _ in found), prod(len(live) for _, live in known)
        if len(known) < len(found) or taps == met:
            continue
        yield Finding(
            node.index,
            f"{taps - met:,} of the {taps:,} taps of its kernel only ever meet padding: its input is "
            f"{view.shapes(node)[0].pretty()}",
            _cure(known),
            "kernel",
        )


def _cure(found: list[tuple[Slider, range]]) -> str:
    """The smaller kernel, with the padding that leaves every tap where it is."""
    kernel = _told([len(live) for _, live in found])
    before = [s.before - live[0] * s.dilation for s, live in found]
    after = [s.after - (s.kernel - 1 - live[-1]) * s.dilation for s, live in found]
    if before != after:
        return f"a kernel of {kernel} sees as much"
    return f"a kernel of {kernel} with padding {_told(before)} computes the same"


def _told(sizes: list[int]) -> str:
    """A single number for all axes, or one for each."""
    return "x".join(map(str, sizes if len(set(sizes)) > 1 else sizes[:1]))


RULE = Rule(
    code="CNN315",
    name="taps-in-padding",
    summary="weights of a kernel that only ever meet padding",
    what=(
        "The map has become so small that some taps of a convolution's kernel fall into its zero padding wherever the window "
        "stands: on 1×1, eight of the nine taps of a 3×3 kernel with padding 1."
    ),
    why=(
        "These weights are multiplied by zeros only: they are never trained, and cost memory and time. The layer is a smaller one "
        "in disguise. It happens to networks that are made for larger images, and to large dilations: a 3×3 kernel whose dilation "
        "reaches beyond the map is a 1×1 kernel."
    ),
    wrong="64x1x1 conv3-64,p1 relu",
    better="64x1x1 conv1-64 relu",
    source="Chen et al., Rethinking Atrous Convolution, arXiv:1706.05587, section 3.3 and figure 4",
    find=_find,
)
