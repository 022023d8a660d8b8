"""What the layers of a spec are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cnncalc.spec.items import Body, Group, Sequence

__all__ = ["Names", "explicit_names"]


@dataclass(slots=True)
class Names:
    """The names given within one scope: a named list numbers its children, others are called after their kinds."""

    prefix: str = ""
    numbered: bool = False
    _reserved: set[str] = field(default_factory=set)
    _counts: dict[str, int] = field(default_factory=dict)

    def reserve(self, names: Iterable[str]) -> None:
        """Keep names that are given by hand from being made up as well."""
        self._reserved.update(names)

    def next(self, kind: str) -> str:
        """A new name for something of this kind: conv1, conv2, …; in a list 0, 1, …"""
        key = "" if self.numbered else kind
        while True:
            count = self._counts.get(key, -1 if self.numbered else 0) + 1
            self._counts[key] = count
            name = f"{key}{count}"
            if name not in self._reserved:
                return name

    def full(self, name: str) -> str:
        """The name within the whole network: layer1.0.conv1."""
        return f"{self.prefix}{name}"


def explicit_names(lines: Sequence) -> Iterator[str]:
    """The names given by hand in a scope: of its own items, and of those in groups that have no name."""
    for line in lines:
        for item in line.items:
            if item.name is not None:
                yield item.name
            elif isinstance(item.body, Body):
                yield from explicit_names(item.body.layers)
            elif isinstance(item.body, Group):
                for branch in item.body.branches:
                    yield from explicit_names(branch)
