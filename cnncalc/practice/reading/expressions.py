"""Expressions as people type them: 27C^2; 27*C**2; 27C²; 2C(C+1); (C + 1)/2."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cnncalc.errors import FormulaError
from cnncalc.practice.reading.model import Typed, Unread, sample
from cnncalc.practice.reading.text import cleaned, quoted
from cnncalc.practice.words import listed
from cnncalc.symbolic import Formula

__all__ = ["expression"]

_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|[A-Za-z_]\w*|\*\*|//|.)")
_FUNCTIONS = frozenset(("floor", "ceil", "min", "max"))


def expression(text: str, names: Iterable[str]) -> Typed:
    """The expression, with a * wherever factors stand side by side.

    Raises Unread.
    """
    known = sorted(names)
    text = cleaned(text)
    for sign, meant in (
        ("⌊", "floor("),
        ("⌋", ")"),
        ("⌈", "ceil("),
        ("⌉", ")"),
        ("×", "*"),
        ("[", "("),
        ("]", ")"),
    ):
        text = text.replace(sign, meant)
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    written = "".join(_with_signs(_TOKEN.findall(text), known))
    try:
        typed = Typed(written, Formula(written).names)
        value = typed.at(sample(typed.names, 0))
    except FormulaError:
        raise Unread("This is no expression.") from None
    if isinstance(value, bool):
        raise Unread("That is a comparison, and no expression.")
    return typed


def _with_signs(tokens: list[str], known: list[str]) -> Iterable[str]:
    before = ""
    for token in tokens:
        for piece in _pieces(token, known):
            if _ends(before) and (piece[0].isalnum() or piece[0] in "_("):
                yield "*"
            yield piece
            before = piece


def _ends(piece: str) -> bool:
    """Whether a factor may end with it."""
    return piece == ")" or (piece[-1:].isalnum() and piece not in _FUNCTIONS) or piece[-1:] == "_"


def _pieces(token: str, known: list[str]) -> list[str]:
    """A word as the known names that it is made of: CK is C and K."""
    if not (token[0].isalpha() or token[0] == "_") or token in known or token in _FUNCTIONS:
        return [token]
    split = _split(token, known)
    if split:
        return split
    if len(token) == 1:
        return [token]
    raise Unread(f"{quoted(token)} is no name here: {_told(known)}.")


def _told(known: list[str]) -> str:
    if not known:
        return "there are none in the answer"
    return f"the {'name is' if len(known) == 1 else 'names are'} {listed(known)}"


def _split(word: str, known: list[str]) -> list[str] | None:
    """Known names and numbers, one behind the other, the longest first; c is C if nothing else is c."""
    named = {name.casefold(): name for name in known}
    if len(named) == len(known):
        word = word.casefold()
    else:
        named = {name: name for name in known}
    pieces = []
    while word:
        found = re.match(r"\d+", word)
        start = found[0] if found else max(filter(word.startswith, named), key=len, default="")
        if not start:
            return None
        pieces.append(named.get(start, start))
        word = word[len(start) :]
    return pieces
