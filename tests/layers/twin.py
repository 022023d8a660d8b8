"""Layers beside their torch twins. Nothing here computes an expected value with a cnncalc rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from cnncalc.errors import LayerError
from cnncalc.layers import Layer, check
from cnncalc.shape import Shape, TorchCall
from cnncalc.symbolic import Facts

torch.set_num_threads(1)


class Scale(nn.Module):
    """A learned factor (and shift) per channel, which torch has no module for."""

    def __init__(self, channels: int, *, bias: bool, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, device=device, dtype=dtype))
        self.register_parameter(
            "bias", nn.Parameter(torch.zeros(channels, device=device, dtype=dtype)) if bias else None
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        per_channel = (1, -1, *(1,) * (x.ndim - 2))
        y = x * self.weight.view(per_channel)
        return y if self.bias is None else y + self.bias.view(per_channel)


_OWN = {"cnncalc.Scale": Scale}


class Twin(nn.Module):
    """A TorchCall made real; its parameters have the names that torch gives them."""

    def __init__(self, call: TorchCall) -> None:
        super().__init__()
        self.call = call
        target: Any = _OWN.get(call.target)
        if target is None:
            target = torch
            for part in call.target.split("."):
                target = getattr(target, part)
        self.module = target(*call.args, **call.kwargs) if call.how in ("module", "query") else None
        self.function = target

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        call = self.call
        if call.how == "module":
            return self.module(*inputs)
        if call.how == "query":
            return self.module(inputs[0], inputs[0], inputs[0])[0]
        if call.how == "list":
            return self.function(list(inputs), *call.args, **call.kwargs)
        if call.how == "fold":
            result = inputs[0]
            for other in inputs[1:]:
                result = self.function(result, other)
            return result
        result = self.function(*inputs, *call.args, **call.kwargs)
        return result[call.index] if call.how == "piece" else result


@dataclass(frozen=True)
class Measured:
    """What torch says of one layer on its inputs, without the batch axis."""

    shape: tuple[int, ...]
    parameters: dict[str, tuple[int, ...]]
    buffers: dict[str, tuple[int, ...]]
    macs: int


def measure(call: TorchCall, shapes: Sequence[tuple[int, ...]]) -> Measured | None:
    """Torch's answers, or None if torch raises or returns an empty map.

    Acceptance and the shape come from a real run on the CPU in float64, since the meta device accepts
    layers that cannot run; MACs from the meta device, since the CPU hides some products from the counter.
    """
    try:
        twin = Twin(call).double().eval()
        with torch.no_grad():
            y = twin(*(torch.zeros(1, *s, dtype=torch.float64) for s in shapes))
    except (
        RuntimeError,
        ValueError,
        TypeError,
        AssertionError,
        IndexError,
        ZeroDivisionError,
        NotImplementedError,
    ):
        return None
    if y.numel() == 0:
        return None
    with torch.device("meta"):
        ghost = Twin(call).eval()
        with FlopCounterMode(display=False) as counter:
            ghost(*(torch.zeros(1, *s) for s in shapes))
    assert counter.get_total_flops() % 2 == 0
    module = twin.module if twin.module is not None else nn.Module()
    return Measured(
        tuple(y.shape[1:]),
        {n: tuple(p.shape) for n, p in module.named_parameters()},
        {n: tuple(b.shape) for n, b in module.named_buffers()},
        counter.get_total_flops() // 2,
    )


def answer(layer: Layer, shapes: Sequence[tuple[int, ...]]) -> Measured | None:
    """Cnncalc's answers in the same form; None if the layer is rejected."""
    inputs = [Shape(s) for s in shapes]
    try:
        undecided = check(layer.requires(*inputs), Facts())
    except LayerError:
        return None
    assert undecided == ()  # numbers leave nothing open
    weights = layer.weights(*inputs)
    return Measured(
        layer.output(*inputs).dims,
        {w.name: w.shape for w in weights if w.role == "parameter"},
        {w.name: w.shape for w in weights if w.role == "buffer"},
        layer.macs(*inputs).value,
    )


def assert_agrees(layer: Layer, *shapes: tuple[int, ...]) -> None:
    """The layer is rejected if and only if torch rejects it, and otherwise every number is torch's.

    A kind names its twin even where it cannot stand, as far as that can be said; a kind that cannot name it
    (LayerError from torch_call) must be one that it rejects.
    """
    ours = answer(layer, shapes)
    try:
        call = layer.torch_call(*(Shape(s) for s in shapes))
    except LayerError:
        assert ours is None
        return
    assert measure(call, shapes) == ours
