"""A sheet in Moodle's GIFT: what Moodle XML says, in a form that people can read and write.

A question has one answer here, so each part of an answer is a question by itself.

Source: https://docs.moodle.org/en/GIFT_format
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cnncalc.errors import visible
from cnncalc.practice.export.html import question_as_html, solution_as_html, text_as_html
from cnncalc.practice.export.items import Choice, Judged, Numeric, Response, Spelled, blanks, decimal, hints
from cnncalc.practice.model import Problem
from cnncalc.practice.sheet import Sheet

__all__ = ["as_gift"]


def as_gift(sheet: Sheet) -> str:
    """The whole file, one category."""
    lines = [f"$CATEGORY: $course$/top/{visible(sheet.title).replace('/', '//')}"]
    for problem in sheet.problems:
        lines += _questions(problem)
    return "\n".join(lines) + "\n"


def _questions(problem: Problem) -> Iterator[str]:
    """No question has an empty line, which would end it."""
    for blank in blanks(problem):
        name = f"{problem.name} {blank.label}".rstrip()
        asked = [f"Here: {blank.label}."] if blank.label else []
        yield ""
        yield f"::{_text(name)}::[html]{_text(question_as_html(problem, *asked, *hints([blank])))}{{"
        yield from (f"\t{line}" for line in _answers(blank.response))
        yield f"\t####{_text(solution_as_html(problem))}"
        yield "}"


def _answers(response: Response) -> Sequence[str]:
    match response:
        case Choice(options, right):
            return [_option(o.text, o.feedback, right=i == right) for i, o in enumerate(options)]
        case Numeric(value, _, tolerance, wrong):
            width = decimal(tolerance)
            others = [f"=%0%{decimal(other)}:{width}{_feedback(told)}" for other, told in wrong]
            return ["#", f"=%100%{decimal(value)}:{width}", *others]
        case Spelled(texts, _, wrong):
            others = [f"=%0%{_text(text)}{_feedback(told)}" for text, told in wrong]
            return [*(f"={_text(text)}" for text in texts), *others]
        case Judged():
            return []


def _option(text: str, feedback: str, *, right: bool) -> str:
    """%: an option that begins with it is no share of the points."""
    html = re.sub("^%", "&#37;", text_as_html(text))
    return f"{'=' if right else '~'}{_text(html)}{_feedback(feedback)}"


def _feedback(text: str) -> str:
    return f"#{_text(text_as_html(text))}" if text else ""


def _text(text: str) -> str:
    r"""What steers GIFT, as text: \~ \= \# \{ \} \: and \\."""
    return re.sub(r"[~=#{}:\\]", r"\\\g<0>", visible(text))
