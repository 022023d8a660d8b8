"""Several inputs into one: sum, product, concatenation."""

from __future__ import annotations

from functools import reduce
from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar, final

from cnncalc.errors import LayerError
from cnncalc.layers.axis import axis_of
from cnncalc.layers.base import Layer, Role, Weightless, param
from cnncalc.layers.condition import equal
from cnncalc.record import record
from cnncalc.shape import Shape, TorchCall
from cnncalc.symbolic import Dim, known_equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.base import Derivation
    from cnncalc.layers.condition import Condition
    from cnncalc.layers.folding import Meeting
    from cnncalc.layers.interval import Interval
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = ["KINDS", "Add", "Cat", "Mul"]


def _same(a: Dim, b: Dim) -> Dim:
    """The size that two sizes have which must be equal: the number, if only one of them is a number."""
    return b if isinstance(b, int) else a


def _broadcast_dim(a: Dim, b: Dim) -> Dim:
    """What two sizes broadcast to: what is known to be 1 gives way to any size, other sizes must be equal."""
    if _is_one(a):
        return b
    return a if _is_one(b) else _same(a, b)


def _is_one(size: Dim) -> bool:
    return size == 1 or (not isinstance(size, int) and known_equal(size, 1) is True)


def _aligned(a: Shape, b: Shape) -> list[tuple[Dim, Dim]]:
    """The sizes of two shapes beside each other, from the last axis; 1 where one has no axis.

    The batch axis takes part in torch: of an input with fewer axes it stands beside an axis of the other's. For
    one image it is 1 and broadcasts, and the result is the same as without it.
    """
    return list(zip_longest(reversed(a.dims), reversed(b.dims), fillvalue=1))


def _broadcast(a: Shape, b: Shape) -> Shape:
    return Shape(tuple(_broadcast_dim(p, q) for p, q in reversed(_aligned(a, b))))


def _stretched(x: Shape, whole: Shape) -> Reads:
    """What is read of an input that is broadcast to the shape of the whole."""
    from cnncalc.layers import reach

    missing = whole.rank - x.rank
    return tuple(
        reach.Along(None, reach.Whole(1))
        if _is_one(size) and not _is_one(whole.dims[axis])
        else reach.Along(axis, reach.same(size))
        for axis, size in enumerate(x.dims, start=missing)
    )


class _Broadcasting(Weightless):
    """Elementwise over two or more inputs, broadcast as NumPy does: axes aligned from the last, 1 stretched.

    A size with names that is not known to be 1 is taken to be another size. So H beside 4 has to be 4, which is
    assumed, though 1 would do as well; and H beside H − 2, which are never equal, is refused, though H = 3 would do:
    that is a missing padding far more often than it is meant.
    """

    __slots__ = ()

    arity: ClassVar[tuple[int, int | None]] = (2, None)

    def requires(self, x: Shape, *more: Shape) -> Iterator[Condition]:
        for other in more:
            axis = -1
            for p, q in _aligned(x, other):
                if p != q and not _is_one(p) and not _is_one(q):
                    yield equal(
                        p,
                        q,
                        f"{self.kind} of {x.pretty()} and {other.pretty()}: {{left}} against {{right}} on axis {max(x.rank, other.rank) + 1 + axis}",
                        "give both the same size there, or 1",
                    )
                axis -= 1
            x = _broadcast(x, other)

    def assumed_equal(self, x: Shape, *more: Shape) -> Iterator[tuple[Dim, Dim]]:
        for other in more:
            for p, q in _aligned(x, other):
                if p != q and not _is_one(p) and not _is_one(q):
                    yield p, q
            x = _broadcast(x, other)

    def output(self, x: Shape, *more: Shape) -> Shape:
        return reduce(_broadcast, more, x)

    def reads(self, x: Shape, *more: Shape) -> tuple[Reads, ...]:
        whole = self.output(x, *more)
        return tuple(_stretched(each, whole) for each in (x, *more))

    def result(self, run: Run) -> Result:
        return run.like()

    def overwrites(self, x: Shape, *more: Shape) -> tuple[int, ...]:
        """Every input that is as large as the result: torch's `+=` and `*=`."""
        y = self.output(x, *more)
        return tuple(i for i, each in enumerate((x, *more)) if each == y)

    def torch_call(self, *_: Shape) -> TorchCall:
        return TorchCall(self.kind, how="fold")


@final
@record
class Add(_Broadcasting):
    """The sum of its inputs, number by number: the end of a residual branch.

    ## Shape
    Equal shapes → the same; a size of 1 is stretched, and missing axes in front count as 1.

    ## Torch twin
    torch.add, from left to right.

    ## Common mistake
    Adding C×H×W to 1×H×W by accident: no error, the one channel is added to all.
    """

    role: ClassVar[Role] = "sum"
    kind: ClassVar[str] = "add"

    def between(self, *inputs: Interval) -> Interval:
        return sum(low for low, _ in inputs), sum(high for _, high in inputs)

    def fold_back(self, axis: int, x: Shape, *more: Shape) -> Meeting:
        """s·(a + b) + t = (s·a + t) + s·b"""
        from cnncalc.layers.folding import Passed, Route, same_axis

        if not same_axis(axis, (x, *more)):
            return f"{self.kind} stretches one of its inputs over the channels"
        return Passed((Route(axis), *(Route(axis, shift=False) for _ in more)))

    def saves(self, run: Run) -> tuple[Saved, ...]:
        del run
        return ()


