"""Conditions that a person puts on names: `H = 32*h`, `H % 32 == 0`, `H >= 64`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from keyword import iskeyword

from cnncalc.errors import CnncalcError, FormulaError, SpecError
from cnncalc.network.model import Assumption
from cnncalc.record import record
from cnncalc.spec.source import shown
from cnncalc.symbolic import Dim, Facts, as_integer, names, parse_expression, substitute, symbol

__all__ = ["Given", "names_assumed", "read_assumptions"]

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_EQUAL = re.compile(rf"\s*({_NAME})\s*==?\s*([^=].*)")
_DIVISIBLE = re.compile(rf"\s*({_NAME})\s*%\s*([0-9]{{1,15}})\s*==\s*0\s*")
_COMPARED = re.compile(r"([^<>=]+)(>=|<=|>|<)([^<>=]+)")


@record
class Given:
    """What names stand for, what is known of them, and the same for people to read."""

    substitutions: dict[str, Dim]
    facts: Facts
    assumptions: tuple[Assumption, ...]


def read_assumptions(texts: Sequence[str], taken: str = "") -> Given:
    """Read conditions in the order in which they are given. Names that occur in `taken` mean something already.

    Raises SpecError for one that is no condition on a name.
    """
    substitutions: dict[str, Dim] = {}
    compared: list[tuple[str, Dim, Dim]] = []
    used = {name for text in (*texts, taken) for name in re.findall(_NAME, text)}
    for text in texts:
        divisible = _DIVISIBLE.fullmatch(text)
        equal = None if divisible else _EQUAL.fullmatch(text)
        comparison = _COMPARED.fullmatch(text)
        if divisible and int(divisible[2]) > 0:
            name, factor = divisible[1], int(divisible[2])
            _substitute(substitutions, name, factor * symbol(_fresh(name, used)), text)
        elif equal:
            _substitute(substitutions, equal[1], _number(equal[2], text), text)
        elif comparison and not re.search(_NAME, text):
            raise SpecError(
                f"{shown(text)} speaks of no name", "write a condition on one, like 'H>=64'", code="CNN119"
            )
        elif comparison:
            compared.append((text, *_greater_first(comparison, text)))
        else:
            raise SpecError(
                f"{shown(text)} is not a condition",
                "write H=32*h, 'H%32==0' or 'H>=64', quoted in a shell",
                code="CNN119",
            )
    facts = Facts()
    assumptions = []
    for text, left, right in compared:
        left, right = substitute(left, substitutions), substitute(right, substitutions)  # noqa: PLW2901
        try:
            facts = facts.assume_ge(left, right)
        except FormulaError as error:
            raise SpecError(
                f"{shown(text)}: {error.diagnostics[0].message}",
                "correct it, or leave it out; names stand for at least 1",
                code="CNN119",
            ) from None
        if not (isinstance(left, int) and isinstance(right, int)):
            assumptions.append(Assumption.simplest(">=", left, right))
    return Given(substitutions, facts, tuple(assumptions))


def names_assumed(texts: Sequence[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Of every condition, the names that it says something of, and those that it brings in: H=32*h has one of each."""
    for text in texts:
        equal = None if _DIVISIBLE.fullmatch(text) else _EQUAL.fullmatch(text)
        if equal:
            yield text, [equal[1]], re.findall(_NAME, equal[2])
        else:
            yield text, [n for n in re.findall(rf"{_NAME}+(?!\s*\()", text) if not iskeyword(n)], []


def _greater_first(comparison: re.Match[str], text: str) -> tuple[Dim, Dim]:
    """(a, b) such that the comparison says a >= b."""
    left, sign, right = _number(comparison[1], text), comparison[2], _number(comparison[3], text)
    if sign.startswith("<"):
        left, right = right, left
    return left, right + 1 if len(sign) == 1 else right


def _fresh(name: str, used: set[str]) -> str:
    """A name for `name` divided by something: its small letters, numbered if they are taken."""
    candidates = (name.lower(), *(f"{name.lower()}{i}" for i in range(1, len(used) + 2)))
    chosen = next(c for c in candidates if c not in used)
    used.add(chosen)
    return chosen


def _substitute(known: dict[str, Dim], name: str, value: Dim, text: str) -> None:
    if name in known:
        raise SpecError(
            f"{shown(text)}: {name} already has a value", "give one condition for each name", code="CNN119"
        )
    value = substitute(value, known)
    if name in names(value):
        raise SpecError(
            f"{shown(text)}: {name} would stand for itself", "use another name on the right", code="CNN119"
        )
    known.update({other: substitute(v, {name: value}) for other, v in known.items()})
    known[name] = value


def _number(text: str, whole: str) -> Dim:
    try:
        formula = parse_expression(text.strip())
        return as_integer(formula(**{n: symbol(n) for n in formula.names}), text)
    except CnncalcError as error:
        d = error.diagnostics[0]
        raise SpecError(f"{shown(whole)}: {d.message}", d.cure, code="CNN119") from None
