r"""JSON text → a located tree.

::

    value  = object | array | string | number | "true" | "false" | "null"
    object = "{" [ string ":" value { "," string ":" value } ] "}"
    array  = "[" [ value { "," value } ] "]"
    number = -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?

The standard library's parser keeps no places and recurses as deep as the text does, so it reads only the strings that have
escapes.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from cnncalc.spec.located import Entry, Located, Scalar
from cnncalc.spec.source import MOST_NESTING, Source, shown

if TYPE_CHECKING:
    from cnncalc.errors import SpecError

__all__ = ["read_json"]

_EXAMPLE = '{"cnncalc": 1, "input": "3x32x32", "layers": ["conv3-16", "relu"]}'

_SPACE = re.compile(r"[ \t\n\r]*+")
_COMMA = re.compile(r"[ \t\n\r]*+,[ \t\n\r]*+(?![\]}])")
_PLAIN_STRING = re.compile(r'"([^"\\\t\n\r]*+)"')
_OPEN_STRING = re.compile(r'"[^"\\\t\n\r]*+(?:\\.[^"\\\t\n\r]*+)*+')
# A word is all that people write without quotes, so that a wrong one is quoted whole.
_WORD = re.compile(r"[^\s\[\]{},:\"']++")
_NUMBER = re.compile(r"(-?)(0|[1-9][0-9]*+)((?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?)")
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
_NOT_FINITE = re.compile(r"[-+]?(?:NaN|Infinity)")


def read_json(source: Source) -> Located:
    """``document = value``"""
    return _Reader(source).document()


class _Reader:
    """The text, read from one offset to the next."""

    __slots__ = ("_source", "_text")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._text = source.text

    def document(self) -> Located:
        start = self._after_space(0)
        if start == len(self._text):
            raise self._source.empty(_EXAMPLE)
        root = self._value(start, 1)
        rest = self._after_space(root.end)
        if rest < len(self._text):
            raise self._error("the value has ended before this", "remove it", rest)
        return root

    def _value(self, start: int, depth: int) -> Located:
        source, text = self._source, self._text
        source.count(start)
        value: Scalar | tuple[Located, ...] | dict[str, Entry]
        first = text[start : start + 1]
        if first == '"':
            value, end = self._string(start)
        elif first in {"[", "{"}:
            if depth > MOST_NESTING:
                raise source.too_deep(start)
            value, end = (self._array if first == "[" else self._object)(start, depth)
        else:
            value, end = self._number_or_word(start)
        return Located(value, source, start, end)

    def _array(self, start: int, depth: int) -> tuple[tuple[Located, ...], int]:
        """``array = "[" [ value { "," value } ] "]"``"""
        items: list[Located] = []
        position = self._after_space(start + 1)
        if self._text.startswith("]", position):
            return (), position + 1
        while True:
            items.append(self._value(position, depth + 1))
            comma = _COMMA.match(self._text, items[-1].end)
            if comma is None:
                return tuple(items), self._closed(items[-1].end, "]", start)
            position = comma.end()

    def _object(self, start: int, depth: int) -> tuple[dict[str, Entry], int]:
        """``object = "{" [ string ":" value { "," string ":" value } ] "}"``"""
        entries: dict[str, Entry] = {}
        position = self._after_space(start + 1)
        if self._text.startswith("}", position):
            return entries, position + 1
        while True:
            key, key_end = self._key(position)
            if key in entries:
                raise self._source.twice(key, position, key_end, entries[key].key_start)
            colon = self._after_space(key_end)
            if not self._text.startswith(":", colon):
                raise self._missing("':'", colon, 'write "key": value')
            node = self._value(self._after_space(colon + 1), depth + 1)
            entries[key] = Entry(node, position, key_end)
            comma = _COMMA.match(self._text, node.end)
            if comma is None:
                return entries, self._closed(node.end, "}", start)
            position = comma.end()

    def _closed(self, position: int, closing: str, opening: int) -> int:
        """Where the bracket that follows the last value ends."""
        position = self._after_space(position)
        if self._text.startswith(closing, position):
            return position + 1
        if self._text.startswith(",", position):
            bracket = self._text[self._after_space(position + 1)]
            raise self._error(f"nothing follows the ',' before '{bracket}'", "remove the comma", position)
        raise self._missing(f"',' or '{closing}'", position, "write it", opening)

    def _key(self, start: int) -> tuple[str, int]:
        """``key = string``"""
        self._source.count(start)
        if self._text.startswith('"', start):
            return self._string(start)
        raise self._missing("a key in double quotes", start, "quote every key")

    def _string(self, start: int) -> tuple[str, int]:
        r"""``string = '"' { character | "\\" escape } '"'``"""
        if match := _PLAIN_STRING.match(self._text, start):
            return match[1], match.end()
        match = _OPEN_STRING.match(self._text, start)
        end = match.end() if match else start
        if self._text.startswith("\t", end):
            raise self._error("a tab stands in a string", "write \\t", end)
        if not self._text.startswith('"', end):
            cure = 'close it with ", and write \\n for a line break'
            raise self._source.error("CNN101", "the string is not closed on its line", cure, start, end)
        end += 1
        try:
            value: str = json.loads(self._text[start:end])
        except json.JSONDecodeError as error:
            message = "JSON does not know this escape"
            raise self._error(message, "double the backslash", start + error.pos) from None
        self._source.check_escapes(value, start, end)
        return value, end

    def _number_or_word(self, start: int) -> tuple[Scalar, int]:
        """``number | "true" | "false" | "null"``"""
        source, match = self._source, _WORD.match(self._text, start)
        if match is None:
            raise self._missing("a value", start, "write it")
        word, end = match[0], match.end()
        if word in _WORDS:
            return _WORDS[word], end
        if number := _NUMBER.fullmatch(word):
            if number[3]:
                return source.floating(word, start, end), end
            magnitude = source.integer(number[2], 10, start, end)
            return -magnitude if number[1] else magnitude, end
        if _NOT_FINITE.fullmatch(word):
            raise source.not_finite(start, end)
        raise self._error(
            f"{shown(word)} is not a JSON value",
            "put text into double quotes, and write numbers like 10, -0.5 or 1e3",
            start,
            end,
        )

    def _after_space(self, position: int) -> int:
        match = _SPACE.match(self._text, position)
        return match.end() if match else position

    def _missing(self, what: str, start: int, cure: str, opening: int | None = None) -> SpecError:
        return self._comment(start) or self._source.missing(what, start, cure, opening)

    def _error(self, message: str, cure: str, start: int, end: int | None = None) -> SpecError:
        return self._comment(start) or self._source.error("CNN101", message, cure, start, end)

    def _comment(self, start: int) -> SpecError | None:
        if not self._text.startswith(("//", "/*", "#"), start):
            return None
        return self._source.error("CNN101", "JSON has no comments", "remove it, or write YAML", start)
