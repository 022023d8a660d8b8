"""What every node owns and multiplies: tensors and multiply-accumulates."""

from __future__ import annotations

from cnncalc.errors import CnncalcError
from cnncalc.layers import Derivation, Layer
from cnncalc.network import Network
from cnncalc.record import record
from cnncalc.shape import Shape, Weight
from cnncalc.spec.fields import placeless
from cnncalc.symbolic import Dim

__all__ = ["Cost", "costs"]


@record
class Cost:
    """One node's tensors (its own, or those it shares), and its MACs for one image."""

    weights: tuple[Weight, ...]
    params: Dim
    buffers: Dim
    macs: Dim
    derivation: Derivation


def costs(network: Network) -> tuple[Cost, ...]:
    """The cost of every node, in order. A layer on the same shapes costs the same, so that it is asked once.

    Raises CnncalcError for one whose cost is too large an expression, with its place.
    """
    known: dict[tuple[Layer, tuple[Shape, ...]], Cost] = {}
    found = []
    for node in network.nodes:
        key = node.layer, network.input_shapes(node)
        cost = known.get(key)
        if cost is None:
            try:
                cost = known[key] = _cost(*key)
            except CnncalcError as error:
                raise placeless(error).at(node.span, f"layer '{node.name}' ({node.layer.kind})") from None
        found.append(cost)
    return tuple(found)


def _cost(layer: Layer, inputs: tuple[Shape, ...]) -> Cost:
    weights = layer.weights(*inputs)
    derivation = layer.macs(*inputs)
    return Cost(
        weights,
        sum((w.elements for w in weights if w.role == "parameter"), 0),
        sum((w.elements for w in weights if w.role == "buffer"), 0),
        derivation.value,
        derivation,
    )
