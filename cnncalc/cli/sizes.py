"""Sizes of memory as people write them."""

from __future__ import annotations

import re
from fractions import Fraction

from cnncalc.errors import SpecError

__all__ = ["read_size"]

_SIZE = re.compile(r"\s*(\d{1,15}(?:\.\d{1,15})?)\s*([A-Za-z]*)\s*", re.ASCII)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}


def read_size(text: str, option: str) -> int:
    """number unit: `24GiB` is 24·2^30 bytes, `16GB` is 16·10^9, `1.5 MB` 1,500,000; fractions of a byte are cut.

    unit = [k | M | G | T | P] ["i"] "B"; capitals as they like, but for bits: `Gb` is refused, and so is `24G`.

    Raises SpecError.
    """
    match = _SIZE.fullmatch(text)
    cure = "write a number and a unit: 24GiB (2^30 bytes each), 16GB (10^9), 500MB"
    if match is None:
        raise SpecError(f"{option} {text}: not a size", cure, code="CNN105")
    number, unit = match.groups()
    lower = unit.lower()
    prefix, binary = lower.removesuffix("b").removesuffix("i"), lower.endswith("ib")
    if not lower.endswith("b") or prefix not in _POWERS or (binary and not prefix):
        written = f"'{unit}' is not a unit" if unit else "the unit is missing"
        raise SpecError(f"{option} {text}: {written}", cure, code="CNN105")
    if unit != lower and unit.endswith("b"):
        raise SpecError(f"{option} {text}: '{unit}' are bits", f"for bytes write {unit[:-1]}B", code="CNN105")
    size = int(Fraction(number) * (1024 if binary else 1000) ** _POWERS[prefix])
    if size < 1:
        raise SpecError(f"{option} {text}: less than one byte", cure, code="CNN105")
    return size
