"""Pooling to a given size, and over whole maps, over 1, 2 or 3 axes by the rank of the input.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html (Shape).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from cnncalc.errors import LayerError
from cnncalc.layers.base import Layer, Role, Weightless, WordForm, param, per_axis
from cnncalc.layers.condition import at_least
from cnncalc.layers.window import require_map
from cnncalc.record import record
from cnncalc.shape import Shape, TorchCall
from cnncalc.symbolic import Dim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition
    from cnncalc.layers.folding import Meeting
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = [
    "KINDS",
    "AdaptiveAvgPool",
    "AdaptiveMaxPool",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "saved_by_average",
]


def saved_by_average(run: Run, y: Shape) -> tuple[Saved, ...]:
    """The input; nothing if one position is left, for then torch takes the mean, whose gradient needs sizes only."""
    return () if all(size == 1 for size in y.spatial) else (run.input(),)


def _saved_by_maximum(run: Run, y: Shape) -> tuple[Saved, ...]:
    return run.input(), run.new("indices", run.sized(y), "int64")


class _AdaptivePool(Weightless):
    """What poolings to a given size share."""

    __slots__ = ()

    size: Dim | tuple[Dim | None, ...]
    #: the twin's name without the number of axes
    twin: ClassVar[str]
    role: ClassVar[Role] = "pool"
    within: ClassVar[bool] = True

    def _requested(self, x: Shape) -> tuple[Dim | None, ...]:
        n = require_map(x, self.kind)
        size = self.size
        if not isinstance(size, tuple):
            return (size,) * n
        if size == (None,):
            raise LayerError(
                f"{self.kind} over one axis has to change it",
                "give a number, or leave the layer out",
                code="CNN202",
                field="size",
            )
        given = per_axis(tuple(0 if s is None else s for s in size), n, "size", spread_single=False)
        return tuple(None if s is None else g for s, g in zip(size, given, strict=True))

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        for size in self._requested(x):
            if size is not None:
                yield at_least(size, 1, "output size {left}", "give at least 1", "size")

    def output(self, x: Shape, *_: Shape) -> Shape:
        kept = zip(self._requested(x), x.spatial, strict=True)
        return Shape((x.channels, *(old if new is None else new for new, old in kept)))

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        sizes = enumerate(self._requested(x), start=1)
        taps = {axis: reach.parts(x.dims[axis], size) for axis, size in sizes if size is not None}
        return (reach.axiswise(x.dims, taps),)

    def result(self, run: Run) -> Result:
        return run.mapped(1, 2)

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        self._requested(x)
        return TorchCall(f"nn.{self.twin}{x.rank - 1}d", (self.size,))


@final
@record
class AdaptiveAvgPool(_AdaptivePool):
    """Average pooling to a given size, whatever the input's.

    ## Shape
    C×W → C×O, where O is asked for; `none` keeps an axis. Output o averages the inputs from ⌊oW/O⌋ to ⌈(o+1)W/O⌉ − 1.

    ## Torch twin
    torch.nn.AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d.

    ## Common mistake
    Replacing it by a pooling with stride W//O: unless O divides W, its windows differ in length or overlap.
    """

    kind: ClassVar[str] = "adaptiveavgpool"
    word: ClassVar[WordForm] = WordForm(size="size")
    twin: ClassVar[str] = "AdaptiveAvgPool"

    size: Dim | tuple[Dim | None, ...] = param(doc="output size; none in a list keeps that axis")

    def fold_back(self, axis: int, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import kept

        return kept(axis, self.kind)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        return saved_by_average(run, self.output(*run.shapes))


@final
@record
class AdaptiveMaxPool(_AdaptivePool):
    """Max pooling to a given size, whatever the input's.

    ## Shape
    C×W → C×O, where O is asked for; `none` keeps an axis. Output o sees the inputs from ⌊oW/O⌋ to ⌈(o+1)W/O⌉ − 1.

    ## Torch twin
    torch.nn.AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d.

    ## Common mistake
    Replacing it by a pooling with stride W//O: unless O divides W, its windows differ in length or overlap.
    """

    kind: ClassVar[str] = "adaptivemaxpool"
    word: ClassVar[WordForm] = WordForm(size="size")
    twin: ClassVar[str] = "AdaptiveMaxPool"

    size: Dim | tuple[Dim | None, ...] = param(doc="output size; none in a list keeps that axis")

    def fold_back(self, axis: int, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import largest

        return largest(axis, self.kind)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        return _saved_by_maximum(run, self.output(*run.shapes))


class _GlobalPool(Weightless):
    """What poolings over whole maps share."""

    __slots__ = ()

    #: the twin's name without the number of axes
    twin: ClassVar[str]
    role: ClassVar[Role] = "pool"
    within: ClassVar[bool] = True

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        require_map(x, self.kind)
        yield from ()

    def output(self, x: Shape, *_: Shape) -> Shape:
        return Shape((x.channels, *(1 for _ in x.spatial)))

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        return (reach.axiswise(x.dims, {axis: reach.Whole(x.dims[axis]) for axis in range(1, x.rank)}),)

    def result(self, run: Run) -> Result:
        return run.mapped(1, 2)

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        return TorchCall(f"nn.{self.twin}{require_map(x, self.kind)}d", (1,))


@final
@record
class GlobalAvgPool(_GlobalPool):
    """Global average pooling: the mean of each channel.

    ## Shape
    C×H×W → C×1×1

    ## Torch twin
    torch.nn.AdaptiveAvgPool1d(1), AdaptiveAvgPool2d(1), AdaptiveAvgPool3d(1).

    ## Common mistake
    Leaving out `flatten` before a fully connected layer: the result still has axes of size 1.
    """

    kind: ClassVar[str] = "gap"
    twin: ClassVar[str] = "AdaptiveAvgPool"

    def fold_back(self, axis: int, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import kept

        return kept(axis, self.kind)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        return saved_by_average(run, self.output(*run.shapes))


@final
@record
class GlobalMaxPool(_GlobalPool):
    """Global max pooling: the largest number of each channel.

    ## Shape
    C×H×W → C×1×1

    ## Torch twin
    torch.nn.AdaptiveMaxPool1d(1), AdaptiveMaxPool2d(1), AdaptiveMaxPool3d(1).

    ## Common mistake
    Leaving out `flatten` before a fully connected layer: the result still has axes of size 1.
    """

    kind: ClassVar[str] = "gmp"
    twin: ClassVar[str] = "AdaptiveMaxPool"

    def fold_back(self, axis: int, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import largest

        return largest(axis, self.kind)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        return _saved_by_maximum(run, self.output(*run.shapes))


KINDS: dict[str, type[Layer]] = {
    "adaptiveavgpool": AdaptiveAvgPool,
    "adaptivemaxpool": AdaptiveMaxPool,
    "gap": GlobalAvgPool,
    "gmp": GlobalMaxPool,
}
