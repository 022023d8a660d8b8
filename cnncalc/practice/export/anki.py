"""A sheet as cards for Anki: a text file with tabs, whose cards are known again when it is imported once more.

Source: https://docs.ankiweb.net/importing/text-files.html
"""

from __future__ import annotations

import csv
import io

from cnncalc.errors import visible
from cnncalc.practice.export.html import question_as_html, solution_as_html
from cnncalc.practice.model import Problem
from cnncalc.practice.sheet import Sheet
from cnncalc.record import record

__all__ = ["Note", "as_anki", "deck_name", "note"]

_HEAD = ("#separator:tab", "#html:true", "#notetype:Basic", "#guid column:1", "#tags column:4")


@record
class Note:
    """A card: the same guid is the same card."""

    guid: str
    front: str
    back: str
    tags: tuple[str, ...]


def as_anki(sheet: Sheet) -> str:
    """The whole file: guid, front, back and tags of each card."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    for problem in sheet.problems:
        card = note(problem, sheet.version)
        writer.writerow([card.guid, card.front, card.back, " ".join(card.tags)])
    return "\n".join([*_HEAD, f"#deck:{deck_name(sheet)}", out.getvalue()])


def note(problem: Problem, version: int) -> Note:
    """The question, the worked solution, and what both are about."""
    return Note(
        f"cnncalc-{version}-{problem.name}",
        question_as_html(problem),
        solution_as_html(problem),
        ("cnncalc", problem.topic, problem.form, f"difficulty-{problem.difficulty}"),
    )


def deck_name(sheet: Sheet) -> str:
    """:: would begin a deck within the deck."""
    return f"cnncalc::{visible(sheet.title).replace('::', ':')}"
