"""Both sides of a comparison as layers in the order in which they run: what the spec says, and what the module does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import torch

from cnncalc.analysis import analyse
from cnncalc.network import Network, Node
from cnncalc.record import record, replace
from cnncalc.shape import Shape, Weight
from cnncalc.verification.module.inventory import Held, Inventory, torch_classes
from cnncalc.verification.module.model import Layer, Sums, Tensor
from cnncalc.verification.module.settings import settings_of
from cnncalc.verification.module.trace import BATCH, Trace, Use
from cnncalc.verification.realise import numbers, twin

__all__ = ["Side", "side_of_module", "side_of_network"]

_OUTPUT = "what comes out"


@record
class Side:
    """The layers with tensors, and the output as one more."""

    layers: tuple[Layer, ...]
    output: Layer
    sums: Sums


def side_of_network(network: Network) -> Side:
    """What the spec says. The network has no names in its sizes."""
    analysis = analyse(network)
    layers: list[Layer] = []
    places: dict[int, int] = {}
    sources: dict[int, frozenset[int]] = {-1: frozenset([-1])}
    known: dict[Any, Layer] = {}
    for node, row in zip(network.nodes, analysis.rows, strict=True):
        reads = frozenset[int]().union(*[sources[i] for i in node.inputs])
        sources[node.index] = reads
        if not row.weights:
            continue
        places[node.index] = len(layers)
        sources[node.index] = frozenset([len(layers)])
        owner = None if node.weights_of is None else places[node.weights_of]
        torch_layer = _in_torch(network, node, known)
        layers.append(
            Layer(
                row.name,
                row.word,
                tuple([_tensor(w, owner) for w in row.weights]),
                reads,
                input=numbers(row.input),
                output=numbers(row.output),
                macs=_number(row.totals.macs),
                settings=torch_layer.settings,
                classes=torch_layer.classes,
                span=node.span,
            )
        )
    last = network.nodes[network.last].span if network.last >= 0 else None
    macs = _number(analysis.totals.macs)
    output = Layer(
        "output", _OUTPUT, (), sources[network.last], output=numbers(network.output), macs=macs, span=last
    )
    return Side(tuple(layers), output, _sums(layers, macs))


def _in_torch(network: Network, node: Node, known: dict[Any, Layer]) -> Layer:
    """A nameless layer with torch's classes and settings, for nodes that are alike the same."""
    shapes = network.input_shapes(node)
    found = known.get((node.layer, shapes))
    if found is None:
        try:
            with torch.device("meta"):
                part = twin(node.layer, shapes).module
            found = Layer("", "", settings=settings_of(part), classes=torch_classes(part))
        except Exception:  # noqa: BLE001 - what torch does not make has no settings there
            found = Layer("", "")
        known[node.layer, shapes] = found
    return found


def _tensor(w: Weight, owner: int | None) -> Tensor:
    return Tensor(w.name, numbers(Shape(w.shape)), w.role, w.dtype, owner=owner)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def side_of_module(parts: Inventory, seen: Trace | None) -> Side:
    """What the module does; in the order in which it is registered if nothing could be seen of a run."""
    uses = seen.uses if seen is not None else ()
    owners: dict[int, int] = {}
    layers: list[Layer] = []
    for use in uses:
        layers.append(_used(parts, use, owners))
        for n in use.tensors:
            owners.setdefault(n, use.index)
    for home, of in parts.of.items():
        left = of if seen is None else tuple([n for n in of if n not in owners])
        if left:
            layers.append(replace(_registered(parts, home, left, owners), ran=seen is None))
            for n in left:
                owners.setdefault(n, len(layers) - 1)
    if seen is None:
        return Side(tuple(layers), Layer("output", _OUTPUT, ran=False), _sums(layers, None))
    shape = tuple(seen.outputs[0].shape[1:]) if seen.outputs else None
    total = None if seen.unseen or any(use.unseen for use in seen.uses) else _per_image(seen.flops)
    output = Layer("output", _OUTPUT, (), seen.reads, output=shape, macs=total)
    return Side(tuple(layers), output, _sums(layers, total))


def _used(parts: Inventory, use: Use, owners: dict[int, int]) -> Layer:
    return replace(
        _registered(parts, use.home, sorted(use.tensors), owners),
        reads=use.reads,
        input=use.input,
        output=use.output,
        inner=use.inner,
        macs=None if use.unseen else _per_image(use.flops),
    )


def _registered(parts: Inventory, home: str, tensors: Sequence[int], owners: dict[int, int]) -> Layer:
    """A layer as it is registered. What is applied by functions has the name of the whole only if it is nothing else."""
    part = parts.layers.get(home)
    whole = part is not None or (home and home in parts.leaves and set(tensors) == set(parts.of[home]))
    return Layer(
        (home or parts.classes[home]) if whole else parts.held[tensors[0]].full,
        parts.classes[home],
        tuple([_held(parts.held[n], owners.get(n)) for n in tensors]),
        settings={} if home in parts.rewritten else settings_of(part),
        classes=torch_classes(part) if part is not None else (),
    )


def _held(held: Held, owner: int | None) -> Tensor:
    t = held.tensor
    dtype = "float" if t.is_floating_point() else str(t.dtype).removeprefix("torch.")
    role: Literal["parameter", "buffer"] = "parameter" if held.role == "parameter" else "buffer"
    frozen = role == "parameter" and not t.requires_grad
    return Tensor(held.name, tuple(t.shape), role, dtype, frozen, owner)


def _per_image(flops: int) -> int | float:
    macs, rest = divmod(flops, 2 * BATCH)
    return macs if rest == 0 else flops / (2 * BATCH)


def _sums(layers: Sequence[Layer], macs: int | float | None) -> Sums:
    own = [t for layer in layers for t in layer.tensors if t.owner is None]
    sizes = [(t, torch.Size(t.shape).numel()) for t in own]
    return Sums(
        len(layers),
        sum(n for t, n in sizes if t.role == "parameter"),
        sum(n for t, n in sizes if t.frozen),
        sum(n for t, n in sizes if t.role == "buffer"),
        macs,
    )
