"""CNN317: dilations that leave holes in the receptive field."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.sight import Sight
from cnncalc.check.lint.view import View
from cnncalc.check.lint.words import counted, listed
from cnncalc.network import Node
from cnncalc.symbolic import known_ge

__all__ = ["RULE"]

#: what the positions of the input are called, by the letter of the axis
_WORDS = {"L": "position", "D": "slice", "H": "row", "W": "column"}


def _find(view: View) -> Iterator[Finding]:
    nodes = view.network.nodes
    dilated = [_is_dilated(view, node) for node in nodes]
    if True not in dilated:
        return
    #: of every node, whether one that depends on it closes the holes, or is the one to speak of
    settled = [False] * len(nodes)
    findings = []
    for node in reversed(nodes):
        i = node.index
        settled[i] = any(
            settled[r] or _is_closed(view, r) or (dilated[r] and _holes(view, r))
            for r in view.readers.get(i, ())
        )
        holes = _holes(view, i) if dilated[i] and not settled[i] else []
        if holes:
            told = [f"{seen.support} of the {counted(seen.size, word)}" for word, seen in holes]
            findings.append(
                Finding(
                    i,
                    f"a unit sees only {listed(told)} that its receptive field spans",
                    "choose dilations without a common factor, such as 1, 2, 3, or end with dilation 1",
                    "dilation",
                )
            )
    yield from reversed(findings)


def _is_dilated(view: View, node: Node) -> bool:
    return any(
        known_ge(w.dilation, 2) and known_ge(w.kernel, 2) for w in view.traits[node.index].windows or ()
    )


def _holes(view: View, index: int) -> list[tuple[str, Sight]]:
    """The axes on which a unit does not see all positions between the first and the last, with what it sees."""
    seen = [(_WORDS[axis.name], axis.sights[index]) for axis in view.axes]
    return [(word, s) for word, s in seen if s is not None and s.support is not None and s.support < s.size]


def _is_closed(view: View, index: int) -> bool:
    """Whether a node is known to see all that its field spans, or nothing is known; a global pooling is passed over."""
    return not _holes(view, index) and not all(axis.everything[index] for axis in view.axes)


RULE = Rule(
    code="CNN317",
    name="gridding",
    summary="dilations that together leave holes in the receptive field",
    what=(
        "A dilated convolution whose units do not see all positions between the first and the last that they see, with nothing "
        "behind it that closes the gaps: three convolutions of dilation 2 see every second position only. Told once, at the last "
        "of them. Dilations 1, 2, 4, 8 one after the other leave no holes, nor does a dilated layer on a deep backbone."
    ),
    why=(
        "Neighbouring units then depend on disjoint sets of pixels, as if the image were several images interleaved: the result "
        "has a grid in it, and details between the taps are never seen together."
    ),
    wrong="3x64x64 conv3-16,p2,d2 relu conv3-16,p2,d2 relu conv3-16,p2,d2 relu",
    better="3x64x64 conv3-16,p1 relu conv3-16,p2,d2 relu conv3-16,p3,d3 relu",
    source="Wang et al., Understanding Convolution for Semantic Segmentation, arXiv:1702.08502 (hybrid dilated convolution)",
    find=_find,
)
