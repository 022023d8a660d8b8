"""What rules ask of one layer on certain shapes, wherever it stands: computed once for all networks of a run that have it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from cnncalc.errors import CnncalcError
from cnncalc.layers import Layer, decide, failure
from cnncalc.record import record
from cnncalc.shape import Shape, Window
from cnncalc.symbolic import Dim, Facts

if TYPE_CHECKING:
    from cnncalc.check.lint.geometry import Slider
    from cnncalc.layers.facts import Dropping, Statistics
    from cnncalc.layers.reach import Reads

__all__ = ["Traits", "Weights", "traits"]

#: so many are kept: a folder of specs has many layers in common
_MOST_KEPT = 4096


@record
class Weights:
    """A layer of weights without groups: it maps `inputs` channels on an axis to `outputs`, with a kernel."""

    axis: int
    inputs: Dim
    outputs: Dim
    kernel: tuple[Dim, ...]


class Traits:
    """A layer, what it reads and what it writes; each answer is computed when a rule first asks for it."""

    def __init__(self, layer: Layer, shapes: tuple[Shape, ...], result: Shape, smallest_batch: int) -> None:
        self._layer = layer
        self._shapes = shapes
        self._result = result
        self._smallest_batch = smallest_batch

    @cached_property
    def reads(self) -> tuple[Reads, ...]:
        """What it reads of its inputs."""
        return self._layer.reads(*self._shapes)

    @cached_property
    def keeps_places(self) -> bool:
        """Whether it reads every position of its one input where it writes it."""
        from cnncalc.passes.receptive_field.forward import keeps_places

        return keeps_places(self.reads, self._shapes, self._result)

    @cached_property
    def windows(self) -> tuple[Window, ...] | None:
        """Its windows; None if it does not slide."""
        return self._layer.windows(*self._shapes)

    @cached_property
    def sliders(self) -> tuple[tuple[int, Slider], ...]:
        """Its windows by the number of their axis, if it slides over zeros (or nothing) at the border."""
        return tuple(self._sliders())

    def _sliders(self) -> Iterator[tuple[int, Slider]]:
        from cnncalc.check.lint.geometry import slider
        from cnncalc.layers.reach import Slide

        (reads, *_), (x, *_) = self.reads, self._shapes
        if self.windows is None or not isinstance(reads, tuple):
            return
        axes = zip(reads[1:], x.spatial, self._result.spatial, strict=True)
        for axis, (along, size, places) in enumerate(axes, start=1):
            if isinstance(along.taps, Slide) and along.taps.border == "zeros":
                found = slider(along.taps.window, size, places)
                if found is not None:
                    yield axis, found

    @cached_property
    def statistics(self) -> Statistics | None:
        """What it normalises by, for one image; None if it does not normalise."""
        return self._layer.statistics(self._shapes[0], 1)

    @cached_property
    def dropping(self) -> Dropping | None:
        """What it drops in training; None if it drops nothing."""
        return self._layer.dropping(self._shapes[0])

    @cached_property
    def untrained(self) -> CnncalcError | None:
        """Why torch refuses to train it on the smallest batch; None if it does not."""
        try:
            conditions = tuple(self._layer.trains_on(self._smallest_batch, *self._shapes))
        except CnncalcError as error:
            return error  # whatever the sizes are
        return next((failure(c) for c in conditions if decide(c, Facts()) is False), None)

    @cached_property
    def bias_axis(self) -> int | None:
        """The axis of the result for every index of which it adds a learned number; None if there is none."""
        from cnncalc.layers.folding import Absorbed

        for axis in range(self._result.rank):
            meeting = self._layer.fold_back(axis, *self._shapes)
            # to take a summand in, it would have to become a layer with a bias; so it is one already
            if isinstance(meeting, Absorbed) and meeting.layer == self._layer:
                return axis
        return None

    @cached_property
    def weights(self) -> Weights | None:
        """What a convolution or linear layer without groups maps to what; None for any other layer."""
        from cnncalc.layers.folding import Absorbed

        if self._layer.role != "weights":
            return None
        for axis in range(self._result.rank):
            meeting = self._layer.fold_back(axis, *self._shapes)
            if isinstance(meeting, Absorbed) and meeting.groups == 1:
                kernel = self._layer.weights(*self._shapes)[0].shape[2:]
                return Weights(axis, self._shapes[0].dims[axis], self._result.dims[axis], kernel)
        return None


@lru_cache(_MOST_KEPT)
def traits(layer: Layer, shapes: tuple[Shape, ...], result: Shape, smallest_batch: int) -> Traits:
    """The traits of a layer that reads these shapes and writes `result`."""
    return Traits(layer, shapes, result, smallest_batch)
