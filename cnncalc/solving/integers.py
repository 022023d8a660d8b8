"""Sets of integers: intervals, and residue classes with a beginning and perhaps an end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from itertools import count, pairwise
from math import lcm
from typing import TypeAlias

from cnncalc.errors import FormulaError
from cnncalc.record import record

__all__ = ["IntegerSet", "Piece", "Progression", "combined", "union"]

#: modulus·k + residue for k from a first to a last; None: there is no last
Piece: TypeAlias = tuple[int, int, int, int | None]

#: how many classes of one common modulus are put together
_MOST_CLASSES = 200_000
#: of so few numbers it is seen whether intervals are fewer than progressions
_FEW = 10_000
#: what is listed one by one
_MOST_LISTED = 8
#: from so many neighbours on, residues are told as 1..32
_RUN = 3


@record
class Progression:
    """first, first + step, …, last; without end if that is None."""

    first: int
    last: int | None
    step: int = 1

    def __contains__(self, number: int) -> bool:
        inside = number >= self.first and (self.last is None or number <= self.last)
        return inside and (number - self.first) % self.step == 0

    def __iter__(self) -> Iterator[int]:
        return iter(
            count(self.first, self.step) if self.last is None else range(self.first, self.last + 1, self.step)
        )

    @property
    def size(self) -> int | None:
        """How many there are; None for infinitely many."""
        return None if self.last is None else (self.last - self.first) // self.step + 1


@record
class IntegerSet:
    """A set of integers with a least one, as disjoint progressions by their first numbers."""

    parts: tuple[Progression, ...] = ()

    @classmethod
    def between(cls, low: int, high: int | None) -> IntegerSet:
        """The numbers from a lowest to a highest; None: without end."""
        return cls() if high is not None and high < low else cls((Progression(low, high),))

    def __contains__(self, number: int) -> bool:
        return any(number in part for part in self.parts)

    def __iter__(self) -> Iterator[int]:
        """All of them, the least first."""
        return merge(*self.parts)

    def __bool__(self) -> bool:
        return bool(self.parts)

    @property
    def size(self) -> int | None:
        """How many there are; None for infinitely many."""
        sizes = [part.size for part in self.parts]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    @property
    def least(self) -> int:
        """The least of a set that is not empty."""
        return self.parts[0].first

    @property
    def greatest(self) -> int | None:
        """The greatest of a set that is not empty; None if there is none."""
        ends = [part.last for part in self.parts]
        return None if None in ends else max(end for end in ends if end is not None)

    def described(self, name: str, shown: Callable[[int], str] = str) -> str:
        """ "N in 221..224", "N = 7 (mod 32), from 39", "K = 1, 3, 5", "P >= 2"; `shown` writes a number."""
        if not self.parts:
            return f"no {name}"
        listed = self.size is not None and self.size <= _MOST_LISTED
        if len(self.parts) == 1 and (part := self.parts[0]).last is None and part.step == 1:
            return f"{name} >= {shown(part.first)}"
        if listed and (len(self.parts) > 1 or self.parts[0].step > 1 or self.size == 1):
            return f"{name} = {', '.join(map(shown, self))}"
        if len(self.parts) == 1 and self.parts[0].step == 1:
            return f"{name} in {_told(self.parts[0], shown)}"
        spread = all(part.step > 1 or part.size == 1 for part in self.parts)
        # commas would run the numbers of one progression into those of the next
        listing = any(part.last is not None and part.step > 1 for part in self.parts)
        return f"{name} {'=' if spread else 'in'} {('; ' if listing else ', ').join(_grouped(self.parts, shown))}"


def union(pieces: Iterable[Piece]) -> IntegerSet:
    """The numbers of disjoint pieces.

    Raises FormulaError if their moduli have too much of a common multiple.
    """
    found = list(pieces)
    modulus = lcm(*(m for m, _, _, _ in found))
    if sum(modulus // m for m, _, _, _ in found) > _MOST_CLASSES:
        raise FormulaError(
            f"the numbers fall into more than {_MOST_CLASSES:,} residue classes",
            "narrow the range",
        )
    # Between two of its numbers a class may begin and end where it likes: at a multiple of the modulus.
    starts: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    for m, residue, first, last in found:
        for r in range(residue % m, modulus, m):
            low = m * first + residue
            low += (r - low) % modulus
            if last is None:
                starts.setdefault(low // modulus, []).append(r)
                continue
            high = m * last + residue
            high -= (high - r) % modulus
            if low <= high:
                starts.setdefault(low // modulus, []).append(r)
                ends.setdefault(high // modulus + 1, []).append(r)
    return IntegerSet(tuple(_fewest(_joined(_segments(modulus, starts, ends)))))


def combined(progressions: Iterable[Progression]) -> IntegerSet:
    """The numbers of disjoint progressions.

    Raises FormulaError as `union` does.
    """
    return union(
        (p.step, p.first % p.step, p.first // p.step, None if p.last is None else p.last // p.step)
        for p in progressions
    )


def _segments(
    modulus: int, starts: dict[int, list[int]], ends: dict[int, list[int]]
) -> Iterator[Progression]:
    """The progressions between the multiples of the modulus where something begins or ends."""
    active: set[int] = set()
    places = sorted({*starts, *ends})
    for place, following in [*pairwise(places), *((place, None) for place in places[-1:])]:
        active -= set(ends.get(place, ()))
        active |= set(starts.get(place, ()))
        low = place * modulus
        if len(active) == modulus:
            yield Progression(low, None if following is None else following * modulus - 1)
        elif following == place + 1:
            yield from (Progression(low + r, low + r) for r in sorted(active))
        elif active:
            period = _period(active, modulus)
            for r in sorted(r for r in active if r < period):
                last = None if following is None else following * modulus - period + r
                yield Progression(low + r, last, period)


def _period(residues: set[int], modulus: int) -> int:
    """The least divisor p of the modulus such that r belongs to the residues exactly when r + p does."""
    divisors = (p for p in range(1, modulus + 1) if modulus % p == 0)
    return next(
        p
        for p in divisors
        if (len(residues) * p) % modulus == 0 and all((r + p) % modulus in residues for r in residues)
    )


def _joined(progressions: Iterable[Progression]) -> list[Progression]:
    """The same numbers in as few progressions as is easily found."""
    parts = list(progressions)
    others = _chained(sorted([p for p in parts if p.step > 1], key=_first))
    intervals = _adjoined([p for p in parts if p.step == 1])
    # numbers before and behind a progression that go on with it
    widest = max((p.step for p in others), default=0)
    short = [p for p in intervals if p.size is not None and p.size < widest]
    singles = {number for part in short for number in part}
    grown = [_grown(part, singles) for part in others]
    kept = [*(p for p in intervals if p not in short), *(Progression(n, n) for n in singles)]
    return sorted([*_adjoined(kept), *grown], key=_first)


def _fewest(parts: list[Progression]) -> list[Progression]:
    """The same numbers as intervals, if these are fewer."""
    size = IntegerSet(tuple(parts)).size
    if size is None or size > _FEW or all(part.step == 1 for part in parts):
        return parts
    intervals = _adjoined(Progression(n, n) for n in merge(*parts))
    return intervals if len(intervals) < len(parts) else parts


def _first(part: Progression) -> int:
    return part.first


def _adjoined(intervals: Iterable[Progression]) -> list[Progression]:
    """Intervals, of which none begins where another ends."""
    found: list[Progression] = []
    for part in sorted(intervals, key=_first):
        if found and found[-1].last == part.first - 1:
            found.append(Progression(found.pop().first, part.last))
        else:
            found.append(part)
    return found


def _chained(progressions: list[Progression]) -> list[Progression]:
    """Progressions of the same step, each of which goes on where another ends, as one."""
    chains: dict[tuple[int, int], Progression] = {}
    finished: list[Progression] = []
    for part in progressions:
        before = chains.pop((part.first, part.step), None)
        joined = Progression(before.first if before else part.first, part.last, part.step)
        if joined.last is None:
            finished.append(joined)
        else:
            chains[joined.last + joined.step, joined.step] = joined
    return [*finished, *chains.values()]


def _grown(part: Progression, singles: set[int]) -> Progression:
    """A progression with the single numbers that go on from its ends, which are taken from `singles`."""
    first, last = part.first, part.last
    while first - part.step in singles:
        first -= part.step
        singles.remove(first)
    while last is not None and last + part.step in singles:
        last += part.step
        singles.remove(last)
    return Progression(first, last, part.step)


def _grouped(parts: Sequence[Progression], shown: Callable[[int], str]) -> Iterator[str]:
    """The parts as texts; endless ones of one step and within one period together."""
    waiting: list[Progression] = []
    for part in parts:
        endless = part.last is None and part.step > 1
        if waiting and not (
            endless and part.step == waiting[0].step and part.first < waiting[0].first + part.step
        ):
            yield _classes(waiting, shown)
            waiting = []
        if endless:
            waiting.append(part)
        else:
            yield _told(part, shown)
    if waiting:
        yield _classes(waiting, shown)


def _classes(parts: Sequence[Progression], shown: Callable[[int], str]) -> str:
    step = parts[0].step
    told: list[str] = []
    for run in _adjoined(Progression(part.first % step, part.first % step) for part in parts):
        told += [_told(run, shown)] if (run.size or 0) >= _RUN else map(shown, run)
    return f"{', '.join(told)} (mod {shown(step)}), from {shown(parts[0].first)}"


def _told(part: Progression, shown: Callable[[int], str]) -> str:
    """7, 221..224, from 39 on, 1, 3, or 1, 3, …, 99."""
    first = shown(part.first)
    if part.last is None:
        return f"{first}.."
    if part.first == part.last:
        return first
    if part.step == 1:
        return f"{first}..{shown(part.last)}"
    if part.size == 2:
        return f"{first}, {shown(part.last)}"
    return f"{first}, {shown(part.first + part.step)}, …, {shown(part.last)}"
