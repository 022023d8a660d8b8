"""The table as Markdown, CSV and LaTeX."""

from __future__ import annotations

import csv
import io

from cnncalc.analysis import Analysis
from cnncalc.report import notes
from cnncalc.report.cells import escape_latex, for_latex, for_machines, for_people
from cnncalc.report.grid import Grid, Heading, escape_markdown
from cnncalc.report.grid import as_markdown as grid_as_markdown
from cnncalc.report.table import Line, Table

__all__ = ["as_csv", "as_latex", "as_markdown", "escape_markdown"]


def as_csv(table: Table) -> str:
    """One line per node, or block that is not opened, with exact numbers; no totals, so that columns can be summed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.key for column in table.columns])
    writer.writerows([for_machines(cell) for cell in line.cells] for line in _leaves(table))
    return out.getvalue()


def as_markdown(table: Table, analysis: Analysis) -> str:
    """A table that Git hosts render, with blocks in bold."""
    grid = Grid(
        tuple([Heading(c.heading, c.numeric) for c in table.columns]),
        tuple([tuple(map(for_people, line.cells)) for line in table.lines]),
        frozenset([i for i, line in enumerate(table.lines) if line.is_block]),
        tuple(map(for_people, table.total)),
    )
    lines = [f"**{escape_markdown(notes.title(analysis))}**", "", *grid_as_markdown(grid)]
    lines += ["", *(f"- {escape_markdown(note)}" for note in notes.assumptions(analysis))]
    return "\n".join(lines).rstrip("\n") + "\n"


def _leaves(table: Table) -> list[Line]:
    """Nodes, and blocks that are not opened: together the whole network, each part once."""
    following = [*table.lines[1:], None]
    return [
        a
        for a, b in zip(table.lines, following, strict=True)
        if not a.is_block or b is None or b.level <= a.level
    ]


def as_latex(table: Table, analysis: Analysis) -> str:
    """A tabular in the style of the booktabs package."""
    columns = "".join("r" if c.numeric else "l" for c in table.columns)
    lines = [
        f"% {notes.title(analysis)}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        _latex_row([escape_latex(c.heading) for c in table.columns]),
        r"\midrule",
    ]
    for line in table.lines:
        cells = [for_latex(cell) for cell in line.cells]
        lines.append(
            _latex_row([rf"\textbf{{{c}}}" if line.is_block and "$" not in c and c else c for c in cells])
        )
    lines += [
        r"\midrule",
        _latex_row([for_latex(cell) for cell in table.total]),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    lines += [f"% {note}" for note in notes.assumptions(analysis)]
    return "\n".join(lines) + "\n"


def _latex_row(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"
