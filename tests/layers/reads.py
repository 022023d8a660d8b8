"""What a layer reads, measured: a NaN put into one input position comes out wherever that position is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from cnncalc.shape import Shape
from tests.layers.twin import Twin

if TYPE_CHECKING:
    from cnncalc.layers import Layer

__all__ = ["assert_reads_its_windows"]


def _readers(layer: Layer, shape: tuple[int, ...], axis: int) -> list[set[int]]:
    """For each output position of one spatial axis, the input positions of that axis that it reads."""
    size = shape[axis]
    x = torch.zeros(size, *shape, dtype=torch.float64)
    for i in range(size):
        x[i].select(axis, i).fill_(float("nan"))
    with torch.no_grad():
        y = Twin(layer.torch_call(Shape(shape))).double().eval()(x)
    dirty = y.isnan().movedim(axis + 1, 1).flatten(2).any(2)
    return [{i for i in range(size) if dirty[i, o]} for o in range(dirty.shape[1])]


def assert_reads_its_windows(layer: Layer, shape: tuple[int, ...]) -> None:
    """Output o reads the input positions o*stride - before + t*dilation that exist, for t below the kernel size."""
    windows: tuple[Any, ...] = layer.windows(Shape(shape)) or ()
    counts: tuple[Any, ...] = layer.output(Shape(shape)).spatial
    expected = [
        [
            {o * w.stride - w.before + t * w.dilation for t in range(w.kernel)} & set(range(size))
            for o in range(count)
        ]
        for w, size, count in zip(windows, shape[1:], counts, strict=True)
    ]
    if all(
        any(reads) for reads in expected
    ):  # windows that lie in the padding on one axis read nothing at all
        for axis, reads in enumerate(expected, start=1):
            assert _readers(layer, shape, axis) == reads
