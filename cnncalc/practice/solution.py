"""A worked solution, in the layout of `explain`: given, formula, working, answer, check, trap; tables between the rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from cnncalc.practice.answers import Answer, Integers, Parts, Size, Valid, shown
from cnncalc.practice.model import Draft, Grid, Problem, Worked
from cnncalc.report.explain.model import Row, board, givens, put_in
from cnncalc.report.explain.model import chain as in_one_line

__all__ = ["solution"]

#: answers with more parts than this are those of tables
_MOST_IN_ONE = 5
#: characters of a convention that is said again behind the answer
_SHORT = 50


def solution(problem: Problem) -> tuple[Row | Grid, ...]:
    """The worked solution, in order."""
    draft = problem.draft
    return (
        *_given(draft),
        *_steps(draft),
        *_answer(problem),
        Row("Check", (draft.check,)),
        Row("Trap", (draft.trap,)),
    )


def _answer(problem: Problem) -> Iterator[Row]:
    """The answer with its unit, its axes, and whether biases are counted; a filled-in table line by line."""
    answer = problem.draft.answer
    if isinstance(answer, Parts) and len(answer.parts) > _MOST_IN_ONE:
        grouped = [shown(Parts(tuple(of_line))) for _, of_line in groupby(answer.parts, key=_line_of_table)]
        lines = [*(f"{line};" for line in grouped[:-1]), grouped[-1]]
    else:
        notes = [answer.axes] if isinstance(answer, Size) else []
        if problem.form != "find-the-error" and not isinstance(answer, Integers | Valid):
            told = [text for text in problem.draft.conventions if len(text) <= _SHORT]
            notes += [text[0].lower() + text[1:].rstrip(".") for text in told if "bias" in text.lower()]
        lines = [f"{shown(answer)} ({'; '.join(notes)})" if notes else shown(answer)]
    glued = [line.replace(" %", "\u00a0%") for line in lines]
    return (Row("" if i else "Answer", (line,), bold=True) for i, line in enumerate(glued))


def _line_of_table(part: tuple[str, Answer]) -> str:
    """conv1 of "conv1 output"."""
    return part[0].rpartition(" ")[0]


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
