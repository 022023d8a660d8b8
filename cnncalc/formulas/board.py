"""Answers as rows: what is given, the formula, the arithmetic; and what an unknown may be, with the proof."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.formulas.answers import Computed, Near, Solved
from cnncalc.network import Assumption
from cnncalc.record import replace
from cnncalc.report.explain.model import Given, Line, Row, chain, fractions, givens, rooted
from cnncalc.symbolic.ratio import ratio
from cnncalc.symbolic.tree import Number

if TYPE_CHECKING:
    from fractions import Fraction

    from cnncalc.layers.condition import Condition

__all__ = ["held", "outcome", "rows", "title"]


def title(answer: Computed | Solved) -> str:
    """The formula's name, and what it is."""
    return f"{answer.entry.name}: {answer.entry.about}"


def rows(answer: Computed | Solved) -> tuple[Row, ...]:
    """What there is to read, from the values given to the answer."""
    return tuple(_of_computed(answer) if isinstance(answer, Computed) else _of_solved(answer))


def _of_computed(answer: Computed) -> Iterator[Row]:
    yield from _given(answer)
    yield Row("Formula", (_worked(answer),))
    if answer.entry.root:
        yield Row("Root", (rooted(answer.entry.root, answer.derivation),))
    if answer.assumed:
        yield Row("Assumed", (", ".join(held(answer.assumed)),))


def _of_solved(answer: Solved) -> Iterator[Row]:
    yield from _given(answer)
    result, formula = answer.entry.result, answer.derivation.formula
    yield Row("Formula", (Line((formula.tree,), result),))
    known = {name: v for name, v in answer.derivation.values.items() if name != answer.unknown}
    yield Row("To solve", (Line((formula.substituted(known), _exactly(answer.target))),))
    yield Row("Solution", (outcome(answer),), bold=True)
    if answer.check:
        yield Row("Check", (_worked(answer.check),))


def _worked(answer: Computed) -> Line:
    show = fractions if answer.entry.root else chain
    return show(answer.entry.result, answer.derivation)


def _given(answer: Computed | Solved) -> Iterator[Row]:
    choices = {v.name: v for v in answer.entry.variables if v.choice}
    unknown = answer.unknown if isinstance(answer, Solved) else None
    meant = {g.name: g for g in givens(answer.derivation) if g.name != unknown}
    for name, variable in choices.items():
        meant[name] = Given(name, Number(answer.values[name]), answer.entry.meaning(variable))
    shown = [
        g if name in answer.given else replace(g, meaning=f"{g.meaning} (default)")
        for name, g in meant.items()
    ]
    if shown:
        yield Row("Given", tuple(shown))


def _exactly(value: int | Fraction) -> Number:
    return Number(ratio(value.numerator, value.denominator))


def outcome(answer: Solved) -> str:
    """All solutions; where there is none, the results on both sides of the one that is wanted."""
    unknown, result = answer.unknown, answer.entry.result
    if answer.found:
        return answer.found.described(unknown, _shown)
    none = f"no integer {unknown} gives {result} = {_shown(answer.target)}"
    nearest = [near for near in (answer.below, answer.above) if near]
    if not nearest:
        needed = ", ".join(held(answer.conditions))
        return f"{none}: for none of them holds all that has to ({needed})"
    sides = " and ".join(_said(near, unknown, result) for near in nearest)
    if len(nearest) == 2:
        return f"{none}: nearest are {sides}"
    return f"{none}: all give {'more' if answer.above else 'less'}, the nearest is {sides}"


def _said(near: Near, unknown: str, result: str) -> str:
    return f"{result} = {_shown(near.result)} for {unknown} = {_shown(near.number)}"


def _shown(value: int | Fraction) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def held(conditions: tuple[Condition, ...]) -> list[str]:
    """Conditions as people write them, each once."""
    texts = [str(Assumption.simplest(c.relation, c.left, c.right)) for c in conditions]
    return list(dict.fromkeys(texts))
