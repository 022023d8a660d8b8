"""A run of checks as JUnit's XML: a suite for each file, a case for each expectation and each kind of other finding."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from cnncalc.check.model import Checked, Run
from cnncalc.errors import Diagnostic, visible
from cnncalc.record import record

__all__ = ["as_junit"]


@record
class _Case:
    """One test case; `wrong` with the element that says how: failure, error or skipped."""

    name: str
    element: str = ""
    wrong: Diagnostic | None = None


def as_junit(run: Run) -> str:
    """What is not as expected is a failure, what could not be checked or read an error; advice is in the suite's output."""
    suites = [(run.path(checked.file), tuple(_cases(checked)), _advice(checked)) for checked in run.files]
    if run.others:
        suites.append(("cnncalc check", tuple(_Case(d.code, "failure", d) for d in run.others), []))
    everything = [case for _, cases, _ in suites for case in cases]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites {_counts(everything)}>"]
    for name, cases, advice in suites:
        lines.append(f"  <testsuite name={_attribute(name)} {_counts(cases)}>")
        lines += [line for case in cases for line in _case(name, case)]
        lines += [f"    <system-out>{_text(advice)}</system-out>"] if advice else []
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _cases(checked: Checked) -> Iterator[_Case]:
    errors = [d for d in checked.diagnostics if d.severity == "error"]
    if not errors:
        yield _Case("builds")
    for error in errors:
        yield _Case("builds", "error", error)
    for title, outcome in checked.titled:
        element = {"met": "", "unmet": "failure", "unchecked": "error"}[outcome.status]
        yield _Case(title, element, outcome.diagnostic)


def _advice(checked: Checked) -> list[str]:
    return [str(d) for d in checked.diagnostics if d.severity != "error"]


def _counts(cases: list[_Case] | tuple[_Case, ...]) -> str:
    failures = sum(case.element == "failure" for case in cases)
    errors = sum(case.element == "error" for case in cases)
    return f'tests="{len(cases)}" failures="{failures}" errors="{errors}" time="0"'


def _case(suite: str, case: _Case) -> list[str]:
    head = f'    <testcase classname={_attribute(suite)} name={_attribute(case.name)} time="0"'
    if case.wrong is None:
        return [f"{head}/>"]
    text = _text([str(case.wrong), *case.wrong.notes])
    message = _attribute(case.wrong.message)
    kind = _attribute(case.wrong.code)
    return [
        f"{head}>",
        f"      <{case.element} message={message} type={kind}>{text}</{case.element}>",
        "    </testcase>",
    ]


def _text(lines: list[str]) -> str:
    return escape("\n".join(map(visible, lines)))


def _attribute(text: str) -> str:
    return quoteattr(visible(" ".join(text.split())))
