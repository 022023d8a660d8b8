"""What every output number of a layer reads of every input number: measured on torch, and told by cnncalc.

A measured dependency has the output's axes first, then the input's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from cnncalc.layers import Layer
from cnncalc.layers.reach import Along, Reads, Regroup, Taps, Whole
from cnncalc.shape import Shape
from tests.layers.twin import Twin

__all__ = ["Mask", "by_impulses", "by_poison", "positions", "told"]

Mask = npt.NDArray[np.bool_]


def _twin(layer: Layer, shapes: Sequence[tuple[int, ...]]) -> nn.Module:
    """The real module in float64 with random weights, none of them 0."""
    twin = Twin(layer.torch_call(*map(Shape, shapes))).double().eval()
    for tensor in (*twin.parameters(), *twin.buffers()):
        if tensor.is_floating_point():
            tensor.data.uniform_(0.5, 1.5)
    return twin


def by_poison(layer: Layer, shapes: Sequence[tuple[int, ...]], which: int) -> Mask:
    """A NaN in one number of input `which` comes out wherever that number is read."""
    twin = _twin(layer, shapes)
    inputs = [torch.rand(1, *s, dtype=torch.float64) + 0.5 for s in shapes]
    flat = inputs[which].view(-1)
    rows = []
    with torch.no_grad():
        assert not twin(*inputs).isnan().any()
        for i in range(flat.numel()):
            clean = flat[i].item()
            flat[i] = math.nan
            rows.append(twin(*inputs)[0].isnan())
            flat[i] = clean
    mask: Mask = torch.stack(rows, -1).numpy()
    return mask.reshape(*mask.shape[:-1], *shapes[which])


def by_impulses(layer: Layer, shape: tuple[int, ...], dtype: torch.dtype = torch.float64) -> Mask:
    """For interpolation, which is linear: the answer to a 1 in one number is the weight with which that is read.

    Weights that are 0 but for rounding count as 0.
    """
    size = math.prod(shape)
    with torch.no_grad():
        y = Twin(layer.torch_call(Shape(shape)))(torch.eye(size, dtype=dtype).view(size, *shape))
    mask: Mask = (y.movedim(0, -1).abs() > 1e-12).numpy()
    return mask.reshape(*mask.shape[:-1], *shape)


def positions(taps: Taps, count: int, size: int) -> Mask:
    """Which of `size` input positions each of `count` output positions reads."""
    mask = np.zeros((count, size), bool)
    for o in range(count):
        for i in taps.of(o):
            assert 0 <= i < size
            mask[o, i] = True
    return mask


def told(reads: Reads, shape: tuple[int, ...], output: tuple[int, ...]) -> Mask:
    """The dependency that an answer stands for."""
    return _reshaped(reads, shape, output) if isinstance(reads, Regroup) else _product(reads, shape, output)


def _product(reads: tuple[Along, ...], shape: tuple[int, ...], output: tuple[int, ...]) -> Mask:
    """An input number is read if its position on every axis is."""
    assert len(reads) == len(shape)
    assert all((along.axis is None) == isinstance(along.taps, Whole) for along in reads)
    used = [along.axis for along in reads if along.axis is not None]
    assert len(set(used)) == len(used)
    mask = np.ones((*output, *shape), bool)
    for k, (along, size) in enumerate(zip(reads, shape, strict=True)):
        count = 1 if along.axis is None else output[along.axis]
        form = [1] * mask.ndim
        form[len(output) + k] = size
        if along.axis is not None:
            form[along.axis] = count
        mask &= positions(along.taps, count, size).reshape(form)
    return mask


def _reshaped(reads: Regroup, shape: tuple[int, ...], output: tuple[int, ...]) -> Mask:
    """Every output number reads the input number that has its place in row-major order, but among the axes regrouped only."""
    read: Any = reads.read
    written: Any = reads.written
    first = reads.first
    assert shape[first : first + len(read)] == read
    assert output == (*shape[:first], *written, *shape[first + len(read) :])
    mask = np.zeros((*output, *shape), bool)
    for o in np.ndindex(*output):
        place = np.ravel_multi_index(o[first : first + len(written)], written)
        among = np.unravel_index(place, read)
        mask[(*o, *o[:first], *among, *o[first + len(written) :])] = True
    return mask
