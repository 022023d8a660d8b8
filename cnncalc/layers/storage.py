"""Where results lie and what is kept of them: the rules that memory is counted by.

A tensor is a storage and the order in which its axes lie there. Most layers write a storage of their own; some give a
view of their input. Which one it is depends on the order of the axes: flattening a permuted tensor copies. In training
autograd saves tensors until the backward pass: inputs, results, parameters, and what a layer computes for that alone.

Followed are sequences in every order, maps in every order with the batch outermost, and volumes in row-major order; for
others torch's choices depend on sizes, number types and threads. The rules are those of torch 2.13 on the CPU, where
`torch.autograd.graph.saved_tensors_hooks` shows what is saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Literal, TypeAlias

from cnncalc.record import record
from cnncalc.shape import Shape
from cnncalc.symbolic import Dim

__all__ = ["DType", "Layout", "Result", "Run", "Saved", "Tensor"]

DType: TypeAlias = Literal["float32", "float16", "bfloat16", "float64", "int8"]

#: the axes of a map in torch's channels-last memory format, outermost first
_CHANNELS_LAST = {3: (0, 2, 1), 4: (0, 2, 3, 1), 5: (0, 2, 3, 4, 1)}


@record
class Layout:
    """How the axes (0 is the batch) lie in memory: `order` from the outermost to the innermost.

    There is a gap at position p where the step of the axis before it is not the extent of those from p on, as in
    a part of a tensor; p = number of axes stands for the step of the innermost one.
    """

    order: tuple[int, ...]
    gaps: frozenset[int] = frozenset()

    @classmethod
    def row_major(cls, rank: int) -> Layout:
        return cls(tuple(range(rank)))


@record
class Tensor:
    """A tensor as it lies in memory: sizes with the batch in front, and whether its gradient is wanted."""

    dims: tuple[Dim, ...]
    layout: Layout
    grad: bool = False

    @property
    def is_contiguous(self) -> bool:
        """Whether it lies in row-major order without gaps. Axes of size 1 do not count."""
        return self._follow(range(len(self.dims)), to_end=True)

    @property
    def is_channels_last(self) -> bool:
        """Whether torch takes it for a map that lies as N×H×W×C: by the steps, where an axis of size 1 has one as well."""
        wanted = _CHANNELS_LAST.get(len(self.dims))
        steps = self.steps
        if wanted is None or steps is None:
            return self.layout.order == wanted
        least = 0
        for axis in reversed(wanted):
            if steps[axis] < least or (axis == 0 and steps[1] == least):
                return False
            least = steps[axis] * int(str(self.dims[axis]))
        return True

    @property
    def steps(self) -> tuple[int, ...] | None:
        """How many numbers lie between two positions of each axis; None where there are names, or gaps."""
        sizes = [d for d in self.dims if isinstance(d, int)]
        if len(sizes) < len(self.dims) or self.layout.gaps:
            return None
        found, step = dict.fromkeys(self.layout.order, 1), 1
        for axis in reversed(self.layout.order):
            found[axis] = step
            step *= sizes[axis]
        return tuple([found[axis] for axis in range(len(sizes))])

    @property
    def is_dense_image(self) -> bool:
        """Whether it is a map of two axes that lies channels-last without gaps. Axes of size 1 do not count."""
        return len(self.dims) == 4 and self._follow(_CHANNELS_LAST[4], to_end=True)

    @property
    def is_dense(self) -> bool:
        """Whether it lies row-major, or channels-last, without gaps."""
        is_map = len(self.dims) > 3 and self.is_channels_last
        order = self.layout.order if is_map else range(len(self.dims))
        return self._follow(order, to_end=True)

    def can_merge(self, axes: Sequence[int]) -> bool:
        """Whether these axes can be seen as one without a copy: each lies directly within the one before."""
        return self._follow(axes, to_end=False)

    def _follow(self, axes: Sequence[int], *, to_end: bool) -> bool:
        order, gaps = self.layout.order, self.layout.gaps
        wanted = [a for a in axes if self.dims[a] != 1]
        if not wanted:
            return True
        first = order.index(wanted[0])
        last = len(order) if to_end else order.index(wanted[-1])
        found = [a for a in order[first : last + 1] if self.dims[a] != 1]
        return found == wanted and not any(first < gap <= last for gap in gaps)

    def merged(self, first: int, last: int) -> Layout:
        """How it lies with the axes from `first` to `last` as one, which can be merged."""
        group = range(first, last + 1)
        visible = [a for a in group if self.dims[a] != 1]
        shown = visible[0] if visible else first
        order: list[int] = []
        gaps = set()
        gap = False
        for position, axis in enumerate(self.layout.order):
            gap |= position in self.layout.gaps
            if axis in group and axis != shown:
                continue
            if gap:
                gaps.add(len(order))
            gap = False
            order.append(axis if axis <= first else max(first, axis - len(group) + 1))
        if gap or len(self.layout.order) in self.layout.gaps:
            gaps.add(len(order))
        return Layout(tuple(order), frozenset(gaps))

    def parted(self, axis: int, parts: int) -> Layout:
        """How it lies with an axis seen as several."""
        at = self.layout.order.index(axis)
        order = [
            new
            for old in self.layout.order
            for new in (
                range(axis, axis + parts) if old == axis else [old if old < axis else old + parts - 1]
            )
        ]
        gaps = frozenset(g if g <= at else g + parts - 1 for g in self.layout.gaps)
        return Layout(tuple(order), gaps)

    def permuted(self, axes: Sequence[int]) -> Layout:
        """How it lies when `axes` says for each new axis which one it was."""
        return Layout(tuple(axes.index(a) for a in self.layout.order), self.layout.gaps)

    def narrowed(self, axis: int, size: Dim) -> Layout:
        """How a part of it lies that has `size` positions on an axis."""
        if size == self.dims[axis]:
            return self.layout
        return Layout(self.layout.order, self.layout.gaps | {self.layout.order.index(axis)})


@record
class Result:
    """How a result lies, and the input in whose storage it lies; None: its own."""

    layout: Layout
    of: int | None = None


@record
class Saved:
    """Something that autograd keeps: input number `index`, the result, a tensor of the layer's, or a new one."""

    what: Literal["input", "output", "parameter", "buffer", "new"]
    name: str = ""
    index: int = 0
    dims: tuple[Dim, ...] = ()
    #: None: that of the network
    dtype: Literal["float32", "int64"] | None = None


