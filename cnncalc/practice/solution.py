"""A worked solution, in the layout of `explain`: given, formula, working, answer, check, trap; tables between the rows."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.practice.answers import shown
from cnncalc.practice.model import Draft, Grid, Problem, Worked
from cnncalc.report.explain.model import Row, board, givens, put_in
from cnncalc.report.explain.model import chain as in_one_line

__all__ = ["answer_told", "solution"]


def solution(problem: Problem) -> tuple[Row | Grid, ...]:
    """The worked solution, in order."""
    draft = problem.draft
    return (
        *_given(draft),
        *_steps(draft),
        Row("Answer", (answer_told(draft),), bold=True),
        Row("Check", (draft.check,)),
        Row("Trap", (draft.trap,)),
    )


def answer_told(draft: Draft) -> str:
    """The answer with its unit, and with the conventions it rests on."""
    return " ".join([shown(draft.answer), *(f"({text.rstrip('.')})" for text in draft.conventions)])


def _given(draft: Draft) -> Iterator[Row]:
    names = [
        given
        for given in givens(*(s.derivation for s in draft.steps if isinstance(s, Worked)))
        if given.meaning
    ]
    if names:
        yield Row("Given", tuple(names))


def _steps(draft: Draft) -> Iterator[Row | Grid]:
    for step in draft.steps:
        match step:
            case Worked(name, derivation):
                lines = board(derivation)
                if len(lines) < 2:
                    yield Row("Formula", (in_one_line(name, derivation),))
                else:
                    yield Row("Formula", (put_in(name, derivation),))
                    yield Row("Working", lines)
            case Grid():
                yield step
            case str():
                yield Row("", (step,))
