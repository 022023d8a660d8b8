"""The same layers on inputs of other sizes, and with numbers for names."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from typing import Any

from cnncalc.errors import CnncalcError
from cnncalc.layers import Layer, check
from cnncalc.layers.reach import Slide
from cnncalc.network import Network, Node
from cnncalc.record import replace
from cnncalc.shape import Shape, Window
from cnncalc.symbolic import Dim, Facts, IntExpr, substitute

__all__ = ["instance", "resized", "sizes_in", "smaller", "thinned"]


def resized(network: Network, size: Shape) -> Network | None:
    """The network on another input; None if its layers cannot stand there, or would have to share unequal weights."""
    nodes: list[Node] = []
    answers: dict[tuple[Layer, tuple[Shape, ...]], Shape] = {}
    try:
        for node in network.nodes:
            shapes = tuple([size if i < 0 else nodes[i].output for i in node.inputs])
            if (node.layer, shapes) not in answers:
                check(node.layer.requires(*shapes), Facts())
                answers[node.layer, shapes] = node.layer.output(*shapes)
            if node.weights_of is not None:
                owner = nodes[node.weights_of]
                theirs = [size if i < 0 else nodes[i].output for i in owner.inputs]
                if node.layer.weights(*shapes) != owner.layer.weights(*theirs):
                    return None
            nodes.append(replace(node, output=answers[node.layer, shapes]))
    except CnncalcError:
        return None
    return replace(network, input=size, nodes=tuple(nodes))


def smaller(network: Network) -> Iterator[Network]:
    """The network on smaller and smaller inputs, each half as large on every axis but the channels."""
    channels, *spatial = network.input.dims
    while any(isinstance(s, int) and s > 1 for s in spatial):
        spatial = [max(1, s // 2) for s in spatial if isinstance(s, int)]
        found = resized(network, Shape((channels, *spatial)))
        if found is not None:
            yield found


def instance(network: Network, values: Mapping[str, int]) -> Network | None:
    """The network with numbers for names; None if that cannot be: a layer refuses them, or an assumption does not hold."""
    if not all(_holds(a.relation, *_put((a.left, a.right), values)) for a in network.assumptions):
        return None
    nodes = tuple([replace(node, layer=_layer(node.layer, values)) for node in network.nodes])
    plain = replace(network, nodes=nodes, assumptions=(), substitutions={})
    size = Shape(_put(network.input.dims, values))
    if not all(isinstance(d, int) and d > 0 for d in size.dims):
        return None
    return resized(plain, size)


def thinned(network: Network) -> Network | None:
    """The network with fewer filters wherever it makes maps, all divided by the same number; None if that cannot be."""
    filters = {n.index: getattr(n.layer, "out", None) for n in network.nodes if n.output.rank > 1}
    outs = [f for f in filters.values() if isinstance(f, int)]
    by = math.gcd(*outs)
    if by < 2 or not all(_keeps_channels_apart(node, network) for node in network.nodes):
        return None
    nodes: list[Node] = []
    for node in network.nodes:
        out = filters.get(node.index)
        changed: Any = {"out": out // by} if isinstance(out, int) else {}
        nodes.append(replace(node, layer=replace(node.layer, **changed)))
    thin = resized(replace(network, nodes=tuple(nodes)), network.input)
    # what is no filter changes a position's axis, as of a linear layer on maps
    if thin is None or any(
        a.output.spatial != b.output.spatial
        for a, b in zip(thin.nodes, network.nodes, strict=True)
        if b.output.rank > 1
    ):
        return None
    return thin


def _keeps_channels_apart(node: Node, network: Network) -> bool:
    """Whether no layer pads, crops or slides over channels: what it gives then depends on how many there are."""
    shapes = network.input_shapes(node)
    reads = [how[0].taps for how in node.layer.reads(*shapes) if isinstance(how, tuple)]
    return not any(isinstance(taps, Slide) and taps.window != Window(1) for taps in reads)


def sizes_in(layer: Layer) -> Iterator[Dim]:
    """The sizes in a layer's fields."""
    fields: Any = layer
    for f in dataclasses.fields(fields):
        value = getattr(layer, f.name)
        yield from (v for v in (value if isinstance(value, tuple) else (value,)) if isinstance(v, IntExpr))


def _layer(layer: Layer, values: Mapping[str, int]) -> Layer:
    fields: Any = layer
    changed = {
        f.name: new
        for f in dataclasses.fields(fields)
        if (new := _put(getattr(layer, f.name), values)) != getattr(layer, f.name)
    }
    return replace(layer, **changed) if changed else layer


def _put(value: Any, values: Mapping[str, int]) -> Any:
    """A field with numbers for names: sizes, tuples of them, and anything else as it is."""
    if isinstance(value, tuple):
        return tuple(_put(v, values) for v in value)
    return substitute(value, values) if isinstance(value, IntExpr) else value


def _holds(relation: str, left: Dim, right: Dim) -> bool:
    """Whether a relation between numbers holds. One that still has names does not."""
    if not isinstance(left, int) or not isinstance(right, int):
        return False
    match relation:
        case ">=":
            return left >= right
        case "==":
            return left == right
        case "!=":
            return left != right
        case _:
            return left != 0 and right % left == 0
