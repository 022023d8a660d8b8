"""What one unit sees, in words and as a picture."""

from __future__ import annotations

from math import prod

from cnncalc.passes.receptive_field.sets import bits, digits
from cnncalc.passes.receptive_field.unit import UnitField
from cnncalc.report.style import Style, fold

__all__ = ["described", "flattened", "unit_as_text"]

_WIDEST, _HIGHEST = 64, 48
_SEEN, _UNSEEN = "█", "·"
#: two rows to a line of text
_BLOCKS = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): "·"}


def unit_as_text(title: str, unit: UnitField, style: Style) -> str:
    """The box that the unit sees, how much of it, and a map of the input."""
    lines = [style.bold(text) for text in fold(title, style.width)]
    lines += fold(described(unit), style.width)
    if unit.hull:
        cell, rows = picture(unit, min(style.width or _WIDEST, _WIDEST))
        lines += ["", *rows]
        for text in filter(None, (flattened(unit), _scale(unit, cell))):
            lines += map(style.dim, fold(text, style.width))
    return "\n".join(lines) + "\n"


def described(unit: UnitField) -> str:
    """ "node, unit (3, 4), sees H 12 to 54 …" """
    place = ", ".join(map(str, unit.unit))
    where = f"{unit.node}, unit {place if len(unit.unit) == 1 else f'({place})'}, sees"
    if unit.hull is None:
        return f"{where} nothing of the input: it lies in padding, or a stride leaves it out."
    spans = [
        f"{axis} {first} to {last} ({last - first + 1} of {size})"
        for axis, (first, last), size in zip(unit.axes, unit.hull, unit.sizes, strict=True)
    ]
    text = f"{where} {', '.join(spans)}"
    box, whole = prod(last - first + 1 for first, last in unit.hull), prod(unit.sizes)
    if unit.seen < box:
        these = f"these {box:,} positions" if len(spans) == 1 else f"the {box:,} positions of this box"
        return f"{text}. Of {these} it reads {'' if unit.exact else 'at most '}{unit.seen:,}."
    if len(spans) == 1:
        return f"{text}."
    return f"{text}: {box:,} of {whole:,} positions{'' if unit.exact else ' at most'} ({_share(box, whole)})."


def _share(part: int, whole: int) -> str:
    percent = 100 * part / whole
    return f"{percent:.1f} %" if percent >= 0.1 else "less than 0.1 %"


def picture(unit: UnitField, width: int) -> tuple[int, list[str]]:
    """The last two axes, two rows to a line. Each cell is a square of so many positions, filled if any of it is seen."""
    height, columns = (1, unit.sizes[0]) if len(unit.sizes) == 1 else unit.sizes[-2:]
    cell = max(-(-columns // width), -(-height // _HIGHEST))
    wide, high = -(-columns // cell), -(-height // cell)
    nothing = "0" * wide
    rows = [nothing] * (high + high % 2)
    for mask, seen in unit.map(cell):
        for row in bits((0, mask)):
            rows[row] = digits(seen, wide)
    if len(unit.sizes) == 1:
        return cell, [rows[0].replace("1", _SEEN).replace("0", _UNSEEN)]
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return cell, [
        "".join([_BLOCKS[a == "1", b == "1"] for a, b in zip(*pair, strict=True)]) for pair in pairs
    ]


def flattened(unit: UnitField) -> str | None:
    """What is said of the axes that a picture does not have."""
    return f"Seen at any {', '.join(unit.axes[:-2])}." if len(unit.axes) > 2 else None


def _scale(unit: UnitField, cell: int) -> str:
    if cell == 1:
        return "One block is one position."
    size = f"{cell:,}" if len(unit.sizes) == 1 else f"{cell:,} × {cell:,}"
    return f"One block is {size} positions, filled if any of them is seen."
