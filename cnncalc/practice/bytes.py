"""Numbers in memory: the formats, the calculator's formulas of bytes, and what a question says of them.

B bytes of a number, N numbers of a map, P weights, M bytes of a map
"""

from __future__ import annotations

from functools import cache

from cnncalc.practice import slips
from cnncalc.practice.costs import renamed
from cnncalc.practice.working import Line
from cnncalc.report.explain.quantities import OUTPUT_BYTES, WEIGHT_BYTES
from cnncalc.symbolic import Formula

__all__ = [
    "FLOATS",
    "KIB",
    "MAPS",
    "MIB",
    "TO",
    "bytes_line",
    "in_few_digits",
    "map_bytes",
    "told",
    "weight_bytes",
]

#: the formats of numbers, and the bytes of each
FLOATS = {"float32": 4, "float16": 2}
KIB, MIB = 1 << 10, 1 << 20
#: from bytes to a unit
TO = {"KiB": Formula("M/1024"), "MiB": Formula("M/(1024*1024)")}
_UNITS = {"KiB": "1 KiB is 2¹⁰ bytes.", "MiB": "1 MiB is 2²⁰ bytes.", "GiB": "1 GiB is 2¹⁰ MiB."}
#: side and channels of maps that take whole numbers of KiB, or few digits of MiB
MAPS = (
    *((7, 512), (14, 256), (14, 512), (16, 64), (28, 128), (28, 256), (32, 64), (32, 256), (56, 64)),
    *((56, 128), (56, 256), (64, 64), (64, 128), (112, 64), (112, 128), (128, 64), (224, 64)),
)


@cache
def map_bytes() -> Formula:
    """B·N"""
    return renamed(OUTPUT_BYTES, B="B bytes of a number", N="N numbers of the output")


@cache
def weight_bytes() -> Formula:
    """B·P"""
    return renamed(WEIGHT_BYTES, B="B bytes of a number", P="P weights")


@cache
def bytes_line(size: int) -> Line:
    """M = B·N, where a number has `size` bytes."""
    other = Formula(f"{sum(FLOATS.values()) - size}*N")
    return Line("M", "bytes", map_bytes(), ((slips.BYTE_EACH, Formula("N")), (slips.OTHER_FLOAT, other)))


def told(kind: str, *units: str) -> tuple[str, ...]:
    """The conventions of a question."""
    return (f"A {kind} has {FLOATS[kind]} bytes.", *[_UNITS[unit] for unit in units])


def in_few_digits(size: int, unit: int = MIB) -> bool:
    """Whether these bytes have at most four decimals in a unit."""
    return 16 * size % unit == 0
