"""Which layer of one network is which of another.

Of all ways to pair layers in order, the one with the most agreement is taken, where a pair agrees in its word, in its name, or in
both; a name counts for little where the kinds differ, for in a list names are but numbers. Of networks so large that this
would take long, first those that agree in both are paired, as many as there can be.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise, takewhile
from typing import TypeAlias, TypeVar

from cnncalc.analysis import Row

__all__ = ["Pairs", "aligned"]

#: numbers of two rows that are the same layer; both numbers grow from pair to pair
Pairs: TypeAlias = list[tuple[int, int]]

_K = TypeVar("_K", bound=Hashable)
#: name, word and kind
_Token: TypeAlias = tuple[str, str, str]

#: what agreement counts for: a word decides only between ways that agree in as many names
_NAME, _WORD, _NAME_ALONE = 1000, 1001, 1
#: up to so many pairs, all ways are looked at
_MOST_PAIRS = 300_000


def aligned(before: Sequence[Row], after: Sequence[Row]) -> Pairs:
    """The layers that are in both."""
    a, b = ([(row.name, row.word, row.kind) for row in rows] for rows in (before, after))
    start = _alike(a, b)
    end = _alike(a[start:][::-1], b[start:][::-1])
    a_end, b_end = len(a) - end, len(b) - end
    return [
        *((i, i) for i in range(start)),
        *((start + i, start + j) for i, j in _between(a[start:a_end], b[start:b_end])),
        *((a_end + i, b_end + i) for i in range(end)),
    ]


def _alike(a: Sequence[_Token], b: Sequence[_Token]) -> int:
    """How many layers are alike before the first that are not."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def _between(a: Sequence[_Token], b: Sequence[_Token]) -> Iterator[tuple[int, int]]:
    if len(a) * len(b) <= _MOST_PAIRS:
        yield from _best(a, b)
        return
    borders = [(-1, -1), *_common(a, b), (len(a), len(b))]
    for (i, j), (i_end, j_end) in pairwise(borders):
        x_gap, y_gap = a[i + 1 : i_end], b[j + 1 : j_end]
        small = len(x_gap) * len(y_gap) <= _MOST_PAIRS
        found = _best(x_gap, y_gap) if small else _common(_named(x_gap), _named(y_gap))
        yield from ((i + 1 + x, j + 1 + y) for x, y in found)
        if i_end < len(a):
            yield i_end, j_end


def _named(tokens: Sequence[_Token]) -> list[tuple[str, str]]:
    return [(name, kind) for name, _, kind in tokens]


def _best(a: Sequence[_Token], b: Sequence[_Token]) -> Pairs:
    """The pairs with the most agreement."""
    # best[i][j]: the most that a[i:] and b[j:] can agree
    best = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in reversed(range(len(a))):
        row, below = best[i], best[i + 1]
        for j in reversed(range(len(b))):
            agreement = _agreement(a[i], b[j])
            row[j] = max(below[j], row[j + 1], agreement and agreement + below[j + 1])
    found: Pairs = []
    i = j = 0
    while i < len(a) and j < len(b):
        agreement = _agreement(a[i], b[j])
        if agreement and best[i][j] == agreement + best[i + 1][j + 1]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found


def _agreement(a: _Token, b: _Token) -> int:
    same_word = _WORD * (a[1] == b[1])
    if a[0] != b[0]:
        return same_word
    return same_word + (_NAME if a[2] == b[2] else _NAME_ALONE)


def _common(a: Sequence[_K], b: Sequence[_K]) -> Pairs:
    """The longest common subsequence of two sequences in neither of which anything occurs twice, in n·log n steps."""
    places = {key: j for j, key in enumerate(b)}
    # ends[n]: of all common subsequences of n + 1 elements, the last pair of the one that ends first in b
    ends: Pairs = []
    before: dict[tuple[int, int], tuple[int, int] | None] = {}
    for i, key in enumerate(a):
        j = places.get(key)
        if j is not None:
            n = bisect_left(ends, j, key=lambda pair: pair[1])
            before[i, j] = ends[n - 1] if n else None
            ends[n : n + 1] = [(i, j)]
    found: Pairs = []
    last = ends[-1] if ends else None
    while last is not None:
        found.append(last)
        last = before[last]
    return found[::-1]
