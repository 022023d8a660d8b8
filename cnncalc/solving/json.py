"""Solutions as JSON: exact integers, fractions as text.

schema_version   1; grows when a field changes its meaning or goes away
conditions       as they were written; goal (greatest or least, and of what, and its value, where one was asked for)
axes             of every name: from, to (null: without end), step
solutions        given: the numbers of all names but one; name: that one; numbers: from, to (null: without end), step
family           of infinitely many solutions by groups: name, at_least and at_most (expressions: the largest and the least of
                 them count), for every number that `of` may have
because          why there is none
tried            how many networks were tried one by one, where formulas did not serve
points           networks built with numbers: given, values, meets, why
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from cnncalc.report.plain import json_text, number
from cnncalc.solving.axes import Axis
from cnncalc.solving.integers import IntegerSet
from cnncalc.solving.model import Family, Group, Point, Solution
from cnncalc.symbolic.ratio import Exact, parts

__all__ = ["as_json"]

_VERSION = 1


def as_json(network: str, solution: Solution) -> str:
    """A question and all that solves it."""
    question = solution.question
    goal = question.goal
    return json_text(
        {
            "schema_version": _VERSION,
            "network": network,
            "conditions": list(question.told),
            "axes": [
                {
                    "name": axis.name,
                    "from": _number(axis, axis.lowest),
                    "to": _number(axis, axis.highest),
                    "step": number(axis.step),
                }
                for axis in question.axes
            ],
            "goal": None
            if goal is None
            else {
                goal.told: goal.of.text,
                "value": None if solution.best is None else _exact(solution.best),
            },
            "solutions": [_group(solution, group) for group in solution.groups],
            "family": None if solution.family is None else _family(solution, solution.family),
            "because": solution.because or None,
            "tried": solution.tried,
            "points": [_point(solution, point) for point in solution.points],
        }
    )


def _number(axis: Axis, n: int | None) -> int | str | None:
    return None if n is None else number(axis.value(n))


def _exact(value: Exact) -> int | str | None:
    n, d = parts(value)
    return number(Fraction(n, d)) if isinstance(n, int) and isinstance(d, int) else None


def _outers(solution: Solution) -> list[Axis]:
    return [axis for i, axis in enumerate(solution.question.axes) if i != solution.inner]


def _group(solution: Solution, group: Group) -> dict[str, Any]:
    inner = solution.question.axes[solution.inner]
    given = zip(_outers(solution), group.outer, strict=True)
    return {
        "given": {axis.name: _number(axis, n) for axis, n in given},
        "name": inner.name,
        "numbers": _set(inner, group.inner),
    }


def _set(axis: Axis, numbers: IntegerSet) -> list[dict[str, Any]]:
    return [
        {"from": _number(axis, p.first), "to": _number(axis, p.last), "step": number(axis.step * p.step)}
        for p in numbers.parts
    ]


def _family(solution: Solution, family: Family) -> dict[str, Any]:
    (outer,) = _outers(solution)
    return {
        "name": solution.question.axes[solution.inner].name,
        "at_least": [number(low) for low in family.lows],
        "at_most": [number(high) for high in family.highs],
        "of": outer.name,
        "numbers": _set(outer, family.outer),
    }


def _point(solution: Solution, point: Point) -> dict[str, Any]:
    axes = solution.question.axes
    return {
        "given": {axis.name: _number(axis, n) for axis, n in zip(axes, point.places, strict=True)},
        "values": {label: _exact(value) for label, value in point.values},
        "meets": point.meets,
        "why": point.why or None,
    }
