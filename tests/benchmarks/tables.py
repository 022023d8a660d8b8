"""Figures and tables as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["NOT_MEASURED", "Target", "items", "mebibytes", "millions", "milliseconds", "ratio", "table"]

NOT_MEASURED = "not measured"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, figures to the right."""
    rule = ["---", *["---:"] * (len(headings) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (headings, rule, *rows))


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:,.0f} ms"


def mebibytes(size: float) -> str:
    return f"{size / 2**20:,.1f} MiB"


def millions(count: int | None) -> str:
    return NOT_MEASURED if count is None else f"{count / 10**6:,.0f} M"


def ratio(ours: float | None, theirs: float | None) -> str:
    """``ours / theirs``"""
    return NOT_MEASURED if ours is None or theirs is None else f"{ours / theirs:.2f}"


def items(texts: Iterable[object]) -> str:
    """A Markdown list."""
    return "\n".join(f"- {text}" for text in texts)


@dataclass(frozen=True)
class Target:
    """A figure, and the most that it should be."""

    what: str
    value: float | None
    limit: float

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.what}: {NOT_MEASURED} (target ≤ {self.limit:,})"
        shown = f"{self.value:.2f}" if self.limit < 100 else f"{self.value:,.0f}"
        return f"{self.what}: {shown} (target ≤ {self.limit:,}: {'met' if self.value <= self.limit else '**missed**'})"
