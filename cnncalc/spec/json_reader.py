"""JSON text → a located tree.

::

    value  = object | array | string | number | "true" | "false" | "null"
    object = "{" [ string ":" value { "," string ":" value } ] "}"
    array  = "[" [ value { "," value } ] "]"
    number = -?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?

The standard library's parser keeps no places and recurses as deep as the text does, so it reads only the strings that have
escapes.
"""

from __future__ import annotations

import json
import re
from typing import Final

from cnncalc.errors import SpecError
from cnncalc.spec.located import Entry, Located, Scalar
from cnncalc.spec.source import MOST_NESTING, MOST_VALUES, Source, shown

__all__ = ["read_json"]

_EXAMPLE = '{"cnncalc": 1, "input": "3x32x32", "layers": ["conv3-16", "relu"]}'

_SPACE = re.compile(r"[ \t\n\r]*+")
_PLAIN_STRING = re.compile(r'"([^"\\\t\n\r]*+)"')
_OPEN_STRING = re.compile(r'"[^"\\\t\n\r]*+(?:\\.[^"\\\t\n\r]*+)*+')
# A word is all that people write without quotes, so that a wrong one is quoted whole.
_WORD = re.compile(r"[^\s\[\]{},:\"']*+")
_NUMBER = re.compile(r"(-?)(0|[1-9][0-9]*+)((?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?)")
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
_NOT_FINITE = re.compile(r"[-+]?(?:NaN|Infinity)")


def read_json(source: Source) -> Located:
    """``document = value``"""
    return _Reader(source).document()


class _Reader:
    """The text, and how many values it may still have."""

    __slots__ = ("_left", "_source", "_text")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._text = source.text
        self._left = MOST_VALUES

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
        self._left -= 1
        if self._left < 0:
            raise source.too_many(start)
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
            item = self._value(position, depth + 1)
            items.append(item)
            position, more = self._separator(item.end, "]", start)
            if not more:
                return tuple(items), position

    def _object(self, start: int, depth: int) -> tuple[dict[str, Entry], int]:
        """``object = "{" [ string ":" value { "," string ":" value } ] "}"``"""
        text = self._text
        entries: dict[str, Entry] = {}
        position = self._after_space(start + 1)
        if text.startswith("}", position):
            return entries, position + 1
        while True:
            key, key_end = self._key(position)
            if key in entries:
                raise self._source.twice(key, position, key_end, entries[key].key_start)
            colon = self._after_space(key_end)
            if not text.startswith(":", colon):
                message = f"':' is missing before {self._found(colon)}, after the key {shown(key)}"
                raise self._error(message, "write it", colon)
            node = self._value(self._after_space(colon + 1), depth + 1)
            entries[key] = Entry(node, position, key_end)
            position, more = self._separator(node.end, "}", start)
            if not more:
                return entries, position

    def _separator(self, end: int, closing: str, opening: int) -> tuple[int, bool]:
        """separator = "," | closing. Returns where the next value stands (True), or the collection has ended (False)."""
        text = self._text
        position = self._after_space(end)
        if text.startswith(closing, position):
            return position + 1, False
        if not text.startswith(",", position):
            place = f"the '{text[opening]}' of line {self._source.line(opening).number}"
            message = f"',' or '{closing}' is missing before {self._found(position)}, after {place}"
            raise self._error(message, "write it", position)
        following = self._after_space(position + 1)
        if text.startswith(closing, following):
            raise self._error(f"nothing follows the ',' before '{closing}'", "remove the comma", position)
        return following, True

    def _key(self, start: int) -> tuple[str, int]:
        """``key = string``"""
        if self._text.startswith('"', start):
            return self._string(start)
        message = f"a key in double quotes is missing before {self._found(start)}"
        raise self._error(message, "quote every key", start)

    def _string(self, start: int) -> tuple[str, int]:
        """``string = '"' { character | "\\" escape } '"'``"""
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
            message = "the string has an escape that JSON does not know"
            raise self._error(message, "double the backslash", start + error.pos) from None
        self._source.check_escapes(value, start, end)
        return value, end

    def _number_or_word(self, start: int) -> tuple[Scalar, int]:
        """``number | "true" | "false" | "null"``"""
        source = self._source
        word, end = self._word(start)
        if word in _WORDS:
            return _WORDS[word], end
        if match := _NUMBER.fullmatch(word):
            if match[3]:
                return source.floating(word, start, end), end
            number = source.integer(match[2], 10, start, end)
            return -number if match[1] else number, end
        if _NOT_FINITE.fullmatch(word):
            raise source.not_finite(start, end)
        if not word:
            raise self._error(f"a value is missing before {self._found(start)}", "write it", start)
        raise self._error(f"{shown(word)} is not a JSON value", "put text into double quotes", start, end)

    def _word(self, start: int) -> tuple[str, int]:
        match = _WORD.match(self._text, start)
        return (match[0], match.end()) if match else ("", start)

    def _after_space(self, position: int) -> int:
        match = _SPACE.match(self._text, position)
        return match.end() if match else position

    def _found(self, position: int) -> str:
        """What messages call the text at a position."""
        if position == len(self._text):
            return "the end of the text"
        word, _ = self._word(position)
        return shown(word or self._text[position])

    def _error(self, message: str, cure: str, start: int, end: int | None = None) -> SpecError:
        if self._text.startswith(("//", "/*", "#"), start):
            message, cure = "JSON has no comments", "remove it, or write YAML"
        return self._source.error("CNN101", message, cure, start, end)
