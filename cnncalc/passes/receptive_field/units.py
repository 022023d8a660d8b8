"""Fields unit by unit, borders included: what every unit of a tensor really sees of one axis of the network's input.

The sets are carried forward through the network. They are kept for every index on the axes that make a difference
(the carriers), so that what a reshape folds, a concatenation joins and a slice takes apart is followed exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import product as combinations
from math import prod

from cnncalc.layers import Layer
from cnncalc.layers.reach import Along, Reads, Regroup, Slide, Taps, Whole
from cnncalc.passes.receptive_field.budget import Budget, TooLargeError
from cnncalc.passes.receptive_field.sets import EMPTY, Positions, union
from cnncalc.record import record
from cnncalc.shape import Shape, Window

__all__ = ["UnitSets", "input_units", "units_of"]

_POSITION = Window(1)

#: how many sets are kept for a tensor
_MOST_SETS = 1 << 19
#: tables up to this length are kept for the next layer of the kind
_KEPT = 1 << 10
#: so many bits of sets cost as much as one set
_AT_ONCE = 1 << 11


@record
class UnitSets:
    """For every index on the axes `carriers` (with these `sizes`, in row-major order), what a unit there sees."""

    carriers: tuple[int, ...]
    sizes: tuple[int, ...]
    sets: tuple[Positions, ...]

    @property
    def weight(self) -> int:
        """What it takes of the memory: its sets, and 64 bits of them each."""
        return sum([1 + (mask.bit_length() >> 6) for _, mask in self.sets])


def input_units(axis: int, size: int, budget: Budget) -> UnitSets:
    """Every position of the input sees itself.

    Raises TooLargeError, as all here.
    """
    if size > _MOST_SETS:
        raise TooLargeError
    budget.spend(size)
    return UnitSets((axis,), (size,), tuple([(i, 1) for i in range(size)]))


def units_of(
    layer: Layer,
    inputs: Sequence[UnitSets],
    reads: Sequence[Reads],
    shapes: Sequence[Shape],
    written: Shape,
    budget: Budget,
) -> UnitSets:
    """What the units of a layer's output see: `reads` says how it reads each input."""
    if steps := layer.steps(shapes[0]):
        (units,), read = inputs, shapes[0]
        for how, then in steps:
            units, read = _units_through(units, how, read, then, budget), then
        return _slimmed(units)
    parts = zip(inputs, reads, shapes, strict=True)
    return _united([_units_through(u, r, s, written, budget) for u, r, s in parts], budget)


def _units_through(units: UnitSets, reads: Reads, read: Shape, written: Shape, budget: Budget) -> UnitSets:
    """What the units of an output see through one input."""
    if isinstance(reads, Regroup):
        return _regrouped(units, reads)
    for axis, along in enumerate(reads):
        # where a unit reads nothing on one axis, it sees nothing on any
        if axis not in units.carriers and _leaves_gaps(along, read.dims[axis], written, budget):
            units = _spread(units, axis, _int(read.dims[axis]))
    for axis, along in enumerate(reads):
        if axis in units.carriers:
            units = _through(units, axis, along, written, budget)
    return _renumbered(units, reads)


def _united(found: Sequence[UnitSets], budget: Budget) -> UnitSets:
    """The union of what is seen through several inputs."""
    first, *others = found
    for other in others:
        if other != first:
            break
    else:
        return first
    sizes = {c: s for units in found for c, s in zip(units.carriers, units.sizes, strict=True)}
    carriers = tuple(sorted(sizes))
    for carrier in carriers:
        found = [u if carrier in u.carriers else _spread(u, carrier, sizes[carrier]) for u in found]
    budget.spend(sum(u.weight for u in found))
    sets = tuple([union(sets) for sets in zip(*(u.sets for u in found), strict=True)])
    return _slimmed(UnitSets(carriers, tuple(sizes[c] for c in carriers), sets))


def _through(units: UnitSets, axis: int, along: Along, written: Shape, budget: Budget) -> UnitSets:
    """The sets after one carrier was read; its number is still that of the input's axis."""
    at = units.carriers.index(axis)
    size = units.sizes[at]
    if along.axis is None or isinstance(along.taps, Whole):
        return _replaced(units, at, [(range(size),)], budget, keep=False)
    out = _int(written.dims[along.axis])
    if _is_same(along.taps, size, out):
        return units
    budget.spend(out)
    return _replaced(units, at, _table(along.taps, out), budget)


def _leaves_gaps(along: Along, size: object, written: Shape, budget: Budget) -> bool:
    """Whether some position of the output reads nothing: it lies in padding, or another input fills it."""
    if along.axis is None or isinstance(along.taps, Whole):
        return False
    out = _int(written.dims[along.axis])
    if _is_same(along.taps, _int(size), out):
        return False
    if _is_seamless(along.taps, _int(size)):
        return not all(any(along.taps.spans(o)) for o in (0, out - 1))
    budget.spend(out)
    return not all(map(any, _table(along.taps, out)))


def _is_seamless(taps: Taps, size: int) -> bool:
    """Whether windows step over the input nowhere: only before its start and behind its end they may read nothing."""
    return isinstance(taps, Slide) and _int(taps.window.dilation) <= size


def _is_same(taps: Taps, size: int, out: int) -> bool:
    return isinstance(taps, Slide) and taps.window == _POSITION and size == out


