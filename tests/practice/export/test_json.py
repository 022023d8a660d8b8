"""JSON: complete, as the answers can be made of it again."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

from cnncalc.practice.answers import (
    Answer,
    Exact,
    Expression,
    Integers,
    Matrix,
    Number,
    Parts,
    Size,
    Valid,
    shown,
)
from cnncalc.practice.export.json import as_json
from cnncalc.practice.generate import VERSION
from cnncalc.practice.model import Grid, Problem
from cnncalc.practice.sheet import Sheet
from cnncalc.symbolic import Formula, symbol
from tests.practice.export import nasty
from tests.practice.export.problems import TOPICS, of_topic


def number(plain: int | str) -> Exact:
    return plain if isinstance(plain, int) else Fraction(plain)


def expression(text: str) -> Any:
    formula = Formula(text)
    return formula(**{name: symbol(name) for name in formula.names})


def answer(plain: dict[str, Any]) -> Answer:
    match plain["type"]:
        case "number":
            return Number(number(plain["value"]), plain["unit"])
        case "size":
            return Size(tuple(plain["sizes"]), plain["axes"])
        case "matrix":
            return Matrix(tuple(tuple(map(number, row)) for row in plain["rows"]))
        case "integers":
            return Integers(tuple(plain["values"]), plain["onwards"])
        case "expression":
            return Expression(expression(plain["numerator"]), expression(plain["denominator"]))
        case "valid":
            return Valid(tuple(plain["names"]), tuple(plain["conditions"]), tuple(plain["smallest"]))
        case "parts":
            return Parts(tuple((part["label"], answer(part["answer"])) for part in plain["parts"]))
    raise AssertionError(plain)


def loaded(*problems: Problem) -> dict[str, Any]:
    return json.loads(as_json(Sheet("A sheet", 5, VERSION, problems)))  # type: ignore[no-any-return]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_problem_can_be_made_again(topic: str) -> None:
    for problem in of_topic(topic):
        (plain,) = loaded(problem)["problems"]
        draft = problem.draft
        assert (plain["name"], plain["topic"], plain["form"]) == (problem.name, problem.topic, problem.form)
        assert (plain["difficulty"], plain["seed"]) == (problem.difficulty, problem.seed)
        stem = [
            t if isinstance(t, str) else Grid(tuple(map(tuple, t["rows"])), tuple(t["header"]))
            for t in plain["stem"]
        ]
        assert tuple(stem) == draft.stem
        assert plain["conventions"] == list(draft.conventions)
        assert answer(plain["answer"]) == draft.answer
        assert plain["answer"]["shown"] == shown(draft.answer)
        slips = [(d["slip"], d["did"], answer(d["answer"])) for d in plain["distractors"]]
        assert slips == [(d.slip.name, d.slip.did, d.answer) for d in draft.distractors]
        assert plain["values"] == json.loads(json.dumps(draft.values))
        assert set(plain["values"]) == set(draft.values)
        assert " ".join(draft.trap.split()[:4]) in plain["solution"]


def test_every_type_of_answer_is_there() -> None:
    found = [
        Number(Fraction(3, 4), "%"),
        Size((1, 2)),
        Matrix(((1, Fraction(1, 3)),)),
        Integers((4,), onwards=True),
        Expression(symbol("C") * 3 + 1, 2),
        Valid(("k",), ("k > 2",), (3,)),
        Parts((("a", Number(1)),)),
    ]
    plain = loaded(*(nasty.problem("x", one) for one in found))["problems"]
    assert [answer(one["answer"]) for one in plain] == found


def test_the_sheet_says_what_it_is() -> None:
    plain = loaded()
    assert plain == {"schema_version": 1, "title": "A sheet", "seed": 5, "version": VERSION, "problems": []}


@settings(deadline=None)
@given(nasty.words)
def test_texts_are_as_they_were(words: str) -> None:
    plain = json.loads(as_json(nasty.sheet(words)))
    assert plain["title"] == words
    assert all(one["stem"][0] == words for one in plain["problems"])
