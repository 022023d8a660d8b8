"""Values at a few points: what they refute, no proof can show, and they are found much faster than a proof.

Each name has its own place at every point, whatever else is asked about, so that values of different expressions can be
compared point by point.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias, assert_never
from zlib import crc32

from cnncalc.symbolic.atoms import FloorDiv, Max, Min, Symbol
from cnncalc.symbolic.expr import names
from cnncalc.symbolic.polynomial import terms_of

if TYPE_CHECKING:
    from cnncalc.symbolic.atoms import Atom
    from cnncalc.symbolic.intervals import Ranges
    from cnncalc.symbolic.polynomial import Dim, IntExpr

__all__ = ["Samples", "sampled"]

#: one value for each point; None where there is none: a denominator is not positive, or no number is in the range
Samples: TypeAlias = tuple[int | None, ...]

_POINTS = range(17)
#: at these points few names are off their least value, far off
_SPARSE = range(1, 9)
#: names reach from their least value up to 2^24 more
_WIDEST = 25


def sampled(dim: Dim, ranges: Ranges) -> Samples:
    """The values of `dim` at the points, all of which lie within the ranges."""
    if isinstance(dim, int):
        return (dim,) * len(_POINTS)
    return _sampled(dim, tuple([(name, *ranges.range(name)) for name in names(dim)]))


@lru_cache(maxsize=1024)
def _sampled(dim: IntExpr, ranges: tuple[tuple[str, int, int | None], ...]) -> Samples:
    values: list[int | None] = []
    for point in _POINTS:
        try:
            places = {name: _place(name, low, high, point) for name, low, high in ranges}
            values.append(_value(dim, places, {}))
        except ZeroDivisionError:
            values.append(None)
    return tuple(values)


def _place(name: str, low: int, high: int | None, point: int) -> int:
    """Where a name is at a point: first at its least value, then there or far off, at last anywhere, on all scales."""
    if high is not None and high < low:
        raise ZeroDivisionError
    mixed = crc32(f"{name} {point}".encode())
    exponent = mixed % _WIDEST
    if point in _SPARSE:
        exponent = _WIDEST if crc32(name.encode()) % len(_SPARSE) == point - 1 else 0
    place = low + (mixed >> 5) % (1 << exponent) if point else low
    return place if high is None else min(place, high)


def _value(dim: Dim, places: dict[str, int], known: dict[Atom, int]) -> int:
    total = 0
    for monomial, coefficient in terms_of(dim):
        for atom, power in monomial:
            value = known.get(atom)
            if value is None:
                value = known[atom] = _value_of(atom, places, known)
            coefficient *= value**power  # noqa: PLW2901
        total += coefficient
    return total


def _value_of(atom: Atom, places: dict[str, int], known: dict[Atom, int]) -> int:
    match atom:
        case Symbol(name):
            return places[name]
        case FloorDiv(numerator, denominator):
            divisor = _value(denominator, places, known)
            if divisor <= 0:
                raise ZeroDivisionError
            return _value(numerator, places, known) // divisor
        case Min(args):
            return min(_value(arg, places, known) for arg in args)
        case Max(args):
            return max(_value(arg, places, known) for arg in args)
        case _:
            assert_never(atom)
