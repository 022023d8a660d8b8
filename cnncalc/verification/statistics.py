"""What normalisations average over: which numbers move when one does."""

from __future__ import annotations

from typing import Any

import torch

from cnncalc.layers.facts import Statistics
from cnncalc.layers.products import sizes_named
from cnncalc.shape import Shape
from cnncalc.verification.lab import Lab
from cnncalc.verification.model import Check, Compared, Unchecked
from cnncalc.verification.realise import Twin, numbers, twin

__all__ = ["measure"]

_BATCH = 2
#: larger inputs are measured with fewer positions
_MOST_ELEMENTS = 1 << 17


def measure(lab: Lab) -> Check:
    """For every normalisation: how many numbers have a mean, how many means there are, over which axes, and in inference."""
    known: dict[object, list[tuple[str, Any, Any]]] = {}
    values, missing = [], []
    for node in lab.network.nodes:
        shape = _smaller(lab.network.input_shapes(node)[0])
        key = (node.layer, shape)
        if key not in known:
            told = node.layer.statistics(shape, _BATCH)
            if told is None:
                continue
            if told.values.value == 1:
                reason = "a single number is its own mean"
                missing.append(Unchecked(node.name, "statistics", reason, inherent=True))
                continue
            try:
                known[key] = _pairs(twin(node.layer, [shape]), numbers(shape), told)
            except ValueError as error:
                reason = f"torch cannot train it: {error}"
                missing.append(Unchecked(node.name, "statistics", reason, inherent=not lab.trains(_BATCH)))
                continue
        values += [Compared(node.name, *pair) for pair in known[key]]
    return Check(
        "statistics",
        f"one number of a batch of {_BATCH} changed, in float64: which results change",
        "the statistics pass",
        "perturbation",
        tuple(values),
        tuple(missing),
    )


def _smaller(shape: Shape) -> Shape:
    """The shape, or one with fewer positions if it is large."""
    dims = list(shape.dims)
    while _BATCH * int(str(Shape(tuple(dims)).elements)) > _MOST_ELEMENTS and any(
        int(str(d)) > 2 for d in dims[1:]
    ):
        dims[1:] = [(d + 1) // 2 for d in dims[1:]]
    return Shape(tuple(dims))


def _pairs(made: Twin, shape: tuple[int, ...], told: Statistics) -> list[tuple[str, Any, Any]]:
    """What it is, what cnncalc says, what torch does."""
    model = made.double()
    x = torch.randn(_BATCH, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    moved = _moved(model.train(), x)
    count = int(moved.sum())
    names = ("N", *sizes_named(shape))
    axes = [n for axis, n in enumerate(names) if _extent(moved, axis) > 1]
    in_inference = int(_moved(model.eval(), x).sum())
    centred = torch.allclose(model.train()(x), model(x + 3.0))
    visible = [n for n, size in zip(names, x.shape, strict=True) if size > 1]
    over = {part.split("/")[0] for part in told.over}
    if "C/G" in told.over and told.count.value == _BATCH * shape[0]:
        over.discard("C")  # groups of one channel
    running: Any = 1 if told.running else told.values.value
    return [
        ("numbers with one mean", told.values.value, count),
        ("means", told.count.value, x.numel() / count if count else 0),
        ("axes", " ".join(n for n in visible if n in over), " ".join(axes)),
        ("numbers with one mean, in inference", running, in_inference),
        ("a mean is taken off", str(told.centred), str(centred)),
    ]


def _moved(model: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Which results change with the first number of the input, whether that grows or shrinks: of two numbers only the order
    may count.
    """
    result = torch.zeros(x.shape, dtype=torch.bool)
    with torch.no_grad():
        for change in (1000.0, -1000.0):
            other = x.clone()
            other.view(-1)[0] += change
            result |= (model(x) - model(other)).abs() > 1e-9
    return result


def _extent(mask: torch.Tensor, axis: int) -> int:
    """At how many positions of an axis the mask is set anywhere."""
    return int(mask.movedim(axis, 0).flatten(1).any(1).sum())
