"""What a problem is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from cnncalc.layers import Derivation
from cnncalc.practice.answers import Answer
from cnncalc.practice.draw import Draw
from cnncalc.practice.slips import Slip
from cnncalc.record import record

__all__ = [
    "FORMS",
    "Cell",
    "Distractor",
    "Draft",
    "Form",
    "Grid",
    "Problem",
    "Step",
    "Text",
    "Topic",
    "Worked",
]

Form: TypeAlias = Literal["forward", "inverse", "compare", "symbolic", "find-the-error", "table", "design"]
FORMS: tuple[Form, ...] = ("forward", "inverse", "compare", "symbolic", "find-the-error", "table", "design")


@record
class Grid:
    """A table, or a matrix if it has no header. "?" is a cell to be filled in."""

    rows: tuple[tuple[str, ...], ...]
    header: tuple[str, ...] = ()


@record
class Worked:
    """One quantity worked out: its name, and the formula with the numbers to put in."""

    name: str
    derivation: Derivation


#: paragraphs of a question
Text: TypeAlias = str | Grid
#: what a solution is made of, in order
Step: TypeAlias = Worked | str | Grid


@record
class Distractor:
    """A wrong answer, and the slip that leads to it."""

    answer: Answer
    slip: Slip


@record
class Draft:
    """A question and all that belongs to its solution.

    `values` is everything that was drawn, in numbers and texts, enough to find the answer by other means. `conventions`
    are sentences that end the question. `trap` warns of the usual mistake.
    """

    values: Mapping[str, Any]
    stem: tuple[Text, ...]
    answer: Answer
    steps: tuple[Step, ...]
    check: str
    trap: str
    conventions: tuple[str, ...] = ()
    distractors: tuple[Distractor, ...] = ()


@record
class Problem:
    """A draft with the name of its place: the same name gives the same problem anywhere."""

    topic: str
    form: Form
    difficulty: int
    seed: int
    draft: Draft

    @property
    def name(self) -> str:
        """conv-parameters-forward-2-17"""
        return f"{self.topic}-{self.form}-{self.difficulty}-{self.seed}"


@record
class Cell:
    """One kind of question: how it is drawn; None where what was drawn makes no good question."""

    form: Form
    difficulty: int
    make: Callable[[Draw], Draft | None]


@record
class Topic:
    """What questions are about."""

    name: str
    title: str
    cells: tuple[Cell, ...]
