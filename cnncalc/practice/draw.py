"""Random choices that are the same in every version of Python: only `Random.random` is promised to be.

Source: https://docs.python.org/3/library/random.html#notes-on-reproducibility
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

__all__ = ["Draw"]

_T = TypeVar("_T")


class Draw:
    """A stream of choices, the same for the same text."""

    def __init__(self, seed: str) -> None:
        self._next = Random(seed).random  # noqa: S311 - no secrets are drawn

    def one(self, of: Sequence[_T]) -> _T:
        """One of several, each as likely."""
        return of[int(self._next() * len(of))]

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self._next() * (high - low + 1))

    def some(self, of: Sequence[_T], count: int) -> tuple[_T, ...]:
        """Several of them, none twice, in the order in which they were drawn."""
        left = list(of)
        return tuple([left.pop(int(self._next() * len(left))) for _ in range(count)])

    def shuffled(self, of: Sequence[_T]) -> tuple[_T, ...]:
        """All of them in another order."""
        return self.some(of, len(of))

    def often(self, share: float) -> bool:
        """True as often as `share` says."""
        return self._next() < share
