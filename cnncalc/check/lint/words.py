"""How findings speak of numbers, axes and lists."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.symbolic import Dim, pretty

__all__ = ["amount", "axis_words", "counted", "listed"]

#: the spatial axes by their number, as they are spoken of
_AXIS_WORDS: dict[int, tuple[str, ...]] = {
    1: ("position",),
    2: ("row", "column"),
    3: ("slice", "row", "column"),
}


def axis_words(rank: int) -> tuple[str, ...]:
    """What the positions on the spatial axes of a tensor of this rank are called, one each: row, column."""
    return _AXIS_WORDS.get(rank - 1) or tuple([f"position on axis {i}" for i in range(2, rank + 1)])


def amount(number: Dim) -> str:
    """A number for people: 1,234,567, or an expression."""
    return f"{number:,}" if isinstance(number, int) else pretty(number)


def counted(number: Dim, word: str) -> str:
    """ "1 row", "2 rows" """
    return f"{amount(number)} {word}{'' if number == 1 else 's'}"


def listed(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c" """
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
