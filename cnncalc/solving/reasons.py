"""Why nothing solves a question."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from cnncalc.errors import CnncalcError
from cnncalc.record import replace
from cnncalc.solving.axes import decimal
from cnncalc.solving.candidates import Candidates
from cnncalc.solving.conditions import Comparison, Expression
from cnncalc.solving.integers import IntegerSet
from cnncalc.solving.model import Goal, Question
from cnncalc.solving.one import best_of, found_in, regions_of
from cnncalc.symbolic.ratio import Exact, parts
from cnncalc.symbolic.text import pretty_formula
from cnncalc.symbolic.tree import Name, Node, Number, Sum, children, name_nodes, rebuilt

__all__ = ["number_told", "reason_of_many", "reason_of_one"]

Comparisons: TypeAlias = tuple[Comparison, ...]


def reason_of_one(candidates: Candidates, question: Question) -> str:
    """The first condition that leaves nothing, and how near it comes to being met."""
    for i, comparison in enumerate(question.comparisons):
        left = question.comparisons[: i + 1]
        try:
            if found_in(regions_of(candidates, left)):
                continue
            if not found_in(regions_of(candidates, left[:-1])):
                return _no_network(candidates)
            near = _nearest(candidates, left[:-1], comparison)
        except CnncalcError:  # there is no formula without the other conditions
            break
        others = " and ".join(dict.fromkeys(c.of.text for c in left[:-1]))
        return f"where {others}, {near}" if others else near
    return f"no value of {question.axes[0].name} meets the conditions"


def reason_of_many(question: Question) -> str:
    """What was asked, and of what."""
    names = " and ".join(axis.name for axis in question.axes)
    together = " together" if len(question.told) > 1 else ""
    return f"no values of {names} meet {' and '.join(question.told)}{together}"


def _no_network(candidates: Candidates) -> str:
    (axis,) = candidates.axes
    try:
        candidates.at([max(1, axis.lowest) if axis.whole else axis.lowest])
    except CnncalcError as error:
        return f"there is no such network for any {axis.name}: {error.diagnostics[0].message}"
    return f"there is no such network for any {axis.name}"


def _nearest(candidates: Candidates, others: Comparisons, comparison: Comparison) -> str:
    """ "output.H is 55 at N = 220, and output.H is 57 at N = 221", or "macs is at least 5,000, at K = 1"."""
    below = above = IntegerSet()
    if comparison.sign == "==":
        below = found_in(regions_of(candidates, (*others, replace(comparison, sign="<"))))
        above = found_in(regions_of(candidates, (*others, replace(comparison, sign=">"))))
    if below and above:
        pair = _neighbours(below, above)
        if pair is None:
            return f"{comparison.of.text} holds nowhere"
        told = [_told(candidates, comparison, n) for n in pair]
        return f"{told[0]}, and {told[1]}"
    greatest = bool(below) or comparison.sign in (">", ">=")
    way, told_way = (1, "at most") if greatest else (-1, "at least")
    if comparison.sign == "!=":
        told_way = "always"
    apart = Sum(((1, comparison.left), (-1, comparison.right)))
    goal = Goal(way, Expression(comparison.of.text, apart, comparison.of.quantities, comparison.of.numbers))
    best = best_of(candidates, regions_of(candidates, others), goal)
    if best is None:
        return f"{comparison.of.text} holds nowhere"
    return _told(candidates, comparison, best[1].least, told_way)


def _told(candidates: Candidates, comparison: Comparison, n: int, way: str = "") -> str:
    """ "output.H is 55 at N = 220": what is compared, at a number on the axis."""
    (axis,) = candidates.axes
    candidate = candidates.at([n])
    of = comparison.of
    sides = [
        side
        for side in (comparison.left, comparison.right)
        if any(n.name not in of.numbers for n in name_nodes(side))
    ]
    told = [
        f"{shown(side, of)} is {f'{way} ' if way and len(sides) == 1 else ''}{number_told(candidate.evaluated(side, of))}"
        for side in sides
    ]
    return f"{' and '.join(told)}{',' if way else ''} at {axis.name} = {axis.shown(n)}"


def shown(node: Node, of: Expression) -> str:
    """A part of an expression, for people."""
    return pretty_formula(_named(node, of))


def _named(node: Node, of: Expression) -> Node:
    if isinstance(node, Name):
        if node.name in of.numbers:
            return Number(of.numbers[node.name])
        return Name(of.quantities[node.name].text) if node.name in of.quantities else node
    return rebuilt(node, tuple([_named(child, of) for child in children(node)]))


def number_told(value: Exact) -> str:
    """12,345, or 2/3."""
    n, d = parts(value)
    if not isinstance(n, int) or not isinstance(d, int):
        raise TypeError
    return f"{n:,}" if d == 1 else decimal(Fraction(n, d))


def _neighbours(below: IntegerSet, above: IntegerSet) -> tuple[int, int] | None:
    """The last number of one set before the other begins, and the first of that."""
    for first, second in ((below, above), (above, below)):
        last = first.greatest
        if last is not None:
            return next(((last, n) for n in second if n > last), None)
    return None
