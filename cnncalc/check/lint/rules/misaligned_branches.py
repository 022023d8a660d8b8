"""CNN316: branches that are joined, but see the input shifted against each other."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.sight import Axis
from cnncalc.check.lint.view import View
from cnncalc.network import Node
from cnncalc.record import record

__all__ = ["RULE"]


@record
class _Branch:
    """Where the units of a branch look: the first one at `twice`/2, the others each `jump` further on."""

    name: str
    jump: int
    twice: int


def _find(view: View) -> Iterator[Finding]:
    joins = [node for node in view.network.nodes if len(node.inputs) > 1]
    if not joins:
        return
    for node in joins:
        apart = [axis for axis in view.axes if axis.alignments[node.index] != "aligned"]
        told = {axis.name: what for axis in apart if (what := _told(view, node, axis)) is not None}
        if told:
            first, *_ = told.values()
            yield Finding(
                node.index,
                f"its branches do not look at the same place on {' and '.join(told)}: {first}",
                "give all branches the same strides, and odd kernels half of which is padding",
            )


def _told(view: View, node: Node, axis: Axis) -> str | None:
    """How the branches lie to each other; None where names leave it open."""
    branches = [_branch(view, i, axis) for i in dict.fromkeys(node.inputs)]
    known = [b for b in branches if b is not None]
    if any(b.jump != known[0].jump for b in known):
        return ", ".join([f"units of {b.name} step by {b.jump}" for b in known])
    if any(b.twice != known[0].twice for b in known):
        return ", ".join([f"the first unit of {b.name} is centred at {b.twice / 2:g}" for b in known])
    return None


def _branch(view: View, index: int, axis: Axis) -> _Branch | None:
    """None for a branch that looks at no place in particular, or at one that is not known."""
    if index < 0:
        return _Branch("the input", 1, 0)
    seen = axis.sights[index]
    if seen is None or seen.start is None or seen.jump is None:
        return None
    return _Branch(f"'{view.network.nodes[index].name}'", seen.jump, 2 * seen.start + seen.size - 1)


RULE = Rule(
    code="CNN316",
    name="misaligned-branches",
    summary="branches that are joined, but look at different places of the input",
    what=(
        "A sum, product or concatenation joins maps whose units have receptive fields with different centres (an even kernel in "
        "one branch, or another padding), or with different steps, so that they drift apart over the map. Branches whose field "
        "is everything, such as a gate behind global pooling, have no place, and are left alone."
    ),
    why=(
        "What is added was seen at different places: edges double, and the network has to learn the shift away. With different "
        "steps no shift fits all units. Shapes do not tell: only the receptive fields do."
    ),
    wrong="3x32x32 conv3-16,p1 relu cat(conv3-8,p1|conv2-8,same) relu",
    better="3x32x32 conv3-16,p1 relu cat(conv3-8,p1|conv5-8,p2) relu",
    source="Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks, Distill 2019 (alignment)",
    find=_find,
)
