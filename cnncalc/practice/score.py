"""What was answered, added up: by topic, question by question, and as JSON.

schema_version   1; grows when a field changes its meaning or goes away
generator        the version of the questions: the same name is the same question in the same version
seed             what the questions were drawn with; null if they were named
score            questions, right, points, most
topics           the same for each topic, by its name
questions        name, topic, form, difficulty, question, expected; given (null: no answer), right, points, most, slip (the
                 name of the mistake, or null), told; answer; solution
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.errors import visible
from cnncalc.practice.answers import shown
from cnncalc.practice.generate import VERSION
from cnncalc.practice.grading import Mark, mark
from cnncalc.practice.model import Problem
from cnncalc.practice.reading import expected
from cnncalc.practice.text import question_as_text, solution_as_text, wrapped
from cnncalc.record import record
from cnncalc.report.grid import Grid, Heading, as_lines
from cnncalc.report.plain import json_text
from cnncalc.report.style import Style

__all__ = ["Answered", "answered", "longest_run", "mark_sheet_as_text", "score_as_json", "summary_as_text"]

SCHEMA_VERSION = 1


@record
class Answered:
    """A question, what was given as its answer (None: nothing), and what that is worth."""

    problem: Problem
    given: str | None
    mark: Mark


def answered(problem: Problem, given: str | None) -> Answered:
    """A question with its answer marked."""
    return Answered(problem, given, mark(problem, given or ""))


def longest_run(done: Sequence[Answered]) -> int:
    """How many answers in a row were right, at most."""
    longest = row = 0
    for one in done:
        row = row + 1 if one.mark.right else 0
        longest = max(longest, row)
    return longest


def summary_as_text(done: Sequence[Answered], style: Style) -> str:
    """How many were right, by topic, and what to practise."""
    if not done:
        return "No questions were answered.\n"
    run = longest_run(done)
    lines = [
        style.bold(f"{_right(done)} of {_counted(len(done), 'question')} right")
        + (f", {run} in a row." if run > 1 else ".")
    ]
    topics = _by_topic(done)
    if len(topics) > 1 or any(one.mark.most > 1 for one in done):
        rows = [
            (name.replace("-", " "), f"{_right(some)} of {len(some)}", f"{_points(some)} of {_most(some)}")
            for name, some in topics.items()
        ]
        columns = (Heading("topic", numeric=False), Heading("right"), Heading("points"))
        lines += ["", *as_lines(Grid(columns, tuple(rows)), style)]
    weakest = max(topics, key=lambda name: len(topics[name]) - _right(topics[name]))
    if _right(topics[weakest]) < len(topics[weakest]):
        lines += ["", f"To practise that: cnncalc practice --topic {weakest}"]
    return "\n".join(lines) + "\n"


def mark_sheet_as_text(done: Sequence[Answered], style: Style) -> str:
    """Every question with its points; then, for those that are not right, both answers and what went wrong."""
    rows = [
        (
            str(number),
            one.problem.topic.replace("-", " "),
            one.problem.form,
            f"{one.mark.points} of {one.mark.most}",
        )
        for number, one in enumerate(done, start=1)
    ]
    columns = (
        Heading(""),
        Heading("topic", numeric=False),
        Heading("question", numeric=False),
        Heading("points"),
    )
    total = ("", "all", "", f"{_points(done)} of {_most(done)}")
    lines = as_lines(Grid(columns, tuple(rows), total=total), style)
    for number, one in enumerate(done, start=1):
        if not one.mark.right:
            given = "no answer" if one.given is None else visible("; ".join(one.given.strip().splitlines()))
            lines += ["", f"{number}. {given}"]
            lines += [] if one.given is None else wrapped(one.mark.told, style, indent=3).splitlines()
            lines += wrapped(f"The answer: {shown(one.problem.draft.answer)}", style, indent=3).splitlines()
    return "\n".join(lines) + "\n"


def score_as_json(done: Sequence[Answered], seed: int | None) -> str:
    """All of it, a question on a line."""
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "generator": VERSION,
            "seed": seed,
            "score": _added(done),
            "topics": [{"topic": name, **_added(some)} for name, some in _by_topic(done).items()],
            "questions": [_as_plain(one) for one in done],
        }
    )


def _as_plain(one: Answered) -> dict[str, Any]:
    problem, found, plain = one.problem, one.mark, Style(80)
    draft = problem.draft
    return {
        "name": problem.name,
        "topic": problem.topic,
        "form": problem.form,
        "difficulty": problem.difficulty,
        "question": question_as_text(problem, plain),
        "expected": expected(draft.answer, [d.answer for d in draft.distractors]),
        "given": one.given,
        "right": found.right,
        "points": found.points,
        "most": found.most,
        "slip": found.slip.name if found.slip else None,
        "told": found.told,
        "answer": shown(draft.answer),
        "solution": solution_as_text(problem, plain),
    }


def _by_topic(done: Sequence[Answered]) -> dict[str, list[Answered]]:
    found: dict[str, list[Answered]] = {}
    for one in done:
        found.setdefault(one.problem.topic, []).append(one)
    return found


def _added(done: Sequence[Answered]) -> dict[str, int]:
    return {"questions": len(done), "right": _right(done), "points": _points(done), "most": _most(done)}


def _right(done: Sequence[Answered]) -> int:
    return sum(one.mark.right for one in done)


def _points(done: Sequence[Answered]) -> int:
    return sum(one.mark.points for one in done)


def _most(done: Sequence[Answered]) -> int:
    return sum(one.mark.most for one in done)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
