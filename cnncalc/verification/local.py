"""The locally connected layer, which torch has no module for."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional

__all__ = ["LocallyConnected"]


class LocallyConnected(nn.Module):
    """A convolution with weights of its own at every output position: windows are unfolded, and each is multiplied by its filters.

    Where the windows lie, torch's convolution decides, which a small one with the same fields is asked for.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        sizes: tuple[int, ...],
        *,
        bias: bool,
        shared_bias: bool,
        **geometry: Any,
    ) -> None:
        super().__init__()
        axes = len(sizes)
        convolution: Any = getattr(nn, f"Conv{axes}d")
        small = convolution(1, 1, kernel_size, bias=False, device="cpu", **geometry)
        self.out_channels = out_channels
        self.positions = tuple(small(torch.zeros(1, 1, *sizes, device="cpu")).shape[2:])
        self.padding_mode = "constant" if small.padding_mode == "zeros" else small.padding_mode
        self.kernel = tuple(small.weight.shape[2:])
        self.stride, self.dilation = _each(small.stride, axes), _each(small.dilation, axes)
        self.edges = _edges(small, axes)
        outputs = math.prod(self.positions) * out_channels
        self.weight = nn.Parameter(torch.empty(outputs, in_channels, *self.kernel))
        count = out_channels if shared_bias else outputs
        self.bias: nn.Parameter | None
        self.register_parameter("bias", nn.Parameter(torch.empty(count)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """As torch's convolutions are initialised."""
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.weight[0].numel())
            nn.init.uniform_(self.bias, -bound, bound)

    def windows(self, x: torch.Tensor) -> torch.Tensor:
        """N×C×H×W as N×C×H'×W'×F×F, without a copy but for the padding."""
        if any(self.edges):
            x = functional.pad(x, self.edges, mode=self.padding_mode)
        for axis, (kernel, stride, apart) in enumerate(
            zip(self.kernel, self.stride, self.dilation, strict=True), start=2
        ):
            x = x.unfold(axis, (kernel - 1) * apart + 1, stride)[..., ::apart]
        return x

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One matrix product for each position."""
        images, axes = x.shape[0], len(self.positions)
        seen = self.windows(x)
        # positions, images, channels, taps
        order = (*range(2, 2 + axes), 0, 1, *range(2 + axes, 2 + 2 * axes))
        rows = seen.permute(order).clone(memory_format=torch.contiguous_format)
        rows = rows.view(math.prod(self.positions), images, -1)
        filters = self.weight.view(self.out_channels, len(rows), -1).permute(1, 2, 0)
        y = torch.bmm(rows, filters).permute(1, 2, 0).clone(memory_format=torch.contiguous_format)
        y = y.view(images, self.out_channels, *self.positions)
        return y if self.bias is None else y + self._summand(self.bias)

    def _summand(self, bias: torch.Tensor) -> torch.Tensor:
        """The bias as it is added to one image."""
        if len(bias) == self.out_channels:
            return bias.view(-1, *[1] * len(self.positions))
        return bias.view(self.out_channels, *self.positions)


def _each(value: tuple[int, ...], axes: int) -> tuple[int, ...]:
    return value * axes if len(value) == 1 else value


def _edges(convolution: Any, axes: int) -> list[int]:
    """How much is padded before and after each axis, the last one first."""
    if isinstance(convolution.padding, str):
        found: list[int] = convolution._reversed_padding_repeated_twice  # noqa: SLF001 - what `same` means is told nowhere else
        return found
    return [size for size in reversed(_each(convolution.padding, axes)) for _ in range(2)]
