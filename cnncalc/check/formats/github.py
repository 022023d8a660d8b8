"""A run of checks for GitHub Actions: workflow commands that become annotations.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions. GitHub shows ten errors and ten warnings
of a step; the others are printed plainly. What is said at length is in the summary of the step: see `markdown`.
"""

from __future__ import annotations

from collections import Counter

from cnncalc.check.formats.text import summary, told
from cnncalc.check.model import Run
from cnncalc.errors import Diagnostic

__all__ = ["as_commands"]

_MOST_OF_A_KIND = 10
_LEVELS = {"error": "error", "warning": "warning"}


def as_commands(run: Run) -> str:
    """One command for each finding that GitHub shows, a plain line for each other; then the sum."""
    seen: Counter[str] = Counter()
    lines = []
    for d in run.findings:
        level = _LEVELS.get(d.severity, "notice")
        seen[level] += 1
        lines.append(_command(run, d, level) if seen[level] <= _MOST_OF_A_KIND else _plain(run, d))
    return "\n".join([*lines, summary(run)]) + "\n"


def _command(run: Run, d: Diagnostic, level: str) -> str:
    properties = {"title": f"cnncalc {d.code}"}
    if d.span is not None:
        properties = {
            "file": run.path(d.span.file),
            "line": str(d.span.line),
            "endLine": str(d.span.line),
            "col": str(d.span.column),
            "endColumn": str(d.span.column + d.span.length),
        } | properties
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{level} {given}::{_data(told(d))}"


def _plain(run: Run, d: Diagnostic) -> str:
    """A line that is no command, whatever it says."""
    place = f"{run.path(d.span.file)}:{d.span.line}:{d.span.column}: " if d.span else ""
    return " ".join(f"{place}{d.severity}[{d.code}]: {d.message}".replace("::", ": :").split())


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
