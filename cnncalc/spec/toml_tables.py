"""Which tables of a TOML text may still be extended, and what they hold.

A table is *closed* once a header names it, or a header follows the dotted keys that made it. A closed table is open to
headers of tables within it, and to the lines below its own header; no other header or dotted key may name it again.
Inline tables and arrays in brackets are values, which nothing extends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cnncalc.spec.located import Entry, Located
from cnncalc.spec.source import MOST_NESTING, Source

if TYPE_CHECKING:
    from cnncalc.errors import SpecError

__all__ = ["Key", "Table", "Tables"]


class Key(NamedTuple):
    """One part of a dotted key, and its place."""

    name: str
    start: int
    end: int


class Table:
    """A table, `depth` deep, while it is read, and the place that names it."""

    __slots__ = ("closed", "depth", "end", "entries", "start")

    def __init__(self, start: int, end: int, depth: int) -> None:
        self.start = start
        self.end = end
        self.depth = depth
        self.closed = False
        self.entries: dict[str, tuple[Key, Located | Table | _Array]] = {}


class _Array:
    """An array of tables while it is read, and the place of its first header."""

    __slots__ = ("depth", "end", "start", "tables")

    def __init__(self, start: int, end: int, depth: int) -> None:
        self.start = start
        self.end = end
        self.depth = depth
        self.tables: list[Table] = []


class Tables:
    """The tables within one table: those of the text, or of an inline table."""

    def __init__(self, source: Source, root: Table) -> None:
        self._source = source
        self._root = root
        self._dotted: list[Table] = []

    def header(self, keys: list[Key], start: int, end: int, *, array: bool) -> Table:
        """The table that the header text[start:end] names: the next one of an array, if its brackets are doubled."""
        for table in self._dotted:
            table.closed = True
        self._dotted.clear()
        *parents, key = keys
        parent = self._root
        for step in parents:
            parent = self._within(parent, step)
        if array:
            return self._next_table(parent, key, start, end)
        table = self._within(parent, key, through_arrays=False)
        if table.closed:
            raise self._twice(parent, key)
        table.start, table.end, table.closed = start, end, True
        return table

    def put(self, table: Table, keys: list[Key], node: Located) -> None:
        """Give the table, or the one that dotted keys name within it, one more value."""
        *parents, key = keys
        for step in parents:
            inner = self._within(table, step, through_arrays=False)
            if inner.closed:
                raise self._twice(table, step)
            self._dotted.append(inner)
            table = inner
        if key.name in table.entries:
            raise self._twice(table, key)
        table.entries[key.name] = (key, node)

    def finished(self) -> Located:
        """The tree of all tables."""
        return self._finished(self._root)

    def _within(self, table: Table, key: Key, *, through_arrays: bool = True) -> Table:
        """The table of that name within a table (of an array, the last one), made if there is none."""
        if key.name not in table.entries:
            made = self._made(key.start, key.end, table.depth + 1)
            table.entries[key.name] = (key, made)
            return made
        _, found = table.entries[key.name]
        if isinstance(found, _Array) and through_arrays:
            return found.tables[-1]
        if isinstance(found, Table):
            return found
        raise self._twice(table, key)

    def _next_table(self, parent: Table, key: Key, start: int, end: int) -> Table:
        _, array = parent.entries.setdefault(key.name, (key, _Array(start, end, parent.depth + 1)))
        if not isinstance(array, _Array):
            raise self._twice(parent, key)
        table = self._made(start, end, array.depth + 1)
        table.closed = True
        array.tables.append(table)
        return table

    def _made(self, start: int, end: int, depth: int) -> Table:
        self._source.count(start)
        if depth > MOST_NESTING:
            raise self._source.too_deep(start)
        return Table(start, end, depth)

    def _twice(self, table: Table, key: Key) -> SpecError:
        first, _ = table.entries[key.name]
        return self._source.twice(key.name, key.start, key.end, first.start)

    def _finished(self, table: Table) -> Located:
        entries = {
            name: Entry(self._node(found), key.start, key.end) for name, (key, found) in table.entries.items()
        }
        return Located(entries, self._source, table.start, table.end)

    def _node(self, found: Located | Table | _Array) -> Located:
        if isinstance(found, Table):
            return self._finished(found)
        if isinstance(found, _Array):
            tables = tuple(map(self._finished, found.tables))
            return Located(tables, self._source, found.start, found.end)
        return found
