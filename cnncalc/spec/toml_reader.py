r"""TOML 1.0 text → a located tree.

::

    document = { [ header | pair ] [ comment ] newline }
    header   = "[" key "]" | "[[" key "]]"
    pair     = key "=" value
    key      = part { "." part }
    part     = [A-Za-z0-9_-]+ | string
    value    = string | number | "true" | "false" | array | table
    array    = "[" [ value { "," value } [ "," ] ] "]"     lines and comments may stand between
    table    = "{" [ pair { "," pair } ] "}"               on one line
    string   = '…' | "…" | '''…''' | three double quotes … three double quotes

The standard library's parser keeps no places, recurses as deep as the text does, and takes time quadratic in the parts of a
key; it is what the tests compare this one with.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from cnncalc.spec.located import Located, Scalar
from cnncalc.spec.source import MOST_NESTING, Source, shown
from cnncalc.spec.toml_tables import Key, Table, Tables

if TYPE_CHECKING:
    from cnncalc.errors import SpecError

__all__ = ["read_toml"]

_EXAMPLE = 'the lines cnncalc = 1, input = "3x32x32" and layers = ["conv3-16", "relu"]'

_BARE_RETURN = re.compile(r"\r(?!\n)")
_SPACES = re.compile(r"[ \t]*+")
_LINES = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]++")
_STRING = re.compile(r"""'([^'\n]*+)'|"((?:[^"\\\n]++|\\[^\n])*+)\"""")
_LONG_STRING = re.compile(
    r"""'''((?:[^']++|'{1,2}(?!'))*+'{0,2})'''(?!')|\"""((?:[^"\\]++|\\[\s\S]|"{1,2}(?!"))*+"{0,2})\"""(?!")"""
)
_ESCAPE = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([btnfr"\\])|([ \t]*\n[ \t\n]*)|)')
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}

_WORD = re.compile(r"[^\s,\[\]{}#=\"']*+")
_DIGITS = r"(?:0|[1-9](?:_?[0-9])*+)"
_INTEGER = re.compile(rf"([-+]?)({_DIGITS})")
_PREFIXED_INTEGER = re.compile(
    r"0(?:x([0-9A-Fa-f](?:_?[0-9A-Fa-f])*+)|o([0-7](?:_?[0-7])*+)|b([01](?:_?[01])*+))"
)
_FLOAT = re.compile(rf"[-+]?{_DIGITS}(?:\.[0-9](?:_?[0-9])*+)?(?:[eE][-+]?[0-9](?:_?[0-9])*+)?")
_NOT_FINITE = re.compile(r"[-+]?(?:inf|nan)")
_DATE_OR_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}:[0-9]{2}")


def read_toml(source: Source) -> Located:
    """``document = { [ header | pair ] [ comment ] newline }``"""
    if bare := _BARE_RETURN.search(source.text):
        message = "a carriage return stands without a line feed"
        raise source.error("CNN101", message, "save the file with usual line ends", bare.start())
    return _Reader(source).document()


