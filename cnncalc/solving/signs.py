"""Where a polynomial with integer coefficients is negative, zero and positive, on the integers alone.

A polynomial is the tuple of its coefficients, the constant first; the last is not 0, and () is 0. It rises and falls
where its differences p(k + 1) − p(k) are positive and negative, and those are a polynomial of one degree less:
so bisection finds every change of sign, without a real number.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TypeAlias

__all__ = ["Polynomial", "Run", "added", "multiplied", "runs", "scaled", "value"]

Polynomial: TypeAlias = tuple[int, ...]
#: a sign, and the first and the last integer that have it; None: there is no last
Run: TypeAlias = tuple[int, int, int | None]


def value(p: Polynomial, k: int) -> int:
    """p(k)."""
    total = 0
    for coefficient in reversed(p):
        total = total * k + coefficient
    return total


def added(p: Polynomial, q: Polynomial) -> Polynomial:
    """p + q."""
    return _trimmed([a + b for a, b in zip_longest(p, q, fillvalue=0)])


def scaled(p: Polynomial, factor: int) -> Polynomial:
    """factor·p."""
    return tuple([factor * c for c in p]) if factor else ()


def multiplied(p: Polynomial, q: Polynomial) -> Polynomial:
    """p·q."""
    if not p or not q:
        return ()
    total = [0] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            total[i + j] += a * b
    return tuple(total)


def runs(p: Polynomial, first: int, last: int | None) -> list[Run]:
    """The signs of p on first..last, which is not empty: neighbouring runs differ."""
    if len(p) < 2:
        return [(_sign(p[0]) if p else 0, first, last)]
    found: list[Run] = []
    start = first
    if first != last:
        for direction, _, end in runs(_difference(p), first, None if last is None else last - 1):
            # the differences up to `end` say how p moves up to `end` + 1
            stop = None if end is None else end + 1
            found += _monotone(p, direction, start, stop)
            if stop is None:
                break
            start = stop + 1
    if last is not None and start <= last:
        found.append((_sign(value(p, start)), start, last))
    return _joined(found)


def _monotone(p: Polynomial, direction: int, first: int, last: int | None) -> list[Run]:
    """The signs on first..last (perhaps empty), where p rises (1), falls (−1) or stays (0)."""
    if last is not None and first > last:
        return []
    if direction == 0:
        return [(_sign(value(p, first)), first, last)]
    rising = scaled(p, direction)
    zero = _first_at_least(rising, 0, first, last)
    positive = _first_at_least(rising, 1, first, last)
    found: list[Run] = []
    for sign, start, end in ((-1, first, zero), (0, zero, positive), (1, positive, None)):
        if start is None:
            break
        if end is None:
            found.append((sign * direction, start, last))
        elif start < end:
            found.append((sign * direction, start, end - 1))
    return found


def _first_at_least(p: Polynomial, bound: int, first: int, last: int | None) -> int | None:
    """The first k of first..last with p(k) ≥ bound, for a p that rises there; None if there is none."""
    if value(p, first) >= bound:
        return first
    low, step = first, 1
    while last is None or low + step < last:
        if value(p, low + step) >= bound:
            break
        low, step = low + step, 2 * step
    high = low + step if last is None else min(low + step, last)
    if value(p, high) < bound:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if value(p, middle) >= bound:
            high = middle
        else:
            low = middle
    return high


def _difference(p: Polynomial) -> Polynomial:
    """p(k + 1) − p(k)."""
    shifted = [0] * len(p)
    for coefficient in reversed(p):  # Horner's rule at k + 1
        for i in range(len(shifted) - 1, 0, -1):
            shifted[i] += shifted[i - 1]
        shifted[0] += coefficient
    return added(tuple(shifted), scaled(p, -1))


def _trimmed(coefficients: list[int]) -> Polynomial:
    while coefficients and not coefficients[-1]:
        coefficients.pop()
    return tuple(coefficients)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _joined(found: list[Run]) -> list[Run]:
    joined: list[Run] = []
    for sign, first, last in found:
        if joined and joined[-1][0] == sign:
            first = joined.pop()[1]  # noqa: PLW2901
        joined.append((sign, first, last))
    return joined
