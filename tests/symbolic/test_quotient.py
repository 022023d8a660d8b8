"""Quotients in lowest terms: each against fractions at random numbers, and what is cancelled against what is left."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, prod

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnncalc.errors import FormulaError
from cnncalc.symbolic import Dim, IntExpr, names, substitute, symbol
from cnncalc.symbolic.quotient import Quotient, quotient

NAMES = ("C", "H", "K", "W")
C, H, K, W = map(symbol, NAMES)

some = settings(max_examples=200, deadline=None)
values = st.fixed_dictionaries(dict.fromkeys(NAMES, st.integers(1, 40)))


@st.composite
def sums(draw: st.DrawFn) -> Dim:
    """Such counts as networks come to: products of names and of sums."""
    product: Dim = draw(st.integers(1, 12))
    for _ in range(draw(st.integers(0, 3))):
        product = product * symbol(draw(st.sampled_from(NAMES)))
    for _ in range(draw(st.integers(0, 2))):
        a, b = draw(st.integers(1, 9)), draw(st.integers(0, 5))
        product = product * (a * symbol(draw(st.sampled_from(NAMES))) + b)
    return product


def at(value: Dim, numbers: dict[str, int]) -> int:
    found = substitute(value, numbers)
    assert isinstance(found, int)
    return found


@some
@given(sums(), sums(), values)
def test_a_quotient_is_the_fraction_at_all_numbers(a: Dim, b: Dim, numbers: dict[str, int]) -> None:
    q = quotient(a, b)
    expected = Fraction(at(a, numbers), at(b, numbers))
    assert Fraction(at(q.numerator, numbers), at(q.denominator, numbers)) == expected


@some
@given(sums(), sums(), values)
def test_the_summands_are_the_quotient(a: Dim, b: Dim, numbers: dict[str, int]) -> None:
    parts = quotient(a + b, a).summands
    found = sum(Fraction(at(p.numerator, numbers), at(p.denominator, numbers)) for p in parts)
    assert found == 1 + Fraction(at(b, numbers), at(a, numbers))


@some
@given(st.integers(1, 10**12), st.integers(1, 10**12))
def test_numbers_are_fractions(a: int, b: int) -> None:
    assert quotient(a, b) == Quotient(a // gcd(a, b), b // gcd(a, b))


@some
@given(sums(), st.integers(1, 99), st.integers(1, 99))
def test_what_both_have_is_cancelled(common: Dim, a: int, b: int) -> None:
    q = quotient(a * common, b * common)
    assert (q.numerator, q.denominator) == (a // gcd(a, b), b // gcd(a, b))
    assert frozenset().union(*map(names, q.cancelled)) == names(common)


@some
@given(sums(), sums(), values)
def test_what_is_cancelled_divides_both(a: Dim, b: Dim, numbers: dict[str, int]) -> None:
    q = quotient(a, b)
    assert all(isinstance(factor, IntExpr) for factor in q.cancelled)
    factor = at(prod(q.cancelled, start=1), numbers)
    assert at(a, numbers) % (at(q.numerator, numbers) * factor) == 0
    assert at(b, numbers) % (at(q.denominator, numbers) * factor) == 0


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (49 * C**2, 27 * C**2, Quotient(49, 27, (C**2,))),
        ((9 * C + 1) * K * H * W, (9 * C + 1) * K, Quotient(H * W, 1, (K, 9 * C + 1))),
        ((9 * C + 1) * K, (9 * C + 1) * K * H * W, Quotient(1, H * W, (K, 9 * C + 1))),
        (18 * C + 2, 27 * C + 3, Quotient(2, 3, (9 * C + 1,))),
        (C * (H // 2), H * (H // 2), Quotient(C, H, (H // 2,))),
        (0, C, Quotient(0, 1)),
    ],
)
def test_examples(a: Dim, b: Dim, expected: Quotient) -> None:
    assert quotient(a, b) == expected


def test_a_sum_over_a_product_is_told_term_by_term() -> None:
    assert quotient(K * K * C + C * H, K * K * C * H).summands == (Quotient(1, H), Quotient(1, K**2))
    assert quotient(C - 2, H).summands == (quotient(C - 2, H),)
    assert quotient(C + 2, H + 1).summands == (quotient(C + 2, H + 1),)


@given(sums())
def test_nothing_is_divided_by_zero(a: Dim) -> None:
    assume(a != 0)
    with pytest.raises(FormulaError, match="by zero"):
        quotient(a, 0)
