"""A value as a straight line of steps: what several terms, floors, minima and maxima share is computed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, assert_never

from cnncalc.symbolic.atoms import FloorDiv, Max, Min, Symbol
from cnncalc.symbolic.polynomial import terms_of

if TYPE_CHECKING:
    from cnncalc.symbolic.atoms import Atom
    from cnncalc.symbolic.polynomial import Dim

__all__ = ["Operation", "Operator", "Step", "last_uses", "steps_of"]

Operator: TypeAlias = Literal["+", "*", "//", "min", "max"]


class Operation(NamedTuple):
    """What becomes of the results of two earlier steps."""

    operator: Operator
    left: int
    right: int


#: a number, a name, or an operation
Step: TypeAlias = int | str | Operation


def steps_of(dim: Dim) -> tuple[Step, ...]:
    """The steps that end in the value, each once."""
    builder = _Builder()
    builder.value(dim)
    return tuple(builder.places)


def last_uses(steps: tuple[Step, ...]) -> tuple[tuple[int, ...], ...]:
    """For every step, the earlier ones whose results nothing needs behind it."""
    last = {place: i for i, step in enumerate(steps) if isinstance(step, Operation) for place in step[1:]}
    found: list[list[int]] = [[] for _ in steps]
    for place, i in last.items():
        found[i].append(place)
    return tuple(map(tuple, found))


class _Builder:
    """Steps by their places. Every method returns the place of a result."""

    def __init__(self) -> None:
        self.places: dict[Step, int] = {}

    def place(self, step: Step) -> int:
        return self.places.setdefault(step, len(self.places))

    def value(self, dim: Dim) -> int:
        """Σ coefficient · Π atom^power"""
        places = []
        for monomial, coefficient in terms_of(dim):
            factors = [] if coefficient == 1 and monomial else [self.place(coefficient)]
            factors += [self.folded("*", [self.atom(atom)] * power) for atom, power in monomial]
            places.append(self.folded("*", factors))
        return self.folded("+", places) if places else self.place(0)

    def atom(self, atom: Atom) -> int:
        match atom:
            case Symbol(name):
                return self.place(name)
            case FloorDiv(numerator, denominator):
                return self.folded("//", [self.value(numerator), self.value(denominator)])
            case Min(args):
                return self.folded("min", list(map(self.value, args)))
            case Max(args):
                return self.folded("max", list(map(self.value, args)))
            case _:
                assert_never(atom)

    def folded(self, operator: Operator, places: list[int]) -> int:
        """One operation after the other, from left to right."""
        result = places[0]
        for place in places[1:]:
            result = self.place(Operation(operator, result, place))
        return result
