"""What a typed answer can be read as, and when that is what was meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from cnncalc.errors import FormulaError
from cnncalc.practice.answers import Answer, Exact, Expression, Integers, Matrix, Number, Parts, Size, Valid
from cnncalc.record import record
from cnncalc.symbolic import Dim, Formula, names, substitute, symbol

__all__ = [
    "Named",
    "Quantity",
    "Reading",
    "Rows",
    "Several",
    "Typed",
    "Unread",
    "Wholes",
    "agrees",
    "sample",
    "unmet",
]

#: a rounded number counts if it has so many digits
ENOUGH_DIGITS = 3
#: percentages count if they are right to this, to which solutions round them
_TENTH = Fraction(1, 10)


class Unread(Exception):  # noqa: N818 - it is no error of the program's
    """A text that is no answer of the kind that is expected; the message is for whoever typed it."""


@record
class Quantity:
    """A number in the unit of the answer. `step` is what its last digit counts, 0 in a fraction; `said` a unit that differs."""

    value: Fraction
    step: Fraction = Fraction(0)
    digits: int = 0
    said: str = ""

    def is_(self, value: Exact) -> bool:
        """Whether it is that number, or that number rounded to three digits or more."""
        return self.value == value or (self.digits >= ENOUGH_DIGITS and self.is_near(value))

    def is_near(self, value: Exact, at_most: Fraction | None = None) -> bool:
        """Whether that number, rounded to the digits given, is this one; to `at_most` even if it has fewer."""
        step = self.step if at_most is None else min(self.step, at_most)
        return 2 * abs(self.value - value) <= step


@record
class Rows:
    """Numbers in rows."""

    rows: tuple[tuple[Quantity, ...], ...]


@record
class Wholes:
    """Whole numbers, and all from `onwards` on."""

    values: frozenset[int]
    onwards: int | None = None


@record
class Typed:
    """An expression in these names."""

    text: str
    names: tuple[str, ...]

    def at(self, values: Mapping[str, int]) -> Any:
        """Its value for values of the names."""
        return Formula(self.text).evaluate(values)

    def equals(self, numerator: Dim, denominator: Dim) -> bool:
        """Whether it is that quotient, whatever the names stand for."""
        known = (*self.names, *_names(numerator), *_names(denominator))
        for number in range(_SAMPLES):
            values = sample(known, number)
            # most of what differs, differs here, and numbers are fast
            if self.at(values) * substitute(denominator, values) != substitute(numerator, values):
                return False
        symbols = {name: symbol(name) for name in known}
        formula = Formula(f"({self.text}) == {_TOP}/{_BOTTOM}")
        # what depends on the names is not always so
        return bool(formula.evaluate({**symbols, _TOP: numerator, _BOTTOM: denominator}, lambda *_: False))


@record
class Named:
    """Values under names."""

    values: Mapping[str, int]


@record
class Several:
    """What each part can be read as: none where nothing was said; why not, where it cannot be read."""

    parts: tuple[tuple[Reading, ...] | Unread, ...]


Reading: TypeAlias = Quantity | tuple[int, ...] | Rows | Wholes | Typed | Named | Several

_TOP, _BOTTOM = "right_top", "right_bottom"


#: at so many points values are compared before expressions are
_SAMPLES = 3


def sample(known: Iterable[str], number: int) -> dict[str, int]:
    """Values for names: large, and without small factors in common."""
    return {name: 1009 + 30 * i + 210 * number for i, name in enumerate(dict.fromkeys(known))}


def _names(value: Dim) -> Iterable[str]:
    return () if isinstance(value, int) else names(value)


def agrees(reading: Reading, answer: Answer) -> bool:
    """Whether what was read is this answer."""
    match answer, reading:
        case Number(value, unit), Quantity():
            return reading.is_(value) or (unit == "%" and reading.is_near(value, at_most=_TENTH))
        case Size(sizes), tuple():
            return sizes == reading
        case Matrix(rows), Rows(read):
            return [len(row) for row in rows] == [len(row) for row in read] and all(
                q.is_(v)
                for row, typed in zip(rows, read, strict=True)
                for v, q in zip(row, typed, strict=True)
            )
        case Integers(), Wholes():
            return _canonical(answer) == _without_tail(reading)
        case Expression(numerator, denominator), Typed():
            try:
                return reading.equals(numerator, denominator)
            except FormulaError:
                return False  # it divides by zero, or is larger than any answer
        case Valid(), Named(values):
            return unmet(answer, values) == ()
        case Parts(parts), Several(read_parts):
            return all(
                not isinstance(r, Unread) and any(agrees(one, part) for one in r)
                for r, (_, part) in zip(read_parts, parts, strict=True)
            )
        case _:
            return False


def unmet(answer: Valid, values: Mapping[str, int]) -> tuple[str, ...]:
    """The conditions that do not hold for these values."""
    return tuple([condition for condition in answer.conditions if not _holds(condition, values)])


def _holds(condition: str, values: Mapping[str, int]) -> bool:
    try:
        return bool(Formula(condition).evaluate(values))
    except FormulaError:
        return False  # it divides by zero there


def _canonical(answer: Integers) -> Wholes:
    if not (answer.onwards and answer.values):
        return Wholes(frozenset(answer.values))
    return _without_tail(Wholes(frozenset(answer.values[:-1]), answer.values[-1]))


def _without_tail(read: Wholes) -> Wholes:
    """2, 3, and all from 4 on are all from 2 on."""
    start = read.onwards
    if start is None:
        return read
    while start - 1 in read.values:
        start -= 1
    return Wholes(frozenset([v for v in read.values if v < start]), start)
