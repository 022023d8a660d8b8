"""What can be decided: never against enumeration (sound), and always for one name that occurs once (complete)."""

from __future__ import annotations

import pickle
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnncalc.errors import FormulaError
from cnncalc.symbolic import (
    Facts,
    divides,
    known_equal,
    known_ge,
    maximal,
    maximum,
    minimal,
    minimum,
    names,
    simplify_ge,
    substitute,
    symbol,
)
from tests.symbolic.strategies import NAMES, built, polynomials, trees

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.symbolic import Dim
    from tests.symbolic.strategies import Point, Tree

few = settings(max_examples=60, deadline=None)
many = settings(max_examples=150, deadline=None)

C, F, G, H, K, P, S, W, h, x, y = map(symbol, ["C", "F", "G", "H", "K", "P", "S", "W", "h", "x", "y"])

ranges = st.builds(
    Facts,
    st.dictionaries(st.sampled_from(NAMES), st.integers(-3, 4)),
    st.dictionaries(st.sampled_from(NAMES), st.integers(4, 8)),
)


def enumerated(dims: list[Dim], facts: Facts, width: int = 5) -> Iterator[Point]:
    """Points that the facts allow, from each name's lower bound on."""
    found = sorted(frozenset().union(*map(names, dims)))
    axes = []
    for name in found:
        low, high = facts.lower.get(name, 1), facts.upper.get(name)
        axes.append(range(low, low + width if high is None else min(low + width, high + 1)))
    return (dict(zip(found, values, strict=True)) for values in product(*axes))


def values_of(dim: Dim, facts: Facts) -> set[int]:
    return {
        value
        for point in enumerated([dim], facts)
        for value in [substitute(dim, point)]
        if isinstance(value, int)
    }


# sound


@many
@given(trees(), ranges)
def test_no_value_lies_outside_the_interval(tree: Tree, facts: Facts) -> None:
    dim = built(tree)
    low, high = minimal(dim, facts), maximal(dim, facts)
    values = values_of(dim, facts)
    assert low is None or low <= min(values)
    assert high is None or high >= max(values)


@many
@given(trees(), st.integers(-9, 9), ranges)
def test_known_ge_never_contradicts_enumeration(tree: Tree, least: int, facts: Facts) -> None:
    answer = known_ge(built(tree), least, facts)
    assert answer is None or {v >= least for v in values_of(built(tree), facts)} == {answer}


@many
@given(trees(), trees(), ranges)
def test_known_equal_never_contradicts_enumeration(left: Tree, right: Tree, facts: Facts) -> None:
    difference = built(left) - built(right)
    answer = known_equal(built(left), built(right), facts)
    assert answer is None or {v == 0 for v in values_of(difference, facts)} == {answer}


@many
@given(st.integers(1, 8), trees(), ranges)
def test_divides_never_contradicts_enumeration(divisor: int, tree: Tree, facts: Facts) -> None:
    answer = divides(divisor, built(tree), facts)
    assert answer is None or {v % divisor == 0 for v in values_of(built(tree), facts)} == {answer}


@many
@given(st.sampled_from([S, 2 * S, S + 1, S * symbol("T")]), trees(), ranges)
def test_divides_by_names_never_contradicts_enumeration(divisor: Dim, tree: Tree, facts: Facts) -> None:
    dim = built(tree)
    answer = divides(divisor, dim, facts)
    points = enumerated([divisor, dim], facts, width=3)
    found = {substitute(dim, p) % substitute(divisor, p) == 0 for p in points}
    assert answer is None or found == {answer}


@many
@given(trees(), trees())
def test_simplified_inequalities_are_equivalent(left: Tree, right: Tree) -> None:
    a, b = built(left), built(right)
    simple = simplify_ge(a, b)
    for point in enumerated([a, b, *simple], Facts(), width=3):
        c, d = (substitute(side, point) for side in simple)
        assert known_ge(c, d) is known_ge(substitute(a, point), substitute(b, point))


