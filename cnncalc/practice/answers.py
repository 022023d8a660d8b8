"""What an answer can be, and how it is written."""

from __future__ import annotations

import re
from fractions import Fraction
from math import floor
from typing import TypeAlias

from cnncalc.record import record
from cnncalc.symbolic import Dim, pretty

__all__ = ["Answer", "Exact", "Expression", "Integers", "Matrix", "Number", "Parts", "Size", "Valid", "shown"]

Exact: TypeAlias = int | Fraction


@record
class Number:
    """One exact number, and what it counts: "MACs", "KiB", "parameters", "%"."""

    value: Exact
    unit: str = ""


@record
class Size:
    """The sizes of a map, in the order of `axes`, as the question states it."""

    sizes: tuple[int, ...]
    axes: str = "H×W×C"


@record
class Matrix:
    """Numbers in rows and columns; a list is one row."""

    rows: tuple[tuple[Exact, ...], ...]


@record
class Integers:
    """All whole numbers that do it, in order; perhaps none. If `onwards`, all after the last one as well."""

    values: tuple[int, ...]
    onwards: bool = False


@record
class Expression:
    """An expression with names, or a quotient of two."""

    numerator: Dim
    denominator: Dim = 1


@record
class Valid:
    """Whatever meets the conditions, which are comparisons in these names; `smallest` is one that does."""

    names: tuple[str, ...]
    conditions: tuple[str, ...]
    smallest: tuple[int, ...]


@record
class Parts:
    """Several answers, each under its label."""

    parts: tuple[tuple[str, Answer], ...]


Answer: TypeAlias = Number | Size | Matrix | Integers | Expression | Valid | Parts


def shown(answer: Answer) -> str:
    """The answer as people write it: 37,632 MACs; 112×112×64; 3/4; 221..224; 27C^2."""
    match answer:
        case Number(value, "%"):
            return f"{_percentage(value)} %"
        case Number(value, unit):
            return f"{exact(value)} {unit}".rstrip()
        case Size(sizes):
            return "×".join(map(str, sizes))
        case Matrix(rows):
            return "; ".join(" ".join(map(exact, row)) for row in rows)
        case Integers():
            return _integers(answer)
        case Expression(numerator, denominator):
            return _product(numerator) if denominator == 1 else f"{_side(numerator)}/{_side(denominator)}"
        case Valid(names, _, smallest):
            return ", ".join(f"{name} = {value:,}" for name, value in zip(names, smallest, strict=True))
        case Parts(parts):
            return "; ".join(f"{label}: {shown(part)}" for label, part in parts)


def _side(of: Dim) -> str:
    """One side of a quotient, in parentheses unless it is a number or a name."""
    text = pretty(of)
    return text if text.isalnum() else f"({_product(of)})"


def _product(of: Dim) -> str:
    """4C·n^2 + 36C^2: no sign behind a number, a dot between names."""
    return re.sub(r"(?<![\w^])(\d+)\*(?=[A-Za-z])", r"\1", pretty(of)).replace("*", "·")


def exact(value: Exact) -> str:
    """1,234; 0.75; 5/18: decimals where they end soon, else a fraction."""
    if isinstance(value, int) or value.denominator == 1:
        return f"{int(value):,}".replace("-", "−")
    scaled = value * 10**_DECIMALS
    if scaled.denominator == 1:
        digits = f"{abs(int(scaled)):0{_DECIMALS + 1}d}"
        text = f"{int(digits[:-_DECIMALS]):,}.{digits[-_DECIMALS:].rstrip('0')}"
    else:
        text = f"{abs(value.numerator):,}/{value.denominator:,}"
    return f"−{text}" if value < 0 else text


_DECIMALS = 4


def _percentage(value: Exact) -> str:
    """12.5; 31.25; rounded to a tenth, half up, where that does not end so soon: 177.8."""
    if isinstance(value, int) or 100 % value.denominator == 0:
        return exact(value)
    return exact(Fraction(floor(10 * value + Fraction(1, 2)), 10))


def _integers(answer: Integers) -> str:
    values = answer.values
    if not values:
        return "none"
    if answer.onwards:
        return f"{', '.join(map(str, values))}, and all larger ones"
    if len(values) > 2 and values[-1] - values[0] == len(values) - 1:
        return f"{values[0]}..{values[-1]}"
    return ", ".join(map(str, values))
