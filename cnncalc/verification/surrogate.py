"""Recipe A for receptive fields: every layer as a positive linear map, and float64 gradients through all of them.

What a unit depends on is where the gradient of the surrogate is not 0: nothing cancels, nothing is rectified away, no maximum hides what
it is taken over. A convolution becomes the same convolution with equal weights, after the mean of the channels of each group; a maximum
becomes the sum over its windows; what normalises adds the mean over its axes; a product becomes a sum; activations vanish. All this keeps
which positions are read, of which channels. Where all channels of a tensor are the same numbers, one of them is computed, wherever a
permutation has put them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, TypeAlias

import torch
from torch import nn
from torch.nn import functional

from cnncalc.record import record
from cnncalc.verification.local import LocallyConnected
from cnncalc.verification.realise import DropPath, Factor, Realised, Scale, Twin

__all__ = ["Signal", "Step", "surrogate", "weights_of"]


@record
class Signal:
    """A tensor on its way. Channels that are the same numbers are there once: `counts` says how often each is meant.

    The channels are on `axis`.
    """

    x: torch.Tensor
    counts: tuple[int, ...]
    axis: int = 1

    @classmethod
    def of(cls, x: torch.Tensor) -> Signal:
        return cls(x, (1,) * x.shape[1])

    @property
    def full(self) -> torch.Tensor:
        """The tensor with all its channels."""
        if len(self.counts) == 1:
            return self.x.expand(*self.x.shape[: self.axis], *self.counts, *self.x.shape[self.axis + 1 :])
        if set(self.counts) == {1}:
            return self.x
        meant = [i for i, n in enumerate(self.counts) for _ in range(n)]
        return self.x.index_select(self.axis, torch.tensor(meant))

    @property
    def by_channel(self) -> Signal:
        """The same with the channels on axis 1."""
        return self if self.axis == 1 else Signal.of(self.full)

    def like(self, x: torch.Tensor) -> Signal:
        """Another tensor with the same channels."""
        return Signal(x, self.counts, self.axis)


_Map: TypeAlias = Callable[[torch.Tensor], torch.Tensor]
#: what a node does to its inputs
Step: TypeAlias = Callable[[Sequence[Signal]], Signal]


def surrogate(model: Realised) -> list[Step]:
    """For every node a function of its inputs. Identities give back the very same signal."""
    return [_of(step) for step in model.steps]


def _of(step: Twin) -> Step:
    m: Any = step.module
    if m is None:
        return _of_function(step)
    if _is_identity(m):
        return lambda inputs: inputs[0]
    if isinstance(m, nn.Conv1d | nn.Conv2d | nn.Conv3d) or "ConvTranspose" in type(m).__name__:
        return lambda inputs: _convolved(m, inputs[0].by_channel)
    if isinstance(m, LocallyConnected):
        return lambda inputs: _unfolded(m, inputs[0].by_channel)
    if isinstance(m, nn.Linear):
        return lambda inputs: _mapped(m, inputs[0])
    if isinstance(m, nn.LayerNorm | nn.RMSNorm):
        axes = tuple(range(-len(m.normalized_shape), 0))
        return lambda inputs: inputs[0].like(inputs[0].x + inputs[0].x.mean(axes, keepdim=True))
    alike = _of_each_channel(m)
    if alike is not None:
        return lambda inputs: Signal(alike(inputs[0].by_channel.x), inputs[0].by_channel.counts)
    found = _module(m)
    return lambda inputs: Signal.of(found(inputs[0].full))


def _of_function(step: Twin) -> Step:
    if step.call.how == "fold":
        return _sum
    if step.call.target == "cat" and step.call.kwargs.get("dim") == 1:
        return _joined
    if step.call.target == "permute":
        (order,) = step.call.args
        return lambda inputs: _permuted(order, inputs[0])
    return lambda inputs: Signal.of(step(*(s.full for s in inputs)))


def _is_identity(m: Any) -> bool:
    """Whether a module maps every number by itself in inference."""
    if "BatchNorm" in type(m).__name__ or "InstanceNorm" in type(m).__name__:
        return bool(m.track_running_stats)
    if isinstance(m, nn.Softmax | nn.LogSoftmax | nn.Softmin | nn.Softmax2d | nn.GLU | nn.MultiheadAttention):
        return False
    known = ("torch.nn.modules.activation", "torch.nn.modules.dropout")
    if isinstance(m, nn.PixelShuffle):
        return m.upscale_factor == 1
    return isinstance(m, nn.Identity | Scale | Factor | DropPath) or type(m).__module__ in known


def _of_each_channel(m: Any) -> _Map | None:
    """What treats every channel alike and by itself, if the module does."""
    name = type(m).__name__
    if "AvgPool" in name or "MaxPool" in name or "LPPool" in name:
        return lambda x: _pooled(m, x)
    if "BatchNorm" in name or "InstanceNorm" in name:
        return lambda x: x + _mean_of_map(x)
    if "Pad" in name and not _pads_channels(m):
        return m  # type: ignore[no-any-return]
    if isinstance(m, nn.Upsample):
        return lambda x: _interpolated(m, x)
    return None


def _pads_channels(m: Any) -> bool:
    """Whether a padding of 1, 2 or 3 axes has sides for one axis more."""
    return len(m.padding) > 2 * int(type(m).__name__[-2])


def _module(m: Any) -> _Map:
    """What mixes channels, or moves numbers from axis to axis."""
    if isinstance(m, nn.Flatten | nn.Unflatten | nn.ChannelShuffle) or "Pad" in type(m).__name__:
        return m  # type: ignore[no-any-return]
    match m:
        case nn.MultiheadAttention():
            return lambda x: x.mean((1, 2), keepdim=True).expand(x.shape)
        case nn.GLU():
            return lambda x: torch.add(*x.chunk(2, m.dim))
        case nn.PixelShuffle() | nn.PixelUnshuffle():
            return lambda x: _as_images(m, x)
    return _normalised(m)


def _normalised(m: Any) -> _Map:
    """Every number, and the mean of those that it is normalised with."""
    match m:
        case nn.LocalResponseNorm():
            return lambda x: _over_channels(m.size, x)
        case nn.GroupNorm():
            return lambda x: x + _mean_of_groups(m.num_groups, x)
        case nn.Softmax() | nn.LogSoftmax() | nn.Softmin():
            return lambda x: x + x.mean(m.dim, keepdim=True)
        case nn.Softmax2d():
            # it takes N×C×L for a single map of N channels; images are kept apart here
            return lambda x: x + x.mean(1, keepdim=True) if x.ndim == 4 else x
    raise NotImplementedError(f"no positive surrogate is known for {type(m).__name__}")


def _sum(inputs: Sequence[Signal]) -> Signal:
    first = inputs[0]
    if all((s.counts, s.axis, s.x.ndim) == (first.counts, first.axis, first.x.ndim) for s in inputs):
        return first.like(sum((s.x for s in inputs[1:]), first.x))
    return Signal.of(sum((s.full for s in inputs[1:]), first.full))


def _permuted(order: tuple[int, ...], signal: Signal) -> Signal:
    axes = [axis % signal.x.ndim for axis in order]
    return Signal(signal.x.permute(axes), signal.counts, axes.index(signal.axis))


def _mapped(m: nn.Linear, signal: Signal) -> Signal:
    """Every output is the mean over the last axis."""
    x = signal.x if signal.axis == signal.x.ndim - 1 else signal.full
    return Signal(x.mean(-1, keepdim=True), (m.out_features,), x.ndim - 1)


def _joined(inputs: Sequence[Signal]) -> Signal:
    inputs = [s.by_channel for s in inputs]
    return Signal(torch.cat([s.x for s in inputs], 1), tuple(n for s in inputs for n in s.counts))


def _convolved(m: Any, signal: Signal) -> Signal:
    """The module's own geometry with one input channel and one filter for each group, all weights equal.

    One group reads all channels, and groups of channels that are all the same are as one.
    """
    groups = 1 if len(signal.counts) == 1 else m.groups
    thin = signal.x.mean(1, keepdim=True) if groups == 1 else _parted(signal.full, groups, -1).mean(2)
    options = {"stride": m.stride, "padding": m.padding, "dilation": m.dilation, "groups": groups}
    options |= {"output_padding": m.output_padding} if m.transposed else {"padding_mode": m.padding_mode}
    own = type(m)(groups, groups, m.kernel_size, bias=False, device="meta", **options)
    weight = torch.full(own.weight.shape, 1 / prod(m.kernel_size), dtype=thin.dtype)
    own.weight = nn.Parameter(weight, requires_grad=False)
    return Signal(own(thin), (m.out_channels // groups,) * groups)


def _unfolded(m: LocallyConnected, signal: Signal) -> Signal:
    """The mean over each of its windows, of all channels."""
    windows = m.windows(signal.x.mean(1, keepdim=True))
    return Signal(windows.mean(tuple(range(-len(m.kernel), 0))), (m.out_channels,))


def _pooled(m: Any, x: torch.Tensor) -> torch.Tensor:
    """The mean over the windows; over those of a fixed size as a convolution with ones, as no average has dilation."""
    name = type(m).__name__
    axes = x.ndim - 2
    if name.startswith("Adaptive"):
        average: Any = getattr(functional, f"adaptive_avg_pool{axes}d")
        return average(x, m.output_size)  # type: ignore[no-any-return]
    kernel = _each(m.kernel_size, axes)
    stride = kernel if m.stride is None else _each(m.stride, axes)
    padding, dilation = _each(getattr(m, "padding", 0), axes), _each(getattr(m, "dilation", 1), axes)
    out = m(torch.zeros(1, 1, *x.shape[2:], dtype=x.dtype)).shape[2:]
    edges: list[int] = []
    for axis in reversed(range(axes)):
        needed = (out[axis] - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1
        edges += [padding[axis], needed - x.shape[2 + axis] - padding[axis]]
    padded = functional.pad(x.flatten(0, 1).unsqueeze(1), edges)
    convolve: Any = getattr(functional, f"conv{axes}d")
    ones = torch.ones(1, 1, *kernel, dtype=x.dtype) / prod(kernel)
    y: torch.Tensor = convolve(padded, ones, stride=stride, dilation=dilation)
    return y.view(*x.shape[:2], *y.shape[2:])


def _each(value: Any, axes: int) -> tuple[int, ...]:
    if not isinstance(value, tuple):
        return (value,) * axes
    return value if len(value) == axes else value * axes


def _interpolated(m: nn.Upsample, x: torch.Tensor) -> torch.Tensor:
    """Axis by axis, a 1 for every position that the module weighs: asked with a single line that is not 0."""
    sizes = tuple(x.shape[2:])
    for axis in range(2, x.ndim):
        lines = weights_of(m, sizes, axis - 2).to(x.dtype)
        x = torch.einsum("oi,...i->...o", lines, x.movedim(axis, -1)).movedim(-1, axis)
    return x


def weights_of(m: nn.Upsample, sizes: tuple[int, ...], axis: int) -> torch.Tensor:
    """Whether output position o (rows) of an axis weighs input position i (columns); 0 but for rounding is 0."""
    size = sizes[axis]
    probe = torch.zeros(size, 1, *sizes, dtype=torch.float64)
    for i in range(size):
        probe[i].select(axis + 1, i).fill_(1.0)
    y = m(probe)
    return y.movedim(axis + 2, 1).flatten(2).abs().amax(2).T > 1e-12  # type: ignore[no-any-return]


def _parted(x: torch.Tensor, *sizes: int) -> torch.Tensor:
    """The channels as several axes."""
    return torch.unflatten(x, 1, sizes)


def _over_channels(size: int, x: torch.Tensor) -> torch.Tensor:
    """The sum over the window of channels c − ⌊size/2⌋ … c + ⌊(size − 1)/2⌋."""
    padded = functional.pad(x.movedim(1, -1), (size // 2, (size - 1) // 2))
    return padded.unfold(-1, size, 1).sum(-1).movedim(-1, 1)


def _mean_of_groups(groups: int, x: torch.Tensor) -> torch.Tensor:
    parts = _parted(x, groups, -1)
    return parts.mean(tuple(range(2, parts.ndim)), keepdim=True).expand(parts.shape).flatten(1, 2)


def _mean_of_map(x: torch.Tensor) -> torch.Tensor:
    """The mean over the positions of each image, as images are kept apart here."""
    return x.mean(tuple(range(2, x.ndim)), keepdim=True) if x.ndim > 2 else torch.zeros_like(x)


def _as_images(m: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """What a module does to the last three axes. Of volumes it does not take every order in which gradients lie in memory."""
    return torch.unflatten(m(x.flatten(0, -4)), 0, x.shape[:-3])
