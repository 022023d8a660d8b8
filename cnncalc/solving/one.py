"""All numbers of one name for which conditions hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnncalc.errors import CnncalcError, LayerError, SpecError
from cnncalc.record import record
from cnncalc.solving.candidates import Candidates
from cnncalc.solving.conditions import Comparison
from cnncalc.solving.constraints import Constrained, constrained
from cnncalc.solving.extremes import greatest
from cnncalc.solving.integers import IntegerSet, Progression, combined
from cnncalc.solving.model import Goal
from cnncalc.solving.univariate import solutions
from cnncalc.symbolic import symbol
from cnncalc.symbolic.ratio import Exact, parts, ratio

__all__ = [
    "MOST_TRIED",
    "Region",
    "best_of",
    "compared",
    "found_in",
    "is_slip",
    "mapped",
    "regions_of",
    "tried",
]

#: how many candidates are tried with numbers
MOST_TRIED = 10_000
#: so few are tried at once, rather than asked in symbols
_FEW = 4
_MOST_REGIONS = 200
#: errors that are so for all numbers: a name without a value, no such layer, no such axis
_SLIPS = ("CNN115", "CNN116", "CNN142")


@record
class Region:
    """A part of an axis, where the network is one formula; or, without that, where each number was tried."""

    numbers: Progression
    formula: Constrained | None
    found: IntegerSet


def regions_of(candidates: Candidates, comparisons: Sequence[Comparison]) -> list[Region]:
    """The parts of the one axis, each with the numbers for which all comparisons hold.

    Raises CnncalcError if there are too many numbers to be tried where formulas do not serve.
    """
    (axis,) = candidates.axes
    todo = [Progression(axis.lowest, axis.highest)]
    found: list[Region] = []
    while todo:
        numbers = todo.pop()
        if len(found) > _MOST_REGIONS:
            raise SpecError(
                f"the network has more than {_MOST_REGIONS} forms for the values of {axis.name}",
                f"narrow the search: --range {axis.name}=1..10",
                code="CNN143",
            )
        if found and numbers.size is not None and numbers.size <= _FEW:
            found.append(tried(candidates, comparisons, numbers, lenient=True))
            continue
        try:
            formula = constrained(candidates, [numbers], comparisons)
            highest = None if numbers.size is None else numbers.size - 1
            met = solutions(formula.conditions, axis.name, 0, highest)
            others = [solutions(where, axis.name, 0, highest) for where in formula.elsewhere()]
            ones = [solutions(where, axis.name, 0, highest) for where in formula.stretched()]
        except CnncalcError as error:
            _refuse_many(candidates, numbers, error)
            found.append(tried(candidates, comparisons, numbers, lenient=bool(found)))
            continue
        found.append(Region(numbers, formula, mapped(numbers, met)))
        todo += [part for other in others for part in mapped(numbers, other).parts]
        if any(one.size is None or one.size > MOST_TRIED for one in ones):
            raise SpecError(
                f"a size is 1, and stretched to another, for too many values of {axis.name}",
                f"narrow the range to {MOST_TRIED:,}: --range {axis.name}=1..{MOST_TRIED}",
                code="CNN143",
            )
        for place in sorted({place for one in ones for place in one}):
            n = numbers.first + numbers.step * place
            found.append(tried(candidates, comparisons, Progression(n, n), lenient=True))
    return found


def found_in(regions: Iterable[Region]) -> IntegerSet:
    """The numbers found in all parts of an axis."""
    return combined(part for region in regions for part in region.found.parts)


def mapped(numbers: Progression, places: IntegerSet) -> IntegerSet:
    """The members of a progression at these places, counted from 0."""
    step, first = numbers.step, numbers.first
    return IntegerSet(
        tuple(
            [
                Progression(
                    first + step * p.first, None if p.last is None else first + step * p.last, step * p.step
                )
                if p.size != 1
                else Progression(first + step * p.first, first + step * p.first)
                for p in places.parts
            ]
        )
    )


def tried(
    candidates: Candidates, comparisons: Sequence[Comparison], numbers: Progression, *, lenient: bool = False
) -> Region:
    """The numbers of a part, each tried.

    Raises the CnncalcError of the first if none has a network and values to compare, unless `lenient`.
    """
    met: list[int] = []
    first_error: CnncalcError | None = None
    some = False
    for n in numbers:
        try:
            candidate = candidates.at([n])
            # all of them: a slip in a later one must not hide behind an earlier one
            verdicts = [candidate.holds(comparison) for comparison in comparisons]
            if all(verdicts):
                met.append(n)
            some = True
        except CnncalcError as error:
            first_error = first_error or error
    if not some and first_error is not None and not lenient:
        raise first_error
    return Region(numbers, None, combined(Progression(n, n) for n in met))


def best_of(candidates: Candidates, regions: Sequence[Region], goal: Goal) -> tuple[Exact, IntegerSet] | None:
    """The best value of a goal among the numbers found, and the numbers that have it.

    Raises CnncalcError if there is none.
    """
    best: tuple[Exact, list[Progression]] | None = None
    for region in regions:
        for value, places in _bests(candidates, region, goal):
            ahead = 1 if best is None else goal.direction * compared(value, best[0])
            if ahead > 0:
                best = value, list(places.parts)
            elif ahead == 0 and best is not None:
                best[1].extend(places.parts)
    return None if best is None else (best[0], combined(best[1]))


def _bests(candidates: Candidates, region: Region, goal: Goal) -> Iterable[tuple[Exact, IntegerSet]]:
    if not region.found:
        return
    if region.formula is not None:
        try:
            n, d = region.formula.value(goal.of)
        except CnncalcError as error:
            if region.found.size is None or region.found.size > MOST_TRIED:
                raise SpecError(
                    f"{goal.of.text} has no formula to be compared by ({error.diagnostics[0].message})",
                    f"give a range of at most {MOST_TRIED:,} values",
                    code="CNN143",
                ) from None
        else:
            size = region.numbers.size
            highest = None if size is None else size - 1
            conditions = region.formula.conditions
            name = region.formula.names[0]
            found = greatest(n * goal.direction, conditions, name, highest, f"{goal.told} {goal.of.text}")
            if found is not None:
                yield ratio(found[0] * goal.direction, d), mapped(region.numbers, found[1])
            return
    for number in region.found:
        candidate = candidates.at([number])
        yield candidate.evaluated(goal.of.tree, goal.of), IntegerSet((Progression(number, number),))


def compared(a: Exact, b: Exact) -> int:
    """1, 0 or −1, as a number is greater than another, equal or less."""
    (n, d), (m, e) = parts(a), parts(b)
    left, right = n * e, m * d
    if not isinstance(left, int) or not isinstance(right, int):
        raise TypeError
    return (left > right) - (left < right)


def _refuse_many(candidates: Candidates, numbers: Progression, error: CnncalcError) -> None:
    """Refuse to try too many numbers.

    Raises SpecError, or the error itself if it is one for all numbers.
    """
    if numbers.size is not None and numbers.size <= MOST_TRIED:
        return
    if is_slip(candidates, error, endless=numbers.size is None):
        raise error
    name = candidates.axes[0].name
    fact = f"there is no formula for all values of {name} ({_why(candidates, error)})"
    if numbers.size is None:
        raise SpecError(
            f"{fact}, and {name} has no last value to be tried",
            f"give it a range: --range {name}=1..100",
            code="CNN143",
        ) from None
    raise SpecError(
        f"{fact}, and {numbers.size:,} values are too many to be tried",
        f"narrow the range to {MOST_TRIED:,}: --range {name}=1..{MOST_TRIED}",
        code="CNN143",
    ) from None


def is_slip(candidates: Candidates, error: CnncalcError, *, endless: bool) -> bool:
    """Whether there is an error for all numbers; in words, also a layer that cannot stand in any of the networks."""
    impossible = endless and candidates.of_words and isinstance(error, LayerError)
    return error.diagnostics[0].code in _SLIPS or impossible


def _why(candidates: Candidates, error: CnncalcError) -> str:
    """What stands against a formula, with the name as it is written."""
    try:
        candidates.at([symbol(axis.name) for axis in candidates.axes])
    except CnncalcError as plain:
        return plain.diagnostics[0].message
    return error.diagnostics[0].message