@record
class Run:
    """One run of a layer: its inputs, whether it is trained, and whether its own parameters are.

    The methods make the answers that layers give.
    """

    inputs: tuple[Tensor, ...]
    training: bool = False
    trainable: bool = False
    dtype: DType = "float32"

    @property
    def x(self) -> Tensor:
        """The first input, which for most layers is the only one."""
        return self.inputs[0]

    @property
    def batch(self) -> Dim:
        return self.x.dims[0]

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The inputs' shapes without the batch."""
        return tuple(Shape(t.dims[1:]) for t in self.inputs)

    @property
    def is_short(self) -> bool:
        """Whether numbers have 16 bits, so that some layers compute in 32."""
        return self.dtype in ("float16", "bfloat16")

    def sized(self, shape: Shape) -> tuple[Dim, ...]:
        """The sizes of a tensor for the whole batch."""
        return (self.batch, *shape.dims)

    def fresh(self, rank: int | None = None) -> Result:
        """A storage of its own in row-major order; `rank` counts the batch, default: as many axes as the input."""
        return Result(Layout.row_major(len(self.x.dims) if rank is None else rank))

    def ordered(self, *order: int) -> Result:
        """A storage of its own in which the axes lie in this order."""
        return Result(Layout(order))

    def view(self, layout: Layout | None = None) -> Result:
        """The input's storage, seen in another way."""
        return Result(layout or self.x.layout, 0)

    def mapped(self, *axes: int) -> Result:
        """A storage of its own, channels-last if all inputs are and there are so many spatial axes, else row-major."""
        if len(self.x.dims) - 2 in axes and all(t.is_channels_last for t in self.inputs):
            return self.ordered(*_CHANNELS_LAST[len(self.x.dims)])
        return self.fresh()

    def like(self) -> Result:
        """A storage of its own, in which the axes lie as in the inputs, which are joined from left to right."""
        first, *others = self.inputs
        joined = _written(first.dims, [first])
        for other in others:
            joined = _written(_broadcast(joined.dims, other.dims), [joined, other])
        return Result(joined.layout)

    def input(self, index: int = 0) -> Saved:
        return Saved("input", index=index)

    def output(self) -> Saved:
        return Saved("output")

    def parameter(self, name: str) -> Saved:
        return Saved("parameter", name)

    def buffer(self, name: str) -> Saved:
        return Saved("buffer", name)

    def new(
        self, name: str, dims: tuple[Dim, ...], dtype: Literal["float32", "int64"] | None = None
    ) -> Saved:
        """A tensor that the layer makes for the backward pass."""
        return Saved("new", name, dims=dims, dtype=dtype)


def _broadcast(a: tuple[Dim, ...], b: tuple[Dim, ...]) -> tuple[Dim, ...]:
    pairs = zip_longest(reversed(a), reversed(b), fillvalue=1)
    return tuple(q if p == 1 else p for p, q in pairs)[::-1]


def _written(dims: tuple[Dim, ...], operands: Sequence[Tensor]) -> Tensor:
    """How an elementwise result lies (torch's TensorIterator): row-major, or channels-last, if all operands are as large and
    lie so; else its axes are sorted, from the innermost on, by how they lie in the first operand that has both.
    """
    rank = len(dims)
    if all(t.dims == dims and t.is_contiguous for t in operands):
        return Tensor(dims, Layout.row_major(rank))
    if all(t.dims == dims and t.is_dense_image for t in operands):
        return Tensor(dims, Layout(_CHANNELS_LAST[4]))
    inner = list(range(rank))[::-1]
    for i in range(1, rank):
        at = i
        for before in range(i - 1, -1, -1):
            wrong = _lies_around(inner[before] - rank, inner[at] - rank, dims, operands)
            if wrong:
                inner[before], inner[at] = inner[at], inner[before]
                at = before
            elif wrong is not None:
                break
    return Tensor(dims, Layout(tuple(inner[::-1])))


def _lies_around(a: int, b: int, dims: tuple[Dim, ...], operands: Sequence[Tensor]) -> bool | None:
    """Whether axis a (counted from the end) lies around axis b in the first operand that has both; None: none has.

    Axes of the same step, one of which is of size 1, then lie as they do if that is the inner one.
    """
    for t in operands:
        rank = len(t.dims)
        if min(a, b) < -rank or any(t.dims[i] == 1 != dims[i] for i in (a, b)):
            continue
        steps = t.steps
        if steps is None:
            return t.layout.order.index(a + rank) < t.layout.order.index(b + rank)
        if steps[a] != steps[b]:
            return steps[a] > steps[b]
        if dims[a] != 1:
            return True
    return None
