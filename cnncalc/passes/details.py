"""What else can be told of every node besides shapes, parameters and MACs. Computed only for those who ask.

fields          receptive fields
memory          bytes of each result, in float32, views counted with what they share
saved           bytes that autograd keeps of each node's result in training, and of its own besides
backward        MACs of the backward pass
initialisation  fans of each weight, and Kaiming's variance for ReLU
statistics      how many means and variances a normalisation takes
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from cnncalc.errors import LayerError
from cnncalc.record import record

if TYPE_CHECKING:
    from cnncalc.network import Network
    from cnncalc.passes.initialisation import Initialisation
    from cnncalc.passes.receptive_field import Field
    from cnncalc.symbolic import Dim

__all__ = ["DETAILS", "Detail", "Details", "details"]

Detail: TypeAlias = Literal["fields", "memory", "saved", "backward", "initialisation", "statistics"]
DETAILS: tuple[Detail, ...] = get_args(Detail)


@record
class Details:
    """By the number of the node; None where it was not asked for, or there is none."""

    fields: tuple[tuple[Field, ...], ...] | None = None
    memory: tuple[Dim, ...] | None = None
    #: also None where torch cannot train on such a batch
    saved: tuple[Dim, ...] | None = None
    backward: tuple[Dim, ...] | None = None
    #: the weights of each node
    initialisation: tuple[tuple[Initialisation, ...], ...] | None = None
    statistics: tuple[Dim | None, ...] | None = None


def details(network: Network, wanted: Collection[Detail], *, batch: int = 1) -> Details:
    """What is wanted of every node; bytes, MACs and statistics are those of the whole batch."""
    return Details(
        fields=_fields(network) if "fields" in wanted else None,
        memory=_memory(network, batch) if "memory" in wanted else None,
        saved=_saved(network, batch) if "saved" in wanted else None,
        backward=_backward(network, batch) if "backward" in wanted else None,
        initialisation=_initialisation(network) if "initialisation" in wanted else None,
        statistics=_statistics(network, batch) if "statistics" in wanted else None,
    )


def _fields(network: Network) -> tuple[tuple[Field, ...], ...]:
    from cnncalc.passes.receptive_field import receptive_fields

    return tuple([found.fields for found in receptive_fields(network)])


def _memory(network: Network, batch: int) -> tuple[Dim, ...]:
    from cnncalc.passes.memory import inference

    return tuple([node.bytes for node in inference(network, batch=batch).nodes])


def _saved(network: Network, batch: int) -> tuple[Dim, ...] | None:
    from cnncalc.passes.memory import training

    try:
        saved = training(network, batch=batch).saved
    except LayerError:
        return None
    by_maker: dict[str, Dim] = {}
    for tensor in saved:
        by_maker[tensor.of] = by_maker.get(tensor.of, 0) + tensor.bytes
    return tuple([by_maker.get(node.name, 0) for node in network.nodes])


def _backward(network: Network, batch: int) -> tuple[Dim, ...]:
    from cnncalc.passes.training_cost import training_cost

    return tuple([node.backward for node in training_cost(network, batch=batch).nodes])


def _initialisation(network: Network) -> tuple[tuple[Initialisation, ...], ...]:
    from cnncalc.passes.initialisation import initialisation

    found: list[list[Initialisation]] = [[] for _ in network.nodes]
    for one in initialisation(network):
        found[one.node].append(one)
    return tuple(map(tuple, found))


def _statistics(network: Network, batch: int) -> tuple[Dim | None, ...]:
    from cnncalc.passes.statistics import statistics

    found: list[Dim | None] = [None] * len(network.nodes)
    for one in statistics(network, batch):
        found[one.node] = one.statistics.count.value
    return tuple(found)
