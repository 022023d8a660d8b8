"""Adaptive practice: the level follows the answers, and weak topics come more often."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import SpecError
from cnncalc.practice.draw import Draw
from cnncalc.practice.generate import generate
from cnncalc.practice.history import NOTHING, History, after, as_plain, history_of, next_problem
from cnncalc.practice.sheet import askable, whole_question

PROBLEM = generate("parameters", "forward", 1, 0)


def levels(answers: str) -> list[int]:
    """The level after each answer, + right and - wrong."""
    history, found = NOTHING, []
    for sign in answers:
        history = after(history, PROBLEM, right=sign == "+")
        found.append(history.level)
    return found


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("++++++++", [1, 2, 2, 3, 3, 4, 4, 4]),
        ("+-++-", [1, 1, 1, 2, 1]),
        ("----", [1, 1, 1, 1]),
        ("++++--+", [1, 2, 2, 3, 2, 1, 1]),
    ],
)
def test_two_in_a_row_make_it_harder_and_a_wrong_one_easier(answers: str, expected: list[int]) -> None:
    assert levels(answers) == expected


@settings(deadline=None, max_examples=50)
@given(st.lists(st.booleans(), max_size=60))
def test_a_history_comes_back_from_plain_data(answers: list[bool]) -> None:
    history = NOTHING
    for right in answers:
        history = after(history, PROBLEM, right=right)
    back = history_of(as_plain(history))
    assert (back.level, back.topics) == (history.level, history.topics)
    assert back.topics.get("parameters", "") == "".join(str(int(right)) for right in answers)[-20:]


@pytest.mark.parametrize(
    "plain",
    [
        None,
        [],
        {},
        {"version": 2, "level": 1, "topics": {}},
        {"version": 1, "level": 9, "topics": {}},
        {"version": 1, "level": 1, "topics": {"parameters": "12"}},
        {"version": 1, "level": 1, "topics": {"parameters": 3}},
        {"version": 1, "level": 1, "topics": {"parameters": "1" * 21}},
        {"version": 1, "level": 1, "topics": []},
    ],
)
def test_what_is_no_history(plain: object) -> None:
    with pytest.raises(SpecError):
        history_of(plain)


def asked(history: History, count: int) -> Counter[str]:
    draw, cells = Draw("x"), askable(["parameters", "output-size"], None, None)
    problems = [next_problem(draw, cells, history, set()) for _ in range(count)]
    return Counter(p.topic for p in problems if p is not None)


def test_weak_topics_come_more_often_but_not_alone() -> None:
    found = asked(History(1, {"parameters": "0" * 10, "output-size": "1" * 10}), 300)
    # (10 + 1)/12 against (0 + 1)/12
    assert 250 <= found["parameters"] <= 295


def test_without_a_history_all_topics_come_as_often() -> None:
    found = asked(NOTHING, 300)
    assert 110 <= found["parameters"] <= 190


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_questions_are_of_the_level(level: int) -> None:
    cells = askable(["parameters"], None, None)
    for i in range(20):
        problem = next_problem(Draw(f"{i}"), cells, History(level, {}), set())
        assert problem is not None
        assert problem.difficulty == level


def test_no_question_comes_twice_and_they_come_to_an_end() -> None:
    draw, cells = Draw("x"), askable(["parameters"], ["symbolic"], None)
    seen: set[object] = set()
    asked = []
    while (problem := next_problem(draw, cells, NOTHING, seen)) is not None:  # type: ignore[arg-type]
        asked.append(whole_question(problem))
    assert len(set(asked)) == len(asked) == len(seen) >= 8
