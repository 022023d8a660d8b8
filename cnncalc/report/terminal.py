"""The table as people read it in a terminal or a pipe.

Laid out here and not by rich's table, which takes longer for the rows of a ResNet than everything else together.
"""

from __future__ import annotations

from itertools import accumulate

from cnncalc.analysis import Analysis
from cnncalc.errors import visible
from cnncalc.record import record
from cnncalc.report import notes
from cnncalc.report.cells import for_people
from cnncalc.report.table import Column, Line, Table

__all__ = ["Style", "as_text"]

_GAP = "   "
_NARROWEST = 8
#: a long cell is best broken behind these, and not within brackets
_BREAKS = " *,"
_OPENING, _CLOSING = "⌊⌈(", "⌋⌉)"
_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


@record
class Style:
    """How wide lines may be (None: as wide as they get), and whether there may be bold and dim text."""

    width: int | None = None
    colour: bool = False

    def bold(self, text: str) -> str:
        return f"{_BOLD}{text}{_PLAIN}" if self.colour else text

    def dim(self, text: str) -> str:
        return f"{_DIM}{text}{_PLAIN}" if self.colour else text


def as_text(table: Table, analysis: Analysis, style: Style) -> str:
    """The table with its title and notes. Cells that do not fit are folded, never cut."""
    headings = [column.heading for column in table.columns]
    tree = any(line.is_block for line in table.lines)
    rows = [_cells(line, table.columns, tree=tree) for line in table.lines]
    total = [for_people(cell) for cell in table.total]
    widths, gap = _fitting(_natural_widths([headings, *rows, total]), style.width)
    lines = [style.bold(text) for text in fold(notes.title(analysis), style.width)]
    if analysis.source:
        lines += map(style.dim, fold(visible(analysis.source), style.width))
    rule = "─" * (sum(widths) + len(gap) * (len(widths) - 1))
    lines += [style.bold(text) for text in _laid_out(headings, widths, table.columns, gap)]
    lines.append(rule)
    for line, cells in zip(table.lines, rows, strict=True):
        texts = _laid_out(cells, widths, table.columns, gap)
        lines += [style.bold(text) for text in texts] if line.is_block else texts
    lines.append(rule)
    lines += [style.bold(text) for text in _laid_out(total, widths, table.columns, gap)]
    for note in notes.assumptions(analysis):
        lines += map(style.dim, fold(note, style.width))
    return "\n".join(lines) + "\n"


def _cells(line: Line, columns: tuple[Column, ...], *, tree: bool) -> list[str]:
    """Cells as text; in a tree, a name is its last part, indented by the blocks around it."""
    texts = [for_people(cell) for cell in line.cells]
    if tree:
        for i, column in enumerate(columns):
            if column.key == "name":
                texts[i] = "  " * line.level + texts[i].rsplit(".", 1)[-1]
    return texts


def _natural_widths(rows: list[list[str]]) -> list[int]:
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


def _laid_out(cells: list[str], widths: list[int], columns: tuple[Column, ...], gap: str) -> list[str]:
    """One row as lines of text: as many as its highest cell has."""
    if all(map(int.__le__, map(len, cells), widths)):
        return [_joined(cells, widths, columns, gap)]
    folded = [fold(cell, width) for cell, width in zip(cells, widths, strict=True)]
    height = max(map(len, folded))
    rows = ([c[i] if i < len(c) else "" for c in folded] for i in range(height))
    return [_joined(row, widths, columns, gap) for row in rows]


def _joined(cells: list[str], widths: list[int], columns: tuple[Column, ...], gap: str) -> str:
    texts = [c.rjust(w) if k.numeric else c.ljust(w) for c, w, k in zip(cells, widths, columns, strict=True)]
    return gap.join(texts).rstrip()


def fold(text: str, width: int | None) -> list[str]:
    """Text in pieces of at most `width` characters, broken where it reads best: outside of brackets if possible."""
    if width is None or len(text) <= width:
        return [text]
    depths = list(accumulate(((c in _OPENING) - (c in _CLOSING) for c in text), initial=0))
    pieces = []
    start = 0
    while len(text) - start > width:
        places = range(start + width // 3 + 1, start + width + 1)
        good = [i for i in places if _may_break(text, i)]
        cut = min(good, key=lambda i: (depths[i], -i), default=start + width)
        pieces.append(text[start:cut].rstrip())
        start = cut
    return [*pieces, text[start:]]


def _may_break(text: str, i: int) -> bool:
    """Whether a line may end before character i: behind a sign or a space, or between the sizes of a shape."""
    before = text[i - 1]
    return before in _BREAKS or (before == "x" and not (text[i].isalpha() and text[i - 2].isalpha()))
