"""CNN332: an activation that would be cheaper behind the max pooling."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.view import View
from cnncalc.check.lint.words import amount
from cnncalc.layers.folding import Passed
from cnncalc.network import Node
from cnncalc.symbolic import known_ge

__all__ = ["RULE"]


def _find(view: View) -> Iterator[Finding]:
    for node in view.network.nodes:
        pool = view.reader(node.index)
        if node.layer.rising() and node.layer.keeps() != (float("-inf"), float("inf")) and pool is not None:
            before, after = node.output.elements, pool.output.elements
            if _takes_largest(view, pool) and known_ge(before, after + 1):
                yield Finding(
                    node.index,
                    f"behind '{pool.name}' it gives the same, of {amount(after)} numbers instead of {amount(before)}",
                    "put the pooling first",
                )


def _takes_largest(view: View, node: Node) -> bool:
    if node.layer.role != "pool":
        return False
    meeting = node.layer.fold_back(0, *view.shapes(node))
    return isinstance(meeting, Passed) and any(
        r.need is not None and r.need.what == "scales" for r in meeting.routes
    )


RULE = Rule(
    code="CNN332",
    name="activation-before-max-pool",
    summary="an activation that gives the same behind the max pooling, for less",
    what=(
        "An activation that never makes a larger number the smaller one (`relu`, `leakyrelu`, `tanh`, `sigmoid`, …; not `gelu` or "
        "`silu`) and whose result only a max pooling reads."
    ),
    why=(
        "The largest of f(x) is f of the largest x, so that both orders give the same. Behind a 2×2 pooling the activation has a "
        "quarter of the numbers, and training keeps a smaller map. Off by default: the usual order is no mistake."
    ),
    wrong="3x32x32 conv3-16,p1 relu maxpool2",
    better="3x32x32 conv3-16,p1 maxpool2 relu",
    source="max is monotone: max f(x) = f(max x) for every f that never decreases",
    find=_find,
    default=False,
)
