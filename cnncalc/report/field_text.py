"""Receptive fields in a terminal: the table, with every field drawn to scale, and the picture of one unit."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.passes.receptive_field import Field
from cnncalc.report.fields import AxisRows, FieldRow, listed, remarks, said
from cnncalc.report.grid import Grid, Heading, as_lines, natural_width
from cnncalc.report.style import Style, fold

__all__ = ["field_grid", "fields_as_text"]

_BAR = 21
_NARROWEST_BAR = 9
_GAP = "   "
_SEEN, _UNSEEN, _BEYOND_LEFT, _BEYOND_RIGHT = "█", "·", "◀", "▶"
_LEFT_HALF, _RIGHT_HALF = "▌", "▐"


def fields_as_text(title: str, tables: Sequence[AxisRows], style: Style, *, left_out: int) -> str:
    """The tables of all axes, with what is to be said of them."""
    lines = [style.bold(text) for text in fold(title, style.width)]
    for rows in tables:
        if len(tables) > 1:
            lines += ["", style.bold(f"on {listed(rows.axes)}")]
        lines += as_lines(_drawn(rows, style), style) if rows.rows else []
        for text in remarks(rows):
            lines += map(style.dim, fold(text, style.width))
    if left_out:
        text = (
            "1 more layer sees what the layer before sees: --all shows it."
            if left_out == 1
            else f"{left_out:,} more layers see what the layer before sees: --all shows them."
        )
        lines += map(style.dim, fold(text, style.width))
    return "\n".join(lines) + "\n"


def _drawn(rows: AxisRows, style: Style) -> Grid:
    """The table with a column of bars, as wide as there is room for."""
    grid = field_grid(rows)
    room = _BAR if style.width is None else min(_BAR, style.width - natural_width(grid) - len(_GAP))
    heading = f"of {said(rows.size)}"
    if not isinstance(rows.size, int) or room < max(_NARROWEST_BAR, len(heading)):
        return grid
    bars = [_bar(row.field, rows.size, room) for row in rows.rows]
    cells = tuple([(*line, bar) for line, bar in zip(grid.rows, bars, strict=True)])
    return Grid((*grid.columns, Heading(heading, False)), cells)


def field_grid(rows: AxisRows) -> Grid:
    """The table of one axis: the window, then jump, start and size of the field."""
    holes = any(_has_holes(r.field) for r in rows.rows)
    headings = [Heading("name", False), Heading("layer", False)]
    headings += map(Heading, ("k", "s", "d", "jump", "start", "size", *(["really read"] if holes else [])))
    cells = []
    for row in rows.rows:
        line = [
            row.name,
            row.word,
            *_window(row),
            said(row.field.jump),
            said(row.field.start),
            size_text(row.field),
        ]
        cells.append((*line, *([said(row.field.support) if _has_holes(row.field) else ""] if holes else [])))
    return Grid(tuple(headings), tuple(cells))


def _has_holes(field: Field) -> bool:
    return field.support is not None and field.support != field.size


def _window(row: FieldRow) -> tuple[str, str, str]:
    w = row.window
    return ("", "", "") if w is None else (said(w.kernel), said(w.stride), said(w.dilation))


def size_text(field: Field) -> str:
    """427; 1–2 where it depends on the unit; all where every unit sees the same."""
    if field.size is None:
        return "all" if field.sees_all else "?"
    if field.least is not None and field.least != field.size:
        return f"{said(field.least)}–{said(field.size)}"
    return f"all {said(field.size)}" if field.sees_all else said(field.size)


def _bar(field: Field, size: int, width: int) -> str:
    """The field to scale, in the very middle of the input; arrows where it reaches beyond."""
    if not isinstance(field.size, int):
        return ""
    if field.size > size:
        return _BEYOND_LEFT + _SEEN * (width - 2) + _BEYOND_RIGHT
    if not field.size:
        return _UNSEEN * width
    # a character more or less is half a one on either side
    beside, half = divmod(width - max(1, round(width * field.size / size)), 2)
    seen = _SEEN * (width - 2 * beside - 2 * half)
    return _UNSEEN * beside + _RIGHT_HALF * half + seen + _LEFT_HALF * half + _UNSEEN * beside
