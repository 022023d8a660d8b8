"""CNN304: two layers of weights with nothing nonlinear between them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.traits import Weights
from cnncalc.check.lint.view import View
from cnncalc.layers.folding import Affine
from cnncalc.layers.interval import ANY
from cnncalc.network import Node
from cnncalc.shape import product
from cnncalc.symbolic import known_ge

__all__ = ["RULE"]


def _find(view: View) -> Iterator[Finding]:
    for node in view.network.nodes:
        second = view.traits[node.index].weights
        if second is None:
            continue
        before = next((n for n in view.sources(node) if not _is_affine(view, n)), None)
        if before is None:
            continue
        first = view.traits[before.index].weights
        if first is not None and first.axis == second.axis and _worth_one(first, second):
            yield Finding(
                node.index,
                f"nothing nonlinear stands between it and '{before.name}': together they are one linear map",
                "put an activation between them, or make them one layer",
            )


def _is_affine(view: View, node: Node) -> bool:
    """Whether a layer without weights of its own for every input is y = s·x + t, in inference or on average."""
    layer, (x, *_) = node.layer, view.shapes(node)
    normalised = layer.as_affine(x)
    return (
        isinstance(normalised, Affine) or view.traits[node.index].dropping is not None or layer.keeps() == ANY
    )


def _worth_one(a: Weights, b: Weights) -> bool:
    """Whether the two can hardly be meant to be a cheaper form of one: as a bottleneck of few channels is, or 1×3 before 3×1."""
    kernels = list(zip_longest(a.kernel, b.kernel, fillvalue=1))
    if any(known_ge(k, 2) and known_ge(n, 2) for k, n in kernels):
        return bool(known_ge(a.outputs, a.inputs) or known_ge(a.outputs, b.outputs))
    one = product(tuple(k * n for k, n in kernels)) * a.inputs * b.outputs
    both = product(a.kernel) * a.inputs * a.outputs + product(b.kernel) * b.inputs * b.outputs
    return known_ge(both, one + 1) is True


RULE = Rule(
    code="CNN304",
    name="no-nonlinearity",
    summary="two layers of weights with nothing nonlinear between them",
    what=(
        "A convolution follows a convolution, or a linear layer a linear one, with at most batch normalisation, dropout or a "
        "scale between them. What is meant to be linear is left alone: depthwise and grouped convolutions, a bottleneck with "
        "fewer channels than both of its neighbours, 1×3 before 3×1, and whatever has fewer weights than the one layer that it "
        "could be."
    ),
    why=(
        "A linear map of a linear map is a linear map: depth without a nonlinearity adds weights, but nothing that the network "
        "can represent. Mostly an activation was forgotten."
    ),
    wrong="784 fc-256 fc-10",
    better="784 fc-256 relu fc-10",
    source="Goodfellow, Bengio, Courville: Deep Learning, section 6.1; linear bottlenecks: Sandler et al., arXiv:1801.04381",
    find=_find,
)
