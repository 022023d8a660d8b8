"""A value as a product of values that are known beforehand: 9·C·K·(H−2)·(W−2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.errors import FormulaError
from cnncalc.symbolic.division import divmod_polynomial
from cnncalc.symbolic.polynomial import IntExpr

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnncalc.symbolic.polynomial import Dim

__all__ = ["factored"]


def factored(value: Dim, candidates: Iterable[Dim]) -> tuple[Dim, ...]:
    """Factors of a value: those of the candidates that are sums and divide it, after what is left."""
    found: list[Dim] = []
    for candidate in candidates:
        if not isinstance(value, IntExpr):
            break
        if isinstance(candidate, IntExpr) and len(candidate.terms) > 1:
            try:
                quotient, remainder = divmod_polynomial(value, candidate)
            except FormulaError:  # it outgrows what an expression may be
                continue
            if remainder == 0:
                found.append(candidate)
                value = quotient
    return (value, *found) if value != 1 or not found else tuple(found)