@final
@record
class Mul(_Broadcasting):
    """The product of its inputs, number by number: a gate.

    ## Shape
    Equal shapes → the same; a size of 1 is stretched, and missing axes in front count as 1.

    ## Torch twin
    torch.mul, from left to right.

    ## Common mistake
    Gating C×H×W with a flat C: sizes are aligned from the last axis, so C stands beside W; keep the gate at C×1×1.
    """

    kind: ClassVar[str] = "mul"

    def fold_back(self, axis: int, x: Shape, *more: Shape) -> Meeting:
        """s·(a·b) = (s·a)·b"""
        from cnncalc.layers.folding import Passed, Route, fixed, same_axis

        if not same_axis(axis, (self.output(x, *more), x)):
            return f"{self.kind} stretches its first input over the channels"
        return Passed((Route(axis, need=fixed(0, f"{self.kind} would multiply the summand as well")),))

    def saves(self, run: Run) -> tuple[Saved, ...]:
        """Each factor if the other needs a gradient; of three and more inputs, the products from left to right."""
        saved: list[Saved] = []
        left, grad, shape = run.input(), run.x.grad, run.shapes[0]
        for i, (factor, other) in enumerate(zip(run.inputs[1:], run.shapes[1:], strict=True), start=1):
            saved += [left] if factor.grad else []
            saved += [run.input(i)] if grad else []
            shape, grad = _broadcast(shape, other), grad or factor.grad
            left = run.new(f"product of {i + 1}", run.sized(shape))
        return tuple(saved)


#: a sum of more inputs than this is longer than a formula may be
_MOST_TERMS = 60


@final
@record
class Cat(Weightless):
    """Its inputs one after another along an axis, the channels unless said otherwise.

    ## Shape
    C1×H×W, C2×H×W, … → (C1 + C2 + …)×H×W.

    ## Torch twin
    torch.cat.

    ## Common mistake
    Adding the channels up as in a residual sum: after a concatenation the next layer sees all of them.
    """

    kind: ClassVar[str] = "cat"
    arity: ClassVar[tuple[int, int | None]] = (1, None)
    role: ClassVar[Role] = "join"
    within: ClassVar[bool] = True

    dim: Dim = param(1, doc="axis to join along, as torch counts with the batch: 1 is the first, -1 the last")

    def requires(self, x: Shape, *more: Shape) -> Iterator[Condition]:
        joined = axis_of(self.dim, x)
        for other in more:
            if other.rank != x.rank:
                raise LayerError(
                    f"cat of {x.pretty()} and {other.pretty()}: {x.rank} axes against {other.rank}",
                    "give all inputs the same number of axes",
                    code="CNN202",
                )
            for axis, (p, q) in enumerate(zip(x.dims, other.dims, strict=True)):
                if axis != joined:
                    yield equal(
                        p,
                        q,
                        f"cat of {x.pretty()} and {other.pretty()}: {{left}} against {{right}} on axis {axis + 1}",
                        f"only axis {joined + 1} may differ; use the same strides, and paddings that keep the size",
                    )

    def output(self, x: Shape, *more: Shape) -> Shape:
        axis = axis_of(self.dim, x)
        dims = [reduce(_same, column) for column in zip(x.dims, *(m.dims for m in more), strict=True)]
        dims[axis] = sum(s.dims[axis] for s in (x, *more))
        return Shape(tuple(dims))

    def reads(self, x: Shape, *more: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        axis = axis_of(self.dim, x)
        found: list[Reads] = []
        offset: Dim = 0
        for each in (x, *more):
            size = each.dims[axis]
            found.append(reach.axiswise(each.dims, {axis: reach.Piece(offset, size)}))
            offset = offset + size
        return tuple(found)

    def fold_back(self, axis: int, x: Shape, *more: Shape) -> Meeting:
        """Along the axis that is joined, each input has its part of the map."""
        from cnncalc.layers.folding import Passed, Pick, Route, as_it_is

        if axis != axis_of(self.dim, x):
            return as_it_is(axis, 1 + len(more))
        routes: list[Route] = []
        start: Dim = 0
        for each in (x, *more):
            routes.append(Route(axis, Pick("part", each.dims[axis], start)))
            start = start + each.dims[axis]
        return Passed(tuple(routes))

    def result(self, run: Run) -> Result:
        return run.mapped(2, 3)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        del run
        return ()

    def axes(self, x: Shape, *more: Shape) -> tuple[Derivation | None, ...]:
        from cnncalc.layers.products import derived

        axis = axis_of(self.dim, x)
        inputs = enumerate((x, *more), start=1)
        named = {f"N_{i}": (shape.dims[axis], f"of input {i}") for i, shape in inputs}
        joined = derived(" + ".join(named), named) if len(named) <= _MOST_TERMS else None
        return (*(None,) * axis, joined, *(None,) * (x.rank - axis - 1))

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        axis_of(self.dim, x)
        return TorchCall("cat", (), {"dim": self.dim}, how="list")


KINDS: dict[str, type[Layer]] = {"add": Add, "mul": Mul, "cat": Cat}
