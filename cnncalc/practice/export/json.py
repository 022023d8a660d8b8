"""A sheet as JSON.

schema_version   1; grows when a field changes its meaning or goes away
title, seed      of the sheet
version          of the generator: the names mean these problems in this version
problems         name, topic, form, difficulty, seed; stem (paragraphs, and grids with header and rows); conventions;
                 values (what was drawn); answer; distractors (slip, did: ends the sentence "You …", answer); solution (text)

An answer has its type, "shown" (as people write it), and
number           value, unit: a whole number is a number, a fraction the text "3/4"
size             sizes, axes
matrix           rows
integers         values, onwards (whether all after the last one count as well)
expression       numerator, denominator: texts that parse again
valid            names, conditions, smallest
parts            parts (label, answer)
"""

from __future__ import annotations

from typing import Any

from cnncalc.practice.answers import (
    Answer,
    Expression,
    Integers,
    Matrix,
    Number,
    Parts,
    Size,
    Valid,
    shown,
)
from cnncalc.practice.model import Grid, Problem, Text
from cnncalc.practice.sheet import Sheet
from cnncalc.practice.text import solution_as_text
from cnncalc.report.plain import json_text, number
from cnncalc.report.style import Style

__all__ = ["SCHEMA_VERSION", "as_json", "problem_as_plain"]

SCHEMA_VERSION = 1
_WIDTH = 80


def as_json(sheet: Sheet) -> str:
    """Everything about every problem."""
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "title": sheet.title,
            "seed": sheet.seed,
            "version": sheet.version,
            "problems": list(map(problem_as_plain, sheet.problems)),
        }
    )


def problem_as_plain(problem: Problem) -> dict[str, Any]:
    """A problem, its answer and its solution in what JSON has."""
    draft = problem.draft
    return {
        "name": problem.name,
        "topic": problem.topic,
        "form": problem.form,
        "difficulty": problem.difficulty,
        "seed": problem.seed,
        "stem": list(map(_text, draft.stem)),
        "conventions": list(draft.conventions),
        "values": dict(draft.values),
        "answer": _answer(draft.answer),
        "distractors": [
            {"slip": d.slip.name, "did": d.slip.did, "answer": _answer(d.answer)} for d in draft.distractors
        ],
        "solution": solution_as_text(problem, Style(_WIDTH)),
    }


def _text(text: Text) -> str | dict[str, Any]:
    if isinstance(text, Grid):
        return {"header": list(text.header), "rows": list(map(list, text.rows))}
    return text


def _answer(answer: Answer) -> dict[str, Any]:
    told = {"shown": shown(answer)}
    match answer:
        case Number(value, unit):
            return {"type": "number", "value": number(value), "unit": unit, **told}
        case Size(sizes, axes):
            return {"type": "size", "sizes": list(sizes), "axes": axes, **told}
        case Matrix(rows):
            return {"type": "matrix", "rows": [list(map(number, row)) for row in rows], **told}
        case Integers(values, onwards):
            return {"type": "integers", "values": list(values), "onwards": onwards, **told}
        case Expression(numerator, denominator):
            sides = {"numerator": str(number(numerator)), "denominator": str(number(denominator))}
            return {"type": "expression", **sides, **told}
        case Valid(names, conditions, smallest):
            fields = {"names": list(names), "conditions": list(conditions), "smallest": list(smallest)}
            return {"type": "valid", **fields, **told}
        case Parts(parts):
            named = [{"label": label, "answer": _answer(part)} for label, part in parts]
            return {"type": "parts", "parts": named, **told}
