"""A text read as the kind of answer that is expected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from unicodedata import name

from cnncalc.practice.answers import Answer, Expression, Integers, Matrix, Number, Parts, Size, Valid
from cnncalc.practice.reading.expressions import expression
from cnncalc.practice.reading.lists import matrices, named, sizes, wholes
from cnncalc.practice.reading.model import Reading, Several, Unread
from cnncalc.practice.reading.quantities import quantities
from cnncalc.practice.reading.text import MOST_OF_A_LIST
from cnncalc.symbolic import names

__all__ = ["names_in", "read"]


def read(text: str, like: Answer, others: Iterable[Answer] = ()) -> tuple[Reading, ...]:
    """All that the text can mean as an answer of this kind; `others` are answers whose names may be used as well.

    Raises Unread with a line for whoever typed it.
    """
    match like:
        case Number(_, unit):
            return quantities(text, unit)
        case Size(right):
            return (sizes(text, len(right)),)
        case Matrix():
            return (matrices(_bounded(text), like),)
        case Integers():
            return wholes(text)
        case Expression():
            return (expression(text, names_in([like, *others])),)
        case Valid(known):
            return (named(text, known),)
        case Parts():
            return tuple(_several(_bounded(text), like, [o for o in others if isinstance(o, Parts)]))


def names_in(answers: Iterable[Answer]) -> frozenset[str]:
    """The names of all expressions among answers."""
    found: set[str] = set()
    for answer in answers:
        if isinstance(answer, Expression):
            for side in (answer.numerator, answer.denominator):
                found |= set() if isinstance(side, int) else names(side)
    return frozenset(found)


def _bounded(text: str) -> str:
    if len(text) > MOST_OF_A_LIST:
        raise Unread("That is too long for an answer.")
    return text


def _several(text: str, like: Parts, others: Sequence[Parts]) -> Iterator[Several]:
    """The parts, by every way of cutting the text that gives as many as there are; else by ; and lines."""
    cuts = list(_cuts(text, like))
    whole = [cut for cut in cuts if "" not in cut]
    for cut in whole or cuts[-1:]:
        yield Several(
            tuple(
                [
                    _part(piece, part, i, others)
                    for i, (piece, (_, part)) in enumerate(zip(cut, like.parts, strict=True))
                ]
            )
        )


def _part(text: str, part: Answer, index: int, others: Sequence[Parts]) -> tuple[Reading, ...] | Unread:
    if not text:
        return ()
    beside = [other.parts[index][1] for other in others if len(other.parts) > index]
    try:
        return read(text, part, [one for one in beside if type(one) is type(part)])
    except Unread as why:
        return why


def _cuts(text: str, like: Parts) -> Iterator[list[str]]:
    """The text in as many pieces as there are parts, "" where nothing is said.

    Raises Unread if there are more pieces than parts.
    """
    labels = [label for label, _ in like.parts]
    pieces = [piece.strip() for piece in re.split(r"[;\n]", text) if piece.strip()]
    if len(pieces) == 1 and len(labels) > 1:
        by_label = _at_labels(pieces[0], labels)
        for ways in (by_label, *(re.split(pattern, pieces[0]) for pattern in (r",\s+|:\s*", r",", r"\s+"))):
            if len(ways) == len(labels):
                yield _assigned(ways, like)
    yield _assigned(pieces, like)


def _at_labels(text: str, labels: list[str]) -> list[str]:
    """Cut before every label that stands in it."""
    words = "|".join(_typed(label) for label in sorted(labels, key=len, reverse=True))
    starts = [m.start() for m in re.finditer(rf"(?<!\w)(?:{words})(?!\w)", text, re.IGNORECASE)]
    return [text[a:b].strip(" ,;.") for a, b in zip(starts, [*starts[1:], len(text)], strict=False)]


def _assigned(pieces: list[str], like: Parts) -> list[str]:
    """Pieces with a label go to their part, others to the next that has nothing; rows of a matrix stay together."""
    found: list[list[str]] = [[] for _ in like.parts]
    left: list[str] = []
    before: int | None = None
    for piece in pieces:
        index, rest = _labelled(piece, like)
        if index is not None and not found[index]:
            found[index].append(rest)
        elif before is not None and len(found[before]) < _rows(like.parts[before][1], found[before][0]):
            found[before].append(piece)
            continue
        else:
            left.append(rest)
        before = index
    for (_, part), own in zip(like.parts, found, strict=True):
        if left and not own:
            count = _rows(part, left[0])
            own.extend(left[:count])
            del left[:count]
    if left:
        raise Unread(f"{len(like.parts)} answers are asked, and there are more.")
    return [";".join(own) for own in found]


def _rows(part: Answer, first: str) -> int:
    """How many pieces a part has of which this is the first: as many as a matrix has rows, unless it has all in one."""
    if isinstance(part, Matrix) and len(first.split()) <= len(part.rows[0]):
        return len(part.rows)
    return 1


def _labelled(piece: str, like: Parts) -> tuple[int | None, str]:
    """Which part a piece names, and what is behind the name: the longest label that fits."""
    fitting = []
    for i, (label, _) in enumerate(like.parts):
        found = re.match(rf"(?:{_typed(label)})\s*(?:[=:]|(?=\s)|$)\s*", piece, re.IGNORECASE)
        if found:
            fitting.append((found.end(), i))
    if not fitting:
        return None, piece
    end, index = max(fitting)
    return index, piece[end:].strip()


def _typed(label: str) -> str:
    """A pattern of what a label is when it is typed: 1x1 is 1×1, and gamma γ."""
    pattern = re.escape(label).replace("×", "[×x]")
    return re.sub("[Ͱ-Ͽ]", lambda m: f"(?:{m[0]}|{name(m[0]).rpartition(' ')[2]})", pattern)
