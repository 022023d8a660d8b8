"""Comments in a YAML or TOML spec by which advice is not given.

::

    comment = "#" … "# cnncalc:" what [ "[" code { "," code } "]" ]
    what    = "ignore"         behind something: on its line; on a line of its own: for the next item or key, to its end
            | "ignore-file"    in the whole file

Without codes, any advice is meant. A `#` within a key or a value begins no comment.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.errors import Span, SpecError, nearest
from cnncalc.record import record

if TYPE_CHECKING:
    from cnncalc.spec.located import Located

__all__ = ["Ignore", "Misspelt", "Selector", "comments"]

_MARKER = re.compile(r"#\s*cnncalc:\s*([a-zA-Z][\w-]*)(?:\s*\[([^\]\r\n]*)(\]?))?")
_TOML = re.compile(r"^cnncalc[ \t]*=", re.MULTILINE)
_BLANKS = re.compile(r"(?:\s|#[^\r\n]*)*")
_WHATS = ("ignore", "ignore-file")


@record
class Selector:
    """A code that a comment names, and where."""

    text: str
    span: Span


@record
class Ignore:
    """One comment: the lines from `first` to `last` get no advice of these codes; of none at all, if there are no codes."""

    span: Span
    first: int
    last: int
    selectors: tuple[Selector, ...]


@record
class Misspelt:
    """A comment that was probably meant to be one of these."""

    span: Span
    fact: str
    cure: str


def comments(text: str) -> tuple[Ignore | Misspelt, ...]:
    """The comments of a spec's text that speak of advice, in order. A text that is neither YAML nor TOML has none."""
    if _MARKER.search(text) is None:
        return ()
    from cnncalc.spec.reader import read

    try:
        root = read(text, "toml" if _TOML.search(text) else "yaml")
    except SpecError:
        return ()
    return tuple(_found(root))


def _found(root: Located) -> Iterator[Ignore | Misspelt]:
    source = root.source
    text = source.text
    values = sorted(_values(root))
    starts = [start for start, _ in values]
    things = list(_things(root))
    offset = 0
    while (start := text.find("#", offset)) >= 0:
        before = bisect_right(starts, start) - 1
        if before >= 0 and start < values[before][1]:
            offset = values[before][1]
            continue
        line = source.line(start)
        offset = line.end
        match = _MARKER.search(text, start, line.end)
        if match is not None:
            alone = not text[line.start : start].strip()
            yield from _read(root, match, _covered(root, things, line.end) if alone else None)


def _read(
    root: Located, match: re.Match[str], covered: tuple[int, int] | None
) -> Iterator[Ignore | Misspelt]:
    source = root.source
    what, codes, closed = match.groups()
    span = source.span(match.start(), match.end())
    if what not in _WHATS:
        close = nearest(what, _WHATS)
        if close is not None:
            yield Misspelt(span, f"'{what}' means nothing here", f"did you mean '{close}'?")
        return
    if codes is not None and not closed:
        yield Misspelt(span, "the codes are not closed", "close them: ignore[CNN301]")
        return
    selectors = _selectors(root, match)
    if codes is not None and not selectors:
        yield Misspelt(span, "there are no codes between the brackets", "name some, or remove the brackets")
        return
    here = source.line(match.start()).number
    lines = (1, source.line(len(source.text)).number) if what == "ignore-file" else covered or (here, here)
    yield Ignore(span, *lines, selectors)


def _selectors(root: Located, match: re.Match[str]) -> tuple[Selector, ...]:
    first = match.start(2)
    parts = re.finditer(r"[^\s,]+", match[2] or "")
    return tuple(Selector(p[0], root.source.span(first + p.start(), first + p.end())) for p in parts)


def _values(node: Located) -> Iterator[tuple[int, int]]:
    """Where the keys, and the values without values of their own, stand: there, a # begins no comment."""
    if isinstance(node.value, dict):
        for entry in node.value.values():
            yield entry.key_start, entry.key_end
            yield from _values(entry.node)
    elif isinstance(node.value, tuple):
        for item in node.value:
            yield from _values(item)
    else:
        yield node.start, node.end


def _things(node: Located) -> Iterator[tuple[int, int]]:
    """Where every key and every item of a list begins, and where what belongs to it ends."""
    if isinstance(node.value, dict):
        for entry in node.value.values():
            # of TOML's arrays of tables every table has a header, and the whole has none
            if entry.key_start <= entry.node.start or not isinstance(entry.node.value, tuple):
                yield min(entry.key_start, entry.node.start), _end(entry.node)
            yield from _things(entry.node)
    elif isinstance(node.value, tuple):
        for item in node.value:
            yield item.start, _end(item)
            yield from _things(item)


def _end(node: Located) -> int:
    """Where the last value within ends: a table in TOML goes on behind its header."""
    if isinstance(node.value, dict):
        return max([node.end, *[_end(entry.node) for entry in node.value.values()]])
    return max([node.end, *map(_end, node.value)]) if isinstance(node.value, tuple) else node.end


def _covered(root: Located, things: list[tuple[int, int]], offset: int) -> tuple[int, int] | None:
    """The lines of the largest thing that begins on the first line behind an offset that is no comment and not blank."""
    source = root.source
    blank = _BLANKS.match(source.text, offset)
    start = blank.end() if blank else offset
    line = source.line(offset if start == len(source.text) else start)
    ends = [end for begin, end in things if line.start <= begin <= line.end]
    if not ends:
        return line.number, line.number
    return line.number, source.line(max(line.start, max(ends) - 1)).number
