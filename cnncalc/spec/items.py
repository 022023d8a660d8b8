"""A spec as a tree: what words and files are both read into. Values are as written; expressions are still text.

Marks are places within the line of words that a thing was read from; `Line.place` turns them into
places in the text. Places take no part in comparisons, so that a spec equals its printed and re-read self.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, TypeAlias

from cnncalc.errors import Span
from cnncalc.record import record, replace

if TYPE_CHECKING:
    from cnncalc.spec.located import Located

__all__ = [
    "AXIS_NAMES",
    "GROUPS",
    "INPUT",
    "OPTIONS",
    "Block",
    "Body",
    "Call",
    "Document",
    "Group",
    "Item",
    "Line",
    "Sequence",
    "Value",
]

#: a value as it was written: an expression is a string in braces, a name a string without
Value: TypeAlias = int | float | bool | str | tuple["Value", ...] | None

#: the name by which `from` speaks of the network's input
INPUT = "input"

#: what may be said of any item in a file besides what it is
OPTIONS = ("name", "from", "repeat", "index", "when", "weights")

#: what the sizes of the current input are called in expressions, by its rank. The current input is what enters the
#: layer; within a group it is what enters the group, so that a gate can say conv1-{C}
AXIS_NAMES: Mapping[int, tuple[str, ...]] = {
    1: ("C",),
    2: ("C", "L"),
    3: ("C", "H", "W"),
    4: ("C", "D", "H", "W"),
}

#: groups of branches: what joins their results
GROUPS: Mapping[str, str] = {"res": "add", "cat": "cat", "add": "add", "mul": "mul"}


@record
class Call:
    """A layer kind or a block, with values for its fields or arguments. `kind` may be an expression in braces.

    `marks` has the place of every value by the field's name, in files also that of its key ("out=") and of the kind ("").
    """

    kind: str
    fields: tuple[tuple[str, Value], ...] = ()
    marks: Mapping[str, Span] = field(default_factory=dict, compare=False, hash=False, repr=False)


@record
class Group:
    """Branches that start from the same place and are joined: res(main|shortcut), cat(a|b), add(a|b), mul(a|b)."""

    op: str
    branches: tuple[Sequence, ...]


@record
class Body:
    """A sequence in its own right: the inside of `3*(…)`, or a list under a name."""

    layers: Sequence


@record
class Item:
    """One thing in a sequence, with what may be said of any: its name, inputs, repetitions, condition, shared weights.

    A name with expressions in braces, like `unit{i}`, is one that each repetition has for itself.
    """

    body: Call | Group | Body
    mark: Span = field(compare=False)
    name: str | None = None
    sources: tuple[str, ...] = ()
    repeat: int | str | None = None
    when: str | None = None
    weights: str | None = None
    #: what the number of a repetition, counted from 0, is called in expressions
    index: str | None = None
    #: where in the text what is said of the item stands, by what it is: "when", "from", …
    marks: Mapping[str, Span] = field(default_factory=dict, compare=False, hash=False, repr=False)


@record
class Line:
    """What one string or one mapping in a list holds: one item or several words.

    `origin` is where the string's first character stands. It is None where marks already are places in the
    text, and not `exact` where the string is escaped or folded, so that only its beginning can be pointed at.
    `later_lines` says where the lines of a string of several lines begin, but for the first.
    """

    items: tuple[Item, ...]
    origin: Span | None = field(default=None, compare=False)
    exact: bool = field(default=True, compare=False)
    later_lines: tuple[int, ...] = field(default=(), compare=False)

    def place(self, mark: Span) -> Span:
        """The place in the text of a place in the string."""
        if self.origin is None:
            return mark
        if not self.exact:
            return self.origin
        row = bisect_right(self.later_lines, mark.column - 1)
        if row == 0:
            return replace(self.origin, column=self.origin.column + mark.column - 1, length=mark.length)
        column = mark.column - self.later_lines[row - 1]
        return replace(self.origin, line=self.origin.line + row, column=column, length=mark.length)


Sequence: TypeAlias = tuple[Line, ...]


@record
class Block:
    """A sequence with arguments, used like a layer kind. An argument without a default is None and must be given."""

    args: tuple[tuple[str, Value], ...]
    layers: Sequence
    span: Span | None = field(default=None, compare=False)


@record
class Document:
    """A whole spec. `free_names`: whether a name that nothing defines stands for any number (words) or is a slip (files)."""

    input: str | None
    layers: Sequence
    name: str | None = None
    source: str | None = None
    vars: tuple[tuple[str, Value], ...] = ()
    #: the members of the family that a file describes: values for its variables
    presets: tuple[tuple[str, tuple[tuple[str, Value], ...]], ...] = ()
    blocks: tuple[tuple[str, Block], ...] = ()
    #: what is told of the network, for others to prove; see `expectations` and `counterpart`
    expect: tuple[tuple[str, object], ...] = ()
    module: object = None
    #: the same with their places, by key
    told: Mapping[str, Located] = field(default_factory=dict, compare=False, hash=False, repr=False)
    free_names: bool = False
    spans: Mapping[str, Span] = field(default_factory=dict, compare=False, hash=False, repr=False)
