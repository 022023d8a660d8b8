"""A question -> all that solves it, tried with numbers where it begins and ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice, product
from math import prod

from cnncalc.errors import CnncalcError, SpecError
from cnncalc.record import replace
from cnncalc.solving.axes import Axis
from cnncalc.solving.candidates import Candidate, Candidates
from cnncalc.solving.constraints import Constrained, constrained
from cnncalc.solving.extremes import greatest
from cnncalc.solving.integers import IntegerSet, Progression
from cnncalc.solving.model import Family, Goal, Group, Point, Question, Solution
from cnncalc.solving.one import (
    MOST_TRIED,
    Region,
    best_of,
    compared,
    found_in,
    is_slip,
    mapped,
    regions_of,
    tried,
)
from cnncalc.solving.reasons import reason_of_many, reason_of_one
from cnncalc.solving.several import Found, members, together, within
from cnncalc.solving.univariate import Condition
from cnncalc.symbolic import substitute, symbol
from cnncalc.symbolic.ratio import Exact, ratio

__all__ = ["all_groups", "solved"]

#: how many parts of a set, and how many groups, are shown to be right
_SHOWN_PARTS = 3
_SHOWN_GROUPS = 3


def solved(candidates: Candidates, question: Question) -> Solution:
    """All that solves a question.

    Raises CnncalcError if that cannot be told, or would take too long.
    """
    if len(question.axes) == 1:
        return _of_one(candidates, question)
    return _of_several(candidates, question)


def _of_one(candidates: Candidates, question: Question) -> Solution:
    (axis,) = question.axes
    whole = Progression(axis.lowest, axis.highest)
    regions = regions_of(candidates, question.comparisons)
    found = found_in(regions)
    points = tuple([_point(candidates, question, (n,)) for n in _around(found, whole)])
    if any(point.meets != (point.places[0] in found) for point in points):
        # what a spec makes of a number is beyond formulas, as to divide by what is negative
        regions = [_all_tried(candidates, question, whole)]
        found = found_in(regions)
        points = tuple([_point(candidates, question, (n,)) for n in _around(found, whole)])
    counted = sum(region.numbers.size or 0 for region in regions if region.formula is None)
    if not found:
        return Solution(question, 0, because=reason_of_one(candidates, question), tried=counted)
    if question.goal is None:
        return Solution(question, 0, (Group((), found),), points=points, tried=counted)
    best = best_of(candidates, regions, question.goal)
    if best is None:
        raise ValueError("no best of solutions")
    points = tuple([_point(candidates, question, (n,)) for n in _around(best[1], whole)])
    return Solution(question, 0, (Group((), best[1]),), None, best[0], found, points, tried=counted)


def _all_tried(candidates: Candidates, question: Question, whole: Progression) -> Region:
    if whole.size is None or whole.size > MOST_TRIED:
        name = question.axes[0].name
        raise SpecError(
            f"for some values of {name} the network is not what its formula says",
            f"give a range, of at most {MOST_TRIED:,} values, to be tried: --range {name}=1..100",
            code="CNN143",
        )
    return tried(candidates, question.comparisons, whole)


def _of_several(candidates: Candidates, question: Question) -> Solution:
    axes = question.axes
    try:
        formula = constrained(
            candidates, [Progression(a.lowest, a.highest) for a in axes], question.comparisons
        )
    except CnncalcError as error:
        if is_slip(candidates, error, endless=any(axis.size is None for axis in axes)):
            raise
        return _one_by_one(candidates, question, error.diagnostics[0].message)
    if any(decision for _, decision in formula.own):
        return _one_by_one(candidates, question, "expressions of the spec choose between cases")
    highest = {axis.name: None if axis.size is None else axis.size - 1 for axis in axes}
    if any(_possible(where, highest) for where in formula.stretched()):
        return _one_by_one(candidates, question, "a size of 1 may be stretched to another")
    found = together(formula.conditions, highest)
    best: Exact | None = None
    if question.goal is not None:
        found, best = _best(formula, found, highest, question.goal)
    solution = Solution(question, found.inner, _counted(found, question), _family(found, question), best)
    if solution.empty:
        return replace(solution, because=reason_of_many(question))
    points, right = _shown(candidates, solution)
    if not right:
        return _one_by_one(candidates, question, "for some numbers the network is not what its formula says")
    return replace(solution, points=tuple(points))


def _possible(conditions: Sequence[Condition], highest: dict[str, int | None]) -> bool:
    """Whether conditions hold somewhere, or it takes too long to tell."""
    try:
        found = together(conditions, highest)
    except CnncalcError:
        return True
    return bool(found.groups) or (found.family is not None and bool(found.family.outer))


def _best(
    formula: Constrained, found: Found, highest: dict[str, int | None], goal: Goal
) -> tuple[Found, Exact | None]:
    """Those of the solutions for which a goal is best."""
    n, d = formula.value(goal.of)
    names = formula.names
    value = n * goal.direction
    inner = names[found.inner]
    outers = [name for name in names if name != inner]
    conditions = formula.conditions
    if found.family is not None:
        group = next(members(found.family, outers[0]))
        first = substitute(value, {outers[0]: group.outer[0], inner: group.inner.least})
        conditions = [*conditions, (">=", value, first)]
        found = together(conditions, highest)
        if found.family is not None:
            raise SpecError(
                f"{goal.of.text} may have no {goal.told} value: the solutions have no end",
                f"give a range: --range {outers[0]}=1..100",
                code="CNN143",
            )
        inner = names[found.inner]
        outers = [name for name in names if name != inner]
    best: int | None = None
    groups: list[Group] = []
    for group in found.groups:
        places = dict(zip(outers, group.outer, strict=True))
        there = within(conditions, places, inner, highest[inner])
        if not there:
            continue
        top = greatest(
            substitute(value, places),
            [(r, substitute(a, places), substitute(b, places)) for r, a, b in conditions],
            inner,
            highest[inner],
            f"{goal.told} {goal.of.text}",
        )
        if top is None or (best is not None and top[0] < best):
            continue
        groups = [*(groups if top[0] == best else []), Group(group.outer, top[1])]
        best = top[0]
    return Found(found.inner, tuple(groups)), None if best is None else ratio(best * goal.direction, d)


def _counted(found: Found, question: Question) -> tuple[Group, ...]:
    """The groups with numbers on the axes instead of places from 0."""
    inner = question.axes[found.inner]
    outers = [axis for i, axis in enumerate(question.axes) if i != found.inner]
    return tuple(
        [
            Group(
                tuple([axis.lowest + n for axis, n in zip(outers, group.outer, strict=True)]),
                mapped(Progression(inner.lowest, inner.highest), group.inner),
            )
            for group in found.groups
        ]
    )


def _family(found: Found, question: Question) -> Family | None:
    family = found.family
    if family is None:
        return None
    inner, outer = question.axes[found.inner], question.axes[1 - found.inner]
    for axis in (inner, outer):
        if not axis.whole:
            raise SpecError(
                f"there are infinitely many solutions, and {axis.name} is no whole number",
                f"give a range: --range {axis.name}=0..2",
                code="CNN143",
            )
    back = {outer.name: symbol(outer.name) - outer.lowest}
    return Family(
        tuple([substitute(end, back) + inner.lowest for end in family.lows]),
        tuple([substitute(end, back) + inner.lowest for end in family.highs]),
        mapped(Progression(outer.lowest, outer.highest), family.outer),
    )


def _inner_axis(axes: tuple[Axis, ...], why: str) -> int:
    """The axis that is searched as a whole for all numbers of the others.

    Raises SpecError if there are too many of those.
    """
    names = ", ".join(axis.name for axis in axes)
    endless = [axis.name for axis in axes if axis.size is None]
    if len(endless) > 1:
        raise SpecError(
            f"there is no formula for all values of {names} together ({why})",
            f"give ranges: {' '.join(f'--range {name}=1..10' for name in endless)}",
            code="CNN143",
        )
    total = prod(axis.size or 1 for axis in axes)
    if total > MOST_TRIED:
        raise SpecError(
            f"there is no formula for all values of {names} together ({why}), and {total:,} are too many to be tried",
            f"narrow the ranges to {MOST_TRIED:,} together, with --range",
            code="CNN143",
        )
    return max(range(len(axes)), key=lambda i: (axes[i].size is None, axes[i].size or 0))


def _one_by_one(candidates: Candidates, question: Question, why: str) -> Solution:
    """The solutions for all numbers of all axes but one, one after the other."""
    axes = question.axes
    inner = _inner_axis(axes, why)
    outers = [axis for i, axis in enumerate(axes) if i != inner]
    groups: list[Group] = []
    best: Exact | None = None
    failed: CnncalcError | None = None
    counted = right = 0
    for outer in product(*(range(a.lowest, a.lowest + (a.size or 0)) for a in outers)):
        along = candidates.along(inner, outer)
        try:
            regions = regions_of(along, question.comparisons)
        except CnncalcError as error:
            if error.diagnostics[0].code == "CNN143":  # cut short: whether there are solutions is not known
                raise
            failed = failed or error
            continue
        right += 1
        counted += sum(region.numbers.size or 0 for region in regions if region.formula is None)
        found = found_in(regions)
        if found and question.goal is not None:
            top = best_of(along, regions, question.goal)
            ahead = 1 if best is None or top is None else question.goal.direction * compared(top[0], best)
            if top is None or ahead < 0:
                continue
            groups = groups if ahead == 0 else []
            best, found = top
        if found:
            groups.append(Group(outer, found))
    if failed is not None and not right:
        raise failed
    solution = Solution(question, inner, tuple(groups), best=best, tried=counted)
    if solution.empty:
        return replace(solution, because=reason_of_many(question))
    return replace(solution, points=tuple(_shown(candidates, solution)[0]))


def _shown(candidates: Candidates, solution: Solution) -> tuple[list[Point], bool]:
    """The ends of the first groups and what is just outside, tried; and whether all is as it should be."""
    inner = solution.question.axes[solution.inner]
    points: list[Point] = []
    right = True
    for group in islice(all_groups(solution), _SHOWN_GROUPS):
        for number in _around(group.inner, Progression(inner.lowest, inner.highest)):
            places = list(group.outer)
            places.insert(solution.inner, number)
            points.append(_point(candidates, solution.question, places))
            # where there is a goal, others may meet the conditions too
            wanted = solution.question.goal is None or number in group.inner
            right = right and (not wanted or points[-1].meets == (number in group.inner))
    return points, right


def all_groups(solution: Solution) -> Iterable[Group]:
    """The groups of a solution; of a family, all that it has, the least first."""
    if solution.family is None:
        return solution.groups
    outer = solution.question.axes[1 - solution.inner]
    return members(solution.family, outer.name)


def _around(found: IntegerSet, whole: Progression) -> list[int]:
    """The ends of the first parts of a set, and the numbers just outside of them."""
    ends: list[int] = []
    for part in found.parts[:_SHOWN_PARTS]:
        ends += [part.first - 1, part.first]
        ends += [] if part.last is None else [part.last, part.last + 1]
        if part.step > 1:
            ends.append(part.first + 1)
    return [n for n in sorted(set(ends)) if n in whole]


def _point(candidates: Candidates, question: Question, places: Sequence[int]) -> Point:
    """A candidate, tried with numbers."""
    try:
        candidate = candidates.at(places)
        values = _values(candidate, question)
        meets = all(candidate.holds(comparison) for comparison in question.comparisons)
        return Point(tuple(places), values, meets)
    except CnncalcError as error:
        return Point(tuple(places), (), meets=False, why=error.diagnostics[0].message)


def _values(candidate: Candidate, question: Question) -> tuple[tuple[str, Exact], ...]:
    expressions = [comparison.of for comparison in question.comparisons]
    if question.goal is not None:
        expressions.append(question.goal.of)
    asked = {q.text: q for expression in expressions for q in expression.quantities.values()}
    return tuple([(text, candidate.quantity(q)) for text, q in asked.items()])
