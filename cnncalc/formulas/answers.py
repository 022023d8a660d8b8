"""A named formula with values given: its value, or all integers that a left-out name may be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from cnncalc.errors import FormulaError, SpecError, nearest
from cnncalc.formulas.reading import CODE, require_all, unknown_of, values_of
from cnncalc.formulas.table import ENTRIES, Entry, Posed
from cnncalc.layers.condition import Condition, at_least, check
from cnncalc.record import record
from cnncalc.solving.univariate import solutions
from cnncalc.symbolic import Dim, Facts, IntExpr, names, symbol
from cnncalc.symbolic.evaluate import compiled
from cnncalc.symbolic.ratio import parts, ratio

if TYPE_CHECKING:
    from cnncalc.layers.base import Derivation
    from cnncalc.solving.integers import IntegerSet
    from cnncalc.solving.univariate import Relation
    from cnncalc.symbolic.ratio import Exact

__all__ = ["Computed", "Near", "Solved", "answer", "named"]


@record
class Computed:
    """The value of a formula, and how it comes about."""

    entry: Entry
    derivation: Derivation
    value: Dim | Fraction
    #: of all names, those that the formula leaves out here too
    values: Mapping[str, Any]
    #: the names that were given their values; the others have them by default
    given: frozenset[str]
    #: what the names leave open and has to hold
    assumed: tuple[Condition, ...]


@record
class Near:
    """A number that an unknown may be, and the result that it gives."""

    number: int
    result: int | Fraction


@record
class Solved:
    """All integers that a name may be for the formula to have a value."""

    entry: Entry
    #: in which the unknown stands for itself
    derivation: Derivation
    values: Mapping[str, Any]
    given: frozenset[str]
    unknown: str
    target: int | Fraction
    found: IntegerSet
    #: the formula at the least solution
    check: Computed | None
    #: where there is no solution: what gives the next smaller result, and the next larger one
    below: Near | None
    above: Near | None
    #: what must hold of the unknown besides
    conditions: tuple[Condition, ...]


def named(name: str) -> Entry:
    """The formula of that name.

    Raises SpecError if there is none.
    """
    if name in ENTRIES:
        return ENTRIES[name]
    close = nearest(name.lower(), list(ENTRIES))
    cure = f"did you mean '{close}'?" if close else "cnncalc formula list names them all"
    raise SpecError(f"no formula is called '{name}'", cure, code=CODE)


def answer(entry: Entry, assignments: Sequence[str], unknown: str | None = None) -> Computed | Solved:
    """What follows from values like W=224: the result; or if that is given, a name that is not.

    That name is `unknown`, or the one without a default, or else the first one left out.

    Raises SpecError for values that are wrong, too few or too many, LayerError where the formula means nothing.
    """
    given = values_of(entry, assignments)
    if unknown == entry.result:
        raise SpecError(f"{unknown} is the result", f"leave out --for, and {unknown}=…", code=CODE)
    target = given.pop(entry.result, None)
    if target is None:
        if unknown is not None:
            raise SpecError(
                f"solving for {unknown} needs the result",
                f"give {entry.result} as well: {entry.result}=…",
                code=CODE,
            )
        require_all(entry, given)
        return _computed(entry, _completed(entry, given), given)
    return _solved(entry, given, unknown_of(entry, given, unknown), target)


def _completed(entry: Entry, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of all names: those given, and defaults."""
    values: dict[str, Any] = {}
    for v in entry.variables:
        default = values[v.default] if isinstance(v.default, str) else v.default
        values[v.name] = given.get(v.name, default)
    return values


def _posed(entry: Entry, values: Mapping[str, Any], facts: Facts) -> tuple[Posed, tuple[Condition, ...]]:
    """The formula at these values, and what of all that must hold is open.

    Raises LayerError for what cannot hold.
    """
    bounds = [
        at_least(
            value.numerator if isinstance(value, Fraction) else value,
            v.least,
            f"{entry.meaning(v)} {v.name} = {{left}}",
            f"give {v.name} at least {{right}}",
        )
        for v, value in ((v, values[v.name]) for v in entry.variables)
    ]
    open_ = check(bounds, facts)
    posed = entry.pose(values)
    return posed, (*open_, *check(posed.conditions, facts))


