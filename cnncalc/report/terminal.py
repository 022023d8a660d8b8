"""The table as people read it in a terminal or a pipe.

Laid out here and not by rich's table, which takes longer for the rows of a ResNet than everything else together.
"""

from __future__ import annotations

from cnncalc.analysis import Analysis
from cnncalc.errors import visible
from cnncalc.report import notes
from cnncalc.report.cells import for_people
from cnncalc.report.columns import Column
from cnncalc.report.grid import Grid, Heading, as_lines
from cnncalc.report.style import Style, fold
from cnncalc.report.table import Line, Table

__all__ = ["as_text"]


def as_text(table: Table, analysis: Analysis, style: Style) -> str:
    """The table with its title and notes."""
    lines = [style.bold(text) for text in fold(notes.title(analysis), style.width)]
    if analysis.source:
        lines += map(style.dim, fold(visible(analysis.source), style.width))
    lines += as_lines(_grid(table), style)
    for note in notes.assumptions(analysis):
        lines += map(style.dim, fold(note, style.width))
    return "\n".join(lines) + "\n"


def _grid(table: Table) -> Grid:
    tree = any(line.is_block for line in table.lines)
    return Grid(
        tuple([Heading(column.heading, column.numeric) for column in table.columns]),
        tuple([_cells(line, table.columns, tree=tree) for line in table.lines]),
        frozenset([i for i, line in enumerate(table.lines) if line.is_block]),
        tuple(map(for_people, table.total)),
    )


def _cells(line: Line, columns: tuple[Column, ...], *, tree: bool) -> tuple[str, ...]:
    """Cells as text; in a tree, a name is its last part, indented by the blocks around it."""
    texts = list(map(for_people, line.cells))
    if tree:
        for i, column in enumerate(columns):
            if column.key == "name":
                texts[i] = "  " * line.level + texts[i].rsplit(".", 1)[-1]
    return tuple(texts)
