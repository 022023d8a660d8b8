"""What the layers of a spec are called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cnncalc.errors import SpecError
from cnncalc.spec.fields import EXPRESSION, told
from cnncalc.spec.items import Body, Group, Sequence

__all__ = ["NAME", "Names", "completed", "explicit_names"]

#: what something in a spec may be called: letters, digits, "_" and "-", and expressions for numbers
NAME = re.compile(rf"(?:[A-Za-z0-9_-]|{EXPRESSION})++")


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


def completed(name: str, compute: Callable[[str], Any]) -> str:
    """A name with numbers in place of its expressions: block{i + 1} is block3 where i is 2.

    Raises SpecError for what is no number.
    """

    def number(match: re.Match[str]) -> str:
        value = compute(match[0])
        if not isinstance(value, int):
            raise SpecError(
                f"{match[0]} in a name is {told(value)}", "a whole number is needed here", code="CNN112"
            )
        return str(int(value))

    return re.sub(EXPRESSION, number, name)
