"""Receptive fields as SVG pictures, which stand alone and take their colours with them."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from cnncalc.passes.receptive_field.unit import UnitField
from cnncalc.report.field_text import size_text
from cnncalc.report.fields import AxisRows, said
from cnncalc.report.unit_text import described

__all__ = ["fields_as_svg", "unit_as_svg"]

_LABELS, _BARS, _LINE, _MARGIN = 300, 420, 20, 16
_INK, _PAPER, _INPUT, _SEEN = "#1f2328", "#ffffff", "#d8dee4", "#cf222e"
_MAP = 480


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
    """Every field as a bar below the input, in the middle, to one scale."""
    parts = [_text(_MARGIN, _MARGIN + 10, title)]
    y = _MARGIN + 2.0 * _LINE
    for table in tables:
        if len(tables) > 1:
            parts.append(_text(_MARGIN, y, f"on {' and '.join(table.axes)}"))
            y += _LINE
        sizes = [r.field.size for r in table.rows]
        known = [s for s in (*sizes, table.size) if isinstance(s, int)]
        scale = _BARS / max(known, default=1)
        whole = table.size * scale if isinstance(table.size, int) else 0.0
        left = _MARGIN + _LABELS
        for row, size in zip(table.rows, sizes, strict=True):
            label = f"{row.name[-22:]:<23}{size_text(row.field):>11}"
            parts.append(_text(_MARGIN, y, label))
            if whole:
                parts.append(_rect(left + (_BARS - whole) / 2, y - 9, whole, 10, _INPUT))
            if isinstance(size, int):
                parts.append(_rect(left + (_BARS - size * scale) / 2, y - 7, max(size * scale, 1), 6, _SEEN))
            y += _LINE
        parts.append(_text(left, y, f"grey: the input, {said(table.size)}"))
        y += 1.5 * _LINE
    return _svg(2 * _MARGIN + _LABELS + _BARS, y, parts)


def unit_as_svg(title: str, unit: UnitField) -> str:
    """The input as a grey map, with what the unit reads in red and its box around that."""
    height, width = (1, unit.sizes[0]) if len(unit.sizes) == 1 else unit.sizes[-2:]
    scale = min(_MAP / width, _MAP / height)
    top = _MARGIN + 2.5 * _LINE
    parts = [_text(_MARGIN, _MARGIN + 10, title), _text(_MARGIN, _MARGIN + 10 + _LINE, described(unit))]
    parts.append(_rect(_MARGIN, top, width * scale, height * scale, _INPUT))
    for box in unit.boxes:
        for first_row, last_row in _runs(box[-2] if len(box) > 1 else 1):
            for first, last in _runs(box[-1]):
                x, y = _MARGIN + first * scale, top + first_row * scale
                parts.append(
                    _rect(x, y, (last - first + 1) * scale, (last_row - first_row + 1) * scale, _SEEN)
                )
    if unit.hull is not None:
        spans = unit.hull if len(unit.hull) > 1 else ((0, 0), *unit.hull)
        (y0, y1), (x0, x1) = spans[-2:]
        outline = f' stroke="{_INK}" fill-opacity="0"'
        parts.append(
            _rect(
                _MARGIN + x0 * scale,
                top + y0 * scale,
                (x1 - x0 + 1) * scale,
                (y1 - y0 + 1) * scale,
                _SEEN,
                outline,
            )
        )
    return _svg(2 * _MARGIN + max(width * scale, _MAP + _LABELS), top + height * scale + _MARGIN, parts)


def _runs(mask: int) -> list[tuple[int, int]]:
    """The first and last position of every run of positions."""
    runs = []
    position = 0
    while mask:
        skipped = (mask & -mask).bit_length() - 1
        mask >>= skipped
        position += skipped
        length = (~mask & (mask + 1)).bit_length() - 1
        runs.append((position, position + length - 1))
        mask >>= length
        position += length
    return runs
