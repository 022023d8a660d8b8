"""Layers built in torch without their numbers: what they own, what they give out, and how often they multiply."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import nn


@dataclass(frozen=True)
class Measured:
    """`out`: C, H, W or the number of outputs. `macs`: one for each weight that each output number is a sum over."""

    out: tuple[int, ...]
    weights: int
    params: int
    macs: int


@cache
def conv(
    n: int, f: int, c: int, k: int, s: int = 1, p: int = 0, g: int = 1, *, bias: bool = True
) -> Measured:
    with torch.device("meta"):
        return _measured(nn.Conv2d(c, k, f, s, p, groups=g, bias=bias), torch.empty(1, c, n, n))


@cache
def same(n: int, f: int, c: int, k: int, g: int = 1, *, bias: bool = True) -> Measured:
    """A convolution whose padding keeps the size."""
    return conv(n, f, c, k, 1, f // 2, g, bias=bias)


@cache
def dense(n: int, k: int, *, bias: bool = True) -> Measured:
    with torch.device("meta"):
        return _measured(nn.Linear(n, k, bias=bias), torch.empty(1, n))


@cache
def norm(c: int) -> int:
    """What is learned by a batch normalisation."""
    return sum(p.numel() for p in nn.BatchNorm2d(c, device="meta").parameters())


def _measured(layer: nn.Conv2d | nn.Linear, x: torch.Tensor) -> Measured:
    y = layer(x)
    params = sum(p.numel() for p in layer.parameters())
    return Measured(tuple(y.shape[1:]), layer.weight.numel(), params, y.numel() * layer.weight[0].numel())
