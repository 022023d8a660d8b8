"""Findings for people, as compilers print them, and one line that sums them up."""

from __future__ import annotations

from cnncalc.check.model import Run
from cnncalc.errors import Diagnostic, render_diagnostic
from cnncalc.report.style import Style

__all__ = ["as_text", "summary", "told"]


def as_text(run: Run, style: Style) -> str:
    """Every finding with its source line, by file and place; then the sum."""
    found = [render_diagnostic(d, dict(checked.lines)) for checked in run.files for d in checked.findings]
    found += [render_diagnostic(d, {}) for d in run.others]
    return "\n\n".join([*found, style.bold(summary(run))]) + "\n"


def summary(run: Run) -> str:
    """12 files, 15 networks: 31 of 34 expectations met, 1 error, 2 warnings"""
    outcomes = [outcome for checked in run.files for outcome in checked.outcomes]
    met = sum(outcome.status == "met" for outcome in outcomes)
    errors = sum(d.severity == "error" for d in run.findings)
    advice = len(run.findings) - errors
    networks = sum(len(checked.networks) for checked in run.files)
    parts = (
        [f"{met:,} of {_count(len(outcomes), 'expectation')} met"] if outcomes else ["nothing is expected"]
    )
    parts += [_count(errors, "error")] if errors else []
    parts += [_count(advice, "warning")] if advice else []
    return f"{_count(len(run.files), 'file')}, {_count(networks, 'network')}: {', '.join(parts)}"


def told(d: Diagnostic) -> str:
    """What a finding says, without its place: the fact, the cure, the rest, on a line each."""
    return "\n".join([d.message, *([d.cure] if d.cure else []), *d.notes])


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
