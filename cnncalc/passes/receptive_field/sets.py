"""Sets of positions on an axis: an offset and a bit for every position from there on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_
from typing import TypeAlias

__all__ = ["EMPTY", "Positions", "bits", "hull", "interval", "moved", "number", "repeated", "union"]

#: (offset, mask): position offset + i belongs to the set if bit i of mask is set; bit 0 is, unless the set is empty
Positions: TypeAlias = tuple[int, int]

EMPTY: Positions = (0, 0)


def interval(first: int, last: int) -> Positions:
    """All positions from `first` to `last`."""
    return (first, (1 << (last - first + 1)) - 1) if last >= first else EMPTY


def moved(positions: Positions, by: int) -> Positions:
    """The same set further on."""
    offset, mask = positions
    return (offset + by, mask) if mask else EMPTY


def union(sets: Iterable[Positions]) -> Positions:
    """What is in any of the sets."""
    distinct = {s for s in sets if s[1]}
    if len(distinct) < 2:
        return distinct.pop() if distinct else EMPTY
    first = min(offset for offset, _ in distinct)
    return first, reduce(or_, [mask << (offset - first) for offset, mask in distinct])


def hull(positions: Positions) -> tuple[int, int] | None:
    """The first and the last position; None for the empty set."""
    offset, mask = positions
    return (offset, offset + mask.bit_length() - 1) if mask else None


def number(positions: Positions) -> int:
    """How many positions."""
    return positions[1].bit_count()


def bits(positions: Positions) -> Iterator[int]:
    """The positions in order."""
    offset, mask = positions
    while mask:
        low = (mask & -mask).bit_length() - 1
        yield offset + low
        offset += low + 1
        mask >>= low + 1


def repeated(positions: Positions, times: int, apart: int) -> Positions:
    """The union of `times` copies of a set, each `apart` further on than the last; in log(times) steps."""
    offset, mask = positions
    if not mask or times < 1:
        return EMPTY
    if apart < 0:
        return repeated((offset + apart * (times - 1), mask), times, -apart)
    copies = 1
    while copies < times:
        more = min(copies, times - copies)
        mask |= mask << (apart * more)
        copies += more
    return offset, mask
