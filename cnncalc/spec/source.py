"""A text and its limits: what every reader asks before it believes a character or a number.

::

    text     ≤ 16 Mi characters, each of them printable, a tab or a line break
    depth    ≤ 64 lists and mappings inside one another
    values   ≤ 1 000 000, keys included
    integer  |n| ≤ 10^15
    float    finite

Positions are offsets in the text; a `Span` is computed from them only for whoever asks. Lines are those of
`str.splitlines`, which is how `cnncalc.errors.render` shows them. A byte order mark takes no column.
"""

from __future__ import annotations

import math
import re
from array import array
from bisect import bisect_right
from itertools import accumulate
from typing import NamedTuple

from cnncalc.errors import Span, SpecError

__all__ = ["GREATEST_INTEGER", "MOST_CHARACTERS", "MOST_NESTING", "MOST_VALUES", "Line", "Source", "shown"]

MOST_CHARACTERS = 16 * 2**20
MOST_NESTING = 64
MOST_VALUES = 1_000_000
GREATEST_INTEGER = 10**15
# Longer numbers are refused unread, which keeps int() and float() from long digit strings.
_MOST_DIGITS = 100

# Patterns are compiled when first used: most commands import the limits only.
# All but YAML's printable characters; the byte order mark (U+FEFF), invisible inside a text, is one of them.
_UNPRINTABLE = "[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
# A word ends where no format's plain text goes on.
_WORD = r"[^\s\[\]{},:=#\"']++"
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_LINE_BREAKS = frozenset("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
_PIECE = 2**16


class Line(NamedTuple):
    """A line of a text: its 1-based number, and the offsets of its first character and of its break."""

    number: int
    start: int
    end: int


def _forbidden(text: str) -> re.Match[str] | None:
    """The first character that no spec needs. ASCII is looked through by a pattern that is made much faster."""
    return re.search(_CONTROL if text.isascii() else _UNPRINTABLE, text)


class Source:
    """A text, its file's name, and where its lines begin."""

    __slots__ = ("_left", "_line", "_starts", "file", "text")

    def __init__(self, text: str, file: str | None = None) -> None:
        self.text = text.removeprefix("\ufeff")
        self.file = file
        self._starts: array[int] | None = None
        self._line: Line | None = None
        self._left = MOST_VALUES

    def check(self) -> None:
        """Refuse a text that is too long, or that has a character no spec needs."""
        if len(self.text) > MOST_CHARACTERS:
            message = f"the text has {len(self.text):,} characters"
            raise self.error("CNN162", message, f"at most {MOST_CHARACTERS:,} are read", 0)
        if found := _forbidden(self.text):
            raise self.forbidden_character(found.group(), found.start(), found.end())

    def check_escapes(self, value: str, start: int, end: int) -> None:
        """Refuse a string whose escapes stand for a character that the text itself could not have."""
        if found := _forbidden(value):
            raise self.forbidden_character(found.group(), start, end)

    def line(self, offset: int) -> Line:
        """The line that an offset stands on."""
        # Places are asked for in the order of the text, so the line is mostly the last one.
        if self._line and self._line.start <= offset <= self._line.end:
            return self._line
        if self._starts is None:
            self._starts = _line_starts(self.text)
        starts = self._starts
        number = bisect_right(starts, offset)
        start = starts[number - 1]
        end = starts[number] if number < len(starts) else len(self.text)
        while end > start and self.text[end - 1] in _LINE_BREAKS:
            end -= 1
        self._line = Line(number, start, end)
        return self._line

    def span(self, start: int, end: int) -> Span:
        """The place of text[start:end], or of the part of it on its first line."""
        line = self.line(start)
        length = end - start if end <= line.end else len(self.text[start : line.end].rstrip())
        return Span(line.number, start - line.start + 1, max(1, length), self.file)

    def error(
        self, code: str, message: str, cure: str | None, start: int, end: int | None = None
    ) -> SpecError:
        """The error of text[start:end]. What is wrong at the end of the text stands after its last word."""
        if start >= len(self.text):
            start, end = len(self.text.rstrip()), None
        return SpecError(message, cure, span=self.span(start, start + 1 if end is None else end), code=code)

    def count(self, start: int) -> None:
        """Note that a key or value begins at text[start], and refuse one too many."""
        self._left -= 1
        if self._left < 0:
            message = f"the spec has more than {MOST_VALUES:,} keys and values"
            raise self.error("CNN164", message, "write what recurs once, with repeat", start)

    def found(self, start: int) -> str:
        """What messages call the text at an offset."""
        if start >= len(self.text):
            return "the end of the text"
        if self.text[start] in _LINE_BREAKS:
            return "the end of the line"
        word = re.match(_WORD, self.text[start : start + 80])
        return shown(word[0] if word else self.text[start])

    def integer(self, digits: str, base: int, start: int, end: int) -> int:
        """The integer that `digits`, without a sign, mean: n ≤ 10^15."""
        digits = digits.lstrip("0") or "0"
        value = int(digits, base) if len(digits) <= _MOST_DIGITS else GREATEST_INTEGER + 1
        if value > GREATEST_INTEGER:
            message = f"the integer {shown(self.text[start:end], 24)} is beyond 10^15"
            raise self.error("CNN171", message, "no size or count of a network is that large", start, end)
        return value

    def floating(self, literal: str, start: int, end: int) -> float:
        """The finite number that `literal` means."""
        if len(literal) > _MOST_DIGITS:
            message = f"the number {shown(literal, 24)} has {len(literal):,} characters"
            raise self.error("CNN171", message, f"at most {_MOST_DIGITS} are read", start, end)
        value = float(literal)
        if math.isinf(value):
            raise self.not_finite(start, end)
        return value

    def not_finite(self, start: int, end: int) -> SpecError:
        """The error of an infinity, a NaN, or a number too large for a float."""
        message = f"{shown(self.text[start:end], 24)} is not a finite number"
        return self.error("CNN172", message, "write a number within ±1.7e308", start, end)

    def forbidden_character(self, character: str, start: int, end: int) -> SpecError:
        """The error of a control character, half a surrogate pair, or a noncharacter."""
        message = f"the character U+{ord(character):04X} cannot stand in a spec"
        return self.error("CNN161", message, "remove it", start, end)

    def missing(self, what: str, start: int, cure: str, opening: int | None = None) -> SpecError:
        """The error of a text that lacks something at `start`, perhaps within the bracket at `opening`."""
        message = f"{what} is missing before {self.found(start)}"
        if opening is not None:
            message += f", after the '{self.text[opening]}' of line {self.line(opening).number}"
        return self.error("CNN101", message, cure, start)

    def empty(self, example: str) -> SpecError:
        """The error of a text without a value."""
        return self.error("CNN160", "the spec is empty", f"write at least {example}", 0)

    def too_deep(self, start: int) -> SpecError:
        """The error of a list or mapping that begins at `start`, one too deep."""
        message = f"lists and mappings are nested deeper than {MOST_NESTING}"
        return self.error("CNN163", message, "define the inner layers as a block", start)

    def twice(self, key: str, start: int, end: int, first: int) -> SpecError:
        """The error of the key text[start:end], which already stands at the offset `first`."""
        message = f"the key {shown(key)} appears twice"
        return self.error(
            "CNN165", message, f"keep one: line {self.line(first).number} has it too", start, end
        )


def _line_starts(text: str) -> array[int]:
    """The offset of every line's first character.

    The text is split piece by piece: all lines of a long text at once would take many times its memory.
    """
    starts = array("Q", [0])
    begin = 0
    while begin < len(text):
        end = min(begin + _PIECE, len(text))
        if text[end - 1 : end + 1] == "\r\n":
            end += 1
        lines = text[begin:end].splitlines(keepends=True)
        starts.extend(accumulate(map(len, lines[1:]), initial=begin + len(lines[0])))
        if text[end - 1] not in _LINE_BREAKS:
            starts.pop()
        begin = end
    return starts


def shown(text: str, limit: int = 40) -> str:
    """A text as messages quote it: 'conv3-64', escaped, and cut to `limit` characters."""
    return repr(text if len(text) <= limit else f"{text[: limit - 1]}…")
