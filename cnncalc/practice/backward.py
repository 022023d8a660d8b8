"""What pooling and ReLU send back of a gradient, as by hand."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from cnncalc.practice.answers import Exact
from cnncalc.practice.maps import Map, window

__all__ = ["evenly", "gated", "sent_back", "to_all", "to_largest", "to_smallest"]


def sent_back(
    x: Map, g: Map, size: int, stride: int, share: Callable[[list[Exact]], list[Exact]], *, add: bool = True
) -> Map:
    """The gradient of a pooling's input: every window gives `share` of its numbers, times its gradient."""
    found: list[list[Exact]] = [[0] * len(x) for _ in x]
    for r, row in enumerate(g):
        for c, gradient in enumerate(row):
            parts = share([v for line in window(x, r, c, size, stride) for v in line])
            for k, part in enumerate(parts):
                i, j = r * stride + k // size, c * stride + k % size
                if part:
                    found[i][j] = (found[i][j] if add else 0) + part * gradient
    return tuple(map(tuple, found))


def to_largest(numbers: list[Exact]) -> list[Exact]:
    """All to the largest, as in max pooling."""
    return [int(v == max(numbers)) for v in numbers]


def to_smallest(numbers: list[Exact]) -> list[Exact]:
    """All to the smallest."""
    return [int(v == min(numbers)) for v in numbers]


def evenly(numbers: list[Exact]) -> list[Exact]:
    """To each its share, as in average pooling."""
    return [Fraction(1, len(numbers))] * len(numbers)


def to_all(numbers: list[Exact]) -> list[Exact]:
    """To each all of it."""
    return [1] * len(numbers)


def gated(x: Map, g: Map) -> Map:
    """The gradient where x is positive."""
    return tuple(
        [tuple([b if a > 0 else 0 for a, b in zip(*rows, strict=True)]) for rows in zip(x, g, strict=True)]
    )
