"""What a rule of advice is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cnncalc.record import record

if TYPE_CHECKING:
    from cnncalc.check.lint.view import View

__all__ = ["Finding", "Rule"]


@record
class Finding:
    """What a rule says of one layer. Its place is where that is written, or one of its fields."""

    node: int
    #: what is the case, with the values; who reads it knows which layer is spoken of
    fact: str
    cure: str
    field: str | None = None


@record
class Rule:
    """One piece of advice. Its texts are Markdown, its examples networks in words, or whole spec files in YAML."""

    #: stable, as people write it into their files
    code: str
    #: also stable; reads well after "allow"
    name: str
    #: what is found, in one line
    summary: str
    #: when exactly it is found, and when not
    what: str
    why: str
    wrong: str
    better: str
    source: str
    find: Callable[[View], Iterator[Finding]]
    #: whether it is given unless somebody asks for it
    default: bool = True
    #: what the examples need in [tool.cnncalc]
    settings: tuple[tuple[str, object], ...] = ()
