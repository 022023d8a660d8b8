"""Answers in files: every form is read as the same answers, and what is broken is said with its place."""

from __future__ import annotations

import json

import pytest

from cnncalc.errors import SpecError, render
from cnncalc.practice.export.json import as_json
from cnncalc.practice.export.markdown import as_markdown
from cnncalc.practice.filled import answers_in, lines_in
from cnncalc.practice.generate import VERSION
from cnncalc.practice.score import answered, score_as_json
from cnncalc.practice.sheet import sheet

SHEET = sheet(3, 6, ["parameters"])
ANSWERS = [f"answer {i}" for i in range(6)]


def pairs(text: str) -> list[tuple[str, str | None]]:
    return [(one.problem.name, one.text) for one in answers_in(text, "f")]


NAMES = [problem.name for problem in SHEET.problems]
EXPECTED = list(zip(NAMES, ANSWERS, strict=True))


def test_answers_by_name() -> None:
    assert pairs(json.dumps(dict(EXPECTED))) == EXPECTED


def test_a_sheet_in_json() -> None:
    plain = json.loads(as_json(SHEET))
    for problem, answer in zip(plain["problems"], ANSWERS, strict=True):
        problem["given"] = answer
    assert pairs(json.dumps(plain)) == EXPECTED


def test_what_practice_prints_as_json() -> None:
    done = [answered(problem, text) for problem, text in zip(SHEET.problems, ANSWERS, strict=True)]
    assert pairs(score_as_json(done, 3)) == EXPECTED


def test_a_sheet_in_markdown() -> None:
    text = as_markdown(sheet(3, 4, ["parameters"], ["forward", "symbolic", "inverse"]))
    for answer in ANSWERS[:4]:
        text = text.replace("____", answer, 1)
    assert [one for _, one in pairs(text)] == ANSWERS[:4]


def test_an_empty_sheet_has_no_answers() -> None:
    for text in (as_json(SHEET), as_markdown(SHEET)):
        assert [one for _, one in pairs(text)] == [None] * 6


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("784", "784"),
        (784, "784"),
        (0.75, "0.75"),
        (["3", 4], "3; 4"),
        ({"A": 3, "B": "4"}, "A: 3; B: 4"),
        (None, None),
    ],
)
def test_answers_of_every_type(given: object, text: str | None) -> None:
    assert pairs(json.dumps({NAMES[0]: given})) == [(NAMES[0], text)]


BROKEN = [
    ("", "f:1:1: error[CNN145]: this is no sheet that can be graded"),
    ("# A title\n", "f:1:1: error[CNN145]: this is no sheet that can be graded"),
    ('{"a":\n 1,,}', "f:2:4: error[CNN101]: this is not JSON: Expecting property name enclosed in double quotes"),
    ("[1, 2]", "error[CNN101]: f: answers have names"),
    ("{}", "error[CNN101]: f has no questions"),
    ('{"questions": [1]}', "error[CNN101]: f: not every question has a name"),
    ('{"questions": [], "generator": 99}', f"error[CNN145]: f is of version 99 of the questions, this cnncalc has version {VERSION}"),
    ('{\n"cats-forward-1-3": "1"}', "f:2:1: error[CNN144]: there is no topic 'cats'"),
    ('{\n"cats": "1"}', "f:2:1: error[CNN144]: 'cats' is no name of a question"),
    ('{"parameters-forward-4-3": "1"}', "f:1:1: error[CNN144]: 'parameters' has no questions of the form 'forward' with difficulty 4"),
    ('{"parameters-forward-1-3": true}', "error[CNN101]: f:1: parameters-forward-1-3: True is no answer"),
    ('{"parameters-forward-1-3": "1", "parameters-forward-1-3": "2"}', "error[CNN101]: f: 'parameters-forward-1-3' stands there twice"),
    ('{"questions": [{"name": "parameters-forward-1-3"}, {"name": "parameters-forward-1-3"}]}', "f:1:1: error[CNN101]: 'parameters-forward-1-3' is answered twice"),
    ("[" * 100_000, "error[CNN101]: f is nested too deeply"),
    ('{"parameters-forward-1-3": ' + "9" * 5000 + "}", "error[CNN101]: f: Exceeds the limit (4300 digits)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BROKEN, ids=range(len(BROKEN)))
def test_broken_files(text: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        answers_in(text, "f")
    assert render(caught.value).startswith(message)


def test_lines() -> None:
    assert lines_in("3\n4\n", "f") == ["3", "4"]
    assert lines_in('["3", 4, ["1", 2]]', "f") == ["3", "4", "1; 2"]
