"""What interpolation reads: source(o) = ratio·o, or ratio·(o + 1/2) − 1/2, and the positions around it.

The ratio is that of the sizes, or 1/scale where a scale is given and the sizes' ratio is not asked for; with aligned corners
it is (size − 1)/(out − 1). Ratios that are integers give sliding windows, and their reciprocals blocks.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

from cnncalc.layers.reach import Blocks, Slide, Taps, int_of, parts, same
from cnncalc.record import record, replace
from cnncalc.shape import Window
from cnncalc.symbolic import Dim, IntExpr, known_equal

if TYPE_CHECKING:
    from cnncalc.layers.resample import UpsampleMode

__all__ = ["Nearest", "Sampled", "sampled"]

#: up to this factor ⌊o·(1/factor)⌋ in 32-bit floating point is ⌊o/factor⌋
_EXACT_FACTOR = 40
#: fractions with denominators up to this are what a scale is taken to stand for: 1/3 for 0.3333333333333333
_SIMPLE = 10**6


@record
class Sampled(Taps):
    """Linear or cubic interpolation: the positions around the source whose weight is not 0, kept within the input.

    Where the source is a position, that alone; else the two beside it, for cubic four. No `ratio`: that of the sizes.
    """

    size: Dim
    out: Dim
    ratio: Fraction | None = None
    cubic: bool = False
    align_corners: bool = False

    def _source(self, o: int) -> Fraction:
        if self.align_corners:
            size, out = int_of(self.size), int_of(self.out)
            return o * Fraction(size - 1, out - 1) if out > 1 else Fraction(0)
        return (o + Fraction(1, 2)) * _ratio(self.ratio, self.size, self.out) - Fraction(1, 2)

    def _around(self, o: int) -> range:
        source = self._source(o)
        reach = 1 if self.cubic and source.denominator > 1 else 0
        return range(floor(source) - reach, ceil(source) + reach + 1)

    def of(self, o: int) -> Iterable[int]:
        last = int_of(self.size) - 1
        return [min(max(i, 0), last) for i in self._around(o)]

    @property
    def step(self) -> tuple[int, int] | None:
        """Only where the output is an integer times larger, or smaller: other ratios repeat after many outputs."""
        if self.align_corners:
            return None
        p, q = _ratio(self.ratio, self.size, self.out).as_integer_ratio()[::-1]
        return (p, q) if 1 in (p, q) else None

    def inside(self, o: int) -> range:
        if self.step is None:
            return Taps.inside(self, o)
        return self._around(o)


@record
class Nearest(Taps):
    """Nearest neighbour at a ratio that is neither an integer nor 1/integer: ⌊ratio·o⌋, or ⌊ratio·(o + 1/2)⌋ if `exact`.

    In 32-bit floating point, as torch computes it over one axis on processors that multiply and add in one step; elsewhere,
    over more axes, or in 64 bits, it sometimes comes to the position beside. No `ratio`: that of the sizes.
    """

    size: Dim
    out: Dim
    ratio: Fraction | None = None
    exact: bool = False

    @property
    def approximate(self) -> bool:
        return True

    def of(self, o: int) -> Iterable[int]:
        size = int_of(self.size)
        ratio = _rounded(float(_ratio(self.ratio, size, self.out)))
        place = o + 0.5 if self.exact else o
        source = place * ratio
        if self.exact:
            source = max(_rounded(source - 0.5), 0.0) + 0.5
        yield min(floor(_rounded(source)), size - 1)


def _rounded(value: float) -> float:
    """The nearest 32-bit floating-point number. Products of two such numbers, as all places are, are exact in 64 bits."""
    (nearest,) = struct.unpack("f", struct.pack("f", value))
    return float(nearest)


def _ratio(given: Fraction | None, size: Dim, out: Dim) -> Fraction:
    return Fraction(int_of(size), int_of(out)) if given is None else given


def sampled(
    size: Dim, out: Dim, scale: Dim | float | None, *, mode: UpsampleMode, align_corners: bool
) -> Taps:
    """What interpolation from `size` to `out` reads; no scale: the ratio is that of the sizes."""
    if mode == "area":
        return parts(size, out)
    nearest, cubic = mode in ("nearest", "nearest-exact"), mode == "bicubic"
    centred = mode != "nearest"
    ratio = _ratio_of_sizes(size, out) if scale is None or align_corners else _reciprocal(scale)
    if size == out and (ratio == 1 or not (nearest or cubic)):
        return same(size)  # torch copies, whatever the scale, where it would interpolate linearly
    if align_corners:
        return Sampled(size, out, cubic=cubic, align_corners=True)
    if ratio is not None and ratio.denominator == 1:
        width = 1 if nearest else 4 if cubic else 2
        return replace(_every(ratio.numerator, size, centred=centred, width=width), fixed=scale is not None)
    if not nearest:
        return Sampled(size, out, ratio, cubic)
    factor = scale if isinstance(scale, IntExpr) else _factor(ratio)
    if factor is not None and (centred or not isinstance(factor, int) or factor <= _EXACT_FACTOR):
        return Blocks(size, factor)
    return Nearest(size, out, ratio, centred)


def _every(q: int, size: Dim, *, centred: bool, width: int) -> Slide:
    """The source at an integer ratio q: q·o, or if centred q·o + (q − 1)/2, where an even q falls between positions.

    Nothing needs to be kept within the input: the last output lies at least q/2 before its end.
    """
    if not centred:
        return Slide(Window(1, q), size)
    if q % 2 or width == 1:
        return Slide(Window(1, q, -(q // 2)), size)
    return Slide(Window(width, q, width // 2 - q // 2), size)


def _factor(ratio: Fraction | None) -> int | None:
    """The integer that a ratio is the reciprocal of, if there is one."""
    return ratio.denominator if ratio is not None and ratio.numerator == 1 else None


def _reciprocal(scale: Dim | float) -> Fraction | None:
    """1/scale for the simplest fraction that rounds to the scale; None for a name."""
    if isinstance(scale, IntExpr):
        return None
    simple = Fraction(scale).limit_denominator(_SIMPLE)
    return 1 / (simple if simple > 0 and float(simple) == scale else Fraction(scale))


def _ratio_of_sizes(size: Dim, out: Dim) -> Fraction | None:
    """size/out, where that does not depend on what names stand for; else None."""
    if isinstance(size, int) and isinstance(out, int):
        return Fraction(size, out)
    up, down = out // size, size // out
    if isinstance(up, int) and up > 0 and known_equal(up * size, out):
        return Fraction(1, up)
    if isinstance(down, int) and down > 0 and known_equal(down * out, size):
        return Fraction(down)
    return None
