"""Parameters and buffers, tensor by tensor, by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from cnncalc.shape import Shape, Weight
from cnncalc.symbolic import Dim
from cnncalc.verification.lab import Lab
from cnncalc.verification.model import Check, Compared, Value
from cnncalc.verification.shapes import sizes

__all__ = ["measure_buffers", "measure_parameters"]


def measure_parameters(lab: Lab) -> Check:
    """Every parameter, how many numbers every node learns, and their sum."""
    numbers = []
    for node, step in zip(lab.network.nodes, lab.meta.steps, strict=True):
        told: Any = node.layer.params(*lab.network.input_shapes(node)).value
        real = sum(p.numel() for p in step.parameters())
        if node.weights_of is None and (told or real):
            numbers.append(Compared(node.name, "number of parameters", told, real))
    found = dict(lab.meta.named_parameters())
    return _measure("parameters", lab, found, lab.analysis.totals.params, numbers)


def measure_buffers(lab: Lab) -> Check:
    """Every buffer, and their sum."""
    return _measure("buffers", lab, dict(lab.meta.named_buffers()), lab.analysis.totals.buffers)


def _measure(
    quantity: str, lab: Lab, found: Mapping[str, Any], total: Any, numbers: Sequence[Compared] = ()
) -> Check:
    told = _told(lab, quantity.removesuffix("s"))
    names = dict.fromkeys([*told, *found])
    nodes = {node.name for node in lab.network.nodes}
    values = [Compared(*_split(name, nodes), told.get(name), _shape(found.get(name))) for name in names]
    values += numbers
    values.append(Compared("", f"all {quantity}", total, sum(t.numel() for t in found.values())))
    return Check(
        quantity,
        f"named_{quantity}(), those that layers share once",
        "the tensors that the layers name",
        f"named_{quantity}()",
        tuple(values),
    )


def _told(lab: Lab, role: str) -> dict[str, Value]:
    """Name -> shape and type of every tensor that cnncalc says there is."""
    told = {}
    for node, row in zip(lab.network.nodes, lab.analysis.rows, strict=True):
        if row.shares is None:
            counts = node.layer.counts(*lab.network.input_shapes(node))
            for w in row.weights:
                if w.role == role:
                    count = counts[w.name].value if w.name in counts else None
                    told[w.named(row.name)] = _typed(w, count)
    return told


def _typed(w: Weight, count: Dim | None) -> Value:
    """The shape as torch has it; where the formula for the number of elements is another matter, both."""
    if count != w.elements:
        return f"{_text(w.shape)}, by its formula {count} numbers"
    return sizes(Shape(w.shape)) if w.dtype == "float" else f"{_text(w.shape)} {w.dtype}"


def _shape(tensor: Any) -> Value:
    if tensor is None:
        return None
    if tensor.is_floating_point():
        return tuple(tensor.shape)
    return f"{_text(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"


def _text(dims: Iterable[object]) -> str:
    return "x".join(map(str, dims)) or "a number of"


def _split(name: str, nodes: Collection[str]) -> tuple[str, str]:
    """The node that owns a tensor, and what the tensor is called there; one without a module is called as the node is."""
    parts = name.split(".")
    for i in range(len(parts), 0, -1):
        if ".".join(parts[:i]) in nodes:
            return ".".join(parts[:i]), ".".join(parts[i:]) or parts[-1]
    return ".".join(parts[:-1]), parts[-1]
