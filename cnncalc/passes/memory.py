"""Bytes in memory: weights, the peak of live activations in inference, and what training keeps.

Counted are tensors that pass from layer to layer, those that autograd saves, gradients of parameters and the
optimizer's state. Not counted are the workspaces of kernels (im2col, padded copies, temporaries within one layer), and
the gradients of activations, which come and go in the backward pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from cnncalc.errors import CnncalcError, LayerError
from cnncalc.layers import decide, failure
from cnncalc.layers.storage import DType, Layout, Result, Run, Tensor
from cnncalc.network import Network, Node
from cnncalc.passes.cost import costs
from cnncalc.passes.trained import gradients
from cnncalc.record import record, replace
from cnncalc.shape import product
from cnncalc.symbolic import Dim, Facts, names

__all__ = [
    "BYTES",
    "OPTIMIZERS",
    "Held",
    "InferenceMemory",
    "NodeMemory",
    "Optimizer",
    "Peak",
    "SavedTensor",
    "TrainingMemory",
    "inference",
    "largest_batch",
    "training",
]

#: bytes of one number
BYTES: dict[DType, int] = {"float32": 4, "float16": 2, "bfloat16": 2, "float64": 8, "int8": 1}
_INT64 = 8

Optimizer: TypeAlias = Literal["sgd", "momentum", "adam", "adamw"]

#: numbers that an optimizer keeps for each parameter, and bytes besides for each tensor: Adam's `step` is a float32
OPTIMIZERS: dict[Optimizer, tuple[int, int]] = {
    "sgd": (0, 0),
    "momentum": (1, 0),
    "adam": (2, 4),
    "adamw": (2, 4),
}

#: what the network's own input is called, in place of a layer's name
_INPUT = "input"


@record
class NodeMemory:
    """Where one result lies: in `bytes` of its own, or in the storage that another made (a view, or written in place)."""

    name: str
    kind: str
    bytes: Dim
    #: the layer (or "input") whose storage it lies in; None: its own
    shares: str | None = None
    in_place: bool = False


@record
class Held:
    """A storage that is alive: the layer (or "input") that made it."""

    name: str
    bytes: int


@record
class Peak:
    """The most bytes of activations alive at once: while `node` runs, with its inputs and its output."""

    node: str
    bytes: int
    held: tuple[Held, ...]


@record
class InferenceMemory:
    """Memory of inference, in bytes."""

    dtype: DType
    batch: int
    in_place: bool
    weights: Dim
    buffers: Dim
    input: Dim
    nodes: tuple[NodeMemory, ...]
    #: all results together, views counted once; the input apart
    activations: Dim
    #: None where sizes have names, which `unknown` lists
    peak: Peak | None
    unknown: tuple[str, ...] = ()

    @property
    def total(self) -> Dim | None:
        """Weights, buffers and the peak."""
        return None if self.peak is None else self.weights + self.buffers + self.peak.bytes


@record
class SavedTensor:
    """A storage that autograd keeps: the layer (or "input") that made it, what it is there, and who saves it."""

    of: str
    name: str
    bytes: Dim
    by: tuple[str, ...]


@record
class TrainingMemory:
    """Memory of training between the forward and the backward pass, in bytes."""

    dtype: DType
    batch: int
    optimizer: Optimizer
    weights: Dim
    buffers: Dim
    #: parameters that are trained: their number, and how many tensors they are
    trained: Dim
    tensors: int
    #: every storage once, in the order in which they are made; without parameters and buffers
    saved: tuple[SavedTensor, ...]
    activations: Dim
    gradients: Dim
    state: Dim

    @property
    def total(self) -> Dim:
        return self.weights + self.buffers + self.activations + self.gradients + self.state


def inference(
    network: Network, *, dtype: DType = "float32", batch: int = 1, in_place: bool = False
) -> InferenceMemory:
    """The memory of inference, layer by layer in the order of the network.

    A result lives from its layer until its last reader, the network's output to the end, its input until its last
    reader; while a layer runs, its inputs and its output are alive; views share their base's storage. With `in_place`
    a layer that torch has an in-place form of writes into an input that nobody reads any more, but not into
    the network's input, which is the caller's.
    """
    unit = BYTES[dtype]
    weights, buffers = _owned(network, unit)
    readers = _last_readers(network)
    tensors = {-1: _input(network, batch)}
    home = {-1: -1}
    until = {-1: readers[-1]}
    nodes = []
    for node in network.nodes:
        i = node.index
        run = Run(tuple([tensors[j] for j in node.inputs]), dtype=dtype)
        result = node.layer.result(run)
        taken = _overwritten(network, node, result, home, until) if in_place else None
        if taken is not None:
            result = Result(run.inputs[taken].layout, taken)
        home[i] = i if result.of is None else home[node.inputs[result.of]]
        until[home[i]] = max(until.get(home[i], i), readers[i])
        tensors[i] = Tensor((batch, *node.output.dims), result.layout)
        size = unit * product(tensors[i].dims) if home[i] == i else 0
        shares = None if home[i] == i else _name(network, home[i])
        nodes.append(NodeMemory(node.name, node.layer.kind, size, shares, taken is not None))
    entered = unit * product(tensors[-1].dims)
    unknown = _names([entered, *(n.bytes for n in nodes)])
    return InferenceMemory(
        dtype,
        batch,
        in_place,
        weights,
        buffers,
        entered,
        tuple(nodes),
        _sum(network, [n.bytes for n in nodes]),
        None if unknown else _peak(network, [n.bytes for n in nodes], entered, home, until),
        unknown,
    )


def _input(network: Network, batch: int) -> Tensor:
    dims = (batch, *network.input.dims)
    return Tensor(dims, Layout.row_major(len(dims)))


def _last_readers(network: Network) -> dict[int, int]:
    """The last node that reads each result; the node itself where nobody does, and beyond the end for the output."""
    last = {i: i for i in range(-1, len(network.nodes))}
    for node in network.nodes:
        for i in node.inputs:
            last[i] = node.index
    last[network.last] = len(network.nodes)
    return last


def _overwritten(
    network: Network, node: Node, result: Result, home: dict[int, int], until: dict[int, int]
) -> int | None:
    """The input that is overwritten: one that nobody reads any more, and that no other input lies in."""
    if result.of is not None:
        return None
    homes = [home[i] for i in node.inputs]
    for k in node.layer.overwrites(*network.input_shapes(node)):
        if homes[k] >= 0 and homes.count(homes[k]) == 1 and until[homes[k]] == node.index:
            return k
    return None


def _peak(
    network: Network, sizes: Sequence[Dim], entered: Dim, home: dict[int, int], until: dict[int, int]
) -> Peak:
    """The largest sum of storages alive at once; the first node where it is reached."""
    size = dict(enumerate(map(_number, sizes))) | {-1: _number(entered)}
    alive = {-1}
    now = most = size[-1]
    at = -1
    for node in network.nodes:
        i = node.index
        if home[i] == i:
            alive.add(i)
            now += size[i]
        if now > most:
            most, at = now, i
        for j in {home[i], *(home[k] for k in node.inputs)}:
            if until[j] <= i and j in alive:
                alive.remove(j)
                now -= size[j]
    held = [i for i in sorted(set(home.values())) if i <= at <= until[i]]
    return Peak(_name(network, at), most, tuple([Held(_name(network, i), size[i]) for i in held]))


def training(
    network: Network,
    *,
    dtype: DType = "float32",
    batch: int = 1,
    optimizer: Optimizer = "sgd",
    frozen: Sequence[str] = (),
) -> TrainingMemory:
    """The memory of one training step: what autograd saves, gradients and the optimizer's state, weights and buffers.

    A storage counts once however often it is saved: a ReLU's output is the input that the next convolution saves.
    `frozen` are patterns on names, see `gradients`.

    Raises SpecError for a pattern that no name matches; LayerError where torch cannot train on such a batch.
    """
    if dtype == "int8":
        raise LayerError(
            "int8 has no gradients", "train in float32, bfloat16, float16 or float64", code="CNN202"
        )
    unit = BYTES[dtype]
    found = costs(network)
    flows = gradients(network, found, frozen)
    weights, buffers = _owned(network, unit)
    tensors = {-1: _input(network, batch)}
    home = {-1: -1}
    sizes: dict[tuple[int, str], Dim] = {}
    savers: dict[tuple[int, str], list[str]] = {}
    for node, flow in zip(network.nodes, flows, strict=True):
        _check_training(network, node, batch)
        run = Run(
            tuple([replace(tensors[j], grad=g) for j, g in zip(node.inputs, flow.inputs, strict=True)]),
            training=True,
            trainable=flow.trained,
            dtype=dtype,
        )
        result = node.layer.result(run)
        home[node.index] = node.index if result.of is None else home[node.inputs[result.of]]
        tensors[node.index] = Tensor((batch, *node.output.dims), result.layout)
        for item in node.layer.saves(run) if flow.needed else ():
            if item.what in ("parameter", "buffer"):
                continue
            if item.what == "new":
                key, size = (node.index, item.name), _bytes(item.dtype, unit) * product(item.dims)
            else:
                place = home[node.inputs[item.index] if item.what == "input" else node.index]
                key, size = (place, "output"), unit * product(tensors[place].dims)
            sizes[key] = size
            savers.setdefault(key, []).append(node.name)
    saved = [
        SavedTensor(_name(network, key[0]), key[1], size, tuple(dict.fromkeys(savers[key])))
        for key, size in sorted(sizes.items(), key=lambda item: item[0][0])
    ]
    own = [
        w.elements
        for node, cost, flow in zip(network.nodes, found, flows, strict=True)
        if node.weights_of is None and flow.trained
        for w in cost.weights
        if w.role == "parameter"
    ]
    trained = sum(own, start=0)
    each, besides = OPTIMIZERS[optimizer]
    return TrainingMemory(
        dtype,
        batch,
        optimizer,
        weights,
        buffers,
        trained,
        len(own),
        tuple(saved),
        _sum(network, [s.bytes for s in saved]),
        unit * trained,
        each * unit * trained + besides * len(own),
    )


def _check_training(network: Network, node: Node, batch: int) -> None:
    """Refuse a layer that torch cannot train on such a batch.

    Raises LayerError.
    """
    try:
        for condition in node.layer.trains_on(batch, *network.input_shapes(node)):
            if decide(condition, Facts()) is False:
                raise failure(condition)
    except LayerError as error:
        raise error.at(node.span, f"layer '{node.name}' ({node.layer.kind})") from None


def largest_batch(measure: Callable[[int], int], available: int) -> int | None:
    """The largest batch for which `measure` gives at most `available`: 0 if there is none, None if there is no limit.

    `measure` has to grow by the same amount with every image from the second on, as all memory here does: what does not
    grow is constant. For batches of 2 and more, that is: one image alone can lie in memory in more ways.
    """
    two = measure(2)
    growth = measure(3) - two
    if two <= available:
        return None if growth == 0 else 2 + (available - two) // growth
    try:
        return 1 if measure(1) <= available else 0
    except LayerError:
        return 0


def _owned(network: Network, unit: int) -> tuple[Dim, Dim]:
    """Bytes of weights and of buffers; those that nodes share count once."""
    sums: dict[str, list[Dim]] = {"parameter": [], "buffer": []}
    for node, cost in zip(network.nodes, costs(network), strict=True):
        if node.weights_of is None:
            for w in cost.weights:
                sums[w.role].append((_INT64 if w.dtype == "int64" else unit) * w.elements)
    return _sum(network, sums["parameter"]), _sum(network, sums["buffer"])


def _bytes(dtype: str | None, unit: int) -> int:
    return {"int64": _INT64, "float32": BYTES["float32"], None: unit}[dtype]


def _sum(network: Network, sizes: Sequence[Dim]) -> Dim:
    """Raises CnncalcError, with a place, for too large an expression."""
    try:
        return sum(sizes, start=0)
    except CnncalcError as error:
        raise error.at(network.nodes[0].span, "the sum of all layers") from None


def _names(sizes: Sequence[Dim]) -> tuple[str, ...]:
    return tuple(sorted({name for size in sizes for name in names(size)}))


def _number(size: Dim) -> int:
    assert isinstance(size, int)  # noqa: S101 - names have been looked for
    return size


def _name(network: Network, index: int) -> str:
    return _INPUT if index < 0 else network.nodes[index].name
