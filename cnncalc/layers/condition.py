"""What must hold where a layer stands, as data: decided for numbers, assumed or refused for names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from cnncalc.errors import LayerError
from cnncalc.symbolic import Dim, Facts, known_equal, known_ge, pretty
from cnncalc.symbolic import divides as decide_divides

__all__ = ["Condition", "at_least", "check", "decide", "divides", "equal", "failure"]


class Condition(NamedTuple):
    """What must hold where a layer stands: `left >= right`, `left == right`, or `left` divides `right`.

    `fact` says what is the case when it does not hold; `{left}` and `{right}` stand for the two values.
    """

    relation: Literal[">=", "==", "divides"]
    left: Dim
    right: Dim
    fact: str
    cure: str
    field: str | None = None


def at_least(left: Dim, right: Dim, fact: str, cure: str, field: str | None = None) -> Condition:
    """left >= right"""
    return Condition(">=", left, right, fact, cure, field)


def equal(left: Dim, right: Dim, fact: str, cure: str, field: str | None = None) -> Condition:
    """left == right"""
    return Condition("==", left, right, fact, cure, field)


def divides(left: Dim, right: Dim, fact: str, cure: str, field: str | None = None) -> Condition:
    """left divides right without a remainder"""
    return Condition("divides", left, right, fact, cure, field)


def decide(condition: Condition, facts: Facts) -> bool | None:
    """Whether the condition holds; None where the names leave it open."""
    relation, left, right = condition[:3]
    if isinstance(left, int) and isinstance(right, int):
        if relation == ">=":
            return left >= right
        if relation == "==":
            return left == right
        return right % left == 0
    if relation == ">=":
        return known_ge(left, right, facts)
    if relation == "==":
        return known_equal(left, right, facts)
    return decide_divides(left, right, facts)


def failure(condition: Condition) -> LayerError:
    """The error that says that the condition does not hold."""
    values = {"left": _shown(condition.left), "right": _shown(condition.right)}
    if "{divisors}" in condition.cure:
        values["divisors"] = _divisors(condition.right)
    return LayerError(
        condition.fact.format(**values), condition.cure.format(**values), code="CNN203", field=condition.field
    )


def check(conditions: Iterable[Condition], facts: Facts) -> tuple[Condition, ...]:
    """The conditions that the names leave open.

    Raises LayerError for the first one that cannot hold.
    """
    undecided = []
    for condition in conditions:
        verdict = decide(condition, facts)
        if verdict is False:
            raise failure(condition)
        if verdict is None:
            undecided.append(condition)
    return tuple(undecided)


def _shown(value: Dim) -> str:
    return str(value) if isinstance(value, int) else pretty(value)


_MOST_DIVISORS = 16


def _divisors(number: Dim) -> str:
    """ "choose 1, 2, 3, 5" for 30 and the like."""
    if not isinstance(number, int) or not 1 <= number <= 10**6:
        return "choose a divisor of it"
    found = [d for d in range(1, number + 1) if number % d == 0]
    shown = ", ".join(map(str, found[:_MOST_DIVISORS]))
    return f"choose from {shown}{', …' if len(found) > _MOST_DIVISORS else ''}"
