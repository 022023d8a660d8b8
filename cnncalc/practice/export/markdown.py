"""A sheet as Markdown: the questions with blanks that are filled in and read back, and their key.

    **Answer:** ____ <!-- parameters-forward-1-17 -->

stands below each question. What replaces ____, or stands below that line, is the answer; each of several parts has a line

    - A: ____
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.errors import SpecError, visible
from cnncalc.practice.answers import Parts
from cnncalc.practice.generate import VERSION
from cnncalc.practice.model import Grid, Problem
from cnncalc.practice.sheet import Sheet
from cnncalc.practice.solution import solution
from cnncalc.practice.text import grid_as_text
from cnncalc.record import record
from cnncalc.report.explain.markdown import row_as_markdown
from cnncalc.report.explain.model import Row
from cnncalc.report.explain.text import sentence
from cnncalc.report.style import Style

__all__ = [
    "Filled",
    "as_markdown",
    "filled",
    "key_as_markdown",
    "question_as_markdown",
    "solution_as_markdown",
    "text_as_markdown",
]

_BLANK = "____"
_MARK = "<!-- cnncalc practice, version {} -->"
_MARKED = re.compile(r"^<!-- cnncalc practice, version (\d+) -->\s*$", re.MULTILINE)
_ANSWER = re.compile(r"^\*\*Answer:\*\*(?P<text>.*?)<!-- (?P<name>[\w-]+) -->\s*$")
_UNDERLINE = re.compile(r"_{3,}")
_BULLET = re.compile(r"^\s*[-*+]\s+")

#: what ends emphasis, code, links and tables is escaped; what begins HTML or mathematics is an entity, as a backslash does not help everywhere
_SPECIAL = re.compile(r"[\\`*_\[\]{}]")
_ENTITIES = {c: f"&#{ord(c)};" for c in "|~$"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
#: what makes a heading, a list, a rule or a definition of a line that begins with it
_START = re.compile(r"^(\d*)([-+#=:.)!%])")


@record
class Filled:
    """What somebody answered to the problem of a name, and in which line; an empty text is no answer."""

    name: str
    line: int
    text: str


def as_markdown(sheet: Sheet) -> str:
    """The questions, with blanks."""
    lines = [f"# {text_as_markdown(sheet.title)}", "", _MARK.format(sheet.version)]
    for number, problem in enumerate(sheet.problems, start=1):
        lines += ["", f"## {number}", ""]
        lines += question_as_markdown(problem)
        lines += ["", *_blanks(problem)]
    return "\n".join(lines) + "\n"


def key_as_markdown(sheet: Sheet) -> str:
    """The worked solutions."""
    lines = [f"# {text_as_markdown(sheet.title)}: solutions", ""]
    for number, problem in enumerate(sheet.problems, start=1):
        lines += [f"## {number}", "", f"`{problem.name}`", "", *solution_as_markdown(problem), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def filled(text: str) -> tuple[Filled, ...]:
    """The answers of a sheet that somebody filled in.

    Raises SpecError if there are none to be found, or if this version makes other problems of the names.
    """
    marked = _MARKED.search(text)
    if marked is None:
        raise SpecError(
            "this is no sheet that can be graded",
            "cnncalc practice --export FILE.md writes one",
            code="CNN145",
        )
    if int(marked[1]) != VERSION:
        raise SpecError(
            f"the sheet is of version {marked[1]} of the problems, this cnncalc has version {VERSION}",
            "grade it with the cnncalc that wrote it",
            code="CNN145",
        )
    return tuple(_filled(text))


def _filled(text: str) -> Iterator[Filled]:
    found: tuple[str, int] | None = None
    pieces: list[str] = []
    for number, line in enumerate([*text.splitlines(), "#"], start=1):
        answer = _ANSWER.match(line)
        if found is not None and (answer or line.startswith("#")):
            yield Filled(*found, "; ".join(pieces))
            found = None
        if answer:
            found, pieces = (answer["name"], number), []
        piece = _UNDERLINE.sub("", answer["text"] if answer else _BULLET.sub("", line)).strip()
        if found is not None and piece and not piece.endswith(":"):
            pieces.append(piece)


def _blanks(problem: Problem) -> Iterator[str]:
    answer = problem.draft.answer
    if isinstance(answer, Parts):
        yield f"**Answer:** <!-- {problem.name} -->"
        yield ""
        yield from (f"- {label}: {_BLANK}" for label, _ in answer.parts)
    else:
        yield f"**Answer:** {_BLANK} <!-- {problem.name} -->"


def question_as_markdown(problem: Problem, *hints: str) -> Iterator[str]:
    """The lines of the paragraphs, of the conventions, and of what else is to be said before the answer."""
    draft = problem.draft
    after = [text for text in (" ".join(draft.conventions), *hints) if text]
    for i, text in enumerate([*draft.stem, *after]):
        yield from [""] if i else []
        yield from _grid(text) if isinstance(text, Grid) else [text_as_markdown(text)]


def solution_as_markdown(problem: Problem) -> Iterator[str]:
    """The lines of the worked solution."""
    for i, row in enumerate(solution(problem)):
        yield from [""] if i else []
        yield from _grid(row) if isinstance(row, Grid) else _row(row)


def _row(row: Row) -> Iterator[str]:
    """Sentences as they are, without code between backticks; what is given and arithmetic as in `explain`."""
    if any(isinstance(item, str) for item in row.content):
        label = f"{row.label}: " if row.label else ""
        text = text_as_markdown(f"{label}{sentence(row.content)}")  # type: ignore[arg-type]
        yield f"**{text}**" if row.bold else text
    else:
        yield from row_as_markdown(row)


def text_as_markdown(text: str) -> str:
    """A paragraph that is shown as it is, on one line."""
    text = visible(" ".join(text.split()))
    escaped = "".join([_ENTITIES.get(c) or _SPECIAL.sub(r"\\\g<0>", c) for c in text])
    return _START.sub(lambda m: f"{m[1]}&#{ord(m[2])};", escaped)


def _grid(grid: Grid) -> list[str]:
    if not grid.header:
        return ["```text", *grid_as_text(grid, Style()), "```"]
    head, *rows = [" | ".join(map(text_as_markdown, row)) for row in (grid.header, *grid.rows)]
    rule = " | ".join(["---"] * len(grid.header))
    return [f"| {line} |" for line in (head, rule, *rows)]
