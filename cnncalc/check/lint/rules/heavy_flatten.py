"""CNN333: a linear layer on a flattened map that holds most of the weights."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.view import View
from cnncalc.check.lint.words import amount
from cnncalc.layers.reach import Regroup
from cnncalc.network import Node
from cnncalc.shape import Shape, product

__all__ = ["RULE"]


def _find(view: View) -> Iterator[Finding]:
    costs = [view.costs[owner].params for owner in view.sharers]
    total = sum(costs, 0)
    for owner in view.sharers:
        node, params = view.network.nodes[owner], view.costs[owner].params
        if not isinstance(params, int) or not isinstance(total, int) or 2 * params <= total:
            continue
        x = _flattened(view, node)
        if x is not None and node.layer.role == "weights" and node.output.rank == 1:
            yield Finding(
                owner,
                f"its {amount(params)} parameters are {params / total:.0%} of the network's: it reads {x.pretty()} as "
                f"{amount(x.elements)} numbers",
                "pool before flatten: behind gap it reads one number for each channel",
            )


def _flattened(view: View, node: Node) -> Shape | None:
    """The map that a layer reads flattened, with more than one position."""
    for source in view.sources(node):
        (x, *_) = view.shapes(source)
        (reads, *_) = view.traits[source.index].reads
        if isinstance(reads, Regroup):
            positions = product(x.spatial)
            return x if len(reads.written) == 1 and isinstance(positions, int) and positions > 1 else None
        if source.layer.dropping(x) is None:
            return None
    return None


RULE = Rule(
    code="CNN333",
    name="heavy-flatten",
    summary="a linear layer on a flattened map that holds more than half of all weights",
    what=(
        "More than half of the network's parameters are in one linear layer that reads all positions of a map: 4096·512·7·7 = "
        "102,760,448 of VGG-16's 138 million. Off by default, as published networks are built so."
    ),
    why=(
        "Such a layer has a weight for each channel at each position, learns the same feature anew everywhere, overfits, and ties "
        "the network to one image size. Global average pooling needs one weight for each channel."
    ),
    wrong="3x32x32 conv3-16,p1 relu flatten fc-100 relu fc-10",
    better="3x32x32 conv3-16,p1 relu gap flatten fc-10",
    source="Lin, Chen, Yan: Network In Network, arXiv:1312.4400, section 3.2",
    find=_find,
    default=False,
)
