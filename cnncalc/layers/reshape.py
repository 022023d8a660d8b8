"""The same numbers in another order of axes: flatten, unflatten, permute."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from cnncalc.errors import LayerError
from cnncalc.layers.axis import axis_of, number
from cnncalc.layers.base import Layer, Role, Weightless, param
from cnncalc.layers.condition import at_least, divides, equal
from cnncalc.record import record, replace
from cnncalc.shape import Shape, TorchCall, product
from cnncalc.symbolic import Dim, pretty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.base import Derivation
    from cnncalc.layers.condition import Condition
    from cnncalc.layers.folding import Meeting
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = ["KINDS", "Flatten", "Permute", "Unflatten"]


@final
@record
class Flatten(Weightless):
    """The axes from `start` to `end` in one: C×H×W becomes C·H·W numbers in a row.

    ## Shape
    …×A×…×B×… → …×(A·…·B)×…

    ## Torch twin
    torch.nn.Flatten.

    ## Common mistake
    Forgetting that the linear layer after it depends on the image size; after `gap` it does not.
    """

    kind: ClassVar[str] = "flatten"
    role: ClassVar[Role] = "same"
    within: ClassVar[bool] = True

    start: Dim = param(1, doc="first axis, as torch counts with the batch: 1 is the first, -1 the last")
    end: Dim = param(-1, doc="last axis, counted likewise")

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        first, last = self._span(x)
        if first > last:
            raise LayerError(
                f"start={self.start} comes after end={self.end}",
                "exchange them",
                code="CNN202",
                field="start",
            )
        yield from ()

    def output(self, x: Shape, *_: Shape) -> Shape:
        first, last = self._span(x)
        return Shape((*x.dims[:first], product(x.dims[first : last + 1]), *x.dims[last + 1 :]))

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        first, last = self._span(x)
        joined = x.dims[first : last + 1]
        return (reach.Regroup(first, joined, (product(joined),)),)

    def fold_back(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        """Only the joined axis comes of several; a map on it is taken to be one on the first of them."""
        from cnncalc.layers.folding import Passed, Route, parted

        first, last = self._span(x)
        if axis != first:
            return Passed((Route(axis if axis < first else axis + last - first),))
        route = parted(x.dims[first : last + 1], self.kind)
        return Passed((replace(route, axis=first + route.axis),))

    def fold_on(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import Passed, Route, joined

        first, last = self._span(x)
        if not first <= axis <= last:
            return Passed((Route(axis if axis < first else axis - last + first),))
        return Passed((Route(first, joined(axis - first, x.dims[first : last + 1])),))

    def result(self, run: Run) -> Result:
        """A view where the axes lie one within the other, else a copy."""
        (x,) = run.shapes
        first, last = (axis + 1 for axis in self._span(x))
        if first == last:
            return run.view()
        if run.x.can_merge(range(first, last + 1)):
            return run.view(run.x.merged(first, last))
        return run.fresh(len(run.x.dims) - (last - first))

    def saves(self, run: Run) -> tuple[Saved, ...]:
        del run
        return ()

    def axes(self, x: Shape, *_: Shape) -> tuple[Derivation | None, ...]:
        from cnncalc.layers.products import derived, sizes_named

        first, last = self._span(x)
        named = dict(list(sizes_named(x.dims).items())[first : last + 1])
        joined = derived("*".join(named), named)
        return (*(None,) * first, joined, *(None,) * (x.rank - last - 1))

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        self._span(x)
        return TorchCall("nn.Flatten", (self.start, self.end))

    def _span(self, x: Shape) -> tuple[int, int]:
        return axis_of(self.start, x, "start"), axis_of(self.end, x, "end")


@final
@record
class Unflatten(Weightless):
    """One axis as several: 512 numbers become 8×8×8.

    ## Shape
    …×A×… → …×(shape)×…, whose sizes multiply to A; one of them may be -1, which stands for what remains.

    ## Torch twin
    torch.nn.Unflatten.

    ## Common mistake
    Expecting it to move numbers: the last size varies fastest, so 512 → 8×64 is not the transpose of 512 → 64×8.
    """

    kind: ClassVar[str] = "unflatten"
    role: ClassVar[Role] = "same"
    within: ClassVar[bool] = True

    shape: tuple[Dim, ...] = param(doc="the sizes that the axis becomes; one may be -1: what remains")
    dim: Dim = param(1, doc="axis to part, as torch counts with the batch: 1 is the first, -1 the last")

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        axis = axis_of(self.dim, x)
        if not self.shape:
            raise LayerError("shape is empty", "give one or more", code="CNN202", field="shape")
        given = self._given()
        if len(self.shape) - len(given) > 1:
            raise LayerError(
                "more than one size in shape is -1", "give all but one", code="CNN202", field="shape"
            )
        for size in given:
            yield at_least(
                size, 1, "size {left} in shape", "give at least 1, or -1 for what remains", "shape"
            )
        relation = equal if len(given) == len(self.shape) else divides
        yield relation(
            product(given),
            x.dims[axis],
            f"shape={'x'.join(map(pretty, given))} has {{left}} values, "
            f"which do not fit the {{right}} on axis {axis + 1} of {x.pretty()}",
            "give sizes that multiply to them, or -1 for one of them",
            "shape",
        )

    def output(self, x: Shape, *_: Shape) -> Shape:
        axis = axis_of(self.dim, x)
        return Shape((*x.dims[:axis], *self._written(x.dims[axis]), *x.dims[axis + 1 :]))

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        axis = axis_of(self.dim, x)
        size = x.dims[axis]
        return (reach.Regroup(axis, (size,), self._written(size)),)

    def fold_back(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import Passed, Route, joined

        first, dims = axis_of(self.dim, x), self._written(x.dims[axis_of(self.dim, x)])
        last = first + len(dims) - 1
        if not first <= axis <= last:
            return Passed((Route(axis if axis < first else axis - last + first),))
        return Passed((Route(first, joined(axis - first, dims)),))

    def fold_on(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import Passed, Route, parted

        first, dims = axis_of(self.dim, x), self._written(x.dims[axis_of(self.dim, x)])
        if axis != first:
            return Passed((Route(axis if axis < first else axis + len(dims) - 1),))
        route = parted(dims, self.kind)
        return Passed((replace(route, axis=first + route.axis),))

    def result(self, run: Run) -> Result:
        (x,) = run.shapes
        return run.view(run.x.parted(axis_of(self.dim, x) + 1, len(self.shape)))

    def saves(self, run: Run) -> tuple[Saved, ...]:
        del run
        return ()

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        axis_of(self.dim, x)
        return TorchCall("nn.Unflatten", (self.dim, self.shape))

    def _written(self, size: Dim) -> tuple[Dim, ...]:
        """The sizes that an axis of `size` becomes."""
        rest = size // product(self._given())
        return tuple(rest if s == -1 else s for s in self.shape)

    def _given(self) -> tuple[Dim, ...]:
        return tuple(s for s in self.shape if s != -1)


@final
@record
class Permute(Weightless):
    """The axes in another order: `order=2x3x1` makes H×W×C of C×H×W.

    ## Shape
    D1×D2×… → D(order1)×D(order2)×…

    ## Torch twin
    torch.permute with the batch axis, 0, in front.

    ## Common mistake
    Reading `order` as where each axis goes: it says, for each new axis, which old one it is.
    """

    kind: ClassVar[str] = "permute"
    role: ClassVar[Role] = "same"
    within: ClassVar[bool] = True

    order: tuple[Dim, ...] = param(
        doc="which old axis each new axis is, as torch counts with the batch: 1 is the first, -1 the last"
    )

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        if sorted(self._axes(x)) != list(range(x.rank)):
            raise LayerError(
                f"order={'x'.join(map(pretty, self.order))} does not name each axis of {x.pretty()} once",
                f"name the axes 1 to {x.rank} in the order wanted",
                code="CNN202",
                field="order",
            )
        yield from ()

    def output(self, x: Shape, *_: Shape) -> Shape:
        return Shape(tuple(x.dims[axis] for axis in self._axes(x)))

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        axes = self._axes(x)
        return (tuple(reach.Along(axes.index(i), reach.same(size)) for i, size in enumerate(x.dims)),)

    def fold_back(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import as_it_is

        return as_it_is(self._axes(x)[axis])

    def fold_on(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import as_it_is

        return as_it_is(self._axes(x).index(axis))

    def result(self, run: Run) -> Result:
        (x,) = run.shapes
        return run.view(run.x.permuted([0, *(axis + 1 for axis in self._axes(x))]))

    def saves(self, run: Run) -> tuple[Saved, ...]:
        del run
        return ()

    def torch_call(self, *_: Shape) -> TorchCall:
        return TorchCall("permute", ((0, *(number(axis, "order") for axis in self.order)),), how="function")

    def _axes(self, x: Shape) -> list[int]:
        return [axis_of(axis, x, "order") for axis in self.order]


KINDS: dict[str, type[Layer]] = {"flatten": Flatten, "unflatten": Unflatten, "permute": Permute}
