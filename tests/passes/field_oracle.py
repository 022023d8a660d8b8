"""Receptive fields by brute force, without any rule about them: the network is run on sets of input positions.

Every element of a tensor is a set of positions of the network's input, kept as the bits of an integer. A layer's output element is the
union of the elements that it is computed from: windows are slid over padded arrays, transposed convolutions are scattered, what only moves
elements is done by torch itself on numbered elements, and which positions an interpolation weighs is asked of torch.
"""

from __future__ import annotations

from itertools import product
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import nn

from cnncalc.layers import Layer
from cnncalc.network import Network
from cnncalc.shape import Shape

__all__ = ["Sets", "positions", "sets_of"]

#: an array of Python integers, as large as a node's output
Sets: TypeAlias = "np.ndarray[Any, np.dtype[np.object_]]"

_MODES = {
    "constant": "constant",
    "zeros": "constant",
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
}


def sets_of(network: Network) -> list[Sets]:
    """What every element of every node's output depends on."""
    _, *spatial = (int(d) for d in network.input.dims)  # type: ignore[call-overload]
    bits = np.empty(spatial, dtype=object)
    for i, index in enumerate(product(*map(range, spatial))):
        bits[index] = 1 << i
    start = np.stack([bits] * int(network.input.dims[0]))  # type: ignore[call-overload]
    found: list[Sets] = []
    for node in network.nodes:
        inputs = [start if i < 0 else found[i] for i in node.inputs]
        out = _applied(node.layer, inputs, node.output)
        assert out.shape == node.output.dims
        found.append(out)
    return found


def positions(mask: int, spatial: tuple[int, ...]) -> set[tuple[int, ...]]:
    """The positions that the bits stand for."""
    return {index for i, index in enumerate(product(*map(range, spatial))) if mask >> i & 1}


def _union(x: Sets, axes: Any = None) -> Any:
    return np.bitwise_or.reduce(x, axis=axes, keepdims=True) if axes != () else x


def _spread_out(x: Sets, shape: tuple[Any, ...]) -> Sets:
    return np.broadcast_to(x, shape).copy()


def _applied(layer: Layer, inputs: list[Sets], output: Shape) -> Sets:
    x, shape, any_layer = inputs[0], output.dims, _Fields(layer)
    match layer.kind:
        case "conv" | "dwconv" | "lc":
            return _convolved(any_layer, x, shape)
        case "tconv":
            return _scattered(any_layer, x, shape)
        case "maxpool" | "avgpool" | "lppool":
            return _pooled(any_layer, x, shape)
        case "adaptiveavgpool" | "adaptivemaxpool" | "upsample":
            return _weighed(layer, x, shape)
        case "gap" | "gmp":
            return _union(x, tuple(range(1, x.ndim)))
        case "linear":
            return _spread_out(_union(x, -1), shape)
        case "attention":
            return _spread_out(_union(x, (0, 1)), shape)
        case "ln" | "rms":
            dims = any_layer.dims or (x.ndim if x.ndim > 2 else 1)
            return _spread_out(_union(x, tuple(range(x.ndim - dims, x.ndim))), shape)
        case "in":
            axes = () if any_layer.track_running_stats else tuple(range(1, x.ndim))
            return _spread_out(_union(x, axes), shape)
        case "bn":
            axes = () if any_layer.track_running_stats else tuple(range(1, x.ndim))
            return _spread_out(_union(x, axes), shape)
        case "gn":
            parts = np.split(x, any_layer.groups)
            return np.concatenate([_spread_out(_union(p, tuple(range(p.ndim))), p.shape) for p in parts])
        case "lrn":
            before, after = any_layer.size // 2, (any_layer.size - 1) // 2
            rows = [_union(x[max(0, c - before) : c + after + 1], 0)[0] for c in range(len(x))]
            return np.stack(rows)
        case "softmax":
            axis = any_layer.dim - 1 if any_layer.dim > 0 else any_layer.dim
            return _spread_out(_union(x, axis), shape)
        case "glu":
            axis = any_layer.dim - 1 if any_layer.dim > 0 else any_layer.dim
            a, b = np.split(x, 2, axis=axis)
            return a | b
        case "relu" | "identity" | "scale" | "prelu" | "dropout":
            return x
        case (
            "flatten"
            | "unflatten"
            | "permute"
            | "select"
            | "split"
            | "channelshuffle"
            | "pixelshuffle"
            | "pixelunshuffle"
            | "pad"
        ):
            return _moved(layer, x)
        case "add" | "mul":
            total = inputs[0]
            for other in inputs[1:]:
                total = total | other
            return total
        case "cat":
            return np.concatenate(inputs, axis=any_layer.dim - 1 if any_layer.dim > 0 else any_layer.dim)
        case kind:
            raise AssertionError(f"nothing is known of {kind}")


