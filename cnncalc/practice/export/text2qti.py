"""A sheet for text2qti, which makes QTI of it for Canvas: Markdown with a line for each answer.

A question has one answer here, so each part of an answer is a question by itself.

Source: https://github.com/gpoore/text2qti
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from cnncalc.errors import visible
from cnncalc.practice.export.items import Blank, Choice, Judged, Numeric, Spelled, blanks, decimal, hints
from cnncalc.practice.export.markdown import question_as_markdown, solution_as_markdown, text_as_markdown
from cnncalc.practice.model import Problem
from cnncalc.practice.sheet import Sheet

__all__ = ["as_text2qti"]

_SMALLEST = Fraction(1, 1000)


def as_text2qti(sheet: Sheet) -> str:
    """The whole file."""
    lines = [f"Quiz title: {visible(sheet.title)}", "Shuffle answers: true"]
    pairs = [(problem, blank) for problem in sheet.problems for blank in blanks(problem)]
    for number, (problem, blank) in enumerate(pairs, start=1):
        lines += ["", *_question(number, problem, blank)]
    return "\n".join(lines) + "\n"


def _question(number: int, problem: Problem, blank: Blank) -> Iterator[str]:
    asked = [f"Here: {blank.label}."] if blank.label else []
    yield f"Title: {visible(f'{problem.name} {blank.label}'.rstrip())}"
    yield from _behind(f"{number}.", question_as_markdown(problem, *asked, *hints([blank])))
    yield from _behind("...", solution_as_markdown(problem))
    yield from _answers(blank)


def _answers(blank: Blank) -> Iterator[str]:
    match blank.response:
        case Choice(options, right):
            for i, option in enumerate(options):
                letter = chr(ord("a") + i)
                yield from _behind(
                    f"*{letter})" if i == right else f"{letter})", [text_as_markdown(option.text)]
                )
                if option.feedback:
                    yield from _behind("...", [text_as_markdown(option.feedback)])
        case Numeric(value, _, tolerance, _) if abs(Fraction(value)) - tolerance > _SMALLEST:
            whole = isinstance(value, int) or value.denominator == 1
            yield f"=   {decimal(value)}" if whole else f"=   {decimal(value)} +- {decimal(tolerance)}"
        case Numeric(value):  # text2qti takes no numbers near 0
            yield f"*   {decimal(value)}"
        case Spelled(texts):
            yield from (f"*   {visible(text)}" for text in texts)
        case Judged():
            yield "____"


def _behind(mark: str, lines: Iterable[str]) -> Iterator[str]:
    """Lines behind a mark, those after the first below its text."""
    lead = f"{mark} ".ljust(4)
    for i, line in enumerate(lines):
        yield f"{lead if i == 0 else ' ' * len(lead)}{line}".rstrip()
