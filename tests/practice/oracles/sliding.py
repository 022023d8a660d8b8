"""Windows slid by hand, position by position: what the oracles of several topics share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def places(n: int, f: int, s: int, p: int = 0, d: int = 1) -> int:
    """Starts of a window, one stride apart, from which it ends within the padded input."""
    start, count = -p, 0
    while start + d * (f - 1) <= n + p - 1:
        count += 1
        start += s
    return count


def overhanging(n: int, f: int, s: int, p: int = 0) -> int:
    """The same where the last window may end behind: as long as it starts before the end, and the one before it did not reach it."""
    start, count, reached = -p, 0, False
    while start < n and not reached:
        count += 1
        reached = start + f >= n + p
        start += s
    return count


def through(n: int, layers: Iterable[Sequence[int]]) -> list[int]:
    """The size of every output of a chain of [F, S, P, K, D]."""
    found = []
    for f, s, p, _, d in layers:
        n = places(n, f, s, p, d)
        found.append(n)
    return found


def seen(layers: Iterable[Sequence[int]], unit: int = 0) -> tuple[int, int]:
    """The first and the last input position that a unit of the last output reads, without borders, of [F, S, P, K, D]."""
    first = last = unit
    for f, s, _, _, d in reversed(list(layers)):
        first, last = first * s, last * s + (f - 1) * d
    return first, last


def reached(layers: Iterable[Sequence[int]]) -> int:
    """From the first to the last position that a unit of the last output sees, both counted."""
    first, last = seen(layers)
    return last - first + 1


def fields(layers: Sequence[Sequence[int]]) -> list[int]:
    """The same for every output."""
    return [reached(layers[:last]) for last in range(1, len(layers) + 1)]


def jumps(layers: Sequence[Sequence[int]]) -> list[int]:
    """How far apart what two neighbouring units see begins, in every output."""
    upto = [layers[:last] for last in range(1, len(layers) + 1)]
    return [seen(chain, 1)[0] - seen(chain)[0] for chain in upto]
