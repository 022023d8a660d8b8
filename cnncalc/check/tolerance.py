"""How much a quantity may grow beyond its baseline.

::

    tolerances = tolerance { "," tolerance }
    tolerance  = quantity "=" ( limit | "any" )
    limit      = digits [ "." digits ] ( [ unit ] | "%" )
    unit       = "k" | "M" | "G" | "T" | "Ki" | "Mi" | "Gi" | "Ti"

A limit without % is a whole number: of parameters, multiply-accumulates, bytes. All arithmetic is exact.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from fractions import Fraction

from cnncalc.check.measured import QUANTITIES
from cnncalc.errors import SpecError, nearest
from cnncalc.record import record
from cnncalc.spec.bounds import UNITS
from cnncalc.spec.source import shown

__all__ = ["MULTIPLES", "Tolerance", "Tolerances", "parse_tolerance"]

_LIMIT = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,18}))? ?(%|[A-Za-z]*)")
#: what costs something, and may not grow unless it is said that it may
_COSTS = frozenset({"params", "buffers", "macs", "activation_bytes", "peak_bytes"})
#: what is a multiple of what costs something: where it has a tolerance, that stands for both
_STAND_FOR = {"params": ("trainable", "weights_bytes"), "macs": ("flops",)}
MULTIPLES = frozenset(name for names in _STAND_FOR.values() for name in names)


@record
class Tolerance:
    """How much more there may be: so many, or such a share of what there was. Neither: nothing more."""

    text: str = "0"
    most: int = 0
    share: Fraction = Fraction(0)
    #: there is no limit
    any: bool = False

    def allows(self, before: int, now: int) -> bool:
        return self.any or now - before <= self.most + self.share * before


@record
class Tolerances:
    """By quantity, those that were given. What costs something may not grow without; the rest may be what it likes."""

    given: Mapping[str, Tolerance] = field(default_factory=dict)

    def of(self, quantity: str) -> Tolerance | None:
        """How much a quantity may grow; None if nobody asks."""
        if quantity in self.given:
            return self.given[quantity]
        stands_for_it = any(name in self.given for name in _STAND_FOR.get(quantity, ()))
        return Tolerance() if quantity in _COSTS and not stands_for_it else None


def parse_tolerance(text: str) -> Tolerances:
    """`params=0,macs=1%,peak_bytes=2Mi,depth=any`; nothing for an empty text.

    Raises SpecError.
    """
    given: dict[str, Tolerance] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, equals, limit = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise _refused(part, "not a tolerance", "write macs=1% or params=10k")
        if name not in QUANTITIES:
            close = nearest(name, QUANTITIES)
            cure = f"did you mean '{close}'?" if close else f"choose from {', '.join(QUANTITIES)}"
            raise _refused(part, f"there is no quantity {shown(name)}", cure)
        if name in given:
            raise _refused(part, f"{name} has two tolerances", "keep one")
        given[name] = _limit(part, limit)
    return Tolerances(given)


def _limit(part: str, text: str) -> Tolerance:
    if text == "any":
        return Tolerance(text, any=True)
    match = _LIMIT.fullmatch(text)
    if match is None:
        raise _refused(part, "not a limit", "write 0, 500, 10k, 2Mi, 1%, 0.5% or any")
    whole, digits, unit = match[1], match[2] or "", match[3]
    number = Fraction(int(whole + digits), 10 ** len(digits))
    if unit == "%":
        return Tolerance(text, share=number / 100)
    if unit not in UNITS:
        units = ", ".join(filter(None, UNITS))
        raise _refused(part, f"'{unit}' is no unit", f"choose from {units} or %")
    most = number * UNITS[unit]
    if most.denominator != 1:
        raise _refused(part, "not a whole number", "write a whole number, or a share with %")
    return Tolerance(text, int(most))


def _refused(part: str, fact: str, cure: str) -> SpecError:
    return SpecError(f"tolerance {shown(part)}: {fact}", cure, code="CNN105")
