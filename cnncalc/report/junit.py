"""JUnit's XML, written in one place: suites of test cases, whose texts cannot harm it.

The form is that of Jenkins' xUnit plugin: https://github.com/jenkinsci/xunit-plugin (junit-10.xsd).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from cnncalc.errors import visible
from cnncalc.record import record

__all__ = ["Case", "Problem", "Suite", "as_junit"]


@record
class Problem:
    """Why a case is no pass: a failure is wrong, an error could not be told."""

    element: Literal["failure", "error"]
    message: str
    details: tuple[str, ...] = ()
    kind: str = ""


@record
class Case:
    """One test. `seconds` as they stand in the report; 0 where time is of no account."""

    name: str
    problem: Problem | None = None
    seconds: float = 0


@record
class Suite:
    """Cases that belong together, what else there is to say, and how long they took if that is not their sum."""

    name: str
    cases: tuple[Case, ...]
    output: tuple[str, ...] = ()
    classname: str = ""
    seconds: float | None = None


def as_junit(suites: Sequence[Suite]) -> str:
    """The whole document."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites {_counts(suites)}>"]
    for suite in suites:
        lines.append(f"  <testsuite name={_attribute(suite.name)} {_counts([suite])}>")
        lines += [line for case in suite.cases for line in _case(suite.classname or suite.name, case)]
        lines += [f"    <system-out>{_text(suite.output)}</system-out>"] if suite.output else []
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _counts(suites: Sequence[Suite]) -> str:
    cases = [case for suite in suites for case in suite.cases]
    elements = [case.problem.element for case in cases if case.problem is not None]
    seconds = sum(_seconds(suite) for suite in suites)
    return (
        f'tests="{len(cases)}" failures="{elements.count("failure")}" errors="{elements.count("error")}"'
        f' time="{seconds:.3f}"'
    )


def _seconds(suite: Suite) -> float:
    return sum(case.seconds for case in suite.cases) if suite.seconds is None else suite.seconds


def _case(classname: str, case: Case) -> Iterator[str]:
    head = f'    <testcase classname={_attribute(classname)} name={_attribute(case.name)} time="{case.seconds:.3f}"'
    if case.problem is None:
        yield f"{head}/>"
        return
    problem = case.problem
    kind = f" type={_attribute(problem.kind)}" if problem.kind else ""
    text = _text(problem.details)
    yield f"{head}>"
    yield f"      <{problem.element} message={_attribute(problem.message)}{kind}>{text}</{problem.element}>"
    yield "    </testcase>"


def _text(lines: Sequence[str]) -> str:
    return escape("\n".join(map(visible, lines)))


def _attribute(text: str) -> str:
    return quoteattr(visible(" ".join(text.split())))
