"""Fields away from the borders: what a unit would see of an input without ends.

Where every layer is a sliding window the field is affine: output o sees the hull [a + j·o, b + j·o], with
    a' = a − j·before,   b' = b + j·(d·(k − 1) − before),   j' = j·s,   r = b − a + 1
(Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks, Distill 2019, equations 2 to 5). Transposed
convolutions and upsampling make it depend on the phase of o: then it is kept phase by phase, with the period after
which it repeats. Everything else is left to `units`, which looks at every unit.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm
from typing import TypeAlias

from cnncalc.layers.reach import Taps
from cnncalc.passes.receptive_field.sets import Positions, hull, interval, moved, repeated, union
from cnncalc.record import record, replace
from cnncalc.shape import Window
from cnncalc.symbolic import Dim, Formula, known_ge, maximum, minimum

__all__ = ["ALL", "INPUT", "Affine", "All", "Interior", "Phases", "Units", "merged", "seen_through"]

START = Formula("a - j*P", a="start before", j="jump before", P="padding before")
JUMP = Formula("j*S", j="jump before", S="stride")
SIZE = Formula("r + D*(F - 1)*j", r="size before", D="dilation", F="kernel size", j="jump before")

#: support is followed while it has holes and fits into so many bits; phases while all of them together do
_MOST_BITS = 1 << 17
_MOST_PHASES = 1 << 10
#: positions that are gone through for the phases of one layer
_MOST_TAPS = 1 << 13


@record
class Affine:
    """Output o sees start + jump·o … start + jump·o + size − 1.

    `holes` are the positions really read, from 0 on, where they are known and not all of the hull. `variance` is that of
    the effective field on a chain; None behind a junction.
    """

    start: Dim
    size: Dim
    jump: Dim
    #: None: not known
    support: Dim | None
    holes: int | None = None
    variance: Fraction | None = None
    #: whether a layer on the way crops, so that a larger input may not give more units
    cropped: bool = False


@record
class Phases:
    """Output o sees sets[o mod period], shift·(o div period) further on."""

    shift: int
    sets: tuple[Positions, ...]

    @property
    def period(self) -> int:
        return len(self.sets)

    def of(self, o: int) -> Positions:
        """What output o sees."""
        times, phase = divmod(o, len(self.sets))
        return moved(self.sets[phase], self.shift * times)


@record
class All:
    """Every unit sees the same: all that reaches the layer's input."""


@record
class Units:
    """It has to be looked at unit by unit; `why` is what makes that necessary."""

    why: str


Interior: TypeAlias = Affine | Phases | All | Units

INPUT = Affine(0, 1, 1, 1, None, Fraction(0))
ALL = All()


def seen_through(field: Interior, taps: Taps, *, cropped: bool = False) -> Interior:
    """The field of what reads positions with this field through `taps`; `cropped`: not to the end."""
    match field:
        case All() | Units():
            return field
    window = taps.sliding
    if window is not None and isinstance(field, Affine) and _without_ends(taps, window):
        return _slid(field, window, cropped=cropped or field.cropped)
    if not _numbers(taps):
        return Units("names")
    step = taps.step
    if step is None or taps.approximate:
        return Units("borders")
    return _phases(field, taps, step)


def _without_ends(taps: Taps, window: Window) -> bool:
    """Whether the window is the whole truth but for what ends at the borders."""
    border = getattr(taps, "border", "zeros")
    unpadded = all(isinstance(p, int) and p <= 0 for p in (window.before, window.after))
    return border == "zeros" or unpadded


def _numbers(taps: Taps) -> bool:
    """Whether no name stands in the way of looking at positions."""
    try:
        _ = taps.step
    except TypeError:
        return False
    return True


def _slid(field: Affine, w: Window, *, cropped: bool) -> Affine:
    start = START(a=field.start, j=field.jump, P=w.before)
    size = SIZE(r=field.size, D=w.dilation, F=w.kernel, j=field.jump)
    jump = JUMP(j=field.jump, S=w.stride)
    variance = field.variance
    if isinstance(w.kernel, int) and isinstance(field.jump, int) and isinstance(w.dilation, int):
        if variance is not None:
            variance += Fraction((field.jump * w.dilation) ** 2 * (w.kernel**2 - 1), 12)
    else:
        variance = None
    if w.kernel == 1 or (field.support == field.size == size):
        return Affine(start, size, jump, field.support, field.holes, variance, cropped)
    support, holes = _support(field, w, size)
    return Affine(start, size, jump, support, holes, variance, cropped)


