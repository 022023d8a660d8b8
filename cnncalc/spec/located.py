"""A tree of values that know where they stand: what the readers build.

A tree is never deeper than `cnncalc.spec.source.MOST_NESTING`, so walking it may recurse.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.errors import Span
    from cnncalc.spec.source import Source

__all__ = ["Entry", "Located", "Scalar", "locate", "plain"]

Scalar = str | int | float | bool | None


# Not frozen at run time, which would triple the cost of a node; `Final` has the type checker forbid assignment.
@dataclass(slots=True, eq=False)
class Located:
    """One value and its place, source.text[start:end]."""

    value: Final[Scalar | tuple[Located, ...] | dict[str, Entry]]
    source: Final[Source] = field(repr=False)
    start: Final[int]
    end: Final[int]

    @property
    def span(self) -> Span:
        """The place of the value, or of the part of it on its first line (a list's or mapping's: its first character)."""
        end = self.end
        if isinstance(self.value, (tuple, dict)) and end > self.source.line(self.start).end:
            end = self.start + 1
        return self.source.span(self.start, end)

    @property
    def text_start(self) -> int | None:
        """Where a string's text begins in the span's line.

        The column c such that every character i of the string stands, unescaped, at column c + i; None if there is none.
        """
        value, text = self.value, self.source.text
        if not isinstance(value, str):
            return None
        # Plain strings have no quotes, others one, or in TOML three, on either side; what escapes add is no quotes.
        start = self.start + (self.end - self.start - len(value)) // 2
        quotes = text[self.start : start]
        literal = quotes in {"", "'", '"'} or (quotes in {"'''", '"""'} and quotes[0] not in value)
        line = self.source.line(self.start)
        if not literal or self.end > line.end or text[start : self.end] != value + quotes:
            return None
        return start - line.start + 1


@dataclass(slots=True, eq=False)
class Entry:
    """One value of a mapping, and the place of its key."""

    node: Final[Located]
    key_start: Final[int] = field(repr=False)
    key_end: Final[int] = field(repr=False)

    @property
    def key_span(self) -> Span:
        """The place of the key, quotes included."""
        return self.node.source.span(self.key_start, self.key_end)


def plain(node: Located) -> Any:
    """The data without its places: nested lists, dicts and scalars."""
    value = node.value
    if isinstance(value, dict):
        return {key: plain(entry.node) for key, entry in value.items()}
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def locate(node: Located, path: Sequence[str | int], *, key: bool = False) -> Span:
    """The place of the deepest existing value on the path (`key`: of its key, when it stands in a mapping)."""
    entry: Entry | None = None
    for step in path:
        value = node.value
        if isinstance(value, dict) and isinstance(step, str) and step in value:
            entry = value[step]
            node = entry.node
        elif isinstance(value, tuple) and isinstance(step, int) and 0 <= step < len(value):
            entry, node = None, value[step]
        else:
            break
    return entry.key_span if key and entry else node.span
