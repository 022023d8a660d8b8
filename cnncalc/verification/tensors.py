"""Parameters and buffers, tensor by tensor, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cnncalc.analysis import Analysis
from cnncalc.shape import Shape
from cnncalc.verification.lab import Lab
from cnncalc.verification.model import Check, Compared, Value
from cnncalc.verification.shapes import sizes

__all__ = ["measure_buffers", "measure_parameters"]


def measure_parameters(lab: Lab) -> Check:
    """Every parameter, and their sum."""
    return _measure("parameters", lab, dict(lab.meta.named_parameters()), lab.analysis.totals.params)


def measure_buffers(lab: Lab) -> Check:
    """Every buffer, and their sum."""
    return _measure("buffers", lab, dict(lab.meta.named_buffers()), lab.analysis.totals.buffers)


def _measure(quantity: str, lab: Lab, found: Mapping[str, Any], total: Any) -> Check:
    told = _told(lab.analysis, quantity.removesuffix("s"))
    names = dict.fromkeys([*told, *found])
    values = [Compared(*_split(name), told.get(name), _shape(found.get(name))) for name in names]
    values.append(Compared("", f"all {quantity}", total, sum(t.numel() for t in found.values())))
    return Check(
        quantity,
        f"named_{quantity}(), those that layers share once",
        "the tensors that the layers name",
        f"named_{quantity}()",
        tuple(values),
    )


def _told(analysis: Analysis, role: str) -> dict[str, Value]:
    """Name -> shape and type of every tensor that cnncalc says there is."""
    owned = [(row.name, w) for row in analysis.rows if row.shares is None for w in row.weights]
    return {f"{name}.{w.name}": _typed(Shape(w.shape), w.dtype) for name, w in owned if w.role == role}


def _typed(shape: Shape, dtype: str) -> Value:
    return sizes(shape) if dtype == "float" else f"{_text(shape.dims)} {dtype}"


def _shape(tensor: Any) -> Value:
    if tensor is None:
        return None
    if tensor.is_floating_point():
        return tuple(tensor.shape)
    return f"{_text(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"


def _text(dims: Iterable[object]) -> str:
    return "x".join(map(str, dims)) or "a number of"


def _split(name: str) -> tuple[str, str]:
    node, _, tensor = name.rpartition(".")
    return node, tensor
