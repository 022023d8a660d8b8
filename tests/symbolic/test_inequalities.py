"""Simpler conditions say the same as the conditions that they stand for."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.symbolic import pretty, substitute, symbol
from cnncalc.symbolic.inequalities import simplify_divides, simplify_equal
from tests.symbolic.strategies import Point, built, evaluated, points, trees

C, H, h = symbol("C"), symbol("H"), symbol("h")
some = settings(max_examples=150, deadline=None)


@some
@given(trees(), trees(), points(-3, 3), st.integers(1, 4))
def test_a_simplified_equation_holds_at_the_same_points(a: object, b: object, point: Point, k: int) -> None:
    left, right = (substitute(side, point) for side in simplify_equal(k * built(a), k * built(b)))
    assert (left == right) == (evaluated(a, point) == evaluated(b, point))


@some
@given(trees(), points(-3, 3), st.integers(1, 12), st.integers(1, 12))
def test_a_simplified_divisor_divides_at_the_same_points(a: object, point: Point, k: int, scale: int) -> None:
    divisor, dividend = (substitute(side, point) for side in simplify_divides(k, scale * built(a)))
    assert isinstance(divisor, int)
    assert isinstance(dividend, int)
    assert (dividend % divisor == 0) == (scale * evaluated(a, point) % k == 0)


def test_common_factors_go_and_names_stand_on_the_left() -> None:
    assert simplify_equal(32 * h, 64) == (h, 2)
    assert simplify_equal(64, 32 * h) == (h, 2)
    assert [*map(pretty, simplify_equal(H - C + 1, H))] == ["C", "1"]
    assert simplify_equal(C, H) == (C, H)
    assert simplify_divides(12, 8 * C) == (3, C)
    assert simplify_divides(C, 8 * H) == (C, 8 * H)
