"""The table as people read it in a terminal or a pipe."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

from rich.box import Box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from cnncalc.analysis import Analysis
from cnncalc.report import notes
from cnncalc.report.cells import for_people
from cnncalc.report.table import Column, Line, Table

__all__ = ["as_text"]

_UNLIMITED = 100_000

#: a rule under the heading and above the total, and nothing else
_BOX = Box("    \n    \n ── \n    \n    \n ── \n    \n    \n")

_BLOCK = "bold"


def as_text(table: Table, analysis: Analysis, *, to_file: bool = False) -> str:
    """A table with its title and notes, as wide as the terminal; in a pipe or a file, as wide as it needs.

    Cells that do not fit are folded, never cut. Colours as NO_COLOR, FORCE_COLOR and the terminal say.
    """
    out = io.StringIO()
    terminal = Console()
    in_terminal = terminal.is_terminal and not to_file
    console = Console(
        file=out,
        force_terminal=in_terminal,
        no_color=terminal.no_color,
        color_system="auto" if in_terminal else None,
        width=terminal.width if sys.stdout.isatty() and not to_file else _UNLIMITED,
    )
    console.print(Text(notes.title(analysis), style="bold"), soft_wrap=True)
    if analysis.source:
        console.print(Text(analysis.source, style="dim"), soft_wrap=not in_terminal)
    console.print(_rich_table(table))
    for line in notes.assumptions(analysis):
        console.print(Text(line, style="dim"), soft_wrap=not in_terminal)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def _rich_table(table: Table) -> RichTable:
    grid = RichTable(
        box=_BOX, show_edge=False, pad_edge=False, show_footer=True, header_style="bold", footer_style="bold"
    )
    tree = _is_tree(table)
    for column, total in zip(table.columns, table.total, strict=True):
        grid.add_column(
            column.heading,
            for_people(total),
            justify="right" if column.numeric else "left",
            overflow="fold",
            min_width=min(8, len(column.heading)) if column.numeric else None,
        )
    for line in table.lines:
        grid.add_row(*_cells(line, table.columns, tree), style=_BLOCK if line.is_block else None)
    return grid


def _is_tree(table: Table) -> bool:
    return any(line.is_block for line in table.lines)


def _cells(line: Line, columns: tuple[Column, ...], tree: bool) -> Iterator[Text]:
    """Cells as text; in a tree, a name is its last part, indented by the blocks around it."""
    for column, cell in zip(columns, line.cells, strict=True):
        text = for_people(cell)
        if column.key == "name" and tree:
            text = "  " * line.level + text.rsplit(".", 1)[-1]
        yield Text(text)
