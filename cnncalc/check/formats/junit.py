"""A run of checks as JUnit's XML: a suite for each file, a case for each expectation and each kind of other finding."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.check.model import Checked, Run
from cnncalc.errors import Diagnostic
from cnncalc.report.junit import Case, Problem, Suite
from cnncalc.report.junit import as_junit as written

__all__ = ["as_junit"]


def as_junit(run: Run) -> str:
    """What is not as expected is a failure, what could not be checked or read an error; advice is in the suite's output."""
    suites = [Suite(run.path(c.file), tuple(_cases(c)), tuple(_advice(c))) for c in run.files]
    if run.others:
        suites.append(Suite("cnncalc check", tuple(Case(d.code, _failure(d)) for d in run.others)))
    return written(suites)


def _cases(checked: Checked) -> Iterator[Case]:
    errors = [d for d in checked.diagnostics if d.severity == "error"]
    if not errors:
        yield Case("builds")
    for error in errors:
        yield Case("builds", _error(error))
    for title, outcome in checked.titled:
        if outcome.diagnostic is None:
            yield Case(title)
        else:
            problem = _failure if outcome.status == "unmet" else _error
            yield Case(title, problem(outcome.diagnostic))


def _advice(checked: Checked) -> Iterator[str]:
    return (str(d) for d in checked.diagnostics if d.severity != "error")


def _failure(d: Diagnostic) -> Problem:
    return Problem("failure", d.message, (str(d), *d.notes), d.code)


def _error(d: Diagnostic) -> Problem:
    return Problem("error", d.message, (str(d), *d.notes), d.code)