def _computed(entry: Entry, values: Mapping[str, Any], given: Collection[str]) -> Computed:
    posed, assumed = _posed(entry, values, Facts())
    n, d = parts(_exact(posed.derivation))
    if isinstance(n, int) and isinstance(d, int):
        value: Dim | Fraction = n if d == 1 else Fraction(n, d)
    elif d == 1:
        value = n
    else:
        raise SpecError(f"{entry.name} divides, which needs numbers", "give all names numbers", code=CODE)
    return Computed(entry, posed.derivation, value, values, frozenset(given), assumed)


def _exact(derivation: Derivation) -> Exact:
    """The value, which may be a quotient with names."""
    values = {
        name: ratio(value.numerator, value.denominator) if isinstance(value, Fraction) else value
        for name, value in derivation.values.items()
    }
    result: Exact = compiled(derivation.formula.tree)(values)
    return result


def _solved(entry: Entry, given: Mapping[str, Any], unknown: str, target: Any) -> Solved:
    held = sorted({n for value in (*given.values(), target) for n in _names(value)})
    if held:
        raise SpecError(
            f"solving for {unknown} needs numbers, but {', '.join(held)} is none",
            "give numbers, or leave out the result for a formula in names",
            code=CODE,
        )
    values = _completed(entry, {**given, unknown: symbol(unknown)})
    least = next(v.least for v in entry.variables if v.name == unknown)
    posed, open_ = _posed(entry, values, Facts(lower={unknown: least}))
    n, d = parts(_exact(posed.derivation))
    holding = [condition[:3] for condition in open_]

    def where(*compared: tuple[Relation, int | Fraction]) -> IntegerSet:
        """The numbers for which the result compares so with values."""
        wanted = [(relation, n * value.denominator, d * value.numerator) for relation, value in compared]
        try:
            return solutions([*holding, *wanted], unknown, least)
        except FormulaError as error:  # too many cases
            raise SpecError(error.diagnostics[0].message, "give smaller numbers", code=CODE) from None

    def result(number: int) -> int | Fraction:
        return _result(entry, _with(values, unknown, number))

    found = where(("==", target))
    return Solved(
        entry=entry,
        derivation=posed.derivation,
        values=values,
        given=frozenset(given),
        unknown=unknown,
        target=target,
        found=found,
        check=_computed(entry, _with(values, unknown, found.least), given) if found else None,
        below=None if found else _nearest(where, result, target, -1),
        above=None if found else _nearest(where, result, target, 1),
        conditions=open_,
    )


def _names(value: Any) -> frozenset[str]:
    return names(value) if isinstance(value, IntExpr) else frozenset()


def _with(values: Mapping[str, Any], unknown: str, number: int) -> dict[str, Any]:
    """All values where the unknown is this number; others may be equal to it by default."""
    return {
        name: value.at(**{unknown: number}) if isinstance(value, IntExpr) else value
        for name, value in values.items()
    }


def _result(entry: Entry, values: Mapping[str, Any]) -> int | Fraction:
    result = _computed(entry, values, ()).value
    if isinstance(result, IntExpr):
        raise TypeError(f"{result} still holds a name")
    return result


def _nearest(
    where: Callable[..., IntegerSet],
    result: Callable[[int], int | Fraction],
    target: int | Fraction,
    side: Literal[-1, 1],
) -> Near | None:
    """What gives the largest result below the target (−1), or the smallest above it (1)."""
    beyond, up_to = ("<", ">=") if side < 0 else (">", "<=")
    found = where((beyond, target))
    if not found:
        return None
    # a formula rises or falls in a name, so that its results next to the target are at the ends
    ends = [Near(end, result(end)) for end in (found.least, found.greatest) if end is not None]
    nearest = max(ends, key=lambda near: -side * near.result)
    if found.greatest is not None or isinstance(nearest.result, Fraction) or isinstance(target, Fraction):
        return nearest
    # or they come to rest, and are integers: how near to the target is found by bisection
    low, high = 0, abs(nearest.result - target)
    while high - low > 1:
        middle = (low + high) // 2
        if where((beyond, target), (up_to, target + side * middle)):
            high = middle
        else:
            low = middle
    return Near(where(("==", target + side * high)).least, target + side * high)
