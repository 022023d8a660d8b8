"""Several networks side by side: what each comes to, and how that compares with the first, exactly."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from cnncalc.analysis import Analysis
from cnncalc.errors import FormulaError
from cnncalc.record import record
from cnncalc.report import notes
from cnncalc.report.difference import Difference, Value, difference
from cnncalc.shape import Shape
from cnncalc.symbolic import Dim, IntExpr
from cnncalc.symbolic.quotient import Quotient, quotient

__all__ = ["Beside", "Contrast", "Side", "beside", "letter", "remarks"]

#: what is told of every network, in this order; the receptive field is one on each axis: rf.H, rf.W
_SHOWN = ("output", "params", "macs", "weights_bytes", "peak_bytes", "rf", "depth", "nonlinearities")


@record
class Side:
    """One network: what it was called, its words if they are worth showing, and its quantities by name."""

    called: str
    analysis: Analysis
    values: Mapping[str, Value]
    words: str | None = None


@record
class Contrast:
    """A quantity of one network against the first network's: other : first."""

    quantity: str
    first: Dim
    other: Dim
    #: None where the first has none
    ratio: Quotient | None

    @property
    def fraction(self) -> Fraction | None:
        """The ratio, where no names are left in it."""
        if self.ratio is None:
            return None
        n, d = self.ratio.numerator, self.ratio.denominator
        return None if isinstance(n, IntExpr) or isinstance(d, IntExpr) else Fraction(n, d)


@record
class Beside:
    """All that is printed. `layers`: of every network but the first, what became of the first one's layers."""

    sides: tuple[Side, ...]
    quantities: tuple[str, ...]
    #: for every network but the first
    contrasts: tuple[tuple[Contrast, ...], ...]
    layers: tuple[Difference, ...] = ()
    title: str | None = None
    lesson: tuple[str, ...] = ()


def beside(
    sides: Sequence[Side], *, layers: bool = False, title: str | None = None, lesson: tuple[str, ...] = ()
) -> Beside:
    """At least two networks, each against the first; layer by layer too if `layers`."""
    first, *others = sides
    known = {q for side in sides for q, value in side.values.items() if value is not None}
    shown = [
        q
        for kind in _SHOWN
        for q in dict.fromkeys(q for side in sides for q in side.values)
        if q.partition(".")[0] == kind and q in known
    ]
    apart = [
        difference((first.called, other.called), first.analysis, other.analysis, ({}, {}))
        for other in (others if layers else ())
    ]
    return Beside(
        tuple(sides),
        tuple(shown),
        tuple([tuple(_contrasts(first, other, shown)) for other in others]),
        tuple(apart),
        title,
        lesson,
    )


def _contrasts(first: Side, other: Side, quantities: Sequence[str]) -> Iterator[Contrast]:
    for quantity in quantities:
        a, b = first.values.get(quantity), other.values.get(quantity)
        if isinstance(a, Shape | str | None) or isinstance(b, Shape | str | None):
            continue
        yield Contrast(quantity, a, b, _ratio(b, a))


def _ratio(other: Dim, first: Dim) -> Quotient | None:
    try:
        return None if first == 0 else quotient(other, first)
    except FormulaError:  # it outgrows what an expression may be
        return Quotient(other, first)


def letter(number: int) -> str:
    """A, B, …, Z, then N27, …"""
    letters = string.ascii_uppercase
    return letters[number] if number < len(letters) else f"N{number + 1}"


def remarks(found: Beside) -> list[str]:
    """What the numbers rest on: of all networks, or of some."""
    by_text: dict[str, list[str]] = {}
    for i, side in enumerate(found.sides):
        for note in notes.assumptions(side.analysis):
            by_text.setdefault(note, []).append(letter(i))
    everyone = len(found.sides)
    lines = [text if len(of) == everyone else f"{', '.join(of)}: {text}" for text, of in by_text.items()]
    if any(q in side.values and side.values[q] is None for side in found.sides for q in found.quantities):
        lines.append("?: that depends on names, or there is no single number")
    return lines
