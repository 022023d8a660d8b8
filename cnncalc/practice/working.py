"""A calculation on paper: lines that build on each other, and the slips that may be made in each.

Questions, worked solutions, wrong options and wrong lines are all made of the same lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.practice.model import Worked
from cnncalc.practice.slips import Slip
from cnncalc.record import record
from cnncalc.symbolic import Formula

__all__ = ["Line", "Slipped", "Working"]


@record
class Line:
    """`name` is what later formulas call it, `says` what a reader does; each slip has the formula that it uses instead."""

    name: str
    says: str
    formula: Formula
    slips: tuple[tuple[Slip, Formula], ...] = ()


@record
class Slipped:
    """What comes of one slip: in which line (from 0), and the value of every line, those after it computed rightly from it."""

    line: int
    slip: Slip
    formula: Formula
    values: Mapping[str, Any]


@record
class Working:
    """Lines in order."""

    lines: tuple[Line, ...]

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What is given, and the value of every line by its name."""
        return self._from(0, given)

    def _from(self, first: int, given: Mapping[str, Any]) -> dict[str, Any]:
        values = dict(given)
        for line in self.lines[first:]:
            values[line.name] = line.formula.evaluate(values)
        return values

    def slipped(self, given: Mapping[str, Any]) -> Iterator[Slipped]:
        """Every slip that changes its line."""
        right = self.values(given)
        for index, line in enumerate(self.lines):
            for slip, formula in line.slips:
                wrong = formula.evaluate(right)
                if wrong != right[line.name]:
                    before = {**given, **{done.name: right[done.name] for done in self.lines[:index]}}
                    yield Slipped(index, slip, formula, self._from(index + 1, {**before, line.name: wrong}))

    def worked(self, given: Mapping[str, Any]) -> tuple[Worked, ...]:
        """Every line with its numbers put in. What a line comes to is not told as given."""
        values = self.values(given)
        own = frozenset([line.name for line in self.lines])
        return tuple(
            [
                Worked(
                    line.says,
                    Derivation(_untold(line.formula, own), {n: values[n] for n in line.formula.names}),
                )
                for line in self.lines
            ]
        )


@cache
def _untold(formula: Formula, names: frozenset[str]) -> Formula:
    """The formula without the meanings of these names."""
    return Formula(formula.text, **{n: formula.describe(n) for n in formula.names if n not in names})
