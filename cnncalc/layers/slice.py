"""Parts of an input: a range of an axis, or one of the pieces that torch cuts an axis into."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, final

from cnncalc.errors import LayerError
from cnncalc.layers.axis import axis_of, number
from cnncalc.layers.base import Layer, Role, Weightless, WordForm, param
from cnncalc.layers.condition import at_least, equal
from cnncalc.record import record
from cnncalc.shape import Shape, TorchCall, Window
from cnncalc.symbolic import Dim, Facts, ceildiv, known_ge, minimum, pretty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition
    from cnncalc.layers.folding import Meeting
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = ["KINDS", "Select", "Split"]


def _part(run: Run, dim: Dim, y: Shape) -> Result:
    """A view of a part of an axis."""
    (x,) = run.shapes
    axis = axis_of(dim, x)
    return run.view(run.x.narrowed(axis + 1, y.dims[axis]))


@final
@record
class Select(Weightless):
    """The channels (or another axis) from `start` up to, not including, `stop`.

    ## Shape
    C×… → (stop − start)×…

    ## Torch twin
    torch.narrow.

    ## Common mistake
    Counting `stop` in: as in Python's slices, select0-16 has 16 channels, number 0 to 15.
    """

    kind: ClassVar[str] = "select"
    word: ClassVar[WordForm] = WordForm(size="start", out="stop")
    role: ClassVar[Role] = "same"
    within: ClassVar[bool] = True

    start: Dim = param(0, doc="first position; negative numbers count from the end")
    stop: Dim | None = param(None, doc="position after the last, counted likewise; default: all that follow")
    dim: Dim = param(1, doc="axis, as torch counts with the batch: 1 is the first, -1 the last")

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        axis = axis_of(self.dim, x)
        size = x.dims[axis]
        start, stop = self._range(size)
        where = f"axis {axis + 1} of {x.pretty()}"
        yield at_least(
            start, 0, f"start={self.start} lies before {where}", f"give 0 to {pretty(size - 1)}", "start"
        )
        yield at_least(
            size,
            stop,
            f"stop={{right}} lies beyond the {{left}} positions on {where}",
            "stop earlier",
            "stop",
        )
        yield at_least(
            stop - start, 1, f"nothing of {where} is selected", "give a stop after the start", "stop"
        )

    def output(self, x: Shape, *_: Shape) -> Shape:
        axis = axis_of(self.dim, x)
        start, stop = self._range(x.dims[axis])
        return x.with_axis(axis, stop - start)

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        axis = axis_of(self.dim, x)
        start, stop = self._range(x.dims[axis])
        return _cropped(x, axis, start, stop)

    def fold_back(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        own = axis_of(self.dim, x)
        start, stop = self._range(x.dims[own])
        return _behind(axis, own, x.dims[own], start, stop - start)

    def fold_on(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        own = axis_of(self.dim, x)
        start, stop = self._range(x.dims[own])
        return _taken(axis, own, start, stop - start)

    def result(self, run: Run) -> Result:
        return _part(run, self.dim, self.output(*run.shapes))

    def saves(self, run: Run) -> tuple[Saved, ...]:
        del run
        return ()

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        start, stop = self._range(x.dims[axis_of(self.dim, x)])
        return TorchCall("narrow", (self.dim, self.start, stop - start), how="function")

    def _range(self, size: Dim) -> tuple[Dim, Dim]:
        """Start and stop, counted from 0."""
        stop = size if self.stop is None else _from_front(self.stop, size)
        return _from_front(self.start, size), stop


def _behind(axis: int, own: int, size: Dim, start: Dim, count: Dim) -> Meeting:
    """What is cut off may be mapped in any way: as its nearest neighbour that is left."""
    from cnncalc.layers.folding import Passed, Pick, Route

    return Passed((Route(axis, Pick("nearest", size, start, count) if axis == own else Pick()),))


def _taken(axis: int, own: int, start: Dim, count: Dim) -> Meeting:
    """Of a map on the axis that is cut, the part that is taken."""
    from cnncalc.layers.folding import Passed, Pick, Route

    return Passed((Route(axis, Pick("part", count, start) if axis == own else Pick()),))


def _cropped(x: Shape, axis: int, start: Dim, stop: Dim) -> tuple[Reads, ...]:
    """What is read where the positions from `start` up to, not including, `stop` are left."""
    from cnncalc.layers import reach

    size = x.dims[axis]
    crop = Window(1, before=-start, after=stop - size)
    return (reach.axiswise(x.dims, {axis: reach.Slide(crop, size)}),)


def _from_front(position: Dim, size: Dim) -> Dim:
    return position + size if isinstance(position, int) and position < 0 else position


Cut = Literal["size", "pieces", "chunks", "sections"]


@final
@record
class Split(Weightless):
    """Piece number `index` of an axis that is cut in one of torch's four ways.

    ## Shape
    C×… → P×…, where P is, with i = index, for
    `size`: min(size, C − i·size); `pieces`: its entry i;
    `chunks`: min(⌈C/chunks⌉, C − i·⌈C/chunks⌉); `sections`: ⌈(C − i)/sections⌉.

    ## Torch twin
    torch.split (size, pieces), torch.chunk (chunks), torch.tensor_split (sections).

    ## Common mistake
    Relying on the number of chunks: torch.chunk rounds the size up, so that 5 channels in 4 chunks make 3 pieces.
    """

    kind: ClassVar[str] = "split"
    word: ClassVar[WordForm] = WordForm(size="chunks")
    role: ClassVar[Role] = "same"
    within: ClassVar[bool] = True

    chunks: Dim | None = param(None, doc="cut into at most so many pieces of equal size, the last smaller")
    size: Dim | None = param(None, doc="cut into pieces of this size, the last smaller")
    pieces: tuple[Dim, ...] | None = param(None, doc="cut into pieces of these sizes, which sum to the whole")
    sections: Dim | None = param(
        None, doc="cut into exactly so many pieces, the first ones larger by 1 if need be"
    )
    index: Dim = param(0, doc="which piece, counted from 0", option="i")
    dim: Dim = param(1, doc="axis to cut, as torch counts with the batch: 1 is the first, -1 the last")

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        axis = axis_of(self.dim, x)
        size, index, cut = x.dims[axis], self._index(), self._cut()
        where = f"axis {axis + 1} of {x.pretty()}"
        if self.pieces is not None:
            yield from _pieces_fit(self.pieces, index, size, where)
            return
        value: Dim = getattr(self, cut)
        yield at_least(value, 1, f"{cut}={{left}}", "give at least 1", cut)
        if cut == "sections":
            yield at_least(value, index + 1, f"index={index} of {{left}} sections", _FIRST, "index")
            rest = size - index
        else:
            rest = size - index * (ceildiv(size, value) if cut == "chunks" else value)
        yield at_least(
            rest, 1, f"{where} with {cut}={pretty(value)} has nothing left for index={index}", _FIRST, "index"
        )

    def output(self, x: Shape, *_: Shape) -> Shape:
        axis = axis_of(self.dim, x)
        return x.with_axis(axis, self._piece(x.dims[axis]))

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        axis = axis_of(self.dim, x)
        size = x.dims[axis]
        start = self._start(size)
        return _cropped(x, axis, start, start + self._piece(size))

    def _piece(self, size: Dim) -> Dim:
        index = self._index()
        if self.pieces is not None:
            return self.pieces[index]
        if self.sections is not None:
            return ceildiv(size - index, self.sections)
        if self.size is not None:
            return _full_or_rest(self.size, size - index * self.size)
        assert self.chunks is not None  # noqa: S101 - `requires` held
        full = ceildiv(size, self.chunks)
        if index == 0:
            return full
        rest = size - index * full
        return rest if index + 1 == self.chunks else _full_or_rest(full, rest)

    def _start(self, size: Dim) -> Dim:
        """How many positions lie before the piece."""
        index = self._index()
        if self.pieces is not None:
            return sum(self.pieces[:index], start=0)
        if self.sections is not None:
            larger = size - self.sections * (size // self.sections)
            return index * (size // self.sections) + minimum(index, larger)
        if self.size is not None:
            return index * self.size
        assert self.chunks is not None  # noqa: S101 - `requires` held
        return index * ceildiv(size, self.chunks)

    def fold_back(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        own = axis_of(self.dim, x)
        size = x.dims[own]
        return _behind(axis, own, size, self._start(size), self._piece(size))

    def fold_on(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        own = axis_of(self.dim, x)
        return _taken(axis, own, self._start(x.dims[own]), self._piece(x.dims[own]))

    def result(self, run: Run) -> Result:
        return _part(run, self.dim, self.output(*run.shapes))

    def saves(self, run: Run) -> tuple[Saved, ...]:
        del run
        return ()

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        axis_of(self.dim, x)
        cut = self._cut()
        target = {"size": "split", "pieces": "split", "chunks": "chunk", "sections": "tensor_split"}[cut]
        return TorchCall(target, (getattr(self, cut), self.dim), how="piece", index=self._index())

    def _cut(self) -> Cut:
        """Which of the four ways is given."""
        ways: tuple[Cut, ...] = ("chunks", "size", "pieces", "sections")
        given = [way for way in ways if getattr(self, way) is not None]
        if len(given) == 1:
            return given[0]
        raise LayerError(
            f"split with {' and '.join(given) or 'no way to cut'}",
            "give one of chunks, size, pieces, sections",
            code="CNN202",
            field=given[1] if given else None,
        )

    def _index(self) -> int:
        index = number(self.index, "index")
        if index >= 0:
            return index
        raise LayerError(f"index={index}", "pieces are counted from 0", code="CNN202", field="index")


_FIRST = "give a smaller index; the first piece is 0"


def _full_or_rest(full: Dim, rest: Dim) -> Dim:
    """min(full, rest), without the minimum where it is known which one it is."""
    if known_ge(rest, full, Facts()):
        return full
    return rest if known_ge(full, rest, Facts()) else minimum(full, rest)


def _pieces_fit(pieces: tuple[Dim, ...], index: int, size: Dim, where: str) -> Iterator[Condition]:
    for each in pieces:
        yield at_least(each, 0, "a piece of {left}", "give at least 0", "pieces")
    total = sum(pieces, start=0)
    yield equal(
        total,
        size,
        f"the pieces sum to {{left}}, but {where} has {{right}}",
        "give pieces that sum to it",
        "pieces",
    )
    yield at_least(len(pieces), index + 1, f"index={index} of {{left}} pieces", _FIRST, "index")
    yield at_least(pieces[index], 1, f"piece {index} is empty", "give another index", "index")


KINDS: dict[str, type[Layer]] = {"select": Select, "split": Split}
