"""What learning platforms are told: the marks of `cnncalc grade` are the same, and slips have their feedback."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.practice.answers import Expression, Integers, Matrix, Number, Parts, Size, Valid
from cnncalc.practice.export.items import Blank, Choice, Judged, Numeric, Spelled, blanks, decimal, hints
from cnncalc.practice.grading import mark
from cnncalc.symbolic import symbol
from tests.practice.export.nasty import problem
from tests.practice.export.problems import TOPICS, of_topic

sizes = st.lists(st.integers(1, 5000), min_size=2, max_size=3).map(tuple).map(Size)
ranges = st.tuples(st.integers(1, 900), st.integers(1, 30)).map(
    lambda p: Integers(tuple(range(p[0], p[0] + p[1])))
)
some = st.sets(st.integers(1, 900), min_size=2, max_size=5).map(sorted).map(tuple).map(Integers)
whole = st.one_of(
    ranges, some, st.just(Integers(())), st.integers(1, 900).map(lambda n: Integers((n,), onwards=True))
)


@settings(deadline=None, max_examples=60)
@given(st.one_of(sizes, whole))
def test_every_spelling_that_counts_is_right_for_our_own_marking(answer: Size | Integers) -> None:
    (blank,) = blanks(problem("How?", answer))
    assert isinstance(blank.response, Spelled)
    assert len(set(blank.response.texts)) == len(blank.response.texts) >= 1
    for text in blank.response.texts:
        assert mark(problem("How?", answer), text).right, text


@settings(deadline=None, max_examples=60)
@given(st.fractions(Fraction(-9999), Fraction(9999), max_denominator=700))
def test_a_number_is_taken_as_our_own_marking_takes_it(value: Fraction) -> None:
    asked = problem("How many?", Number(value))
    (blank,) = blanks(asked)
    assert isinstance(blank.response, Numeric)
    if blank.response.tolerance:
        rounded = f"{float(value):.3g}"
        assert abs(Fraction(rounded) - value) <= blank.response.tolerance
        assert abs(value) / 2000 <= blank.response.tolerance <= abs(value) / 200
    else:
        assert Fraction(decimal(value)) == value
        assert mark(asked, decimal(value)).right


@given(st.fractions(Fraction(-(10**9)), Fraction(10**9)))
def test_decimals_are_the_number(value: Fraction) -> None:
    assert float(decimal(value)) == pytest.approx(float(value), rel=1e-9, abs=1e-12)
    assert "e" in decimal(value) or decimal(value).lstrip("-").replace(".", "", 1).isdigit()


@pytest.mark.parametrize("topic", TOPICS)
def test_every_question_can_be_asked(topic: str) -> None:
    for asked in of_topic(topic):
        found = blanks(asked)
        assert found
        labels = [blank.label for blank in found]
        assert len(set(labels)) == len(labels)
        assert (labels == [""]) == (len(found) == 1) or all(labels)
        if len(found) > 1:
            assert all(isinstance(blank.response, Numeric | Spelled) for blank in found)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_choice_has_one_right_option_and_a_slip_for_each_other(topic: str) -> None:
    for asked in of_topic(topic):
        if not isinstance(blanks(asked)[0].response, Choice):
            continue
        (blank,) = blanks(asked)
        assert isinstance(blank.response, Choice)
        options, right = blank.response.options, blank.response.right
        assert len({option.text for option in options}) == len(options) >= 3
        assert options[right].feedback == ""
        told = {option.feedback for i, option in enumerate(options) if i != right}
        assert told == {f"You {d.slip.did}." for d in asked.draft.distractors}


def test_the_right_option_stands_anywhere() -> None:
    rights = [
        b.response.right
        for t in TOPICS
        for p in of_topic(t)
        for b in blanks(p)
        if isinstance(b.response, Choice)
    ]
    assert set(rights) >= {0, 1, 2, 3}


def test_two_options_are_no_choice_but_the_wrong_one_has_its_feedback() -> None:
    assert blanks(problem("x", Number(5, "weights"), Number(6, "weights"))) == (
        Blank("", Numeric(5, "weights", Fraction(0), ((6, "You wrote x."),))),
    )


def test_parts_are_asked_one_by_one_and_a_slip_is_told_where_it_shows() -> None:
    right = Parts((("A", Number(5, "weights")), ("B", Size((2, 2)))))
    wrong = Parts((("A", Number(6, "weights")), ("B", Size((2, 2)))))
    first, second = blanks(problem("x", right, wrong))
    assert first == Blank("A (weights)", Numeric(5, "weights", Fraction(0), ((6, "You wrote x."),)))
    assert second.label == "B"
    assert isinstance(second.response, Spelled)
    assert second.response.wrong == ()


def test_the_numbers_of_a_matrix_are_asked_by_their_places() -> None:
    assert [b.label for b in blanks(problem("x", Matrix(((1, 2), (3, 4)))))] == [
        "row 1, column 1",
        "row 1, column 2",
        "row 2, column 1",
        "row 2, column 2",
    ]
    assert [b.label for b in blanks(problem("x", Matrix(((1, 2),))))] == ["number 1", "number 2"]


@pytest.mark.parametrize(
    "answer",
    [
        Expression(3 * symbol("C")),
        Valid(("k",), ("k >= 3",), (3,)),
        Integers((2, 3), onwards=True),
        Parts((("a", Number(1)), ("b", Expression(symbol("C"))))),
    ],
)
def test_what_has_too_many_forms_is_judged_by_a_person(answer: Expression | Valid | Integers | Parts) -> None:
    (blank,) = blanks(problem("x", answer))
    assert isinstance(blank.response, Judged)


def test_hints_say_unit_and_rounding() -> None:
    assert hints([Blank("", Numeric(Fraction(1, 3), "%", Fraction(1, 2000)))]) == (
        "Write the number alone, in per cent, without commas between thousands.",
        "Round what does not end soon to 3 digits or more.",
    )
    assert hints(blanks(problem("x", Parts((("a", Number(1)), ("b", Number(2)), ("c", Size((1, 2)))))))) == (
        "Write the number alone, without commas between thousands.",
        "Write it like 8x8.",
    )
