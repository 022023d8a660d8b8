"""Expectations beside what a network is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from cnncalc.check.model import Outcome
from cnncalc.errors import CnncalcError, Diagnostic
from cnncalc.network import Network
from cnncalc.quantities import Facts, Found, Part
from cnncalc.spec.bounds import Bound
from cnncalc.spec.expectations import Expectation
from cnncalc.symbolic import Dim, pretty

__all__ = ["UNCHECKED", "UNMET", "proven"]

UNMET = "CNN501"
UNCHECKED = "CNN502"


def proven(network: Network, expectations: Sequence[Expectation]) -> tuple[Outcome, ...]:
    """What becomes of expectations of one network, in their order."""
    facts = Facts(network)
    return tuple([_outcome(facts, expectation) for expectation in expectations])


def _outcome(facts: Facts, expected: Expectation) -> Outcome:
    try:
        part = facts.part(expected.layer)
        if expected.quantity == "output":
            return _output(part, expected, str(expected.wanted))
        found = facts.find(part, expected.quantity, batch=expected.batch, dtype=expected.dtype)
        wanted = expected.wanted
        if isinstance(wanted, str):
            there = facts.normalisations(part)
            wanted = Bound(f"all {there}", Fraction(there), Fraction(there))
        return _number(expected, wanted, found)
    except CnncalcError as error:
        d = error.diagnostics[0]
        return _missing(expected, d.message, d.cure, d.code)


def _output(part: Part, expected: Expectation, wanted: str) -> Outcome:
    if part.output is None:
        return _missing(expected, f"'{part.name}' ends in several layers", "name one of them", UNCHECKED)
    actual = str(part.output)
    if actual == re.sub(r" *[x×] *", "x", wanted.strip()):
        return Outcome(expected, actual, "met")
    message = f"{_subject(expected)} is {part.output.pretty()}, expected {wanted.strip()}"
    return Outcome(expected, actual, "unmet", Diagnostic(UNMET, message, None, expected.span))


def _number(expected: Expectation, wanted: Bound, found: Found) -> Outcome:
    if not found.values:
        return _missing(expected, found.why, "leave this line out", UNCHECKED)
    told = ", ".join(f"{axis} {_told(value)}".strip() for axis, value in found.values)
    if len({value for _, value in found.values}) == 1:
        told = _told(found.values[0][1])
    numbers = [(axis, value) for axis, value in found.values if isinstance(value, int | Fraction)]
    if len(numbers) < len(found.values):
        why = f"it is {told}, and what the names stand for is open"
        return _missing(expected, why, "give the file numbers", UNCHECKED)
    wrong = [value for _, value in numbers if not wanted.holds(value)]
    if not wrong:
        return Outcome(expected, told, "met")
    message = f"{_subject(expected)} is {told}, expected {wanted.text}: {_apart(wanted, wrong[0])}"
    return Outcome(
        expected, told, "unmet", Diagnostic(UNMET, message, None, expected.span, notes=found.notes)
    )


def _apart(wanted: Bound, value: int | Fraction) -> str:
    """5,557,032 too many (28 %)"""
    miss = wanted.miss(value)
    if miss == 0:
        return "the end itself is not allowed"
    way = "too many" if miss > 0 else "too few"
    size = abs(miss)
    limit = value - miss
    share = f" ({_percent(size / limit)} %)" if limit > 0 else ""
    number = _told(size) if size.denominator == 1 else f"{float(size):,.6g}"
    return f"{number} {way}{share}"


def _percent(share: Fraction) -> str:
    """Two digits that count, rounded: 28, 1.4, 0.031"""
    percent = 100 * share
    if percent >= 10:
        return f"{round(percent):,}"
    return f"{float(percent):.2g}"


def _subject(expected: Expectation) -> str:
    """What an expectation speaks of: macs of 'layer1', with batch and type where they matter."""
    what = expected.quantity
    if what.startswith("memory."):
        what = f"{what} ({expected.dtype}, batch {expected.batch})"
    where = f" of '{expected.layer}'" if expected.layer else ""
    return f"{f'{expected.preset}: ' if expected.preset else ''}{what}{where}"


def _told(value: Dim | Fraction) -> str:
    if isinstance(value, Fraction):
        return f"{value.numerator:,}" if value.denominator == 1 else str(value)
    return f"{value:,}" if isinstance(value, int) else pretty(value)


def _missing(expected: Expectation, why: str, cure: str | None, code: str) -> Outcome:
    message = f"{_subject(expected)} cannot be checked: {why}"
    return Outcome(expected, "", "unchecked", Diagnostic(code, message, cure, expected.span))
