"""The small frozen records that every floor above speaks in: shapes, windows, weights, torch calls."""

from __future__ import annotations

import math
from dataclasses import field
from typing import Any, Literal, TypeAlias

from cnncalc.record import record
from cnncalc.symbolic import Dim, pretty, to_text

__all__ = ["Shape", "Size", "TorchCall", "Weight", "Window", "product"]

#: one value for all axes, or one value per axis in the order D, H, W
Size: TypeAlias = Dim | tuple[Dim, ...]


def product(dims: tuple[Dim, ...]) -> Dim:
    """The product of some sizes; 1 for none."""
    return math.prod(dims)


@record
class Shape:
    """The size of a tensor without its batch axis: `3x224x224` is C×H×W, `16x1000` C×L, `784` flat."""

    dims: tuple[Dim, ...]

    @property
    def channels(self) -> Dim:
        return self.dims[0]

    @property
    def spatial(self) -> tuple[Dim, ...]:
        return self.dims[1:]

    @property
    def rank(self) -> int:
        return len(self.dims)

    @property
    def elements(self) -> Dim:
        return product(self.dims)

    def __str__(self) -> str:
        return "x".join(_factor(to_text(d)) for d in self.dims)

    def pretty(self) -> str:
        """The shape for people's eyes: `64x⌊(H+1)/2⌋x⌊(W+1)/2⌋`."""
        return "x".join(_factor(pretty(d)) for d in self.dims)

    def with_axis(self, axis: int, size: Dim) -> Shape:
        """The same shape with another size on one axis (0 is the channels)."""
        return Shape((*self.dims[:axis], size, *self.dims[axis + 1 :]))


def _factor(text: str) -> str:
    """Text that can stand between two signs `x` and still be read: sums get parentheses."""
    single = text.isalnum() or (text.startswith("⌊") and text.endswith("⌋") and text.count("⌊") == 1)
    return text if single else f"({text})"


@record
class Window:
    """What one output unit reads of its input on one axis: `kernel` taps, `dilation` apart, from `o*stride - before`."""

    kernel: Dim
    stride: Dim = 1
    before: Dim = 0
    after: Dim = 0
    dilation: Dim = 1


@record
class Weight:
    """One tensor of a layer, by torch's name and shape.

    `bare`: it belongs to no module of its own but to the enclosing one, where it is called as the layer is.
    """

    name: str
    shape: tuple[Dim, ...]
    role: Literal["parameter", "buffer"] = "parameter"
    dtype: Literal["float", "int64"] = "float"
    bare: bool = False

    @property
    def elements(self) -> Dim:
        return product(self.shape)

    def named(self, layer: str) -> str:
        """The tensor's name in the state dict, where the layer is called so."""
        return layer if self.bare else f"{layer}.{self.name}"


@record
class TorchCall:
    """A layer's torch twin as data: what to construct, and how to call it on the layer's inputs.

    `target` is a dotted name below `torch` ("nn.Conv2d", "flatten"); a name that starts with
    "cnncalc." stands for something that torch has no name for, and whoever makes calls real builds it.
    `how`: "module" constructs `target(*args, **kwargs)` and calls it on the inputs; "function" calls
    `target(*inputs, *args, **kwargs)`; "list" the same with the inputs as one list; "fold" applies a
    function of two arguments from left to right; "query" calls a module as `m(x, x, x)[0]`;
    "piece" takes piece number `index` of the sequence that the function returns.
    """

    target: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    how: Literal["module", "function", "list", "fold", "query", "piece"] = "module"
    index: int = 0
