"""How much may be looked at: as much again for every layer, so that a pass stays linear in the layers."""

from __future__ import annotations

__all__ = ["Budget", "TooLargeError"]

#: positions that may be looked at one by one: for a start, and more for each layer
_START, _LAYER = 1 << 21, 1 << 12


class TooLargeError(Exception):
    """There is too much to look at."""


class Budget:
    """What is left of it."""

    def __init__(self, layers: int) -> None:
        self._left = _START + _LAYER * layers

    def spend(self, looks: int) -> None:
        """Raises TooLargeError when nothing is left."""
        self._left -= looks
        if self._left < 0:
            raise TooLargeError
