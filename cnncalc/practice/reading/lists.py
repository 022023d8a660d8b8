"""Sizes, rows of numbers, sets of whole numbers, and values under names."""

from __future__ import annotations

import re

from cnncalc.practice.answers import Matrix
from cnncalc.practice.reading.model import Named, Quantity, Rows, Unread, Wholes
from cnncalc.practice.reading.quantities import quantities
from cnncalc.practice.reading.text import MOST_OF_A_LIST, signs
from cnncalc.practice.words import listed

__all__ = ["matrices", "named", "sizes", "wholes"]

_MOST_VALUES = 10_000
_INTEGER = r"[+-]?\d{1,15}(?!\d)"
_NONE = re.compile(
    r"(?:none|no|nothing|empty|\{\s*\}|∅|impossible|(?:there is |there are )?no(?:ne| solutions?| such \w+))$",
    re.IGNORECASE,
)
#: "3..7", "3-7", "3 to 7", "from 3 to 7", "between 3 and 7"
_RANGE = re.compile(rf"(?:from\s+)?({_INTEGER})\s*(?:\.{{2,3}}|-|to|through)\s*({_INTEGER})$", re.IGNORECASE)
_BETWEEN = re.compile(rf"between\s+({_INTEGER})\s+and\s+({_INTEGER})$", re.IGNORECASE)
_BOTH_BOUNDS = re.compile(rf"({_INTEGER})\s*(<=?)\s*[A-Za-z]\w*\s*(<=?)\s*({_INTEGER})$")
_BOUND = re.compile(
    rf"(?:[A-Za-z]\w*)?\s*(<=?|>=?|at least|at most|from)\s*({_INTEGER})(?:\s*on(?:wards)?)?$", re.IGNORECASE
)
_TAIL = re.compile(
    r"\s*(?:,|;|\band\b|\bor\b)*\s*(?:\.{2,3}|(?:all\s+)?(?:more|larger(?: ones)?|above|up(?:wards)?|onwards)|on|\+)$",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-Za-z]\w*\s*(?:=|:|∈|\bin\b)\s*")


def sizes(text: str, count: int) -> tuple[int, ...]:
    """112x112x64; 112, 112, 64; (112 112 64); H = 112, W = 112, C = 64.

    Raises Unread.
    """
    text = re.sub(r"\b[A-Za-z]\w*\s*[=:]\s*", " ", signs(text)).strip("()[]{}. ")
    parts = re.split(r"\s*(?:[x×X*,;]|\bby\b)\s*|\s+", text)
    if not all(re.fullmatch(r"\d{1,15}", part) for part in parts):
        raise Unread("These are no sizes.")
    if len(parts) != count:
        raise Unread(
            f"{'That is one size' if len(parts) == 1 else f'Those are {len(parts)} sizes'}, and {count} are asked."
        )
    return tuple(map(int, parts))


def matrices(text: str, like: Matrix) -> Rows:
    """1 2 3; 4 5 6, or a row on a line, or [[1, 2, 3], [4, 5, 6]]; all in one row are taken row by row.

    Raises Unread.
    """
    text = "\n".join(map(signs, text.splitlines()))
    text = re.sub(r"[\])]\s*,?\s*[\[(]", ";", text)
    lines = [line.strip("[](){}, ") for line in re.split(r"[;\n]", text)]
    rows = [tuple([_one(cell) for cell in re.split(r"\s*,\s*|\s+", line)]) for line in lines if line]
    lengths = [len(row) for row in like.rows]
    if len(rows) == 1 and len(rows[0]) == sum(lengths):
        cells = iter(rows[0])
        rows = [tuple([next(cells) for _ in range(length)]) for length in lengths]
    if len({len(row) for row in rows}) != 1:
        raise Unread("The rows are not equally long." if rows else "There are no numbers in it.")
    return Rows(tuple(rows))


def _one(cell: str) -> Quantity:
    return quantities(cell, "")[0]


def wholes(text: str) -> tuple[Wholes, ...]:
    """5; 2, 3; {2,3}; 2 or 3; 221..224; 221-224; none; N >= 3; 3 or more; 2 <= p <= 4.

    Raises Unread.
    """
    text = signs(text, MOST_OF_A_LIST)
    text = _NAME.sub("", text) if not _BOTH_BOUNDS.match(text) else text
    text = text.strip("{}[]() ") or text
    if not text.endswith(".."):
        text = text.rstrip(".")
    if _NONE.match(text):
        return (Wholes(frozenset()),)
    for pattern, meaning in ((_BOTH_BOUNDS, _between), (_BOUND, _bounded)):
        found = pattern.match(text)
        if found:
            return meaning(found)
    tail = _TAIL.search(text)
    listed = _listed(text[: tail.start()] if tail else text)
    if tail:
        return (Wholes(frozenset(listed[:-1]), listed[-1]),)
    grouped = re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+", text)
    # 1,024 may be one number
    return (
        Wholes(frozenset(listed)),
        *([Wholes(frozenset([int(text.replace(",", ""))]))] if grouped else []),
    )


def _between(found: re.Match[str]) -> tuple[Wholes, ...]:
    low, high = int(found[1]) + (found[2] == "<"), int(found[4]) - (found[3] == "<")
    return (Wholes(frozenset(_range(low, high))),)


def _bounded(found: re.Match[str]) -> tuple[Wholes, ...]:
    sign, value = found[1].lower(), int(found[2])
    if sign in (">", ">=", "at least", "from"):
        return (Wholes(frozenset(), value + (sign == ">")),)
    high = value - (sign == "<")
    # sizes and counts start with 1, paddings with 0
    return (Wholes(frozenset(_range(1, high))), Wholes(frozenset(_range(0, high))))


def _listed(text: str) -> list[int]:
    values: list[int] = []
    whole = _BETWEEN.match(text.strip()) or _RANGE.match(text.strip())
    if whole:
        return list(_range(int(whole[1]), int(whole[2])))
    for part in re.split(r"\s*[,;]\s*(?:and|or)?\s*|\s+(?:and|or|&)\s+|\s+", text.strip(" ,;")):
        found = _RANGE.match(part)
        if found:
            values += _range(int(found[1]), int(found[2]))
        elif re.fullmatch(_INTEGER, part):
            values.append(int(part))
        else:
            raise Unread("These are no whole numbers.")
    return values


def _range(low: int, high: int) -> range:
    if high - low > _MOST_VALUES:
        raise Unread("Those are too many numbers.")
    return range(low, high + 1)


def named(text: str, names: tuple[str, ...]) -> Named:
    """k = 3, C = 16; k: 3; C: 16; or the values alone, in the order of the names.

    Raises Unread.
    """
    text = signs(text).strip("()[]{}. ")
    found = re.findall(rf"([A-Za-z]\w*)\s*[=:]?\s*({_INTEGER})", text)
    if found:
        known = {name.casefold(): name for name in names} | {name: name for name in names}
        values = {known.get(name, known.get(name.casefold(), name)): int(value) for name, value in found}
    else:
        parts = re.split(r"\s*[,;]\s*|\s+", text)
        if len(parts) != len(names) or not all(re.fullmatch(_INTEGER, part) for part in parts):
            raise Unread("Not every name has a whole number.")
        values = dict(zip(names, map(int, parts), strict=True))
    if set(values) != set(names):
        raise Unread(f"A whole number is asked for {listed(names)}.")
    return Named(values)