@few
@given(trees(), trees(), trees(), trees())
def test_assumed_inequalities_are_known_and_imply_only_what_is_true(
    a: Tree, b: Tree, c: Tree, d: Tree
) -> None:
    left, right, other, least = map(built, (a, b, c, d))
    assume(known_ge(left, right) is not False)
    facts = Facts().assume_ge(left, right)
    assert known_ge(left, right, facts) is True
    assert known_ge(left + 2, right - 1, facts) is True
    answer = known_ge(other, least, facts)
    points = enumerated([left, right, other, least], Facts(), width=3)
    gaps = [(substitute(left - right, p), substitute(other - least, p)) for p in points]
    found = {
        gap >= 0 for assumed, gap in gaps if isinstance(assumed, int) and isinstance(gap, int) if assumed >= 0
    }
    assert answer is None or found <= {answer}


# complete where it is simple

coefficients = st.integers(-6, 6).filter(bool)


@many
@given(
    coefficients,
    st.integers(-20, 20),
    st.integers(1, 9),
    coefficients,
    st.integers(-30, 30),
    st.integers(0, 9),
)
def test_one_name_in_one_floor_is_always_decided(
    a: int, b: int, divisor: int, factor: int, least: int, low: int
) -> None:
    """The value is monotonic, and beyond 400 it is past every bound that is drawn here."""
    answer = known_ge(factor * ((a * x + b) // divisor), least, Facts({"x": low}))
    found = {factor * ((a * v + b) // divisor) >= least for v in range(low, 400)}
    assert answer is (found.pop() if len(found) == 1 else None)


@many
@given(coefficients, st.integers(-20, 20), st.integers(1, 9))
def test_one_name_is_always_known_to_be_divided_or_not(a: int, b: int, divisor: int) -> None:
    found = {(a * v + b) % divisor == 0 for v in range(divisor)}
    assert divides(divisor, a * x + b) is (found.pop() if len(found) == 1 else None)


@many
@given(st.integers(1, 6), st.integers(1, 6), st.integers(-9, 9), st.integers(1, 6))
def test_equality_of_floors_of_one_name_is_always_decided(a: int, d: int, c: int, e: int) -> None:
    left, right = (a * x + c) // d, (a * x) // e
    found = {(a * v + c) // d == (a * v) // e for v in range(1, 1 + 200 * d * e)}
    assert known_equal(left, right) is (found.pop() if len(found) == 1 else None)


@few
@given(polynomials(), st.integers(1, 9))
def test_multiples_are_known(tree: Tree, divisor: int) -> None:
    assert divides(divisor, built(tree) * divisor) is True
    assert divides(C, built(tree) * C) is True
    assert divides(divisor * C, built(tree) * C * divisor) is True


@few
@given(polynomials(), st.integers(1, 9))
def test_remainders_lie_below_the_divisor(tree: Tree, divisor: int) -> None:
    remainder = built(tree) % divisor
    assert known_ge(remainder, 0) is True
    assert known_ge(divisor - 1, remainder) is True


@pytest.mark.parametrize(
    ("dim", "low", "high"),
    [
        (7, 7, 7),
        (H, 1, None),
        (3 - H, None, 2),
        (2 * H * W - 5, -3, None),
        (H % 4, 0, 3),
        (H % S, 0, None),
        (H - S * (H // S), 0, None),
        (maximum(H - 3, 0), 0, None),
        (minimum(H, 5), 1, 5),
        (H - W, None, None),
        ((H - 1) * (W - 1), 0, None),
        (maximum(H, W) - W, 0, None),
        (H - minimum(H, W), 0, None),
        (H - H // S, 0, None),
        ((H - 1) // 2 - (H - 1) // 3, 0, None),
        ((H + 31) // 32, 1, None),
        (-1 // S, -1, -1),
    ],
)
def test_intervals(dim: Dim, low: int | None, high: int | None) -> None:
    assert (minimal(dim), maximal(dim)) == (low, high)


def test_bounds_of_names_are_obeyed() -> None:
    facts = Facts({"P": 0, "x": -2}, {"x": 3})
    assert (minimal(P, facts), maximal(P, facts)) == (0, None)
    assert (minimal(x * x, facts), maximal(x * x, facts)) == (0, 9)
    assert (minimal(5 - 2 * x, facts), maximal(5 - 2 * x, facts)) == (-1, 9)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (known_ge(5, 5), True),
        (known_ge(4, 5), False),
        (known_equal(5, 5), True),
        (known_equal(4, 5), False),
        (known_equal(H // 2 + (H + 1) // 2, H), True),
        (known_equal(2 * H, 2 * W + 1), False),
        (known_equal(H, W), None),
        (known_equal(H + W, 1), False),
        (divides(4, 12), True),
        (divides(5, 12), False),
        (divides(32, 32 * h), True),
        (divides(32, 32 * h + 8), False),
        (divides(C, C * K), True),
        (divides(C, C * K + 1), None),
        (divides(C + 1, C), False),
        (divides(2, H * (H + 1)), True),
        (divides(3, C), None),
        (divides(0, 0), True),
        (divides(0, H), False),
    ],
)
def test_answers(answer: bool | None, expected: bool | None) -> None:
    assert answer is expected


# assumptions


def test_an_inequality_of_one_name_becomes_a_bound() -> None:
    facts = Facts().assume_ge((H + 31) // 32, 7).assume_ge(300, 2 * W)
    assert facts == Facts({"H": 193}, {"W": 150})
    assert minimal(H, facts) == 193
    assert maximal(W, facts) == 150


def test_an_inequality_of_several_names_is_kept() -> None:
    facts = Facts({"P": 0}).assume_ge(H + 2 * P, 7)
    assert known_ge(H + 2 * P - 7, 0, facts) is True
    assert known_ge((H + 2 * P - 7) // 2 + 1, 1, facts) is True
    assert known_ge(3, H + 2 * P, facts) is False
    assert known_ge(H + 2 * P, 8, facts) is None


def test_assumed_equality_is_known() -> None:
    facts = Facts().assume_equal(H // 2, W // 3)
    assert known_equal(H // 2 + 5, W // 3 + 5, facts) is True
    assert known_equal(H // 2, W // 3 + 1, facts) is False


def test_assumed_divisibility_is_known_of_multiples() -> None:
    facts = Facts().assume_divides(G, C).assume_divides(8, K)
    assert divides(G, 3 * C * K, facts) is True
    assert divides(G, C + G, facts) is True
    assert divides(4, K + 12, facts) is True
    assert divides(16, K, facts) is None
    assert divides(4, K + 1, facts) is False


def test_what_is_known_is_not_learnt_again() -> None:
    facts = Facts().assume_ge(H, 10)
    assert facts.assume_ge(H, 3) is facts
    assert facts.assume_divides(2, 2 * H) is facts


def test_facts_are_values() -> None:
    facts = Facts({"P": 0}).assume_ge(H * W, 7)
    again = Facts({"P": 0}).assume_ge(H * W, 7)
    assert facts == again
    assert hash(facts) == hash(again)
    assert pickle.loads(pickle.dumps(facts)) == facts


def test_false_assumptions_are_errors() -> None:
    with pytest.raises(FormulaError, match="0 >= H contradicts what is known"):
        Facts().assume_ge(0, H)
    with pytest.raises(FormulaError, match=r"4 cannot divide 4\*H \+ 1"):
        Facts().assume_divides(4, 4 * H + 1)


@pytest.mark.parametrize(
    ("a", "b", "left", "right"),
    [
        ((H + 31) // 32, 7, H, 193),
        (2 * H - 4, 0, H, 2),
        (H + 2 * P - 7, 0, H + 2 * P, 7),
        (2 * H - 5, 0, H, 3),
        (H, W + 3, H, W + 3),
        (H, F - 3, H + 3, F),
        (0, 3 * ((H - 1) // 2) - 6, 6, H),
        ((H - F) // S + 1, 1, H, F),
        (3 - (H // 4), 0, 15, H),
        (H, H // S, H, H // S),
        (5, 3, 2, 0),
    ],
)
def test_inequalities_as_people_write_them(a: Dim, b: Dim, left: Dim, right: Dim) -> None:
    assert simplify_ge(a, b) == (left, right)


# hostile input


@pytest.mark.parametrize(
    "dim",
    [
        ((K + C) ** 48) // 8,
        ((x + y + C + K) ** 6 // 7) * maximum(x, y, C, K),
        sum((maximum(symbol(f"a{i}"), symbol(f"b{i}")) for i in range(60)), start=x) - 1000 * (x // 7),
        ((((H // 8) * (K // W)) % 6) * ((W + 94) // 3)) ** 4 // ((H // S) + 9),
    ],
)
def test_questions_that_would_take_too_long_are_left_open(dim: Dim) -> None:
    assert known_ge(dim, 10**15) is None
    assert known_equal(dim, 10**15) is not True
    assert divides(97, dim) is None
