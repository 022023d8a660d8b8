"""Every kind of question: the answer by an oracle that shares no code with the formulas, wrong options that are what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

import pytest

from cnncalc.practice.answers import Answer, Number, Parts, Valid, shown
from cnncalc.practice.generate import cells, generate
from cnncalc.practice.model import FORMS, Cell, Grid, Problem, Topic
from cnncalc.practice.text import question_as_text, solution_as_text
from cnncalc.report.style import Style

COUNT = 200


@dataclass(frozen=True)
class Kind:
    """One kind of question: many of them, and who knows the answers."""

    topic: Topic
    cell: Cell
    problems: tuple[Problem, ...]
    oracle: ModuleType


@pytest.fixture(
    scope="module",
    params=list(cells()),
    ids=lambda kind: f"{kind[0].name}-{kind[1].form}-{kind[1].difficulty}",
)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Every kind in turn, so that its problems are drawn once for all that is to be said of them."""
    topic, cell = request.param
    drawn = tuple(generate(topic.name, cell.form, cell.difficulty, seed) for seed in range(COUNT))
    return Kind(topic, cell, drawn, import_module(f"tests.practice.oracles.{topic.name.replace('-', '_')}"))


def asked(problem: Problem) -> str:
    """All that the student reads."""
    rows = [
        " ".join(" ".join(row) for row in (t.header, *t.rows)) if isinstance(t, Grid) else t
        for t in problem.draft.stem
    ]
    return " ".join([*rows, *problem.draft.conventions])


def found_line(problem: Problem, right: list[object]) -> Answer:
    """The first line of the printed working that is not as it should be: those after it only carry it on."""
    (grid,) = [t for t in problem.draft.stem if isinstance(t, Grid) and t.header[:1] == ("line",)]
    printed = [row[-1] for row in grid.rows]
    assert len(printed) == len(right)
    index = next(
        i for i, (text, value) in enumerate(zip(printed, right, strict=True)) if text != shown(Number(value))
    )
    return Parts((("line", Number(index + 1)), ("value", Number(right[index]))))


def is_printed(problem: Problem, blamed: Answer) -> bool:
    """Whether the line that is blamed says what it should: else it only carries on what another got wrong."""
    assert isinstance(blamed, Parts)
    (_, line), (_, value) = blamed.parts
    assert isinstance(line, Number)
    assert line.value != problem.draft.values["line"]
    (grid,) = [t for t in problem.draft.stem if isinstance(t, Grid) and t.header[:1] == ("line",)]
    return shown(value) in grid.rows[int(line.value) - 1][1:]


def test_answers_are_right(kind: Kind) -> None:
    truth = kind.oracle
    for problem in kind.problems:
        if kind.cell.form == "find-the-error" and hasattr(truth, "lines"):
            expected = found_line(problem, truth.lines(problem))
        else:
            expected = truth.expected(problem)
        assert problem.draft.answer == expected, problem.name


def test_wrong_options_are_what_their_slips_give(kind: Kind) -> None:
    truth = kind.oracle
    for problem in kind.problems:
        texts = [shown(problem.draft.answer)]
        for distractor in problem.draft.distractors:
            texts.append(shown(distractor.answer))
            name = distractor.slip.name
            if name in ("blamed-carrier", "blamed-right-line"):
                assert is_printed(problem, distractor.answer) == (name == "blamed-right-line"), problem.name
            else:
                assert distractor.answer == truth.WRONG[name](problem), f"{problem.name}: {name}"
        assert len(set(texts)) == len(texts), problem.name


def test_questions_state_what_their_answers_rest_on(kind: Kind) -> None:
    stated = kind.oracle.STATED
    patterns = [*stated.get("*", []), *stated.get(kind.cell.form, [])]
    for problem in kind.problems:
        for pattern in patterns:
            assert re.search(pattern, asked(problem)), f"{problem.name}: {pattern}"


def test_numbers_are_nice(kind: Kind) -> None:
    for problem in kind.problems:
        kind.oracle.nice(problem)


def test_questions_vary(kind: Kind) -> None:
    assert len({asked(problem) for problem in kind.problems}) >= 8


def test_questions_and_solutions_fit_a_terminal(kind: Kind) -> None:
    for problem in kind.problems[:10]:
        text = question_as_text(problem, Style(80)) + solution_as_text(problem, Style(80))
        assert all(len(line) <= 80 for line in text.splitlines()), text
        if not isinstance(problem.draft.answer, Valid):
            assert shown(problem.draft.answer)[:20] in text


def test_every_form_is_asked() -> None:
    assert {cell.form for _, cell in cells()} == set(FORMS)
