"""Sets of solutions against trying every number."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import FormulaError
from cnncalc.solving.univariate import Condition, solutions
from cnncalc.symbolic import Dim, floordiv, maximum, minimum, symbol

X = symbol("x")
#: a value with the name x, and the same as a function of a number
Pair = tuple[Dim, Callable[[int], int]]
SIGNS: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "divides": lambda a, b: b % a == 0,
}


def both(name: str, a: Pair, b: Pair) -> Pair:
    (p, f), (q, g) = a, b
    ways: dict[str, Pair] = {
        "+": (p + q, lambda x: f(x) + g(x)),
        "-": (p - q, lambda x: f(x) - g(x)),
        "*": (p * q, lambda x: f(x) * g(x)),
        "min": (minimum(p, q), lambda x: min(f(x), g(x))),
        "max": (maximum(p, q), lambda x: max(f(x), g(x))),
    }
    return ways[name]


def quotient(a: Pair, d: int) -> Pair:
    p, f = a
    return floordiv(p, d), lambda x: f(x) // d


def ratio(a: Pair, slope: int, offset: int) -> Pair:
    p, f = a
    return floordiv(p, slope * X + offset), lambda x: f(x) // (slope * x + offset)


numbers = st.integers(-20, 60)
leaves: st.SearchStrategy[Pair] = st.one_of(
    st.just((X, lambda x: x)), numbers.map(lambda n: (n, lambda _: n)), st.just((X, lambda x: x))
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(both, st.sampled_from(["+", "-", "*", "+", "-", "min", "max"]), inner, inner),
        st.builds(quotient, inner, st.integers(1, 5)),
        st.builds(ratio, inner, st.integers(1, 2), st.integers(1, 6)),
    ),
    max_leaves=6,
)
comparisons = st.tuples(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), values, values)
divisibilities = st.tuples(st.just("divides"), st.integers(1, 12).map(lambda n: (n, lambda _: n)), values)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.one_of(comparisons, comparisons, divisibilities), min_size=1, max_size=2),
    st.integers(0, 5),
    st.one_of(st.none(), st.integers(0, 200)),
)
def test_the_solutions_are_all_the_numbers_that_meet_the_conditions(
    asked: list[tuple[Any, Pair, Pair]], lowest: int, highest: int | None
) -> None:
    conditions: list[Condition] = [(relation, p, q) for relation, (p, _), (q, _) in asked]
    try:
        found = solutions(conditions, "x", lowest, highest)
    except FormulaError as error:
        assert "cases" in str(error) or "classes" in str(error)  # noqa: PT017
        return
    places = [*range(300), *range(10**4, 10**4 + 60), *range(10**9, 10**9 + 60), 10**13 + 7]
    for x in places:
        inside = x >= lowest and (highest is None or x <= highest)
        meets = inside and all(SIGNS[sign](f(x), g(x)) for sign, (_, f), (_, g) in asked)
        assert (x in found) == meets, x


@settings(deadline=None, max_examples=100)
@given(comparisons, st.integers(0, 100))
def test_a_set_lists_each_of_its_numbers_once_and_in_order(
    asked: tuple[Any, Pair, Pair], highest: int
) -> None:
    sign, (p, f), (q, g) = asked
    found = solutions([(sign, p, q)], "x", 0, highest)
    expected = [x for x in range(highest + 1) if SIGNS[sign](f(x), g(x))]
    assert list(found) == expected
    assert found.size == len(expected)
    assert bool(found) == bool(expected)
    if expected:
        assert (found.least, found.greatest) == (expected[0], expected[-1])


@pytest.mark.parametrize(
    ("conditions", "lowest", "highest", "told"),
    [
        ([("==", (X - 1) // 4 + 1, 56)], 1, None, "x in 221..224"),
        ([("==", X % 32, 7), (">", X, 7)], 1, None, "x = 7 (mod 32), from 39"),
        ([("==", X * X, 49)], 0, None, "x = 7"),
        ([(">=", X * X, 50)], 0, None, "x >= 8"),
        ([("==", X % 2, 1)], 1, 11, "x = 1, 3, 5, 7, 9, 11"),
        ([("==", X % 2, 1)], 1, 10**15, "x = 1, 3, …, 999999999999999"),
        ([("<=", 27 * X * X + 5 * X, 10**30)], 1, None, "x in 1..192450089729875"),
        ([("divides", X, 36)], 0, None, "x in 1..4, 6, 9, 12, 18, 36"),
        ([("!=", (X * (X - 2) * (X - 3)) % 6, 1)], 0, None, "x >= 0"),
        ([("==", (X % 6) * (X % 6 - 2) * (X % 6 - 3), 0)], 1, None, "x = 0, 2, 3 (mod 6), from 2"),
        ([("==", 10**6 // X, 3)], 0, None, "x in 250001..333333"),
        ([("==", (X - 1) // 32 % 2, 0)], 1, 160, "x in 1..32, 65..96, 129..160"),
        ([("==", (X - 1) // 32 % 2, 0)], 1, None, "x = 1..32 (mod 64), from 1"),
        ([("<", X % 9, 3)], 0, 98, "x = 0, 9, …, 90; 1, 10, …, 91; 2, 11, …, 92"),
        ([("divides", X - 6, 4 * (X - 6) + 6)], 7, 18, "x = 7, 8, 9, 12"),
        ([("==", X, X + 1)], 0, None, "no x"),
        ([("<", X, 5)], 7, 3, "no x"),
    ],
)
def test_sets_are_told_as_people_would(
    conditions: list[Condition], lowest: int, highest: int | None, told: str
) -> None:
    assert solutions(conditions, "x", lowest, highest).described("x") == told


def test_where_a_condition_fails_the_next_ones_need_no_value() -> None:
    assert list(solutions([(">=", X, 1), ("==", 12 // X, 3)], "x", 0)) == [4]


def test_what_divides_by_zero_is_no_solution() -> None:
    assert 0 not in solutions([("<=", floordiv(7, X), 100)], "x", 0)


def test_a_search_that_grows_too_large_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnncalc.solving.univariate.MOST_PIECES", 1000)
    with pytest.raises(FormulaError, match="the search for x falls into more than 1,000 cases"):
        solutions([("==", (10**10 // X) % 2, 0)], "x", 1)


def test_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match="the conditions hold y besides x"):
        solutions([("==", X, symbol("y"))], "x", 0)
