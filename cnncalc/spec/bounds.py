"""What a number may be, as people write it in `expect:`.

::

    bound    = value | sign value | value ".." value
    sign     = "<=" | "<" | ">=" | ">" | "=="
    value    = digits ["." digits] [unit] ["B"]
    unit     = "k" | "M" | "G" | "T" | "Ki" | "Mi" | "Gi" | "Ti"

An integer without a unit is exact. A value with a unit, or with a fraction, means every number that is written so when
rounded to the digits given: 4.09G is 4,085,000,000 to 4,095,000,000. Behind a sign and at the ends of a range
a value is the number itself. Digits may be grouped by commas or underscores. All arithmetic is exact.
"""

from __future__ import annotations

import re
from fractions import Fraction

from cnncalc.errors import Span, SpecError
from cnncalc.record import record
from cnncalc.spec.source import shown

__all__ = ["BOUND", "UNITS", "Bound", "bound_of"]

UNITS = {
    "": 1,
    **{u: 1000**i for i, u in enumerate("kMGT", 1)},
    **{f"{u}i": 1024**i for i, u in enumerate("KMGT", 1)},
}
_WHOLE = "[0-9]{1,3}(?:,[0-9]{3}){1,5}|[0-9](?:_?[0-9]){0,17}"
_PART, _UNIT = "[0-9]{1,18}", "(?:[kMGT]|[KMGT]i)?"


def _value(whole: str = "?:", part: str = "?:", unit: str = "?:") -> str:
    """The pattern of a value; the arguments say how its parts are captured."""
    return rf"({whole}{_WHOLE})(?:\.({part}{_PART}))? ?({unit}{_UNIT})B?"


#: the texts that are bounds
BOUND = rf"^ *(?:(?:<=|>=|==|<|>) *{_value()}|{_value()} *\.\. *{_value()}|{_value()}) *$"

_PARTS = re.compile(
    rf" *(?P<sign><=|>=|==|<|>)? *{_value('?P<low>', '?P<low_part>', '?P<low_unit>')}"
    rf"(?: *\.\. *{_value('?P<high>', '?P<high_part>', '?P<high_unit>')})? *"
)


@record
class Bound:
    """The numbers from `low` to `high`, without the ends that are `open`."""

    text: str
    low: Fraction | None
    high: Fraction | None
    open: bool = False

    def holds(self, value: int | Fraction) -> bool:
        """Whether a number is one of them."""
        if self.open:
            return (self.low is None or value > self.low) and (self.high is None or value < self.high)
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def miss(self, value: int | Fraction) -> Fraction:
        """How far a number is beyond the nearest end: positive if it is too large, negative if too small."""
        if self.high is not None and value >= self.high:
            return Fraction(value - self.high)
        return Fraction(value - self.low) if self.low is not None else Fraction(0)


def bound_of(written: int | str, span: Span | None = None) -> Bound:
    """What an integer, or a text, allows.

    Raises SpecError with the place.
    """
    if isinstance(written, int):
        return Bound(f"{written:,}", Fraction(written), Fraction(written))
    found = _PARTS.fullmatch(written)
    if found is None or (found["sign"] and found["high"]):
        raise SpecError(
            f"{shown(written)} is not a number, a comparison or a range",
            'give 25557032, 4.09G, "<= 300M", or 1M..2M (units k M G T Ki Mi Gi Ti)',
            code="CNN124",
            span=span,
        )
    text = " ".join(written.split())
    low, half = _number(found["low"], found["low_part"], found["low_unit"])
    match found["sign"]:
        case "<=" | "<":
            return Bound(text, None, low, found["sign"] == "<")
        case ">=" | ">":
            return Bound(text, low, None, found["sign"] == ">")
        case "==":
            return Bound(text, low, low)
    if found["high"] is None:
        return Bound(text, low - half, low + half)
    high, _ = _number(found["high"], found["high_part"], found["high_unit"])
    if high < low:
        raise SpecError(
            f"the range {shown(written)} is empty", "write the smaller number first", code="CNN124", span=span
        )
    return Bound(text, low, high)


def _number(whole: str, part: str | None, unit: str) -> tuple[Fraction, Fraction]:
    """The number that a text is, and half of what its last digit counts for; 0 if it is an exact integer."""
    digits = part or ""
    factor = UNITS[unit]
    last = Fraction(factor, 10 ** len(digits))
    number = int(whole.replace(",", "").replace("_", "") + digits) * last
    return number, last / 2 if factor > 1 or digits else Fraction(0)
