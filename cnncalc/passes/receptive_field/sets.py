"""Sets of positions on an axis: an offset and a bit for every position from there on.

Whatever goes through the bits of a set does so by its digits, as text: shifting a long integer bit by bit is quadratic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_
from typing import TypeAlias

__all__ = [
    "EMPTY",
    "Positions",
    "bits",
    "covered",
    "digits",
    "from_digits",
    "hull",
    "interval",
    "moved",
    "number",
    "of_mask",
    "of_span",
    "repeated",
    "runs",
    "union",
    "within",
]

#: from so many sets on, a union is made of unions
_MANY = 8

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
    if len(distinct) > _MANY:
        return _union_of_many(sorted(distinct))
    first = min(offset for offset, _ in distinct)
    return first, reduce(or_, [mask << (offset - first) for offset, mask in distinct])


def _union_of_many(found: list[Positions]) -> Positions:
    """Neighbours first, so that no set is shifted more often than log(number) times."""
    while len(found) > 1:
        pairs = zip(found[::2], found[1::2], strict=False)
        odd = found[-1:] if len(found) % 2 else []
        found = [(a, mask | other << (b - a)) for (a, mask), (b, other) in pairs] + odd
    return found[0]


def hull(positions: Positions) -> tuple[int, int] | None:
    """The first and the last position; None for the empty set."""
    offset, mask = positions
    return (offset, offset + mask.bit_length() - 1) if mask else None


def number(positions: Positions) -> int:
    """How many positions."""
    return positions[1].bit_count()


def of_mask(mask: int) -> Positions:
    """The set that has a bit for every position from 0 on."""
    offset = (mask & -mask).bit_length() - 1
    return (offset, mask >> offset) if mask else EMPTY


def digits(mask: int, size: int) -> str:
    """A 1 for every position of the set, from position 0 to `size` − 1."""
    return f"{mask:b}".zfill(size)[::-1]


def from_digits(text: str) -> int:
    """The mask that has these digits."""
    return int(text[::-1], 2)


def bits(positions: Positions) -> Iterator[int]:
    """The positions in order."""
    offset, mask = positions
    for i, digit in enumerate(reversed(f"{mask:b}"), offset):
        if digit == "1":
            yield i


def runs(mask: int) -> list[tuple[int, int]]:
    """The first and the last position of every run of positions that follow one another."""
    text = f"{mask:b}"[::-1]
    found = []
    first = text.find("1")
    while first >= 0:
        end = text.find("0", first)
        end = len(text) if end < 0 else end
        found.append((first, end - 1))
        first = text.find("1", end)
    return found


def within(positions: Positions, size: int) -> Positions:
    """Those from 0 to `size` − 1."""
    offset, mask = positions
    inside = mask >> -offset if offset < 0 else mask
    start = max(offset, 0)
    return moved(of_mask(inside & ((1 << max(0, size - start)) - 1)), start)


def of_span(span: range) -> Positions:
    """The positions of an increasing range."""
    return repeated((span.start, 1), len(span), span.step)


def covered(spans: Iterable[range], size: int) -> int:
    """The positions from 0 to `size` − 1 that lie in any of some increasing ranges, as a mask."""
    marks = bytearray(b"0") * size
    for start, stop, step in _joined(spans):
        marks[start:stop:step] = b"1" * ((stop - start - 1) // step + 1)
    marks.reverse()
    return int(marks, 2) if size else 0


def _joined(spans: Iterable[range]) -> Iterator[tuple[int, int, int]]:
    """The ranges, those of one step put together where they overlap or touch."""
    found = sorted({(r.step, r.start % r.step, r.start, r.stop) for r in spans if r})
    last: tuple[int, int, int, int] | None = None
    for step, rest, start, stop in found:
        if last is not None and last[:2] == (step, rest) and start <= last[3] + step - 1:
            last = (step, rest, last[2], max(last[3], stop))
            continue
        if last is not None:
            yield last[2], last[3], last[0]
        last = (step, rest, start, stop)
    if last is not None:
        yield last[2], last[3], last[0]


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
