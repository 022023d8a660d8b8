"""Plain tables of text, as every report prints them: for a terminal, in Markdown, CSV and LaTeX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from cnncalc.record import record
from cnncalc.report.style import Style, fold

__all__ = ["Grid", "Heading", "as_csv", "as_lines", "as_markdown", "escape_markdown", "natural_width"]

_GAP = "   "
_NARROWEST = 8


@record
class Heading:
    """What stands over a column, and whether its cells stand at the right."""

    heading: str
    numeric: bool = True


@record
class Grid:
    """Rows of cells, those in bold by number, and the sums below them."""

    columns: tuple[Heading, ...]
    rows: tuple[tuple[str, ...], ...]
    bold: frozenset[int] = frozenset()
    total: tuple[str, ...] | None = None


def as_lines(grid: Grid, style: Style) -> list[str]:
    """The table between rules. Cells that do not fit are folded, never cut."""
    headings = tuple([column.heading for column in grid.columns])
    sums = [grid.total] if grid.total is not None else []
    widths, gap = _fitting(_natural_widths([headings, *grid.rows, *sums]), style.width)
    rule = "─" * (sum(widths) + len(gap) * (len(widths) - 1))
    lines = [style.bold(text) for text in _laid_out(headings, widths, grid.columns, gap)]
    lines.append(rule)
    for i, row in enumerate(grid.rows):
        texts = _laid_out(row, widths, grid.columns, gap)
        lines += [style.bold(text) for text in texts] if i in grid.bold else texts
    if grid.total is not None:
        lines.append(rule)
        lines += [style.bold(text) for text in _laid_out(grid.total, widths, grid.columns, gap)]
    return lines


def natural_width(grid: Grid) -> int:
    """How wide the table is if nothing is folded."""
    headings = tuple([column.heading for column in grid.columns])
    sums = [grid.total] if grid.total is not None else []
    widths = _natural_widths([headings, *grid.rows, *sums])
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _natural_widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, cells)) for cells in zip(*rows, strict=True)]


def _fitting(widths: list[int], most: int | None) -> tuple[list[int], str]:
    """The widths and the gap with which a line fits: each column has what it needs, or as much as any other."""
    if most is None:
        return widths, _GAP
    narrowest = sum(min(w, _NARROWEST) for w in widths)
    gap = _GAP if narrowest + len(_GAP) * (len(widths) - 1) <= most else " "
    fitted = list(widths)
    left = most - len(gap) * (len(widths) - 1)
    by_width = sorted(range(len(widths)), key=widths.__getitem__)
    for done, i in enumerate(by_width):
        fitted[i] = max(1, min(widths[i], left // (len(widths) - done)))
        left -= fitted[i]
    return fitted, gap


def _laid_out(cells: Sequence[str], widths: list[int], columns: Sequence[Heading], gap: str) -> list[str]:
    """One row as lines of text: as many as its highest cell has."""
    if all(map(int.__le__, map(len, cells), widths)):
        return [_joined(cells, widths, columns, gap)]
    folded = [fold(cell, width) for cell, width in zip(cells, widths, strict=True)]
    height = max(map(len, folded))
    rows = ([c[i] if i < len(c) else "" for c in folded] for i in range(height))
    return [_joined(row, widths, columns, gap) for row in rows]


def _joined(cells: Sequence[str], widths: list[int], columns: Sequence[Heading], gap: str) -> str:
    texts = [c.rjust(w) if k.numeric else c.ljust(w) for c, w, k in zip(cells, widths, columns, strict=True)]
    return gap.join(texts).rstrip()


def as_csv(grid: Grid) -> str:
    """One line per row, without sums."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.heading for column in grid.columns])
    writer.writerows(grid.rows)
    return out.getvalue()


def as_markdown(grid: Grid) -> list[str]:
    """A table that Git hosts render."""
    rule = ["---:" if column.numeric else "---" for column in grid.columns]
    lines = [_row([column.heading for column in grid.columns]), _row(rule)]
    for i, row in enumerate(grid.rows):
        cells = list(map(escape_markdown, row))
        lines.append(_row([_bold(cell) for cell in cells] if i in grid.bold else cells))
    if grid.total is not None:
        lines.append(_row([_bold(escape_markdown(cell)) for cell in grid.total]))
    return lines


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _bold(text: str) -> str:
    return f"**{text}**" if text else ""


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is: no emphasis, link, picture or HTML; but code between backticks."""
    return re.sub(r"[\\|*_\[]|<(?=[A-Za-z/!?])", r"\\\g<0>", text)
