"""Layers beside their torch twins. Nothing here computes an expected value with a cnncalc rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from cnncalc.errors import LayerError
from cnncalc.layers import Layer, check
from cnncalc.shape import Shape, TorchCall
from cnncalc.symbolic import Facts
from cnncalc.verification.realise import Twin

__all__ = ["Measured", "Twin", "answer", "assert_agrees", "measure"]

torch.set_num_threads(1)


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
