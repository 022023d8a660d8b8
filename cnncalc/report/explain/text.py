"""An explanation as people read it in a terminal or a pipe."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from cnncalc.record import replace
from cnncalc.report.explain.arithmetic import in_text
from cnncalc.report.explain.model import Explanation, Given, Line, Part, Prose, Root, Rounded, Row
from cnncalc.report.explain.network import Document
from cnncalc.report.notes import assumptions
from cnncalc.report.style import Style, fold
from cnncalc.report.terminal import as_text
from cnncalc.shape import Shape

__all__ = ["document_as_text", "equation", "line_texts", "row_as_text", "sentence", "sign_of"]

_WIDEST = 80
#: where rows begin behind their labels
_INDENT = 12
#: chains up to so many sides, or so many characters, stand on one line
_SHORT_CHAIN, _SHORT_LINE = 3, 60


#: a space at which no line ends
_GLUE = "\u00a0"


def document_as_text(document: Document, style: Style) -> str:
    """The whole explanation; lines are at most 80 characters wide."""
    width = min(style.width or _WIDEST, _WIDEST)
    blocks = []
    if document.chain is not None:
        narrow = replace(style, width=width)
        table = as_text(document.chain, document.analysis, narrow)
        blocks.append("\n".join([table.rstrip("\n"), *_wrapped(document.largest, width)]))
    blocks += ["\n".join(_layer(layer, width, style)) for layer in document.layers]
    if document.chain is None:
        notes = assumptions(document.analysis)
        blocks += ["\n".join(style.dim(text) for text in _wrapped(notes, width))] if notes else []
    if document.hint:
        blocks.append("\n".join(_wrapped([document.hint], width)))
    return "\n\n".join(blocks) + "\n"


def _wrapped(texts: tuple[str, ...] | list[str], width: int) -> list[str]:
    return [line for text in texts for line in fold(text, width)]


def _layer(layer: Explanation, width: int, style: Style) -> Iterator[str]:
    for text in (*fold(layer.title, width), *fold(layer.subtitle, width)):
        yield style.bold(text)
    for part in layer.parts:
        yield ""
        yield from _part(part, width, style)
    if layer.mistake:
        yield ""
        yield from _labelled("Usual mistake: ", [layer.mistake], width, 0)


def _part(part: Part, width: int, style: Style) -> Iterator[str]:
    yield style.bold(part.title)
    for row in part.rows:
        yield from row_as_text(row, width, style)


def row_as_text(row: Row, width: int, style: Style) -> Iterator[str]:
    """The lines of a row, its label before the first."""
    for text in _labelled(f"  {row.label}", _texts(row, width - _INDENT), width, _INDENT):
        yield style.bold(text) if row.bold else text


def _labelled(label: str, texts: list[str], width: int, indent: int) -> Iterator[str]:
    """The texts behind a label, wrapped and aligned."""
    lead = label.ljust(indent)
    for text in texts:
        if not indent:
            yield from textwrap.wrap(lead + text, width, break_on_hyphens=False)
            continue
        for piece in _pieces(text, width - indent):
            yield f"{lead}{piece}".rstrip()
            lead = " " * indent


def _pieces(text: str, width: int) -> list[str]:
    """Words wrapped; arithmetic that is aligned stays as it is unless it is too long."""
    if len(text) <= width:
        return [text.replace(_GLUE, " ")]
    inner = len(text) - len(text.lstrip())
    folded = textwrap.wrap(text.lstrip(), width - inner, break_on_hyphens=False, break_long_words=False)
    return [" " * inner + p for whole in folded for p in fold(whole.replace(_GLUE, " "), width - inner)]


def _texts(row: Row, width: int) -> list[str]:
    content = row.content
    if all(isinstance(item, Given) for item in content):
        return _table([item for item in content if isinstance(item, Given)])
    if all(isinstance(item, Line) for item in content):
        return [text for item in content if isinstance(item, Line) for text in line_texts(item, width)]
    return [sentence(content)]  # type: ignore[arg-type]


def _table(given: list[Given]) -> list[str]:
    """Names, values and meanings in columns."""
    rows = [(_bound(g), g.meaning) for g in given]
    widest = max(len(left) for left, _ in rows)
    return [f"{left:{widest}}   {meaning}" for left, meaning in rows]


def _bound(given: Given) -> str:
    """F = 3; a name that stands for itself alone."""
    value = in_text(given.value)
    return given.name if value == given.name else f"{given.name} = {value}"


def line_texts(line: Line, width: int) -> list[str]:
    """A line of arithmetic: short ones as they are, longer ones with one side on each line, signs aligned."""
    whole = equation(line)
    if len(whole) <= (width if len(line.sides) <= _SHORT_CHAIN else _SHORT_LINE):
        return [whole]
    lead = f"{line.name} " if line.name else ""
    first, *rest = zip(_signs(line), map(in_text, line.sides), strict=True)
    if not lead:
        return [first[1], *(f"  {sign} {side}" for sign, side in rest)]
    return [f"{lead}= {first[1]}", *(f"{' ' * len(lead)}{sign} {side}" for sign, side in rest)]


def equation(line: Line) -> str:
    """A line of arithmetic on one line: params = (F·F·C+1)·K = (5·5·3+1)·10"""
    sides = zip(_signs(line), map(in_text, line.sides), strict=True)
    text = " ".join(f"{sign} {side}" for sign, side in sides)
    return f"{line.name} {text}" if line.name else text[2:]


def _signs(line: Line) -> list[str]:
    return [sign_of(line, i) for i in range(len(line.sides))]


def sign_of(line: Line, index: int) -> str:
    """The sign before a side: ≈ before decimals that are rounded, as in 1/3 ≈ 0.3333, else =, as in 1/8 = 0.125."""
    side = line.sides[index]
    if not isinstance(side, Rounded):
        return "="
    of_root = index > 0 and isinstance(line.sides[index - 1], Root)
    return "=" if not of_root and float(f"{side.value:.4g}") == side.value else "≈"


def sentence(prose: Prose) -> str:
    """Words with the arithmetic in them, the spaces within a side glued."""
    texts = []
    for item in prose:
        if isinstance(item, Line):
            # a line may end before a sign, but not within a side
            texts.append(re.sub(" (?![=≈])", _GLUE, equation(item)))
        elif isinstance(item, Shape):
            texts.append(item.pretty())
        else:
            texts.append(item)
    return "".join(texts)
