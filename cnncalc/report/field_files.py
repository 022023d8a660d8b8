"""Receptive fields as CSV and Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.report.field_text import field_grid
from cnncalc.report.fields import AxisRows, listed, remarks, said
from cnncalc.report.grid import Grid, Heading, as_csv, as_markdown, escape_markdown
from cnncalc.symbolic import to_text

__all__ = ["fields_as_csv", "fields_as_markdown"]


def fields_as_csv(tables: Sequence[AxisRows]) -> str:
    """One line per node and axis, with exact numbers; nothing where something is not known."""
    names = ("axis", "name", "layer", "k", "s", "d", "jump", "start", "least", "size", "support", "sees_all")
    rows = [
        tuple(
            ""
            if v is None
            else str(v)
            if isinstance(v, str | bool) or hasattr(v, "denominator")
            else to_text(v)
            for v in (
                axis,
                r.name,
                r.word,
                *((r.window.kernel, r.window.stride, r.window.dilation) if r.window else (None,) * 3),
                r.field.jump,
                r.field.start,
                r.field.least,
                r.field.size,
                r.field.support,
                r.field.sees_all,
            )
        )
        for table in tables
        for axis in table.axes
        for r in table.rows
    ]
    return as_csv(Grid(tuple(map(Heading, names)), tuple(rows)))


def fields_as_markdown(title: str, tables: Sequence[AxisRows]) -> str:
    """A table for every axis, or for those that are alike, with what is to be said of it."""
    lines = [f"**{escape_markdown(title)}**"]
    for rows in tables:
        if len(tables) > 1:
            lines += ["", f"On {listed(rows.axes)} ({said(rows.size)} positions):"]
        lines += ["", *as_markdown(field_grid(rows)), ""]
        lines += [f"- {escape_markdown(text)}" for text in remarks(rows)]
    return "\n".join(lines).rstrip("\n") + "\n"
