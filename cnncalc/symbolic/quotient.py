"""One value beside another: the quotient in lowest terms, and what was cancelled for it.

Unlike `Ratio`, with which formulas are computed, it looks for a sum that both are multiples of, and says what went away:

    49·C^2 : 27·C^2           = 49/27            C^2 cancels
    (9·C + 1)·H·W·K : (9·C + 1)·K = H·W          K and 9·C + 1 cancel
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.errors import FormulaError
from cnncalc.record import record
from cnncalc.symbolic.division import divmod_polynomial, lowest_terms
from cnncalc.symbolic.polynomial import IntExpr, from_terms

if TYPE_CHECKING:
    from cnncalc.symbolic.polynomial import Dim

__all__ = ["Quotient", "quotient"]


@record
class Quotient:
    """numerator/denominator without common factors, as far as one can see. `cancelled` are the factors with names."""

    numerator: Dim
    denominator: Dim
    cancelled: tuple[Dim, ...] = ()

    @property
    def summands(self) -> tuple[Quotient, ...]:
        """A sum over a product, summand by summand: (N + k^2)/(N·k^2) is 1/k^2 + 1/N. Only itself in other cases."""
        n, d = self.numerator, self.denominator
        if not isinstance(n, IntExpr) or any(c < 0 for _, c in n.terms):
            return (self,)
        if isinstance(d, IntExpr) and len(d.terms) > 1:
            return (self,)
        parts = [lowest_terms(from_terms([term]), d) for term in n.terms]
        return tuple([Quotient(*part) for part in parts])


def quotient(a: Dim, b: Dim) -> Quotient:
    """a/b.

    Raises FormulaError if b is 0.
    """
    if b == 0:
        raise FormulaError(f"cannot divide {a} by zero")
    if a == 0:
        return Quotient(0, 1)
    (a_factor, a_sum), (b_factor, b_sum) = _parted(a), _parted(b)
    common, above, below = _without_common_sum(a_sum, b_sum)
    n, d = lowest_terms(a_factor * above, b_factor * below)
    rest, _ = divmod_polynomial(a, n * common)
    names = from_terms([(m, 1) for m, _ in rest.terms]) if isinstance(rest, IntExpr) else 1
    return Quotient(n, d, tuple([f for f in (names, common) if isinstance(f, IntExpr)]))


def _parted(value: Dim) -> tuple[Dim, Dim]:
    """The integer and the names that divide every term, and what is left: 3·C and 3·C + 1 for 9·C^2 + 3·C."""
    rest = lowest_terms(value, value)[0]
    return divmod_polynomial(value, rest)[0], rest


def _without_common_sum(a: Dim, b: Dim) -> tuple[Dim, Dim, Dim]:
    """What both are multiples of, if one is a multiple of the other, and what is left of each."""
    try:
        for whole, part in ((a, b), (b, a)):
            factor, rest = divmod_polynomial(whole, part)
            if rest == 0:
                return (part, factor, 1) if whole is a else (part, 1, factor)
    except FormulaError:  # it outgrows what an expression may be
        pass
    return 1, a, b
