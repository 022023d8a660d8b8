"""What cnncalc counts of a built-in network, and whether a count is what is printed somewhere."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from cnncalc.analysis import Analysis, analyse
from cnncalc.loader import load

if TYPE_CHECKING:
    from cnncalc.symbolic import Dim

__all__ = ["analysed", "excess", "is_cut", "is_printed", "is_rounded", "macs", "number", "params"]

_UNITS = {"": 1, "K": 10**3, "Ki": 2**10, "M": 10**6, "B": 10**9}


@cache
def analysed(member: str) -> Analysis:
    return analyse(load(member))


def number(count: Dim) -> int:
    assert isinstance(count, int)
    return count


def params(member: str) -> int:
    return number(analysed(member).totals.params)


def macs(member: str) -> int:
    return number(analysed(member).totals.macs)


def excess(count: int, printed: str) -> Decimal:
    """How much a count is more than a printed number, in units of its last digit."""
    digits = printed.rstrip("KMBi")
    number = Decimal(digits)
    step = Decimal(1).scaleb(int(number.as_tuple().exponent))
    return (Decimal(count) / _UNITS[printed.removeprefix(digits)] - number) / step


def is_rounded(count: int, printed: str) -> bool:
    return abs(excess(count, printed)) <= Decimal("0.5")


def is_cut(count: int, printed: str) -> bool:
    return 0 <= excess(count, printed) < 1


def is_printed(count: int, printed: str) -> bool:
    return is_rounded(count, printed) or is_cut(count, printed)
