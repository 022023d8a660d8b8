"""Small maps, convolved and pooled as by hand.

y[r, c] = Σ x[S·r + i, S·c + j]·w[i, j] + b      the kernel is not flipped
y[r, c] = the largest, or the average, of a window of x
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import TypeAlias

from cnncalc.layers.window import OUTPUT_SIZE
from cnncalc.practice.answers import Exact, exact
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Grid
from cnncalc.symbolic import Formula

__all__ = [
    "Map",
    "apart",
    "average",
    "convolved",
    "drawn_map",
    "each",
    "factor",
    "flipped",
    "in_lines",
    "pooled",
    "products",
    "transposed",
    "window",
    "written",
]

Map: TypeAlias = tuple[tuple[Exact, ...], ...]


def drawn_map(draw: Draw, size: int, low: int, high: int) -> Map:
    """A square map of whole numbers."""
    return tuple([tuple([draw.whole(low, high) for _ in range(size)]) for _ in range(size)])


def apart(draw: Draw, size: int, low: int, high: int) -> Map:
    """A square map in which no number is there twice."""
    numbers = draw.some(range(low, high + 1), size * size)
    return tuple([numbers[i : i + size] for i in range(0, size * size, size)])


def _places(size: int, kernel: int, stride: int, padding: int = 0) -> range:
    return range(OUTPUT_SIZE(W=size, P=padding, F=kernel, S=stride))


def _padded(x: Map, zeros: int) -> Map:
    if not zeros:
        return x
    beside, line = (0,) * zeros, (0,) * (len(x[0]) + 2 * zeros)
    return (*(line,) * zeros, *[(*beside, *row, *beside) for row in x], *(line,) * zeros)


def window(x: Map, row: int, column: int, size: int, stride: int = 1, padding: int = 0) -> Map:
    """What the window at a place of the output sees."""
    top, left = row * stride, column * stride
    return tuple([line[left : left + size] for line in _padded(x, padding)[top : top + size]])


def convolved(x: Map, w: Map, *, stride: int = 1, padding: int = 0, bias: Exact = 0) -> Map:
    """The map that the kernel makes."""
    size, wide = len(w), _padded(x, padding)
    places = _places(len(x), size, stride, padding)
    return tuple(
        [
            tuple(
                [
                    sum(
                        wide[r * stride + i][c * stride + j] * w[i][j]
                        for i in range(size)
                        for j in range(size)
                    )
                    + bias
                    for c in places
                ]
            )
            for r in places
        ]
    )


def average(numbers: Sequence[Exact]) -> Exact:
    """Their mean, an int where it is one."""
    mean = Fraction(sum(numbers)) / len(numbers)
    return int(mean) if mean.denominator == 1 else mean


def each(text: str, numbers: Sequence[Exact], given: Mapping[str, Exact]) -> Map:
    """A row of what a formula makes of every number, which it calls x."""
    formula = _formula(text)
    return (tuple([formula.evaluate({**given, "x": x}) for x in numbers]),)


_formula = cache(Formula)


def pooled(x: Map, size: int, of: Callable[[Sequence[Exact]], Exact], stride: int | None = None) -> Map:
    """What becomes of every window: `of` is max, min, sum or `average`. The stride is the window, if not given."""
    stride = stride or size
    places = _places(len(x), size, stride)
    return tuple(
        [
            tuple([of([v for line in window(x, r, c, size, stride) for v in line]) for c in places])
            for r in places
        ]
    )


def flipped(w: Map) -> Map:
    """The kernel turned by 180°."""
    return tuple([line[::-1] for line in w[::-1]])


def transposed(w: Map) -> Map:
    """Rows as columns."""
    return tuple(zip(*w, strict=True))


def written(x: Map) -> Grid:
    """The numbers in rows and columns."""
    return Grid(tuple([tuple(map(exact, row)) for row in x]))


def in_lines(x: Map) -> str:
    """1 2; 3 4"""
    return "; ".join(" ".join(map(exact, row)) for row in x)


def products(x: Map, w: Map, bias: Exact = 0) -> str:
    """1·2 + 0·(−1) + … + bias = result"""
    pairs = [(a, b) for xs, ws in zip(x, w, strict=True) for a, b in zip(xs, ws, strict=True)]
    terms = [f"{factor(a)}·{factor(b)}" for a, b in pairs]
    total = sum(a * b for a, b in pairs) + bias
    return f"{' + '.join([*terms, *([factor(bias)] if bias else [])])} = {exact(total)}"


def factor(value: Exact) -> str:
    """A number as it stands behind a sign: (−2)."""
    return f"({exact(value)})" if value < 0 else exact(value)
