"""Which positions of an axis are read, and which places of a window read nothing but padding. Numbers only.

Output o of n reads o·S − P + t·D for 0 <= t < F, of which 0 … W − 1 are positions and the others padding.
"""

from __future__ import annotations

from math import gcd

from cnncalc.passes.receptive_field.sets import Positions, moved, repeated, within
from cnncalc.record import record
from cnncalc.shape import Window
from cnncalc.symbolic import Dim

__all__ = ["Slider", "slider"]

#: axes that would need a longer set of positions than this are not looked at
_MOST_BITS = 1 << 22
#: windows that are looked at one by one, and taps
_MOST_LOOKED_AT = 1 << 12


@record
class Slider:
    """A window on an axis: all numbers known."""

    size: int
    places: int
    kernel: int
    stride: int
    before: int
    after: int
    dilation: int

    @property
    def extent(self) -> int:
        """How many positions the window spans: D·(F − 1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def has_gaps(self) -> bool:
        """Whether windows leave positions out between them, however many there are: F < S, or S and D have a common factor."""
        return self.kernel < self.stride or gcd(self.stride, self.dilation) > 1

    @property
    def reads_all(self) -> bool:
        """Whether it is plain that every position is read: no gaps, and nothing left at the end. False: perhaps."""
        dense = self.dilation == 1 and self.stride <= self.kernel and self.before >= 0
        return dense and self.unread_end() == 0

    def read(self) -> Positions | None:
        """The positions that any output reads; None where that is too much to look at."""
        if (self.places - 1) * self.stride + self.extent + self.before > _MOST_BITS:
            return None
        one = repeated((0, 1), self.kernel, self.dilation)
        return within(moved(repeated(one, self.places, self.stride), -self.before), self.size)

    def in_padding(self) -> int:
        """How many outputs read nothing but padding; 0 where that is too much to look at."""
        first = max(0, -((self.extent - 1 - self.before) // self.stride))
        first = min(first, self.places)  # from there on, the last tap is not before the input
        end = max(first, min(self.places, -(-(self.size + self.before) // self.stride)))
        ends = first + self.places - end
        if self.dilation <= self.size or self.kernel == 1:
            return ends
        if end - first > _MOST_LOOKED_AT:
            return 0
        return ends + sum(not self._reads(o) for o in range(first, end))

    def _reads(self, o: int) -> bool:
        """Whether an output whose first tap lies in or before the input, and its last in or behind it, reads a position."""
        start = o * self.stride - self.before
        return start >= 0 or start % self.dilation < self.size

    def live_taps(self) -> range | None:
        """The taps that read a position for at least one output; None if they do not follow one another, or are too many."""
        if self.kernel > _MOST_LOOKED_AT:
            return None
        live = [t for t in range(self.kernel) if self._is_live(t)]
        if not live or len(live) != live[-1] - live[0] + 1:
            return None
        return range(live[0], live[-1] + 1)

    def _is_live(self, tap: int) -> bool:
        ahead = self.before - tap * self.dilation
        first = max(0, -(-ahead // self.stride))
        return first < self.places and first * self.stride - ahead < self.size

    def unread_end(self, padding: int | None = None) -> int:
        """How many positions at the end no window reaches, with this padding on both sides: max(0, r − P)."""
        after = self.after if padding is None else padding
        return max(0, self._rest(padding) - after)

    def _rest(self, padding: int | None = None) -> int:
        """What rounding down leaves over behind the last window: r = (W + 2P − D·(F − 1) − 1) mod S."""
        both = self.before + self.after if padding is None else 2 * padding
        return (self.size + both - self.extent) % self.stride

    def sizes_read(self) -> tuple[int, ...]:
        """The next smaller and the next larger size whose end is read: W − (r − P) and W + (S − r)."""
        smaller = self.size - self.unread_end()
        least = max(1, self.extent - self.before - self.after)
        larger = self.size + self.stride - self._rest()
        return (smaller, larger) if smaller >= least else (larger,)

    def padding_read(self) -> int | None:
        """The least greater padding with which the end is read, and no window lies in the padding."""
        most = min(self.stride, self.extent - 1 - self.before, _MOST_LOOKED_AT)
        more = range(self.before + 1, self.before + most + 1)
        return next((p for p in more if self.unread_end(p) == 0), None)


def slider(window: Window, size: Dim, places: Dim) -> Slider | None:
    """The window, if all its numbers are known."""
    found = [size, places, window.kernel, window.stride, window.before, window.after, window.dilation]
    known = [n for n in found if isinstance(n, int)]
    return Slider(*known) if len(known) == len(found) else None
