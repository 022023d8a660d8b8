"""Which tables a TOML text may still extend, and what they hold.

A table is *closed* once a header has named it, or once a header follows the dotted keys that made it. Headers may open a
table below a closed one; a header or dotted key may not open the closed table itself again. Inline tables and arrays are
values: nothing extends them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cnncalc.spec.located import Entry, Located
from cnncalc.spec.source import MOST_NESTING, Source, shown

if TYPE_CHECKING:
    from cnncalc.errors import SpecError

__all__ = ["Array", "Key", "Table", "finished", "opened", "put"]


class Key(NamedTuple):
    """One part of a dotted key, and its place."""

    name: str
    start: int
    end: int


class Table:
    """A table that may still get keys, `depth` deep, and the place that made it."""

    __slots__ = ("closed", "depth", "end", "entries", "start")

    def __init__(self, start: int, end: int, depth: int) -> None:
        self.start = start
        self.end = end
        self.depth = depth
        self.closed = False
        self.entries: dict[str, tuple[Key, Located | Table | Array]] = {}


class Array:
    """An array of tables that headers may still extend, and the place of its first header."""

    __slots__ = ("end", "start", "tables")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end
        self.tables: list[Table] = []


class Tables:
    """The tables of one text, the root or an inline table being the first."""

    def __init__(self, source: Source, root: Table) -> None:
        self._source = source
        self.root = root
        self._dotted: list[Table] = []

    def open(self, keys: list[Key], start: int, end: int, *, array: bool) -> Table:
        """The table that the header text[start:end] names."""
