"""⌊a/b⌋ and ⌈a/b⌉ in normal form.

A quotient is divided as far as polynomials go; what remains is reduced by these identities, for positive integers b, g:

    ⌊(b·q + r)/b⌋ = q + ⌊r/b⌋
    ⌊(g·n + c)/(g·b)⌋ = ⌊(n + ⌊c/g⌋)/b⌋, which for a name g is done if c is 0 or −1
    ⌊(⌊x/a⌋ + y)/b⌋ = ⌊(x + a·y)/(a·b)⌋
"""

from __future__ import annotations

from functools import lru_cache
from heapq import heappop, heappush
from math import gcd
from typing import TYPE_CHECKING

from cnncalc.errors import FormulaError
from cnncalc.symbolic.atoms import FloorDiv, monomial_key, times
from cnncalc.symbolic.limits import MAX_WORK, too_large
from cnncalc.symbolic.polynomial import IntExpr, build, from_terms, terms_of

if TYPE_CHECKING:
    from cnncalc.symbolic.atoms import Monomial
    from cnncalc.symbolic.polynomial import Dim

__all__ = ["ceildiv", "divmod_polynomial", "floordiv", "lowest_terms"]


def floordiv(a: Dim, b: Dim) -> Dim:
    """⌊a/b⌋, for b > 0 (an integer b may be negative; b = 0 is an error)."""
    if isinstance(b, int):
        if b == 0:
            raise FormulaError(f"cannot divide {a} by zero")
        if isinstance(a, int):
            return a // b
    return _floordiv(a, b)


@lru_cache(maxsize=1024)
def _floordiv(a: Dim, b: Dim) -> Dim:
    """⌊a/b⌋, remembered: the same sizes meet the same strides in layer after layer."""
    if all(c < 0 for _, c in terms_of(b)):
        a, b = -a, -b
    quotient, remainder = divmod_polynomial(a, b)
    return quotient + _floor(remainder, b)


def ceildiv(a: Dim, b: Dim) -> Dim:
    """⌈a/b⌉ = ⌊(a + b − 1)/b⌋, for b > 0 (a negative integer b is turned round)."""
    if isinstance(b, int) and b < 0:
        a, b = -a, -b
    return floordiv(a + b - 1, b)


def lowest_terms(a: Dim, b: Dim) -> tuple[Dim, Dim]:
    """Both without the integer and the monomial that divide every term of either."""
    divisor = gcd(*(c for _, c in terms_of(a)), *(c for _, c in terms_of(b)))
    common = _common_factor(a, b)
    return _cancel(_divide_all(a, divisor), common), _cancel(_divide_all(b, divisor), common)


def divmod_polynomial(a: Dim, b: Dim) -> tuple[Dim, Dim]:
    """(q, r) with a = q·b + r, where no term of r is divisible by the leading term of b (unique for given a, b)."""
    if b in (1, -1):
        return a * b, 0
    if isinstance(b, int):
        split = [(m, c % abs(b), c) for m, c in terms_of(a)]
        quotients = [(m, (c - r) // b) for m, r, c in split if c != r]
        return from_terms(quotients), from_terms([(m, r) for m, r, _ in split if r])
    divisor = terms_of(b)
    (lead, lead_coefficient), rest = divisor[0], divisor[1:]
    todo = dict(terms_of(a))
    quotient: dict[Monomial, int] = {}
    remainder: dict[Monomial, int] = {}
    work = 0
    # leading terms first, so that no term is reduced twice
    named = {monomial_key(monomial): monomial for monomial in todo}
    heap = list(named)
    while heap:
        monomial = named[heappop(heap)]
        coefficient = todo.pop(monomial)
        cofactor = over(monomial, lead)
        factor = 0
        if cofactor is not None:
            # the remainder in [0, |lead|) makes the reduced coefficient unique
            factor = (coefficient - coefficient % abs(lead_coefficient)) // lead_coefficient
        remainder[monomial] = coefficient - factor * lead_coefficient
        if not factor or cofactor is None:
            continue
        quotient[cofactor] = factor
        for other, c in rest:
            product = times(cofactor, other)
            if product not in todo:
                key = monomial_key(product)
                named[key] = product
                heappush(heap, key)
            todo[product] = todo.get(product, 0) - factor * c
        work += len(divisor)
        if work > MAX_WORK:
            raise too_large("a division with too many terms")
    return build(quotient), build(remainder)


def over(monomial: Monomial, divisor: Monomial) -> Monomial | None:
    """The quotient of two monomials, or None if there is none."""
    if not divisor:
        return monomial
    powers = dict(monomial)
    for atom, power in divisor:
        left = powers.get(atom, 0) - power
        if left < 0:
            return None
        powers[atom] = left
    return tuple((atom, power) for atom, power in powers.items() if power)


def _floor(a: Dim, b: Dim) -> Dim:
    """⌊a/b⌋ for an `a` that is reduced modulo b."""
    if not isinstance(a, IntExpr) and (a in (0, -1) or isinstance(b, int)):
        return -1 if a == -1 else 0
    # the constant may be floored, so only the terms with names restrict the divisor
    divisor = gcd(*(c for m, c in terms_of(a) if m), *(c for _, c in terms_of(b)))
    if divisor > 1:
        return floordiv(_divide_all(a, divisor), _divide_all(b, divisor))
    less = 1 if isinstance(a, IntExpr) and a.constant == -1 else 0
    common = _common_factor(a + less, b)
    if common:
        return floordiv(_cancel(a + less, common) - less, _cancel(b, common))
    for monomial, coefficient in terms_of(a):
        if coefficient == 1 and len(monomial) == 1 and monomial[0][1] == 1:
            atom = monomial[0][0]
            if isinstance(atom, FloorDiv):
                rest = a - IntExpr(((monomial, 1),))
                return floordiv(atom.numerator + atom.denominator * rest, atom.denominator * b)
    return IntExpr(((((FloorDiv(a, b), 1),), 1),))


def _divide_all(a: Dim, divisor: int) -> Dim:
    return from_terms([(m, c // divisor) for m, c in terms_of(a) if c // divisor])


def _common_factor(a: Dim, b: Dim) -> Monomial:
    monomials = [m for dim in (a, b) for m, _ in terms_of(dim)]
    common = dict(monomials[0])
    for monomial in monomials[1:]:
        if not common:
            break
        powers = dict(monomial)
        common = {atom: min(power, powers[atom]) for atom, power in common.items() if atom in powers}
    return tuple(common.items())


def _cancel(a: Dim, factor: Monomial) -> Dim:
    if not factor:
        return a
    return build({over(m, factor) or (): c for m, c in terms_of(a)})
