"""What one unit sees, in words and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from cnncalc.passes.receptive_field.unit import UnitField
from cnncalc.report.style import Style, fold

__all__ = ["unit_as_text"]

_WIDEST, _HIGHEST = 64, 48


def unit_as_text(title: str, unit: UnitField, style: Style) -> str:
    """The box that the unit sees, how much of it, and a map of the input."""
    lines = [style.bold(text) for text in fold(title, style.width)]
    lines += fold(described(unit), style.width)
    if unit.hull and len(unit.sizes) <= 2:
        lines += ["", *picture(unit, min(style.width or _WIDEST, _WIDEST))]
    return "\n".join(lines) + "\n"


def described(unit: UnitField) -> str:
    """ "node, unit (3, 4), sees rows 12 to 54 …" """
    where = f"{unit.node}, unit ({', '.join(map(str, unit.unit))})"
    if unit.hull is None:
        return f"{where}, sees nothing of the input: it lies in padding, or a stride leaves it out."
    spans = [
        f"{axis} {first} to {last} ({last - first + 1} of {size})"
        for axis, (first, last), size in zip(unit.axes, unit.hull, unit.sizes, strict=True)
    ]
    box = prod(last - first + 1 for first, last in unit.hull)
    whole = prod(unit.sizes)
    text = f"{where}, sees {', '.join(spans)}: "
    if unit.seen == box:
        return f"{text}{box:,} of {whole:,} positions ({100 * box / whole:.1f} %)."
    about = "" if unit.exact else "at most "
    return f"{text}a box of {box:,} of {whole:,} positions, of which it really reads {about}{unit.seen:,}."


def picture(unit: UnitField, width: int) -> list[str]:
    """The input, two rows to a line: what is seen stands out; each cell is a square of pixels, filled if any of it is seen."""
    height, columns = (1, unit.sizes[0]) if len(unit.sizes) == 1 else unit.sizes
    step = max(-(-columns // width), -(-height // _HIGHEST), 1)
    cells = [
        [unit.sees(y, y + step, x, x + step) for x in range(0, columns, step)] for y in range(0, height, step)
    ]
    if len(unit.sizes) == 1:
        return ["".join("█" if seen else "·" for seen in cells[0]), _scale(step)]
    lines = []
    for i in range(0, len(cells), 2):
        below: Sequence[bool] = cells[i + 1] if i + 1 < len(cells) else [False] * len(cells[i])
        lines.append("".join(_BLOCKS[pair] for pair in zip(cells[i], below, strict=True)))
    return [*lines, _scale(step)]


_BLOCKS = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): "·"}


def _scale(step: int) -> str:
    return f"one block is {step} × {step} positions" if step > 1 else "one block is one position"
