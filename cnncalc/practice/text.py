"""A question and its solution as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from cnncalc.practice.model import Grid, Problem, Text
from cnncalc.practice.solution import solution
from cnncalc.report.explain.text import row_as_text
from cnncalc.report.grid import Grid as Table
from cnncalc.report.grid import Heading, as_lines
from cnncalc.report.style import Style

__all__ = ["grid_as_text", "is_numeric", "question_as_text", "solution_as_text", "wrapped"]

_INDENT = "  "


def question_as_text(problem: Problem, style: Style) -> str:
    """The paragraphs, and the conventions under them."""
    draft = problem.draft
    paragraphs = [*draft.stem, " ".join(draft.conventions)] if draft.conventions else draft.stem
    return "\n\n".join("\n".join(_paragraph(p, style)) for p in paragraphs) + "\n"


def solution_as_text(problem: Problem, style: Style) -> str:
    """The rows of the worked solution."""
    lines: list[str] = []
    for row in solution(problem):
        if isinstance(row, Grid):
            lines += [_INDENT + line for line in grid_as_text(row, style)]
        else:
            lines += row_as_text(row, style.width or 80, style)
    return "\n".join(lines) + "\n"


def wrapped(text: str, style: Style, indent: int = 0) -> str:
    """A sentence in lines that fit."""
    lead = " " * indent
    lines = textwrap.wrap(
        text, style.width or 80, break_on_hyphens=False, initial_indent=lead, subsequent_indent=lead
    )
    return "\n".join(lines) + "\n"


def _paragraph(text: Text, style: Style) -> Iterator[str]:
    if isinstance(text, Grid):
        yield from (_INDENT + line for line in grid_as_text(text, style))
    else:
        yield from textwrap.wrap(text, style.width or 80, break_on_hyphens=False)


def grid_as_text(grid: Grid, style: Style) -> list[str]:
    """A table between rules, or a matrix whose columns are aligned at the right."""
    if grid.header:
        headings = tuple([Heading(title, numeric=is_numeric(grid, i)) for i, title in enumerate(grid.header)])
        return as_lines(Table(headings, grid.rows), style)
    widths = [max(map(len, column)) for column in zip(*grid.rows, strict=True)]
    return ["  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) for row in grid.rows]


def is_numeric(grid: Grid, column: int) -> bool:
    """Whether all cells of a column are numbers, or to be filled in."""
    return all(not row[column] or row[column][0] in "0123456789−?" for row in grid.rows)
