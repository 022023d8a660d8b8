"""Questions and solutions as HTML: one line each, so that formats that are made of lines can hold them."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from cnncalc.errors import visible
from cnncalc.practice.model import Grid, Problem
from cnncalc.practice.solution import solution
from cnncalc.practice.text import grid_as_text
from cnncalc.report.explain.arithmetic import in_text
from cnncalc.report.explain.model import Given, Line, Row
from cnncalc.report.explain.text import line_texts, sentence
from cnncalc.report.style import Style

__all__ = ["question_as_html", "solution_as_html", "text_as_html"]

_WIDTH = 72


def question_as_html(problem: Problem, *hints: str) -> str:
    """The paragraphs, the conventions, and what else is to be said before the answer."""
    draft = problem.draft
    texts = [_grid(t) if isinstance(t, Grid) else _paragraph(t) for t in draft.stem]
    after = [" ".join(draft.conventions), *hints]
    return "".join([*texts, *(_paragraph(text) for text in after if text)])


def solution_as_html(problem: Problem) -> str:
    """The rows of the worked solution."""
    return "".join([_grid(row) if isinstance(row, Grid) else _row(row) for row in solution(problem)])


def text_as_html(text: str) -> str:
    """Words that are shown as they are."""
    return escape(visible(text.replace("\u00a0", " ")))


def _paragraph(text: str) -> str:
    return f"<p>{text_as_html(text)}</p>"


def _lines(lines: Iterable[str]) -> str:
    return f"<pre>{'&#10;'.join(map(text_as_html, lines))}</pre>"


def _grid(grid: Grid) -> str:
    if not grid.header:
        return _lines(grid_as_text(grid, Style()))
    head, *rows = ["".join(map(_cell, row)) for row in (grid.header, *grid.rows)]
    body = "".join([f"<tr>{row}</tr>" for row in rows])
    return f'<table border="1" cellpadding="4"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _cell(text: str) -> str:
    return f"<td>{text_as_html(text)}</td>"


def _row(row: Row) -> str:
    content = row.content
    label = f"{row.label}: " if row.label else ""
    if all(isinstance(item, Given) for item in content):
        given = [item for item in content if isinstance(item, Given)]
        texts = "".join([f"<li>{text_as_html(_given(item))}</li>" for item in given])
        return f"<p>{text_as_html(label.rstrip())}</p><ul>{texts}</ul>"
    if all(isinstance(item, Line) for item in content):
        lines = [text for item in content if isinstance(item, Line) for text in line_texts(item, _WIDTH)]
        return (f"<p>{text_as_html(label.rstrip())}</p>" if label else "") + _lines(lines)
    text = text_as_html(f"{label}{sentence(content)}")  # type: ignore[arg-type]
    return f"<p><b>{text}</b></p>" if row.bold else f"<p>{text}</p>"


def _given(given: Given) -> str:
    value = in_text(given.value)
    return (
        f"{given.name} = {value}, {given.meaning}"
        if value != given.name
        else f"{given.name}, {given.meaning}"
    )
