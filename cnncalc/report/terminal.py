"""The table as people read it in a terminal or a pipe.

Laid out here and not by rich's table, which takes longer for the rows of a ResNet than everything else together.
"""

from __future__ import annotations

from cnncalc.analysis import Analysis
from cnncalc.record import record
from cnncalc.report import notes
from cnncalc.report.cells import for_people
from cnncalc.report.table import Column, Line, Table

__all__ = ["Style", "as_text"]

_GAP = "   "
_NARROWEST = 8
#: where a long cell is best broken: behind these, or else before the sizes of a shape
_BREAKS = " *,"
_SIZE_START = "x⌊"
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
    widths = _fitting(_natural_widths([headings, *rows, total]), style.width)
    lines = [style.bold(notes.title(analysis))]
    if analysis.source:
        lines += map(style.dim, fold(analysis.source, style.width))
    rule = "─" * (sum(widths) + len(_GAP) * (len(widths) - 1))
    lines += [style.bold(text) for text in _laid_out(headings, widths, table.columns)]
    lines.append(rule)
    for line, cells in zip(table.lines, rows, strict=True):
        texts = _laid_out(cells, widths, table.columns)
        lines += [style.bold(text) for text in texts] if line.is_block else texts
    lines.append(rule)
    lines += [style.bold(text) for text in _laid_out(total, widths, table.columns)]
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


def _fitting(widths: list[int], most: int | None) -> list[int]:
    """The widths, the widest taken back first until the line fits; no column gets narrower than `_NARROWEST`."""
    if most is None:
        return widths
    widths = list(widths)
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - most
    while excess > 0 and max(widths) > _NARROWEST:
        widest = max(widths)
        runner_up = max((w for w in widths if w < widest), default=_NARROWEST)
        step = min(excess, widest - max(runner_up, _NARROWEST))
        widths[widths.index(widest)] -= step
        excess -= step
    return widths


def _laid_out(cells: list[str], widths: list[int], columns: tuple[Column, ...]) -> list[str]:
    """One row as lines of text: as many as its highest cell has."""
    if all(map(int.__le__, map(len, cells), widths)):
        return [_joined(cells, widths, columns)]
    folded = [fold(cell, width) for cell, width in zip(cells, widths, strict=True)]
    height = max(map(len, folded))
    return [_joined([c[i] if i < len(c) else "" for c in folded], widths, columns) for i in range(height)]


def _joined(cells: list[str], widths: list[int], columns: tuple[Column, ...]) -> str:
    texts = [c.rjust(w) if k.numeric else c.ljust(w) for c, w, k in zip(cells, widths, columns, strict=True)]
    return _GAP.join(texts).rstrip()


def fold(text: str, width: int | None) -> list[str]:
    """Text in pieces of at most `width` characters, broken where it reads best; their sum is the text."""
    pieces = []
    while width is not None and len(text) > width:
        cut = max(text.rfind(c, width // 3, width) for c in _BREAKS) + 1
        cut = cut or text.rfind(_SIZE_START, width // 3, width) + 1
        pieces.append(text[: cut or width].rstrip())
        text = text[cut or width :]
    return [*pieces, text]
