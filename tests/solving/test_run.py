"""What solve finds, against trying every number in a box."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnncalc.errors import CnncalcError
from cnncalc.symbolic.ratio import parts
from tests.solving.problems import Problem, answer, brute, conditions, listed, meets, networks, numbers

QUANTITIES = ("output.C", "output.H", "params", "macs", "memory.activations")
_MOST = 24
_MOST_OF_TWO = 9


@st.composite
def problems(draw: st.DrawFn, names: tuple[str, ...], quantities: tuple[str, ...] = QUANTITIES) -> Problem:
    words = draw(networks(names))
    return Problem(words, names, draw(conditions(words, names, quantities)))


ones = st.sampled_from([("K",), ("N",)]).flatmap(problems)
twos = st.sampled_from([("K", "P"), ("K", "N"), ("N", "S")]).flatmap(problems)


def exists(problem: Problem, most: int) -> bool:
    """Whether some numbers give a network at all."""
    bare = Problem(problem.words, problem.names, ())
    return any(meets(bare, dict.fromkeys(problem.names, n)) for n in range(1, most))


@settings(deadline=None, max_examples=60)
@given(ones)
def test_of_one_name_all_solutions_are_found(problem: Problem) -> None:
    assume(exists(problem, _MOST))
    assert listed(answer(problem), _MOST) == brute(problem, _MOST)


@settings(deadline=None, max_examples=30)
@given(ones, st.integers(30, 10**6))
def test_of_one_name_the_far_ones_are_right(problem: Problem, far: int) -> None:
    assume(exists(problem, _MOST))
    solution = answer(problem)
    found = any(far in group.inner for group in solution.groups)
    # what is large is no network for other reasons than conditions
    if numbers(problem.words, {problem.names[0]: far}) is not None or found:
        assert found == meets(problem, {problem.names[0]: far})


@settings(deadline=None, max_examples=25)
@given(twos)
def test_of_two_names_all_solutions_are_found(problem: Problem) -> None:
    assume(exists(problem, _MOST_OF_TWO))
    try:
        solution = answer(problem)
    except CnncalcError as error:
        assert "may grow without end together" in str(error)  # noqa: PT017 - too large is told, not guessed at
        return
    assert listed(solution, _MOST_OF_TWO) == brute(problem, _MOST_OF_TWO)


@settings(deadline=None, max_examples=20)
@given(twos)
def test_of_two_names_with_ranges_all_solutions_are_found(problem: Problem) -> None:
    assume(exists(problem, _MOST_OF_TWO))
    ranges = [f"{name}=0..{_MOST_OF_TWO}" for name in problem.names]
    assert listed(answer(problem, ranges), _MOST_OF_TWO) == brute(problem, _MOST_OF_TWO)


@settings(deadline=None, max_examples=20)
@given(st.sampled_from([("K",), ("N",)]).flatmap(lambda names: problems(names, ("memory.peak", "output.H"))))
def test_what_has_no_formula_is_tried(problem: Problem) -> None:
    assume(exists(problem, _MOST))
    name = problem.names[0]
    solution = answer(problem, [f"{name}=1..{_MOST}"])
    assert listed(solution, _MOST) == brute(problem, _MOST) - {(0,)}


@pytest.mark.parametrize(
    ("words", "names", "condition"),
    [
        ("3x8x8 add(conv1-K|conv1-4)", ("K",), "params >= 1"),
        ("3x8x8 add(conv1-K|conv1-4)", ("K",), "output.C == 4"),
        ("3x8x8 mul( | gap conv1-K)", ("K",), "K < 3"),
        ("3xNxN res(conv3-3/2,p1 | maxpool2)", ("N",), "N % 2 == 1"),
        ("3x8x8 add(conv1-K|conv1-M)", ("K", "M"), "params >= 1"),
        ("3xNxM res(conv3-3/2,p1 | maxpool2)", ("N", "M"), "N % 2 == 1"),
        ("3x8x8 add(conv1-K|conv1-4) conv1-M", ("K", "M"), "params <= 60"),
    ],
)
def test_a_size_of_one_may_be_stretched(words: str, names: tuple[str, ...], condition: str) -> None:
    problem = Problem(words, names, (condition,))
    found = brute(problem, _MOST_OF_TWO)
    assert found
    ranges = [f"{name}=0..{_MOST_OF_TWO}" for name in names]
    assert listed(answer(problem, ranges), _MOST_OF_TWO) == found
    if len(names) == 1:
        assert listed(answer(problem), _MOST_OF_TWO) == found


@settings(deadline=None, max_examples=40)
@given(
    st.one_of(ones, twos),
    st.sampled_from([1, -1]),
    st.sampled_from(["params", "macs", "output.C", "params - 2*macs", "params/3", "(params + 1)/(macs + 1)"]),
)
def test_the_best_is_the_best_of_all(problem: Problem, direction: int, text: str) -> None:
    most = _MOST if len(problem.names) == 1 else _MOST_OF_TWO
    assume(exists(problem, most))
    ranges = [f"{name}=1..{most}" for name in problem.names]
    try:
        solution = answer(problem, ranges, (direction, text))
    except CnncalcError as error:
        assert "quotient of values" in str(error)  # noqa: PT017
        return
    values: dict[tuple[int, ...], Any] = {}
    for places in brute(problem, most):
        if min(places) >= 1:
            known = numbers(problem.words, dict(zip(problem.names, places, strict=True)))
            assert known is not None
            values[places] = _value(text, known)
    if not values:
        assert solution.empty
        return
    best = max(values.values(), key=lambda v: direction * v)
    assert solution.best is not None
    n, d = parts(solution.best)
    assert (n, d) == (best.numerator, best.denominator)
    assert listed(solution, most) == {places for places, value in values.items() if value == best}


def _value(text: str, known: dict[str, Any]) -> Any:
    from fractions import Fraction

    exact = {name: Fraction(value) for name, value in known.items()}
    return Fraction(eval(text.replace("output.", "output_"), {"__builtins__": {}}, exact))
