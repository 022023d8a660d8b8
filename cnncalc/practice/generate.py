"""Problems by name: a topic, a form, a difficulty and a seed give one problem, the same anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.errors import SpecError, nearest
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import FORMS, Cell, Draft, Form, Problem, Topic
from cnncalc.practice.topics import TOPICS

__all__ = ["VERSION", "cells", "generate", "problem_named", "topic_named"]

#: goes up whenever the same seed gives another problem
VERSION = 1
_MOST_DRAWS = 1000
_NAME = re.compile(
    rf"(?P<topic>.+?)-(?P<form>{'|'.join(FORMS)})-(?P<difficulty>\d)-(?P<seed>\d{{1,15}})", re.ASCII
)


def topic_named(name: str) -> Topic:
    """A topic.

    Raises SpecError if there is none of that name.
    """
    if name in TOPICS:
        return TOPICS[name]
    close = nearest(name, list(TOPICS))
    cure = f"did you mean '{close}'?" if close else f"the topics are {', '.join(TOPICS)}"
    raise SpecError(f"there is no topic '{name}'", cure, code="CNN144")


def cells() -> Iterator[tuple[Topic, Cell]]:
    """Everything that can be asked, in order."""
    return ((topic, cell) for topic in TOPICS.values() for cell in topic.cells)


def generate(topic: str, form: Form, difficulty: int, seed: int) -> Problem:
    """The problem of this name.

    Raises SpecError if the topic has no such questions.
    """
    for cell in topic_named(topic).cells:
        if (cell.form, cell.difficulty) == (form, difficulty):
            return Problem(topic, form, difficulty, seed, _drawn(f"{topic} {form} {difficulty} {seed}", cell))
    raise SpecError(
        f"'{topic}' has no questions of the form '{form}' with difficulty {difficulty}",
        "cnncalc practice --list shows what there is",
        code="CNN144",
    )


def problem_named(name: str) -> Problem:
    """The problem that is called parameters-forward-2-17.

    Raises SpecError if nothing can be called so.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise SpecError(
            f"'{name}' is no name of a question", "they are like parameters-forward-2-17", code="CNN144"
        )
    form = next(form for form in FORMS if form == found["form"])
    return generate(found["topic"], form, int(found["difficulty"]), int(found["seed"]))


def _drawn(name: str, cell: Cell) -> Draft:
    draw = Draw(f"cnncalc practice {VERSION} {name}")
    for _ in range(_MOST_DRAWS):
        draft = cell.make(draw)
        if draft is not None:
            return draft
    raise AssertionError(f"{name} gives no question")
