"""A small judge of LaTeX: what would stop an engine, found without one."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["faults"]

_PIECE = re.compile(
    r"\\begin\{(\w+\*?)\}|\\end\{(\w+\*?)\}|\\left|\\right|\\[A-Za-z]+\*?|\\.|[{}$&]|[^\\{}$&]+", re.DOTALL
)
_MATHS = {"align*"}
_ALIGNING = {"align*", "tabular"}
_ANYWHERE = {"text", "quad", "mathrm", "mathit"}
_OF_TEXT = {
    r"subsection*",
    r"paragraph",
    r"textbf",
    r"noindent",
    r"mbox",
    r"par",
    r"toprule",
    r"midrule",
    r"bottomrule",
    r"texttt",
    r"textbackslash",
}
_OF_MATHS = {
    "frac",
    "sqrt",
    "cdot",
    "approx",
    "lfloor",
    "rfloor",
    "lceil",
    "rceil",
    "times",
    "to",
    "surd",
    "ge",
    "le",
    "ne",
    "ldots",
    "infty",
    "alpha",
    "beta",
    "gamma",
    "Phi",
    "top",
    "min",
    "max",
    "bmod",
}
_OPENING = {"}": "{", "\\right": "\\left"}


def faults(text: str) -> list[str]:
    r"""Everything wrong: braces, environments, dollars, \left and \right, marks, unknown commands, foreign letters."""
    body = re.sub(r"(?<!\\)%.*", "", text)
    return [*_foreign(body), *_structure(body), *_alignments(body)]


def _foreign(body: str) -> Iterator[str]:
    if not body.isascii():
        yield f"not ASCII: {sorted({c for c in body if not c.isascii()})}"


def _structure(body: str) -> Iterator[str]:
    """What is opened is closed in order, and commands stand where they may."""
    stack: list[str] = []
    maths = False
    for match in _PIECE.finditer(body):
        piece = match[0]
        inside = maths or bool(_MATHS & set(stack))
        if match[1] or piece in _OPENING.values():
            stack.append(match[1] or piece)
        elif match[2] or piece in _OPENING:
            if not stack or stack.pop() != (match[2] or _OPENING[piece]):
                yield f"{piece} closes nothing"
        elif piece == "$":
            maths = not maths
        elif piece == "&":
            if not set(stack) & _ALIGNING:
                yield "& outside of an alignment"
        elif piece[0] == "\\" and piece[1].isalpha():
            yield from _command(piece[1:], inside=inside)
        elif piece[0] != "\\" and not inside and re.search(r"[_^#~]", piece):
            yield f"a special character in {piece!r}"
    if stack or maths:
        yield f"left open: {stack}{' $' if maths else ''}"


def _command(name: str, *, inside: bool) -> Iterator[str]:
    if name not in _ANYWHERE | _OF_TEXT | _OF_MATHS:
        yield f"unknown command {name}"
    elif inside and name in _OF_TEXT:
        yield f"{name} within mathematics"
    elif not inside and name in _OF_MATHS:
        yield f"{name} outside of mathematics"


def _alignments(body: str) -> Iterator[str]:
    """Rows with one mark each and no empty lines, which end a paragraph."""
    for block in re.findall(r"\\begin\{align\*\}(.*?)\\end\{align\*\}", body, re.DOTALL):
        rows = block.split(r"\\")
        if not block.strip() or re.search(r"\n\s*\n", block) or any(row.count("&") != 1 for row in rows):
            yield f"an alignment that is empty, torn or wrongly marked: {block!r}"
