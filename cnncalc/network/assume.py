"""Conditions that a person puts on names: `H = 32*h`, `H % 32 == 0`, `H >= 64`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnncalc.errors import CnncalcError, SpecError
from cnncalc.network.model import Assumption
from cnncalc.record import record
from cnncalc.symbolic import Dim, Facts, as_integer, names, parse_expression, substitute, symbol

__all__ = ["Given", "read_assumptions"]

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_EQUAL = re.compile(rf"\s*({_NAME})\s*==?\s*([^=].*)")
_DIVISIBLE = re.compile(rf"\s*({_NAME})\s*%\s*(\d{{1,15}})\s*==\s*0\s*")
_COMPARED = re.compile(r"([^<>=]+)(>=|<=|>|<)([^<>=]+)")


@record
class Given:
    """What names stand for, what is known of them, and the same for people to read."""

    substitutions: dict[str, Dim]
    facts: Facts
    assumptions: tuple[Assumption, ...]


def read_assumptions(texts: Sequence[str]) -> Given:
    """Read conditions in the order in which they are given.

    Raises SpecError for one that is no condition on a name.
    """
    substitutions: dict[str, Dim] = {}
    facts = Facts()
    assumptions: list[Assumption] = []
    used = {name for text in texts for name in re.findall(_NAME, text)}
    for text in texts:
        divisible = _DIVISIBLE.fullmatch(text)
        equal = None if divisible else _EQUAL.fullmatch(text)
        compared = _COMPARED.fullmatch(text)
        if divisible and int(divisible[2]) > 0:
            name, factor = divisible[1], int(divisible[2])
            _substitute(substitutions, name, factor * symbol(_fresh(name, used)), text)
        elif equal:
            _substitute(substitutions, equal[1], _number(equal[2], text), text)
        elif compared:
            left, right = _number(compared[1], text), _number(compared[3], text)
            if compared[2].startswith("<"):
                left, right = right, left
            if len(compared[2]) == 1:
                right = right + 1
            facts = facts.assume_ge(left, right)
            assumptions.append(Assumption(">=", left, right))
        else:
            raise SpecError(
                f"'{text}' is not a condition",
                "write H=32*h, 'H%32==0' or 'H>=64', quoted in a shell",
                code="CNN119",
            )
    return Given(substitutions, facts, tuple(assumptions))


def _fresh(name: str, used: set[str]) -> str:
    """A name for `name` divided by something: its small letters, numbered if they are taken."""
    candidates = (name.lower(), *(f"{name.lower()}{i}" for i in range(1, len(used) + 2)))
    chosen = next(c for c in candidates if c not in used)
    used.add(chosen)
    return chosen


def _substitute(known: dict[str, Dim], name: str, value: Dim, text: str) -> None:
    if name in known:
        raise SpecError(
            f"'{text}': {name} already has a value", "give one condition for each name", code="CNN119"
        )
    value = substitute(value, known)
    if name in names(value):
        raise SpecError(
            f"'{text}': {name} would stand for itself", "use another name on the right", code="CNN119"
        )
    known.update({other: substitute(v, {name: value}) for other, v in known.items()})
    known[name] = value


def _number(text: str, whole: str) -> Dim:
    try:
        formula = parse_expression(text.strip())
        return as_integer(formula(**{n: symbol(n) for n in formula.names}), text)
    except CnncalcError as error:
        d = error.diagnostics[0]
        raise SpecError(f"'{whole}': {d.message}", d.cure, code="CNN119") from None