def _support(field: Affine, w: Window, size: Dim) -> tuple[Dim | None, int | None]:
    """The positions really read: the field, moved to every tap of the window."""
    apart = field.jump * w.dilation
    if not isinstance(apart, int) or not isinstance(field.size, int) or not isinstance(size, int):
        return None, None
    if not isinstance(w.kernel, int) or field.support is None:
        return None, None
    if field.holes is None and apart <= field.size:
        return size, None
    if size > _MOST_BITS:
        return None, None
    mask = field.holes if field.holes is not None else (1 << field.size) - 1
    return _counted(repeated((0, mask), w.kernel, apart)[1], size)


def _counted(mask: int, size: int) -> tuple[int, int | None]:
    """How many positions, and which, unless that is all of them."""
    found = mask.bit_count()
    return found, None if found == size else mask


def _as_phases(field: Affine | Phases) -> Phases | None:
    """The field phase by phase; None if it holds names, or is too large."""
    if isinstance(field, Phases):
        return field
    start, size, jump = field.start, field.size, field.jump
    if not (isinstance(start, int) and isinstance(size, int) and isinstance(jump, int)):
        return None
    if field.support is None or size > _MOST_BITS:
        return None
    seen = (start, field.holes) if field.holes is not None else interval(start, start + size - 1)
    return Phases(jump, (seen,))


def _phases(field: Affine | Phases, taps: Taps, step: tuple[int, int]) -> Interior:
    known = _as_phases(field)
    if known is None:
        return Units("names" if isinstance(field, Affine) and not isinstance(field.size, int) else "size")
    outputs, inputs = step
    times = known.period // gcd(known.period, inputs)
    if outputs * times > _MOST_PHASES:
        return Units("size")
    spans = [taps.inside(o) for o in range(outputs * times)]
    # len() does not count as far as windows reach
    if sum((r.stop - r.start) // r.step for r in spans) > _MOST_TAPS:
        return Units("size")
    if max(r.stop - r.start for r in spans) * abs(known.shift) // known.period > _MOST_BITS:
        return Units("size")
    sets = tuple([union(map(known.of, r)) for r in spans])
    return _simplest(Phases(known.shift * inputs * times // known.period, sets))


def _simplest(field: Phases) -> Interior:
    """A field with a single phase is affine. Transposed convolutions may crop, so nothing is said of larger inputs."""
    if sum(mask.bit_length() for _, mask in field.sets) > _MOST_BITS:
        return Units("size")
    seen = hull(field.sets[0])
    if field.period > 1 or seen is None:
        return field
    size = seen[1] - seen[0] + 1
    support, holes = _counted(field.sets[0][1], size)
    return Affine(seen[0], size, field.shift, support, holes, cropped=True)


def merged(fields: list[Interior]) -> Interior:
    """The field of what reads several inputs at the same position: their union."""
    if any(isinstance(f, All) for f in fields):
        return ALL
    for field in fields:
        if isinstance(field, Units):
            return field
    first, *others = fields
    if all(f == first for f in others):
        # behind a junction the paths' weights differ: no closed form for the effective field
        return replace(first, variance=None) if others and isinstance(first, Affine) else first
    affine = [f for f in fields if isinstance(f, Affine)]
    if len(affine) == len(fields) and all(f.jump == affine[0].jump for f in affine):
        return _merged_affine(affine)
    known = [_as_phases(f) for f in fields if isinstance(f, Affine | Phases)]
    phases = [f for f in known if f is not None]
    if len(phases) < len(fields):
        return Units("names")
    if len({Fraction(f.shift, f.period) for f in phases}) > 1:
        return Units("jumps")
    period = lcm(*(f.period for f in phases))
    if period > _MOST_PHASES:
        return Units("size")
    sets = tuple([union(f.of(o) for f in phases) for o in range(period)])
    return _simplest(Phases(phases[0].shift * period // phases[0].period, sets))


def _ordered(a: Dim, b: Dim) -> tuple[Dim, Dim]:
    """The lesser and the greater of two, without min() and max() where it is known which."""
    if known_ge(b, a):
        return a, b
    return (b, a) if known_ge(a, b) else (minimum(a, b), maximum(a, b))


def _merged_affine(fields: list[Affine]) -> Affine:
    start, end = fields[0].start, fields[0].start + fields[0].size
    for f in fields[1:]:
        start, end = _ordered(start, f.start)[0], _ordered(end, f.start + f.size)[1]
    size = end - start
    cropped = any(f.cropped for f in fields)
    known = [_as_phases(f) for f in fields]
    if isinstance(size, int) and size <= _MOST_BITS and all(known):
        seen = union(k.sets[0] for k in known if k)
        support, holes = _counted(seen[1], size)
        return Affine(start, size, fields[0].jump, support, holes, cropped=cropped)
    return Affine(start, size, fields[0].jump, None, cropped=cropped)
