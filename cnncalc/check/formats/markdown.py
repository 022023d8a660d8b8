"""A run of checks as Markdown: for a pull request, and for the summary of a step on GitHub."""

from __future__ import annotations

from cnncalc.check.formats.text import summary, told
from cnncalc.check.model import Run
from cnncalc.report.grid import escape_markdown

__all__ = ["MOST_BYTES", "as_markdown"]

#: what GitHub takes as the summary of a step
MOST_BYTES = 1024 * 1024


def as_markdown(run: Run, *, most: int | None = None) -> str:
    """The sum, and a table of findings; no more of them than fit into `most` bytes."""
    lines = [f"### cnncalc: {summary(run)}", ""]
    if run.findings:
        lines += ["| where | what | finding |", "| --- | --- | --- |"]
    size = sum(len(line.encode()) + 1 for line in lines)
    for number, d in enumerate(run.findings):
        where = f"{run.path(d.span.file)}:{d.span.line}" if d.span else ""
        row = f"| {_cell(where)} | {d.severity} {d.code} | {_cell(told(d))} |"
        size += len(row.encode()) + 1
        if most is not None and size > most - 200:
            lines.append(f"| | | and {len(run.findings) - number:,} more |")
            break
        lines.append(row)
    return "\n".join(lines).rstrip("\n") + "\n"


def _cell(text: str) -> str:
    return "<br>".join(map(escape_markdown, text.split("\n")))
