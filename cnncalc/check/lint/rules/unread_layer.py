"""CNN305: layers that nothing is made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.view import View
from cnncalc.check.lint.words import amount, counted

__all__ = ["RULE"]


def _find(view: View) -> Iterator[Finding]:
    network = view.network
    #: where each node's result ends: in the network's output, or in a node that nobody reads
    end: dict[int, int] = {network.last: network.last}
    lost: defaultdict[int, list[int]] = defaultdict(list)
    for node in reversed(network.nodes):
        ends = [end[reader] for reader in view.readers.get(node.index, ())]
        if node.index not in end:
            end[node.index] = network.last if network.last in ends else ends[0] if ends else node.index
        if end[node.index] != network.last:
            lost[end[node.index]].append(node.index)
    for last in sorted(lost):
        if network.nodes[last].output == network.output:
            continue  # an auxiliary head, most likely
        params = sum((view.costs[i].params for i in lost[last] if _alone(view, i, end)), 0)
        macs = sum((view.costs[i].macs for i in lost[last]), 0)
        yield Finding(
            last,
            f"nobody reads its result, and the network ends elsewhere: {counted(len(lost[last]), 'layer')} with "
            f"{amount(params)} parameters and {amount(macs)} MACs for nothing",
            "read it with from, or remove what leads there",
        )


def _alone(view: View, owner: int, end: dict[int, int]) -> bool:
    """Whether a node owns its tensors, and no node that leads to the network's output has them too."""
    sharers = view.sharers.get(owner, ())
    return bool(sharers) and all(end[i] != view.network.last for i in sharers)


RULE = Rule(
    code="CNN305",
    name="unread-layer",
    summary="layers whose results nobody reads",
    what=(
        "A layer is neither read by another one nor the network's output. It is told once for each end, with all layers that "
        "lead nowhere else. An end of the same shape as the network's output is left alone: it is an auxiliary head, which training "
        "reads."
    ),
    why="Its parameters and MACs are counted, and trained by nothing; mostly a `from` names the wrong layer.",
    wrong=(
        "cnncalc: 1\n"
        "input: 3x32x32\n"
        "layers:\n"
        "  - {layer: 'conv3-16,p1', name: a}\n"
        "  - {layer: 'conv3-32,p1', name: b}\n"
        "  - {layer: relu, from: a}\n"
    ),
    better=(
        "cnncalc: 1\n"
        "input: 3x32x32\n"
        "layers:\n"
        "  - {layer: 'conv3-16,p1', name: a}\n"
        "  - relu\n"
        "  - {layer: 'conv3-32,p1', name: b}\n"
    ),
    source="a network is what its output depends on",
    find=_find,
)
