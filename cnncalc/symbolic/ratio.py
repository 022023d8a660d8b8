"""Exact quotients of values with names: what `/` and decimals give until floor, ceil or round makes them integers.

Numbers without names are kept here too rather than as `fractions.Fraction`, whose import is slow; the formula's
border converts.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, TypeAlias, final

from cnncalc.errors import FormulaError
from cnncalc.symbolic.division import ceildiv, divmod_polynomial, floordiv, lowest_terms

if TYPE_CHECKING:
    from cnncalc.symbolic.polynomial import Dim, IntExpr

__all__ = ["Exact", "Ratio", "ceiling", "floor", "nearest_even", "parts", "ratio"]


@final
class Ratio:
    """numerator/denominator in lowest terms, which is no integer as far as one can see. Made by `ratio` only."""

    __slots__ = ("denominator", "numerator")

    def __init__(self, numerator: Dim, denominator: Dim) -> None:
        self.numerator = numerator
        self.denominator = denominator

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ratio) and parts(self) == parts(other)

    def __hash__(self) -> int:
        return hash((self.numerator, self.denominator))

    def __repr__(self) -> str:
        return f"Ratio({self.numerator!r}, {self.denominator!r})"

    def __add__(self, other: Exact) -> Exact:
        c, d = parts(other)
        return ratio(self.numerator * d + c * self.denominator, self.denominator * d)

    __radd__ = __add__

    def __neg__(self) -> Ratio:
        return Ratio(-self.numerator, self.denominator)

    def __sub__(self, other: Exact) -> Exact:
        return self + -other

    def __rsub__(self, other: Exact) -> Exact:
        return -self + other

    def __mul__(self, other: Exact) -> Exact:
        c, d = parts(other)
        return ratio(self.numerator * c, self.denominator * d)

    __rmul__ = __mul__

    def __truediv__(self, other: Exact) -> Exact:
        c, d = parts(other)
        return ratio(self.numerator * d, self.denominator * c)

    def __rtruediv__(self, other: Exact) -> Exact:
        c, d = parts(other)
        return ratio(c * self.denominator, d * self.numerator)

    def __floordiv__(self, other: Exact) -> Dim:
        return floor(self / other)

    def __rfloordiv__(self, other: Exact) -> Dim:
        return floor(other / self)

    def __mod__(self, other: Exact) -> Exact:
        return self - (self // other) * other

    def __rmod__(self, other: Exact) -> Exact:
        return -((other // self) * self) + other

    def __pow__(self, power: int) -> Exact:
        return ratio(self.numerator**power, self.denominator**power)


Exact: TypeAlias = "int | IntExpr | Ratio"


def ratio(numerator: Dim, denominator: Dim) -> Exact:
    """numerator/denominator: an integer where the division leaves nothing, else in lowest terms."""
    if isinstance(denominator, int):
        if denominator == 0:
            raise FormulaError(f"cannot divide {numerator} by zero")
        if denominator < 0:
            numerator, denominator = -numerator, -denominator
        if isinstance(numerator, int):
            common = gcd(numerator, denominator)
            numerator, denominator = numerator // common, denominator // common
            return numerator if denominator == 1 else Ratio(numerator, denominator)
    quotient, remainder = divmod_polynomial(numerator, denominator)
    if remainder == 0:
        return quotient
    return Ratio(*lowest_terms(numerator, denominator))


def parts(value: Exact) -> tuple[Dim, Dim]:
    """Numerator and denominator; the denominator is positive."""
    return (value.numerator, value.denominator) if isinstance(value, Ratio) else (value, 1)


def floor(value: Exact) -> Dim:
    """⌊value⌋."""
    return floordiv(value.numerator, value.denominator) if isinstance(value, Ratio) else value


def ceiling(value: Exact) -> Dim:
    """⌈value⌉."""
    return ceildiv(value.numerator, value.denominator) if isinstance(value, Ratio) else value


def nearest_even(value: Exact) -> Dim:
    """The nearest integer, and of two equally near the even one, as Python rounds.

    q − t·(q mod 2), where q = ⌊value + 1/2⌋, and t is 1 if value + 1/2 is an integer, else 0.
    """
    if not isinstance(value, Ratio):
        return value
    n, d = value.numerator, value.denominator
    nearest = floordiv(2 * n + d, 2 * d)
    if isinstance(d, int) and d % 2:
        return nearest
    tie = nearest - floordiv(2 * n + d - 1, 2 * d)
    return nearest - tie * (nearest % 2)
