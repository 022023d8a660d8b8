"""What an output position reads of its input, axis by axis: the rules that receptive fields are made of.

A rule speaks of one axis. `of(o)` are the input positions that output position `o` really reads: taps on zero padding
vanish, other paddings are followed to the position that they copy. `inside(o)` are those that it would read on an
input without ends, where that makes sense: there, reading `step[0]` outputs further on is reading `step[1]` inputs further on.

Sources: the torch.nn page of each kind, and for interpolation
https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from itertools import chain
from math import gcd
from typing import Literal, TypeAlias

from cnncalc.record import record
from cnncalc.shape import Window
from cnncalc.symbolic import Dim, known_equal

__all__ = [
    "Along",
    "Blocks",
    "Border",
    "Dealt",
    "Groups",
    "Parts",
    "Piece",
    "Reads",
    "Regroup",
    "Slide",
    "Spread",
    "Taps",
    "Whole",
    "axiswise",
    "grouped",
    "int_of",
    "parts",
    "same",
]

#: what stands beyond the ends of an axis; where it is zeros (or nothing), nothing is read there
Border: TypeAlias = Literal["zeros", "reflect", "replicate", "circular"]


class Taps(ABC):
    """Which positions of an input axis an output position reads. All questions but `sliding` need numbers, not names."""

    __slots__ = ()

    @property
    def sliding(self) -> Window | None:
        """The sliding window that this is, at least away from the borders; None: it is none. May hold names."""
        return None

    @property
    def approximate(self) -> bool:
        """Whether the positions are only nearly those that torch reads, by how floating point rounds."""
        return False

    @abstractmethod
    def of(self, o: int) -> Iterable[int]:
        """The positions that output position `o` reads, each in 0 … size − 1, in no order, perhaps several times."""

    def spans(self, o: int) -> tuple[range, ...]:
        """The same as a few ranges, however many positions they hold."""
        read = self.of(o)
        return (read,) if isinstance(read, range) else tuple([range(i, i + 1) for i in read])

    @property
    def step(self) -> tuple[int, int] | None:
        """(p, q): what is read p outputs further on lies q inputs further on; None: not so, or the borders matter."""
        return None

    def inside(self, o: int) -> range:
        """The positions that output position `o` (any integer) reads on an input without ends, in increasing order.

        Raises TypeError if there is no `step`.
        """
        raise TypeError(f"{self!r} has no inside, least of all at {o}")


@record
class Whole(Taps):
    """Every position."""

    size: Dim

    def of(self, o: int) -> range:
        del o
        return range(int_of(self.size))


@record
class Slide(Taps):
    """A sliding window: o·stride − before + t·dilation for 0 <= t < kernel. With kernel 1 also the same position, a pad or a crop."""

    window: Window
    size: Dim
    border: Border = "zeros"
    #: whether the window stays the same on inputs of other sizes
    fixed: bool = True

    @property
    def sliding(self) -> Window | None:
        return self.window

    def inside(self, o: int) -> range:
        kernel, stride, before, _, dilation = _numbers(self.window)
        first = o * stride - before
        return range(first, first + kernel * dilation, dilation)

    def of(self, o: int) -> Iterable[int]:
        return chain.from_iterable(self.spans(o))

    def spans(self, o: int) -> tuple[range, ...]:
        size, taps = int_of(self.size), self.inside(o)
        within = _between(taps, 0, size)
        if self.border == "zeros":
            return (within,)
        below, above = _between(taps, taps[0], 0), _between(taps, size, taps[-1] + 1)
        match self.border:
            case "replicate":
                edges = ((below, 0), (above, size - 1))
                return (within, *(_single(edge) for beyond, edge in edges if beyond))
            case "reflect":
                return within, _mirrored(below, 0), _mirrored(above, 2 * (size - 1))
            case "circular":
                return within, *self._wrapped(below), *self._wrapped(above)

    def _wrapped(self, beyond: range) -> list[range]:
        """Round what a crop leaves, as only that can be wrapped."""
        if not beyond:
            return []
        _, _, before, after, _ = _numbers(self.window)
        first = max(0, -before)
        length = int_of(self.size) - first - max(0, -after)
        rounds = range((beyond[0] - first) // length, (beyond[-1] - first) // length + 1)
        starts = [(first + length * n, length * n) for n in rounds]
        return [_moved(_between(beyond, start, start + length), -by) for start, by in starts]

    @property
    def step(self) -> tuple[int, int] | None:
        _, stride, before, after, _ = _numbers(self.window)
        return (1, stride) if self.border == "zeros" or before <= 0 >= after else None


def _single(i: int) -> range:
    return range(i, i + 1)


def _between(taps: range, first: int, end: int) -> range:
    """Those of increasing positions that lie from `first` up to, not including, `end`."""
    step = taps.step
    start = taps.start + max(0, -((taps.start - first) // step)) * step
    return range(start, min(taps.stop, end), step)


def _moved(taps: range, by: int) -> range:
    return range(taps.start + by, taps.stop + by, taps.step)


def _mirrored(taps: range, sum_of_both: int) -> range:
    """sum − i for every i, in increasing order."""
    if not taps:
        return taps
    return range(sum_of_both - taps[-1], sum_of_both - taps[0] + 1, taps.step)


def _numbers(w: Window) -> tuple[int, int, int, int, int]:
    return int_of(w.kernel), int_of(w.stride), int_of(w.before), int_of(w.after), int_of(w.dilation)


@record
class Spread(Taps):
    """A transposed convolution: (o + padding − t·dilation)/stride for 0 <= t < kernel, where that is an integer."""

    kernel: Dim
    stride: Dim
    padding: Dim
    dilation: Dim
    size: Dim

    def inside(self, o: int) -> range:
        """The integers among them: every stride/g-th tap from the first on, with g = gcd(stride, dilation)."""
        stride, dilation = int_of(self.stride), int_of(self.dilation)
        place = o + int_of(self.padding)
        common = gcd(stride, dilation)
        every, apart = stride // common, dilation // common
        if place % common:
            return range(0)
        first = place // common * pow(apart, -1, every) % every
        number = -((first - int_of(self.kernel)) // every)
        last = (place - first * dilation) // stride
        return range(last - (number - 1) * apart, last + 1, apart)

    def of(self, o: int) -> range:
        return _between(self.inside(o), 0, int_of(self.size))

    @property
    def step(self) -> tuple[int, int] | None:
        return int_of(self.stride), 1


@record
class Blocks(Taps):
    """Every position `factor` times in a row: ⌊o/factor⌋."""

    size: Dim
    factor: Dim

    def inside(self, o: int) -> range:
        return _single(o // int_of(self.factor))

    def of(self, o: int) -> range:
        return self.inside(o)

    @property
    def step(self) -> tuple[int, int] | None:
        return int_of(self.factor), 1


@record
class Parts(Taps):
    """Adaptive pooling to `parts`: ⌊o·size/parts⌋ … ⌈(o + 1)·size/parts⌉ − 1."""

    size: Dim
    parts: Dim

    def of(self, o: int) -> range:
        size, parts = int_of(self.size), int_of(self.parts)
        return range(o * size // parts, -(-(o + 1) * size // parts))


@record
class Piece(Taps):
    """One of several inputs that are joined along the axis: it fills the output from `offset` on."""

    offset: Dim
    size: Dim

    def of(self, o: int) -> range:
        return _between(_single(o - int_of(self.offset)), 0, int_of(self.size))


@record
class Groups(Taps):
    """Groups that do not see each other: each of `size`/groups input positions feeds `out`/groups output positions."""

    size: Dim
    out: Dim
    groups: Dim

    def of(self, o: int) -> range:
        read, written = int_of(self.size // self.groups), int_of(self.out // self.groups)
        first = o // written * read
        return range(first, first + read)


@record
class Dealt(Taps):
    """A channel shuffle: the positions are dealt round like cards, from `groups` piles that lie one behind the other."""

    size: Dim
    groups: Dim

    def of(self, o: int) -> range:
        row, pile = divmod(o, int_of(self.groups))
        return _single(pile * int_of(self.size // self.groups) + row)


def int_of(value: Dim) -> int:
    """A number. Raises TypeError for a name: positions are asked of numbers only."""
    if isinstance(value, int):
        return value
    raise TypeError(f"{value} is not a number")


_POSITION = Window(1)


def same(size: Dim) -> Slide:
    """The position itself."""
    return Slide(_POSITION, size)


def grouped(size: Dim, out: Dim, groups: Dim) -> Taps:
    """Channel groups, of which one is the whole."""
    return Whole(size) if groups == 1 else Groups(size, out, groups)


def parts(size: Dim, count: Dim) -> Taps:
    """Adaptive pooling to `count`: a sliding window if the remainder of size by count is 0 or 1, as far as that is known."""
    if count == 1 or size == 1:
        return Whole(size)
    each = size // count
    if known_equal(size, each * count):
        return Slide(Window(each, each), size, fixed=False)
    if known_equal(size, each * count + 1):
        return Slide(Window(each + 1, each), size, fixed=False)
    return Parts(size, count)


@record
class Along:
    """One axis of an input (0 is the channels): which output axis its positions go by, and how; `Whole` goes by none."""

    axis: int | None
    taps: Taps


@record
class Regroup:
    """A reshape: the input's `read` axes from `first` on, together, are the output's `written` axes, in row-major order."""

    first: int
    read: tuple[Dim, ...]
    written: tuple[Dim, ...]


#: how an input is read: axis by axis in the input's order, or as a reshape
Reads: TypeAlias = tuple[Along, ...] | Regroup


def axiswise(dims: tuple[Dim, ...], taps: Mapping[int, Taps] | None = None) -> tuple[Along, ...]:
    """Every axis goes by the output's axis of the same number: by these taps where there are some, else the same position."""
    changed = taps or {}
    return tuple(_by(axis, changed.get(axis) or same(size)) for axis, size in enumerate(dims))


def _by(axis: int, taps: Taps) -> Along:
    return Along(None if isinstance(taps, Whole) else axis, taps)
