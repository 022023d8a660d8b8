r"""YAML text → a located tree, by the rules of the YAML 1.2 core schema.

::

    null   = "" | "~" | "null" | "Null" | "NULL"
    bool   = "true" | "True" | "TRUE" | "false" | "False" | "FALSE"
    int    = [-+]?[0-9]+ | 0o[0-7]+ | 0x[0-9a-fA-F]+
    float  = [-+]?(\.[0-9]+ | [0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
    string = everything else: no, on, 1_000, 12:30:45, 2001-01-01

PyYAML's events are read one by one, from libyaml where PyYAML has it, so nothing is built before it has passed its checks.
(PyYAML's own parser, the substitute, builds the same trees, but draws a few lines elsewhere: at tabs between words, and at
'?' and ':' beside brackets.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml
from yaml import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from cnncalc.spec.located import Entry, Located, Scalar
from cnncalc.spec.source import MOST_NESTING, Source
from cnncalc.spec.yaml_errors import directive, explain, reference_or_tag

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["read_yaml"]

_EXAMPLE = "{cnncalc: 1, input: 3x32x32, layers: [conv3-16, relu]}"

_BLANKS = re.compile(r"(?:[ \t\n\r\x85\u2028\u2029]++|#[^\n\r\x85\u2028\u2029]*+)*+")

_NOT_STRINGS = frozenset("nNtTfF~-+.0123456789")
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"([-+]?)([0-9]+)")
_OCTAL_OR_HEXADECIMAL = re.compile(r"0(?:o([0-7]+)|x([0-9a-fA-F]+))")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]++|[0-9]++(?:\.[0-9]*+)?)(?:[eE][-+]?[0-9]++)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def read_yaml(source: Source) -> Located:
    """``document = [ "---" ] node [ "..." ]``"""
    first = _after_blanks(source.text, 0)
    if first == len(source.text):
        raise source.empty(_EXAMPLE)
    if source.text[first] == "%" and first == source.line(first).start:
        raise directive(source, first)
    loader = _Loader(source.text)
    try:
        return _Reader(source, loader.get_event).document()
    except yaml.YAMLError as error:
        raise explain(source, error) from None
    except (ValueError, OverflowError):  # PyYAML's own parser, at an escape beyond U+10FFFF
        message = "an escape stands for no character"
        raise source.error("CNN161", message, "remove it", loader.get_mark().index) from None


def _after_blanks(text: str, offset: int) -> int:
    """Where the whitespace and comments at an offset end."""
    blanks = _BLANKS.match(text, offset)
    return blanks.end() if blanks else offset


class _Reader:
    """What the events are read into."""

    __slots__ = ("_next", "_source")

    def __init__(self, source: Source, next_event: Callable[[], Any]) -> None:
        self._source = source
        self._next = next_event

    def document(self) -> Located:
        self._next()  # the stream's start
        self._next()  # the document's start
        root = self._node(self._next(), 1)
        if root.start == root.end:
            raise self._source.empty(_EXAMPLE)
        self._refuse_more(self._next())
        return root

    def _refuse_more(self, ending: Any) -> None:
        """Nothing may follow the document.

        The parser is not asked: it would first read all directives, in time quadratic in their number.
        """
        source, start = self._source, ending.end_mark.index
        while source.text.startswith("...", start := _after_blanks(source.text, start)):
            start += 3
        if start == len(source.text):
            return
        if source.text[start] == "%":
            raise directive(source, start)
        if ending.explicit or source.text.startswith("---", start):
            message = "a second document begins here"
            raise source.error("CNN169", message, "put it into a file of its own", start)
        cure = "remove it, or quote the whole value"
        raise source.error("CNN101", "the value has ended before this", cure, start)

    def _node(self, event: Any, depth: int) -> Located:
        """``node = scalar | sequence | mapping``"""
        source, start = self._source, event.start_mark.index
        source.count(start)
        if event.anchor is not None or event.tag is not None:
            raise reference_or_tag(source, start)
        kind = type(event)
        if kind is not ScalarEvent:
            return self._collection(event, start, depth)
        value, end = event.value, event.end_mark.index
        if event.style:
            if len(value) != end - start - 2:
                source.check_escapes(value, start, end)
        elif not value or value[0] in _NOT_STRINGS:
            value = self._resolve(value, start, end)
        return Located(value, source, start, end)

    def _collection(self, opening: Any, start: int, depth: int) -> Located:
        """A sequence or a mapping, at most 64 deep."""
        source = self._source
        if depth > MOST_NESTING:
            raise source.too_deep(start)
        read = self._sequence if type(opening) is SequenceStartEvent else self._mapping
        value, last, closing = read(start, depth)
        # What has no bracket of its own ends with its last value: its closing event stands at the next word.
        end = closing.end_mark.index if source.text[start] in "[{" else last
        return Located(value, source, start, end)

    def _sequence(self, start: int, depth: int) -> tuple[tuple[Located, ...], int, Any]:
        """``sequence = "[" node { "," node } "]" | { "- " node }``"""
        items: list[Located] = []
        append, next_event, node = items.append, self._next, self._node
        while type(event := next_event()) is not SequenceEndEvent:
            append(node(event, depth + 1))
        return tuple(items), items[-1].end if items else start, event

    def _mapping(self, start: int, depth: int) -> tuple[dict[str, Entry], int, Any]:
        """``mapping = "{" key ": " node { "," key ": " node } "}" | { key ": " node }``"""
        entries: dict[str, Entry] = {}
        end = start
        while type(event := self._next()) is not MappingEndEvent:
            key_start, key_end = event.start_mark.index, event.end_mark.index
            key = self._key(event)
            if key in entries:
                raise self._source.twice(key, key_start, key_end, entries[key].key_start)
            node = self._node(self._next(), depth + 1)
            if node.start == node.end:  # an empty value stands where its key does
                node = Located(None, self._source, key_start, key_end)
            entries[key] = Entry(node, key_start, key_end)
            end = node.end
        return entries, end, event

    def _key(self, event: Any) -> str:
        """``key = string``"""
        start = event.start_mark.index
        if isinstance(event, (SequenceStartEvent, MappingStartEvent)):
            message = "a list or mapping cannot be a key"
            raise self._source.error("CNN166", message, "quote it, if it is meant as text", start)
        node = self._node(event, 0)
        if isinstance(node.value, str):
            return node.value
        literal = self._source.text[start : node.end]
        if not literal:
            raise self._source.error("CNN166", "a key is missing here", "write it before the colon", start)
        message = f"the key {literal} is not a string"
        raise self._source.error("CNN166", message, f'quote it: "{literal}"', start, node.end)

    def _resolve(self, value: str, start: int, end: int) -> Scalar:
        """The core schema's null, bool, int or float that a plain scalar means, or the scalar itself."""
        if value in _WORDS:
            return _WORDS[value]
        if match := _INTEGER.fullmatch(value):
            number = self._source.integer(match[2], 10, start, end)
            return -number if match[1] == "-" else number
        if match := _OCTAL_OR_HEXADECIMAL.fullmatch(value):
            octal, hexadecimal = match.groups()
            return self._source.integer(octal or hexadecimal, 8 if octal else 16, start, end)
        if _FLOAT.fullmatch(value):
            return self._source.floating(value, start, end)
        if _NOT_FINITE.fullmatch(value):
            raise self._source.not_finite(start, end)
        return value
