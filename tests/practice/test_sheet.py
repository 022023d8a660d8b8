"""Sheets and their variants: the same for the same seed, balanced, and no question twice."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import SpecError
from cnncalc.practice.generate import VERSION, cells, problem_named
from cnncalc.practice.model import Problem
from cnncalc.practice.sheet import Sheet, sheet, variants

seeds = st.integers(0, 2**31)
TOPICS = list(dict.fromkeys(topic.name for topic, _ in cells()))


def questions(sheets: tuple[Sheet, ...]) -> list[object]:
    return [(p.draft.stem, p.draft.conventions) for one in sheets for p in one.problems]


def cell(problem: Problem) -> tuple[str, str, int]:
    return problem.topic, problem.form, problem.difficulty


@settings(deadline=None, max_examples=10)
@given(seeds)
def test_a_seed_gives_the_same_sheet_again(seed: int) -> None:
    assert sheet(seed, 6) == sheet(seed, 6)


def test_seeds_give_different_sheets() -> None:
    assert len({tuple(p.name for p in sheet(seed, 4).problems) for seed in range(20)}) == 20


@settings(deadline=None, max_examples=10)
@given(seeds, st.integers(0, 45))
def test_a_sheet_has_as_many_problems_as_asked_for_no_question_twice(seed: int, count: int) -> None:
    made = sheet(seed, count)
    assert len(made.problems) == count
    assert len(set(questions((made,)))) == count


@settings(deadline=None, max_examples=5)
@given(seeds)
def test_names_give_the_problems_again(seed: int) -> None:
    made = sheet(seed, 5)
    assert made.version == VERSION
    for problem in made.problems:
        assert problem_named(problem.name) == problem


@settings(deadline=None, max_examples=10)
@given(seeds, st.integers(1, 3))
def test_all_topics_come_as_often_as_each_other(seed: int, rounds: int) -> None:
    count = rounds * len(TOPICS) + seed % len(TOPICS)
    uses = Counter(problem.topic for problem in sheet(seed, count).problems)
    assert set(uses) == set(TOPICS)
    assert max(uses.values()) - min(uses.values()) <= 1


@settings(deadline=None, max_examples=10)
@given(seeds, st.sampled_from(TOPICS))
def test_all_cells_of_a_topic_come_as_often_as_each_other(seed: int, topic: str) -> None:
    own = [(t.name, c.form, c.difficulty) for t, c in cells() if t.name == topic]
    uses = Counter(map(cell, sheet(seed, len(own), topics=[topic]).problems))
    assert uses == Counter(own)


def test_forms_and_difficulties_are_mixed() -> None:
    made = sheet(5, 20)
    assert len({p.form for p in made.problems}) >= 5
    assert {p.difficulty for p in made.problems} == {1, 2, 3, 4}


def test_the_order_is_that_of_the_course_and_easy_ones_come_first() -> None:
    places = [(TOPICS.index(p.topic), p.difficulty) for p in sheet(3, 30).problems]
    assert places == sorted(places)


@settings(deadline=None, max_examples=10)
@given(seeds, st.sets(st.sampled_from(TOPICS), min_size=1), st.sampled_from([2, 3]))
def test_only_what_may_be_asked_is_asked(seed: int, topics: set[str], difficulty: int) -> None:
    forms = {"forward", "inverse", "compare", "table"}
    fitting = {
        (t.name, c.form, c.difficulty)
        for t, c in cells()
        if t.name in topics and c.form in forms and c.difficulty == difficulty
    }
    if fitting:
        made = sheet(seed, 3, topics=topics, forms=forms, difficulty=[difficulty])
        assert {cell(p) for p in made.problems} <= fitting
    else:
        with pytest.raises(SpecError, match="there are no questions"):
            sheet(seed, 3, topics=topics, forms=forms, difficulty=[difficulty])


@settings(deadline=None, max_examples=8)
@given(seeds, st.integers(1, 4), st.booleans())
def test_variants_are_as_difficult_as_each_other(seed: int, n: int, shuffled: bool) -> None:
    made = variants(seed, n, 8, shuffled=shuffled)
    assert len(made) == n
    first = list(map(cell, made[0].problems))
    for other in made[1:]:
        theirs = list(map(cell, other.problems))
        assert Counter(theirs) == Counter(first)
        assert shuffled or theirs == first


@settings(deadline=None, max_examples=8)
@given(seeds)
def test_no_question_is_in_two_variants(seed: int) -> None:
    asked = questions(variants(seed, 4, 6))
    assert len(set(asked)) == len(asked) == 24


def test_the_first_variant_is_the_sheet_itself() -> None:
    assert variants(7, 3, 9)[0].problems == sheet(7, 9).problems


def test_shuffled_variants_differ_in_their_order() -> None:
    orders = {tuple(map(cell, one.problems)) for one in variants(7, 5, 9, shuffled=True)}
    assert len(orders) >= 4


def test_one_variant_is_a_sheet() -> None:
    assert variants(7, 1, 9) == (sheet(7, 9),)


def test_variants_have_titles_of_their_own() -> None:
    assert [one.title.rpartition(", ")[2] for one in variants(1, 2, 2)] == ["sheet 1 of 2", "sheet 2 of 2"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"topics": ["paramters"]}, "there is no topic 'paramters' (did you mean 'parameters'?)"),
        ({"forms": ["forwards"]}, "there is no form 'forwards' (did you mean 'forward'?)"),
        (
            {"difficulty": [9]},
            "there are no questions of these topics, forms and difficulties (cnncalc practice --list shows what there is)",
        ),
    ],
)
def test_what_there_is_not_is_refused(given: dict[str, list[str]], message: str) -> None:
    with pytest.raises(SpecError) as caught:
        sheet(1, 5, **given)
    assert message in str(caught.value)


def test_a_sheet_that_would_repeat_itself_is_refused() -> None:
    with pytest.raises(SpecError, match=r"there are only \d+ different questions of this kind, not 3000"):
        sheet(1, 3000, topics=["parameters"], forms=["symbolic"])


def test_variants_that_would_repeat_each_other_are_refused() -> None:
    with pytest.raises(
        SpecError, match="'parameters' has too few different questions of the form 'symbolic'"
    ):
        variants(1, 60, 2, topics=["parameters"], forms=["symbolic"])


def test_where_one_kind_has_no_new_questions_others_take_its_place() -> None:
    uses = Counter(p.form for p in sheet(1, 60, topics=["depthwise"], forms=["symbolic", "forward"]).problems)
    assert 8 <= uses["symbolic"] <= 12  # there are three kernels and four numbers of channels
    assert uses.total() == 60
