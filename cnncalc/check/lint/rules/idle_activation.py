"""CNN302: an activation that gives back what comes in."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.view import View
from cnncalc.layers.interval import ANY, Interval, holds

__all__ = ["RULE"]


def _find(view: View) -> Iterator[Finding]:
    known: dict[int, Interval] = {-1: ANY}
    for node in view.network.nodes:
        inputs = [known[i] for i in node.inputs]
        keeps = node.layer.keeps()
        # identity is written to do nothing
        if keeps is not None and keeps != ANY and holds(keeps, inputs[0]):
            yield Finding(
                node.index,
                f"only numbers {_told(inputs[0])} come in, and those it gives back as they are",
                "leave out this activation or the one before",
            )
        known[node.index] = node.layer.between(*inputs)


def _told(interval: Interval) -> str:
    low, high = interval
    if high == inf:
        return f"of at least {low:g}"
    return f"from {low:g} to {high:g}"


RULE = Rule(
    code="CNN302",
    name="idle-activation",
    summary="an activation that gives back what comes in",
    what=(
        "Only numbers come in that the activation does not change: `relu` behind `relu`, `relu6` or `sigmoid`; `leakyrelu`, "
        "`prelu` or `elu` behind `relu`; `hardtanh` behind `tanh`. What keeps numbers between their bounds may stand in "
        "between: pooling, dropout, flatten, concatenation, a sum of branches. `identity` is left alone."
    ),
    why=(
        "Mostly one of the two was meant to stand elsewhere: a block that ends in `relu` before one that begins with it, or a "
        "residual branch that ends in `relu`, which then can only ever add."
    ),
    wrong="3x32x32 conv3-16,p1 relu maxpool2 relu",
    better="3x32x32 conv3-16,p1 relu maxpool2",
    source="He et al., Identity Mappings in Deep Residual Networks, arXiv:1603.05027, section 4.1 (ReLU before addition)",
    find=_find,
)
