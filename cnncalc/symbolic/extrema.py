"""Minimum and maximum in normal form: flat, without repetitions, without what a constant difference decides.

    max(a + 1, b + 3) = max(a, b + 2) + 1

The smallest constant leaves, so that adding a number gives the same object outside and inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.symbolic.atoms import Max, Min, key_of
from cnncalc.symbolic.polynomial import IntExpr, build, terms_of

if TYPE_CHECKING:
    from cnncalc.symbolic.polynomial import Dim

__all__ = ["maximum", "minimum"]


def minimum(*dims: Dim) -> Dim:
    """The smallest of one or more values."""
    return _extremum(Min, dims)


def maximum(*dims: Dim) -> Dim:
    """The largest of one or more values."""
    return _extremum(Max, dims)


def _extremum(kind: type[Min | Max], dims: tuple[Dim, ...]) -> Dim:
    if not dims:
        raise ValueError("the minimum or maximum of no values")
    choose = min if kind is Min else max
    # Of values that differ by a constant one wins for good: keep one constant for each sum of terms with names.
    best: dict[Dim, int] = {}
    for dim in _flat(kind, dims):
        constant = dim.constant if isinstance(dim, IntExpr) else dim
        names = dim - constant
        best[names] = choose(best[names], constant) if names in best else constant
    shift = min(best.values())
    args = sorted((names + constant - shift for names, constant in best.items()), key=key_of)
    if len(args) == 1:
        return args[0] + shift
    return build({((kind(tuple(args)), 1),): 1, (): shift})


def _flat(kind: type[Min | Max], dims: tuple[Dim, ...]) -> list[Dim]:
    """max(max(a, b) + 1, c) as [a + 1, b + 1, c]."""
    flat: list[Dim] = []
    for dim in dims:
        terms = terms_of(dim)
        monomial, coefficient = terms[0] if terms else ((), 0)
        alone = len(terms) == 1 or (len(terms) == 2 and not terms[1][0])
        if alone and coefficient == 1 and len(monomial) == 1 and monomial[0][1] == 1:
            atom = monomial[0][0]
            if isinstance(atom, kind):
                constant = dim.constant if isinstance(dim, IntExpr) else 0
                flat.extend(arg + constant for arg in atom.args)
                continue
        flat.append(dim)
    return flat
