"""a ≥ b and a = b as people would write them: (H+31)//32 ≥ 7 is H ≥ 193, 32·h = 64 is h = 2."""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from typing import TYPE_CHECKING

from cnncalc.symbolic.atoms import FloorDiv
from cnncalc.symbolic.polynomial import IntExpr, build, terms_of

if TYPE_CHECKING:
    from cnncalc.symbolic.atoms import Monomial
    from cnncalc.symbolic.polynomial import Dim

__all__ = ["reduced", "simplify_divides", "simplify_equal", "simplify_ge"]


def simplify_ge(a: Dim, b: Dim) -> tuple[Dim, Dim]:
    """An equivalent pair (left, right), left ≥ right, without needless floors and factors; no sum has a minus sign."""
    return _sides(reduced(a - b))


def simplify_equal(a: Dim, b: Dim) -> tuple[Dim, Dim]:
    """An equivalent pair (left, right), left = right, without needless factors; no sum has a minus sign."""
    difference = a - b
    common = gcd(*(c for _, c in terms_of(difference)))
    left, right = _sides(build({m: c // common for m, c in terms_of(difference)}))
    return (right, left) if isinstance(left, int) else (left, right)


def simplify_divides(k: Dim, a: Dim) -> tuple[Dim, Dim]:
    """An equivalent pair (k, a) of which k divides a: k without what divides a, for a number k, and a without the rest."""
    terms = terms_of(a)
    factor = gcd(*(c for _, c in terms))
    if not isinstance(k, int) or factor == 0:
        return k, a
    return k // gcd(k, factor), build({m: c // factor for m, c in terms})


def _sides(difference: Dim) -> tuple[Dim, Dim]:
    """(left, right) whose difference this is, without minus signs."""
    left: dict[Monomial, int] = {}
    right: dict[Monomial, int] = {}
    for monomial, coefficient in terms_of(difference):
        if monomial:
            side = left if coefficient > 0 else right
            side[monomial] = abs(coefficient)
    constant = difference.constant if isinstance(difference, IntExpr) else difference
    if not left or (right and constant > 0):
        left[()] = constant
    else:
        right[()] = -constant
    return build(left), build(right)


@lru_cache(maxsize=1024)
def reduced(d: Dim) -> Dim:
    """A value that is ≥ 0 exactly when d is; the same for conditions that say the same, as far as one can see.

    g·n + c ≥ 0  ⟺  n + ⌊c/g⌋ ≥ 0
    ⌊n/m⌋ + y ≥ 0  ⟺  n + m·y ≥ 0
    y − ⌊n/m⌋ ≥ 0  ⟺  m·(y + 1) − 1 − n ≥ 0
    """
    if not isinstance(d, IntExpr):
        return d
    common = gcd(*(c for m, c in d.terms if m))
    if common > 1:
        return reduced(build({m: c // common for m, c in d.terms}))
    for monomial, coefficient in d.terms:
        if len(monomial) != 1 or monomial[0][1] != 1 or abs(coefficient) != 1:
            continue
        atom = monomial[0][0]
        if isinstance(atom, FloorDiv):
            rest = d - IntExpr(((monomial, coefficient),))
            if isinstance(rest, IntExpr) and isinstance(atom.denominator, IntExpr):
                continue  # a product of names would be no simpler than the floor
            if coefficient == 1:
                return reduced(atom.numerator + atom.denominator * rest)
            return reduced(atom.denominator * (rest + 1) - 1 - atom.numerator)
    return d
