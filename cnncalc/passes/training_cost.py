"""Multiply-accumulates of training: forward, backward, and a step, with frozen layers."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.errors import CnncalcError
from cnncalc.network import Network
from cnncalc.passes.cost import costs
from cnncalc.passes.trained import gradients
from cnncalc.record import record
from cnncalc.symbolic import Dim

__all__ = ["NodeTraining", "TrainingCost", "training_cost"]


@record
class NodeTraining:
    """One node's MACs for the whole batch, and what its backward pass has to do."""

    name: str
    forward: Dim
    backward: Dim
    #: whether its own parameters are trained
    trained: bool
    #: whether an input needs a gradient: something upstream is trained
    passes_on: bool


@record
class TrainingCost:
    """MACs of one step on a batch; what the optimizer computes is elementwise and not counted."""

    batch: int
    nodes: tuple[NodeTraining, ...]
    forward: Dim
    backward: Dim

    @property
    def step(self) -> Dim:
        """Forward and backward."""
        return self.forward + self.backward


def training_cost(network: Network, *, batch: int = 1, frozen: Sequence[str] = ()) -> TrainingCost:
    """backward = M·[the weights are trained] + M·[the input needs a gradient], for a layer of M forward MACs.

    So the first layer that has weights costs M, later ones 2·M; layers before everything that is trained cost nothing,
    and a frozen layer behind something trained costs M. `frozen` are patterns on names, see `gradients`.

    Raises SpecError for a pattern that no name matches; CnncalcError, with the place, for too large an expression.
    """
    nodes = []
    found = costs(network)
    flows = gradients(network, found, frozen)
    for node, cost, flow in zip(network.nodes, found, flows, strict=True):
        upstream = any(flow.inputs)
        try:
            if flow.needed:
                shapes = network.input_shapes(node)
                per_image = node.layer.backward(*shapes, inputs=upstream, trainable=flow.trained).value
            else:
                per_image = 0
            macs = batch * cost.macs, batch * per_image
        except CnncalcError as error:
            raise error.at(node.span, f"layer '{node.name}' ({node.layer.kind})") from None
        nodes.append(NodeTraining(node.name, *macs, flow.trained, upstream))
    try:
        totals = sum((n.forward for n in nodes), 0), sum((n.backward for n in nodes), 0)
    except CnncalcError as error:
        raise error.at(network.nodes[0].span, "the sum of all layers") from None
    return TrainingCost(batch, tuple(nodes), *totals)