class _Fields:
    """A layer's fields, without types."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._layer, name)


def _each(value: Any, axes: int) -> tuple[int, ...]:
    if not isinstance(value, tuple):
        return (value,) * axes
    return value * axes if len(value) == 1 else value


def _convolved(layer: Any, x: Sets, shape: tuple[Any, ...]) -> Sets:
    n = x.ndim - 1
    kernel, stride, dilation = (_each(v, n) for v in (layer.kernel, layer.stride, layer.dilation))
    if layer.padding == "same":
        total = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        widths = [(t // 2, t - t // 2) for t in total]
    else:
        widths = [(p, p) for p in _each(0 if layer.padding == "valid" else layer.padding, n)]
    padded = _padded(x, widths, _MODES[layer.padding_mode])
    groups = {"dwconv": len(x), "lc": 1}.get(layer.kind) or layer.groups
    per_group = [_union(part, 0)[0] for part in np.split(padded, groups)]
    found = [_slid(part, kernel, stride, dilation, shape[1:]) for part in per_group]
    return np.stack([found[k * groups // shape[0]] for k in range(shape[0])])


def _padded(x: Sets, widths: list[tuple[int, int]], mode: str) -> Sets:
    """Spatial axes padded; zeros depend on nothing. numpy pads more than once round where it has to."""
    numbered = np.arange(1, x[0].size + 1).reshape(x.shape[1:])
    crop = tuple(slice(max(0, -a), numbered.shape[i] - max(0, -b)) for i, (a, b) in enumerate(widths))
    index = np.pad(numbered[crop], [(max(0, a), max(0, b)) for a, b in widths], mode=mode)  # type: ignore[call-overload]
    flat = np.concatenate([np.zeros((len(x), 1), dtype=object), x.reshape(len(x), -1)], axis=1)
    return flat[:, index]  # type: ignore[no-any-return]


def _slid(
    x: Sets, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...], out: tuple[int, ...]
) -> Sets:
    """The union over each window; what overhangs the end depends on nothing."""
    result = np.zeros(out, dtype=object)
    for index in product(*map(range, out)):
        total = 0
        for tap in product(*map(range, kernel)):
            at = [i * s + t * d for i, s, t, d in zip(index, stride, tap, dilation, strict=True)]
            if all(a < size for a, size in zip(at, x.shape, strict=True)):
                total |= x[tuple(at)]
        result[index] = total
    return result


def _scattered(layer: Any, x: Sets, shape: tuple[Any, ...]) -> Sets:
    n = x.ndim - 1
    kernel, stride, dilation = (_each(v, n) for v in (layer.kernel, layer.stride, layer.dilation))
    padding = _each(layer.padding, n)
    result = np.zeros(shape, dtype=object)
    groups: int = layer.groups
    for channel, *index in product(*map(range, x.shape)):
        group = channel * groups // x.shape[0]
        first, last = group * shape[0] // groups, (group + 1) * shape[0] // groups
        for tap in product(*map(range, kernel)):
            at = [
                i * s + t * d - p for i, s, t, d, p in zip(index, stride, tap, dilation, padding, strict=True)
            ]
            if all(0 <= a < size for a, size in zip(at, shape[1:], strict=True)):
                result[(slice(first, last), *at)] |= x[(channel, *index)]
    return result


def _pooled(layer: Any, x: Sets, shape: tuple[Any, ...]) -> Sets:
    n = x.ndim - 1
    kernel = _each(layer.kernel, n)
    stride = kernel if layer.stride is None else _each(layer.stride, n)
    dilation = _each(getattr(layer, "dilation", 1) if layer.kind == "maxpool" else 1, n)
    padding = (0,) * n if layer.kind == "lppool" else _each(layer.padding, n)
    padded = _padded(x, [(p, p) for p in padding], "constant")
    return np.stack([_slid(part, kernel, stride, dilation, shape[1:]) for part in padded])


def _weighed(layer: Layer, x: Sets, shape: tuple[Any, ...]) -> Sets:
    """Axis by axis, the positions to which torch gives a weight that is not 0."""
    for axis in range(1, x.ndim):
        weights = _weights(layer, axis, x.shape[1:], shape[axis])
        rows = np.moveaxis(x, axis, 0)
        mixed = [np.bitwise_or.reduce(rows[w], axis=0) for w in weights]
        x = np.moveaxis(np.stack(mixed), 0, axis)
    return x


def _weights(layer: Layer, axis: int, spatial: tuple[int, ...], out: int) -> list[list[int]]:
    """For each output position on an axis, which input positions count there, by the real module."""
    size = spatial[axis - 1]
    probe = torch.zeros(size, 1, *spatial, dtype=torch.float64)
    for i in range(size):
        probe[i].select(axis, i).fill_(1.0)
    y = _real(layer, Shape((1, *spatial)))(probe)
    lines = y.movedim(axis + 1, 1).flatten(2).abs().amax(2)
    assert lines.shape == (size, out)
    return [[i for i in range(size) if lines[i, o] > 1e-12] for o in range(out)]


def _real(layer: Layer, shape: Shape) -> Any:
    call = layer.torch_call(shape)
    # a maximum counts whatever an average over the same windows counts
    name = call.target.removeprefix("nn.").replace("AdaptiveMaxPool", "AdaptiveAvgPool")
    return getattr(nn, name)(*call.args, **call.kwargs)


def _numbered(shape: tuple[int, ...]) -> torch.Tensor:
    """Elements by number, from 1 on; 0 is padding."""
    return torch.arange(1, int(np.prod(shape)) + 1, dtype=torch.float64).reshape(1, *shape)


def _moved(layer: Layer, x: Sets) -> Sets:
    """What only moves elements, done by torch on their numbers."""
    from tests.layers.twin import Twin

    y = Twin(layer.torch_call(Shape(x.shape)))(_numbered(x.shape))[0]
    flat = np.concatenate([np.zeros(1, dtype=object), x.reshape(-1)])
    return flat[y.round().to(torch.int64).numpy()]  # type: ignore[no-any-return]