class _Reader:
    """The text, read from one offset to the next."""

    __slots__ = ("_source", "_text")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._text = source.text

    def document(self) -> Located:
        position = self._after(_LINES, 0)
        if position == len(self._text):
            raise self._source.empty(_EXAMPLE)
        table = Table(position, position + 1, 1)
        tables = Tables(self._source, table)
        while position < len(self._text):
            if self._text[position] == "[":
                table, position = self._header(tables, position)
            else:
                position = self._pair(tables, table, position)
            position = self._line_end(position)
        return tables.finished()

    def _header(self, tables: Tables, start: int) -> tuple[Table, int]:
        """``header = "[" key "]" | "[[" key "]]"``"""
        closing = "]]" if self._text.startswith("[[", start) else "]"
        keys, position = self._key(start + len(closing))
        if not self._text.startswith(closing, position):
            raise self._source.missing(f"'{closing}'", position, "close the header")
        end = position + len(closing)
        return tables.header(keys, start, end, array=closing == "]]"), end

    def _pair(self, tables: Tables, table: Table, start: int) -> int:
        """``pair = key "=" value``. Returns where it ends."""
        keys, position = self._key(start)
        if not self._text.startswith("=", position):
            raise self._source.missing("'='", position, "write key = value")
        node = self._value(self._after(_SPACES, position + 1), table.depth + len(keys))
        tables.put(table, keys, node)
        return node.end

    def _line_end(self, position: int) -> int:
        """``[ comment ] newline``, and the blank lines and comments that follow."""
        position = self._after(_SPACES, position)
        if self._text[position : position + 1] not in {"", "#", "\r", "\n"}:
            raise self._source.missing(
                "a new line", position, "write one key or header a line, and quote text"
            )
        return self._after(_LINES, position)

    def _key(self, position: int) -> tuple[list[Key], int]:
        """``key = part { "." part }``, and the spaces that follow."""
        keys: list[Key] = []
        while True:
            keys.append(self._part(self._after(_SPACES, position)))
            position = self._after(_SPACES, keys[-1].end)
            if not self._text.startswith(".", position):
                return keys, position
            position += 1

    def _part(self, start: int) -> Key:
        """``part = [A-Za-z0-9_-]+ | string``"""
        self._source.count(start)
        if self._text.startswith(('"', "'"), start):
            name, end = self._short_string(start)
            return Key(name, start, end)
        end = self._after(_BARE_KEY, start)
        if end == start:
            raise self._source.missing("a key", start, "write letters, digits, _ and -, or quote it")
        return Key(self._text[start:end], start, end)

    def _value(self, start: int, depth: int) -> Located:
        """``value = string | number | "true" | "false" | array | table``"""
        source = self._source
        source.count(start)
        value: Scalar | tuple[Located, ...]
        first = self._text[start : start + 1]
        if first in {"[", "{"}:
            if depth > MOST_NESTING:
                raise source.too_deep(start)
            if first == "{":
                return self._table(start, depth)
            value, end = self._array(start, depth)
        elif first in {'"', "'"}:
            value, end = self._string(start)
        else:
            value, end = self._number_or_word(start)
        return Located(value, source, start, end)

    def _array(self, start: int, depth: int) -> tuple[tuple[Located, ...], int]:
        """``array = "[" [ value { "," value } [ "," ] ] "]"``"""
        items: list[Located] = []
        position = self._after(_LINES, start + 1)
        while not self._text.startswith("]", position):
            items.append(self._value(position, depth + 1))
            position = self._after(_LINES, items[-1].end)
            if self._text.startswith(",", position):
                position = self._after(_LINES, position + 1)
            elif not self._text.startswith("]", position):
                raise self._source.missing("',' or ']'", position, "write it", start)
        return tuple(items), position + 1

    def _table(self, start: int, depth: int) -> Located:
        """``table = "{" [ pair { "," pair } ] "}"``"""
        table = Table(start, start + 1, depth)
        tables = Tables(self._source, table)
        position = self._after(_SPACES, start + 1)
        comma = start
        while not self._text.startswith("}", position):
            position = self._after(_SPACES, self._pair(tables, table, position))
            comma = position
            if self._text.startswith(",", position):
                position = self._after(_SPACES, position + 1)
            elif not self._text.startswith("}", position):
                raise self._source.missing(
                    "',' or '}'", position, "write it, and keep the table on one line", start
                )
        if self._text.startswith(",", comma):
            raise self._error("nothing follows the ',' before '}'", "remove the comma", comma)
        table.end = position + 1
        return tables.finished()

    def _string(self, start: int) -> tuple[str, int]:
        """A string on one line or between three quotes."""
        quotes = 3 * self._text[start]
        if not self._text.startswith(quotes, start):
            return self._short_string(start)
        match = _LONG_STRING.match(self._text, start)
        if match is None:
            end = self._source.line(start).end
            raise self._error("the string is not closed", "close it with three quotes", start, end)
        literal, escaped = (
            group and group.replace("\r\n", "\n").removeprefix("\n") for group in match.groups()
        )
        return literal or self._unescaped(escaped or "", start, match.end()), match.end()

    def _short_string(self, start: int) -> tuple[str, int]:
        """A string on one line."""
        match = _STRING.match(self._text, start)
        if match is None:
            end = self._source.line(start).end
            raise self._error(
                "the string is not closed on its line", "close it with the same quote", start, end
            )
        literal, escaped = match.groups()
        return literal or self._unescaped(escaped or "", start, match.end()), match.end()

    def _unescaped(self, escaped: str, start: int, end: int) -> str:
        r"""The text that stands between double quotes.

        ``escape = "\" ( "b" | "t" | "n" | "f" | "r" | '"' | "\" | "u" XXXX | "U" XXXXXXXX | newline )``
        """
        if "\\" not in escaped:
            return escaped

        def meaning(match: re.Match[str]) -> str:
            code, letter, line_break = match[1] or match[2], match[3], match[4]
            if letter:
                return _ESCAPED[letter]
            if line_break:
                return ""
            if code and int(code, 16) <= sys.maxunicode:
                return chr(int(code, 16))
            unknown = escaped[match.start() : match.start() + 2]
            raise self._error(f"TOML does not know the escape {unknown}", "double the backslash", start, end)

        value = _ESCAPE.sub(meaning, escaped)
        self._source.check_escapes(value, start, end)
        return value

    def _number_or_word(self, start: int) -> tuple[Scalar, int]:
        """``number | "true" | "false"``"""
        source = self._source
        end = self._after(_WORD, start)
        word = self._text[start:end]
        if word in {"true", "false"}:
            return word == "true", end
        if match := _INTEGER.fullmatch(word):
            number = source.integer(match[2].replace("_", ""), 10, start, end)
            return -number if match[1] == "-" else number, end
        if match := _PREFIXED_INTEGER.fullmatch(word):
            digits = match[match.lastindex or 0].replace("_", "")
            return source.integer(digits, {1: 16, 2: 8, 3: 2}[match.lastindex or 0], start, end), end
        if _FLOAT.fullmatch(word):
            return source.floating(word.replace("_", ""), start, end), end
        if _NOT_FINITE.fullmatch(word):
            raise source.not_finite(start, end)
        if _DATE_OR_TIME.match(word):
            message = f"{shown(word)} is a date or time, which no spec needs"
            raise source.error("CNN173", message, "put it into quotes", start, end)
        if not word:
            raise self._source.missing("a value", start, "write it")
        raise self._error(
            f"{shown(word)} is not a TOML value",
            "put text into double quotes, and write numbers like 10, -0.5 or 1e3",
            start,
            end,
        )

    def _after(self, pattern: re.Pattern[str], position: int) -> int:
        """Where what the pattern matches at a position ends."""
        match = pattern.match(self._text, position)
        return match.end() if match else position

    def _error(self, message: str, cure: str, start: int, end: int | None = None) -> SpecError:
        return self._source.error("CNN101", message, cure, start, end)
