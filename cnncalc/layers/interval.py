"""Between which two numbers a layer's results lie, given between which its inputs do."""

from __future__ import annotations

from math import inf
from typing import TypeAlias

__all__ = ["ANY", "Interval", "holds", "hull"]

#: the least and the greatest number; infinity where there is no bound
Interval: TypeAlias = tuple[float, float]

ANY: Interval = (-inf, inf)


def hull(*intervals: Interval) -> Interval:
    """The smallest interval that holds them all."""
    return min(low for low, _ in intervals), max(high for _, high in intervals)


def holds(outer: Interval, inner: Interval) -> bool:
    """Whether the outer interval holds the inner one."""
    return outer[0] <= inner[0] and inner[1] <= outer[1]
