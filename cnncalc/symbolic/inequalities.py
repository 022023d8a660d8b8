"""a ≥ b as people would write it: (H+31)//32 ≥ 7 is H ≥ 193."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

from cnncalc.symbolic.atoms import FloorDiv
from cnncalc.symbolic.polynomial import IntExpr, build, terms_of

if TYPE_CHECKING:
    from cnncalc.symbolic.atoms import Monomial
    from cnncalc.symbolic.polynomial import Dim

__all__ = ["reduced", "simplify_ge"]


def simplify_ge(a: Dim, b: Dim) -> tuple[Dim, Dim]:
    """An equivalent pair (left, right), left ≥ right, without needless floors and factors; no sum has a minus sign."""
    difference = reduced(a - b)
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
