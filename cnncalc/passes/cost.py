"""What every node owns and multiplies: tensors and multiply-accumulates."""

from __future__ import annotations

from functools import lru_cache

from cnncalc.errors import CnncalcError
from cnncalc.layers import Derivation, Layer
from cnncalc.network import Network
from cnncalc.record import record
from cnncalc.shape import Shape, Weight
from cnncalc.spec.fields import placeless
from cnncalc.symbolic import Dim

__all__ = ["Cost", "costs"]

#: costs that are kept for the next network; a folder of specs has much in common
_MOST_KEPT = 4096


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
    found = []
    for node in network.nodes:
        try:
            found.append(_cost(node.layer, network.input_shapes(node)))
        except CnncalcError as error:
            raise placeless(error).at(node.span, f"layer '{node.name}' ({node.layer.kind})") from None
    return tuple(found)


@lru_cache(_MOST_KEPT)
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
