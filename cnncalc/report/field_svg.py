"""Receptive fields as SVG pictures, which stand alone and take their colours with them."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from cnncalc.passes.receptive_field.sets import runs
from cnncalc.passes.receptive_field.unit import UnitField
from cnncalc.report.field_text import size_text
from cnncalc.report.fields import AxisRows, listed, said
from cnncalc.report.style import fold
from cnncalc.report.unit_text import described, flattened

__all__ = ["fields_as_svg", "unit_as_svg"]

_BARS, _LINE, _MARGIN, _CHARACTER = 420, 20, 16, 7.25
_INK, _PAPER, _INPUT, _SEEN = "#1f2328", "#ffffff", "#d8dee4", "#cf222e"
#: how large the map of one unit is, and how many characters stand over it in a line
_MAP, _WIDTH = 480, 100


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    inside = "\n".join(f"  {part}" for part in parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="monospace" font-size="12" fill="{_INK}">\n'
        f'  <rect width="100%" height="100%" fill="{_PAPER}"/>\n{inside}\n</svg>\n'
    )


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" xml:space="preserve">{escape(text)}</text>'


def _rect(x: float, y: float, width: float, height: float, colour: str, extra: str = "") -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{colour}"{extra}/>'


def fields_as_svg(title: str, tables: Sequence[AxisRows]) -> str:
    """Every field as a bar on the input, in the middle, to one scale."""
    rows = [row for table in tables for row in table.rows]
    names = max((len(row.name) for row in rows), default=0)
    sizes = max((len(size_text(row.field)) for row in rows), default=0)
    left = _MARGIN + (names + sizes + 4) * _CHARACTER
    parts = [_text(_MARGIN, _MARGIN + 10, title)]
    y = _MARGIN + 2.0 * _LINE
    for table in tables:
        if len(tables) > 1:
            parts.append(_text(_MARGIN, y, f"on {listed(table.axes)}"))
            y += _LINE
        known = [s for s in (*(r.field.size for r in table.rows), table.size) if isinstance(s, int)]
        scale = _BARS / max(known, default=1)
        whole = table.size * scale if isinstance(table.size, int) else 0.0
        for row in table.rows:
            parts.append(_text(_MARGIN, y, f"{row.name:<{names}}  {size_text(row.field):>{sizes}}"))
            if whole:
                parts.append(_rect(left + (_BARS - whole) / 2, y - 9, whole, 10, _INPUT))
            size = row.field.size
            if isinstance(size, int) and size:
                width = max(size * scale, 1)
                parts.append(_rect(left + (_BARS - width) / 2, y - 7, width, 6, _SEEN))
            y += _LINE
        if whole and table.rows:
            parts.append(_text(left, y, f"grey: the input, {said(table.size)}; red: what a unit sees"))
        y += 1.5 * _LINE
    return _svg(max(left + _BARS, _MARGIN + len(title) * _CHARACTER) + _MARGIN, y, parts)


def unit_as_svg(title: str, unit: UnitField) -> str:
    """The last two axes as a grey map, with what the unit reads in red and its box around that.

    Where there are more positions than dots, a square of them is red if any of it is seen.
    """
    height, width = (1, unit.sizes[0]) if len(unit.sizes) == 1 else unit.sizes[-2:]
    scale = _MAP / max(width, height)
    cell = -(-max(width, height) // _MAP)
    # a single axis is high enough to be seen
    tall = scale if len(unit.sizes) > 1 else max(scale, _LINE)
    lines = [title, *fold(described(unit), _WIDTH), *filter(None, [flattened(unit)])]
    parts = [_text(_MARGIN, _MARGIN + 10 + i * _LINE, line) for i, line in enumerate(lines)]
    top = _MARGIN + (len(lines) + 0.5) * _LINE
    parts.append(_rect(_MARGIN, top, width * scale, height * tall, _INPUT))
    for rows, columns in unit.map(cell):
        for first_row, last_row in runs(rows):
            high = min((last_row + 1) * cell, height) - first_row * cell
            for first, last in runs(columns):
                wide = min((last + 1) * cell, width) - first * cell
                x, y = _MARGIN + first * cell * scale, top + first_row * cell * tall
                parts.append(_rect(x, y, wide * scale, high * tall, _SEEN))
    if unit.hull is not None:
        spans = unit.hull if len(unit.hull) > 1 else ((0, 0), *unit.hull)
        (y0, y1), (x0, x1) = spans[-2:]
        x, y = _MARGIN + x0 * scale, top + y0 * tall
        outline = f' stroke="{_INK}"'
        parts.append(_rect(x, y, (x1 - x0 + 1) * scale, (y1 - y0 + 1) * tall, "none", outline))
    longest = max(map(len, lines)) * _CHARACTER
    return _svg(2 * _MARGIN + max(width * scale, longest), top + height * tall + _MARGIN, parts)