def _table(taps: Taps, out: int) -> Sequence[tuple[range, ...]]:
    """What every position of the output reads."""
    if out > _MOST_SETS:
        raise TooLargeError
    return _kept_table(taps, out) if out <= _KEPT else [taps.spans(o) for o in range(out)]


@lru_cache(maxsize=64)
def _kept_table(taps: Taps, out: int) -> Sequence[tuple[range, ...]]:
    return [taps.spans(o) for o in range(out)]


def _replaced(
    units: UnitSets, at: int, table: Sequence[tuple[range, ...]], budget: Budget, *, keep: bool = True
) -> UnitSets:
    """The sets with one carrier read through a table: for every new index, the old ones."""
    size = units.sizes[at]
    before, after = prod(units.sizes[:at]), prod(units.sizes[at + 1 :])
    if before * after * len(table) > _MOST_SETS:
        raise TooLargeError
    old = units.sets
    # bits are looked at by the thousand
    heavy = 1 + sum([mask.bit_length() for _, mask in old]) // (len(old) * _AT_ONCE)
    sets: list[Positions] = []
    for outer in range(before):
        first = outer * size * after
        for spans in table:
            read = sum(map(len, spans))
            budget.spend(after * (1 + heavy * read))
            if read < 2:
                # most of what a concatenation reads: one channel of its input, or none
                start = first + sum([r.start for r in spans if r]) * after
                sets += old[start : start + after] if read else [EMPTY] * after
                continue
            for inner in range(after):
                place = first + inner
                sets.append(
                    union(
                        [
                            seen
                            for r in spans
                            if r
                            for seen in old[place + r.start * after : place + r.stop * after : r.step * after]
                        ]
                    )
                )
    if keep:
        sizes = (*units.sizes[:at], len(table), *units.sizes[at + 1 :])
        return UnitSets(units.carriers, sizes, tuple(sets))
    return UnitSets(_without(units.carriers, at), _without(units.sizes, at), tuple(sets))


def _without(values: tuple[int, ...], at: int) -> tuple[int, ...]:
    return (*values[:at], *values[at + 1 :])


def _spread(units: UnitSets, axis: int, size: int) -> UnitSets:
    """The same with one carrier more, on which nothing depends."""
    at = sum(c < axis for c in units.carriers)
    before, after = prod(units.sizes[:at]), prod(units.sizes[at:])
    if before * size * after > _MOST_SETS:
        raise TooLargeError
    sets: list[Positions] = []
    for outer in range(before):
        sets += units.sets[outer * after : (outer + 1) * after] * size
    return UnitSets(
        (*units.carriers[:at], axis, *units.carriers[at:]),
        (*units.sizes[:at], size, *units.sizes[at:]),
        tuple(sets),
    )


def _slimmed(units: UnitSets) -> UnitSets:
    """The same without the carriers that make no difference."""
    for axis in units.carriers:
        at = units.carriers.index(axis)
        size = units.sizes[at]
        before, after = prod(units.sizes[:at]), prod(units.sizes[at + 1 :])
        blocks = [
            [units.sets[(outer * size + i) * after : (outer * size + i + 1) * after] for i in range(size)]
            for outer in range(before)
        ]
        if size == 1 or all(block == row[0] for row in blocks for block in row[1:]):
            sets = tuple([s for row in blocks for s in row[0]])
            units = UnitSets(_without(units.carriers, at), _without(units.sizes, at), sets)
    return units


def _renumbered(units: UnitSets, reads: tuple[Along, ...]) -> UnitSets:
    """The carriers by the numbers of the output's axes, in their order."""
    named = [_int_axis(reads[c].axis) for c in units.carriers]
    if named == sorted(named):
        return UnitSets(tuple(named), units.sizes, units.sets)
    order = sorted(range(len(named)), key=named.__getitem__)
    strides = [prod(units.sizes[i + 1 :]) for i in range(len(named))]
    ranges = [range(units.sizes[i]) for i in order]
    sets = [
        units.sets[sum(index * strides[i] for index, i in zip(indices, order, strict=True))]
        for indices in combinations(*ranges)
    ]
    return UnitSets(tuple(named[i] for i in order), tuple(units.sizes[i] for i in order), tuple(sets))


def _regrouped(units: UnitSets, how: Regroup) -> UnitSets:
    """The sets behind a reshape."""
    end = how.first + len(how.read)
    by = len(how.written) - len(how.read)
    if any(how.first <= c < end for c in units.carriers):
        for axis, size in zip(range(how.first, end), how.read, strict=True):
            if axis not in units.carriers:
                units = _spread(units, axis, _int(size))
        kept = [(c, s) for c, s in zip(units.carriers, units.sizes, strict=True) if not how.first <= c < end]
        inside = [(how.first + i, _int(s)) for i, s in enumerate(how.written)]
        axes = sorted([*((c if c < how.first else c + by, s) for c, s in kept), *inside])
        return _slimmed(UnitSets(tuple(c for c, _ in axes), tuple(s for _, s in axes), units.sets))
    moved = tuple(c if c < how.first else c + by for c in units.carriers)
    return UnitSets(moved, units.sizes, units.sets)


def _int(value: object) -> int:
    if isinstance(value, int):
        return value
    raise TooLargeError


def _int_axis(axis: int | None) -> int:
    if axis is None:
        raise AssertionError("a carrier that is read whole is no carrier any more")
    return axis
