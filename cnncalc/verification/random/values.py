"""Values for the fields of any kind: mostly such as go together where the layer stands, and odd ones on request.

What a field takes is read off its kind, so that a kind or a field that is added is drawn as well; the tables here only make it
likely that a layer can stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import TypeAlias

from cnncalc.record import record
from cnncalc.spec.fields import FieldSpec, fields_of
from cnncalc.spec.items import Value

__all__ = ["Place", "Sizes", "divisors", "fields"]

#: the sizes of an input, channels first
Sizes: TypeAlias = tuple[int, ...]

#: how often a field that has a default is given another value
_GIVEN = 0.4
#: of odd layers, how often a value is odd, or one for each axis are too many or too few
_ODD = 0.2


@record
class Place:
    """Where a layer is drawn: the sizes of its first input, whether values may be odd, and the fields drawn so far."""

    random: Random
    sizes: Sizes
    odd: bool
    given: dict[str, Value]

    def happens(self, probability: float) -> bool:
        return self.random.random() < probability

    def one(self, usual: tuple[Value, ...], odd: tuple[Value, ...] = ()) -> Value:
        """One of the usual values, rarely of the odd ones."""
        if odd and self.odd and self.happens(_ODD):
            return self.random.choice(odd)
        return self.random.choice(usual)

    def several(self, usual: tuple[Value, ...], odd: tuple[Value, ...] = ()) -> Value:
        """One for all spatial axes, or one for each."""
        if self.happens(0.65):
            return self.one(usual, odd)
        axes = max(1, len(self.sizes) - 1)
        if self.odd and self.happens(_ODD):
            axes = self.random.randint(1, 4)
        return tuple([self.one(usual, odd) for _ in range(axes)])

    def number(self, field: str, default: int) -> int:
        """A number that was drawn before."""
        value = self.given.get(field, default)
        return value if isinstance(value, int) else default


_Drawer: TypeAlias = Callable[[Place], Value]


def divisors(n: int) -> tuple[int, ...]:
    """All of them."""
    return tuple([d for d in range(1, n + 1) if n % d == 0])


def _kernel(at: Place) -> Value:
    return at.several((1, 2, 2, 3, 3, 4), (0, -1, 7))


def _steps(at: Place) -> Value:
    return at.several((1, 1, 2, 2, 3), (0, -2, 6))


def _padding(at: Place) -> Value:
    return at.one(("same", "same", "valid")) if at.happens(0.3) else at.several((1, 1, 2, 3), (-1, 5))


def _stride(at: Place) -> Value:
    return at.one((1,), (2,)) if at.given.get("padding") == "same" else _steps(at)


def _pool_padding(at: Place) -> Value:
    kernel = at.given["kernel"]
    half = min([k for k in (kernel if isinstance(kernel, tuple) else (kernel,)) if isinstance(k, int)]) // 2
    return at.several(tuple(range(half + 1)), (-1, half + 1)) if half > 0 else at.one((0,), (-1, 1))


def _output_padding(at: Place) -> Value:
    return at.several((0, 1) if at.given.get("stride", 1) == 1 else (1,), (-1, 2))


def _groups(at: Place) -> Value:
    return at.one(divisors(at.sizes[0]), (0, -1, 4, 5))


def _filters(at: Place) -> Value:
    groups = at.number("groups", 1)
    return at.one((groups, 2 * groups, 3 * groups), (0, -1, 3, 4)) if groups > 0 else 4


def _multiple_of_channels(at: Place) -> Value:
    return at.one(tuple([m * at.sizes[0] for m in (1, 2, 3)]), (0, -2, 5))


def _axis(at: Place) -> Value:
    """As torch counts it, from 1 or from the end."""
    rank = len(at.sizes)
    axis = at.random.randint(1, rank)
    return at.one((axis, axis, axis - rank - 1), (0, 5, -5))


def _drawn_axis(at: Place) -> int:
    """The axis drawn before, counted from 0."""
    rank, dim = len(at.sizes), at.number("dim", 1)
    return min(max(dim - 1 if dim > 0 else rank + dim, 0), rank - 1)


def _trailing(at: Place) -> Value:
    return at.one(tuple(range(1, len(at.sizes) + 1)), (0, -1, 5))


def _end(at: Place) -> Value:
    return at.one((*range(at.number("start", 1), len(at.sizes) + 1), -1), (-2, 1, 0))


def _factors(at: Place) -> Value:
    """Factors of the axis, one of them perhaps left open."""
    rest, found = at.sizes[_drawn_axis(at)], []
    for _ in range(at.random.randint(1, 2)):
        found.append(at.random.choice(divisors(rest)))
        rest //= found[-1]
    found.append(rest)
    if at.happens(0.4):
        found[at.random.randrange(len(found))] = -1
    if at.odd and at.happens(_ODD):
        found[at.random.randrange(len(found))] = at.random.choice((0, -1, -2, 5))
    return tuple(found)


def _order(at: Place) -> Value:
    rank = len(at.sizes)
    axes = [at.random.choice((a, a, a - rank - 1)) for a in at.random.sample(range(1, rank + 1), rank)]
    if at.odd and at.happens(2 * _ODD):
        axes = [at.random.randint(-5, 5) for _ in range(at.random.randint(1, 5))]
    return tuple(axes)


def _stop(at: Place) -> Value:
    size, start = at.sizes[_drawn_axis(at)], at.number("start", 0)
    first = start + size if start < 0 else start
    return at.one(
        (*range(min(first + 1, size), size + 1), -1 if first < size - 1 else size), (0, size + 2, -3)
    )


def _pieces(at: Place) -> Value:
    size = at.sizes[_drawn_axis(at)]
    cuts = sorted(at.random.randint(0, size) for _ in range(at.random.randint(0, 3)))
    found = [b - a for a, b in zip([0, *cuts], [*cuts, size], strict=True)]
    return tuple([*found, at.random.choice((0, 1, -1))] if at.odd and at.happens(_ODD) else found)


def _sides(at: Place) -> Value:
    """Before and after of each axis, the last one first; at times of the channels too."""
    cropping = (
        at.given.get("mode", "constant") != "circular"
    )  # what is cropped and wrapped, torch leaves undefined
    usual = (0, 1, 1, 2, -1) if cropping else (0, 1, 1, 2)
    odd = (4, 9, -3, -9) if cropping else (4, 9)
    if at.happens(0.4):
        return at.one(usual, odd)
    pairs = len(at.sizes) - 1 + (at.given.get("mode", "constant") == "constant" and at.happens(0.2))
    length = 2 * max(1, pairs)
    if at.odd and at.happens(_ODD):
        length = at.random.randint(1, 2 * len(at.sizes))  # with more, torch would pad the batch
    return tuple([at.one(usual, odd) for _ in range(length)])


def _mode_of_upsample(at: Place) -> Value:
    axes = len(at.sizes) - 1
    smooth = {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}.get(axes, ())
    return at.one((*smooth, *smooth, "nearest-exact", "area"), ("linear", "bilinear", "trilinear"))


#: what is drawn for a field of a kind, or of this name of any kind
_VALUES: Mapping[str, _Drawer] = {
    "kernel": _kernel,
    "padding": _padding,
    "stride": _stride,
    "maxpool.padding": _pool_padding,
    "avgpool.padding": _pool_padding,
    "tconv.padding": lambda at: at.several((1, 1, 2), (-1, 5)),
    "dilation": lambda at: at.several((1, 2, 2, 3), (0, -1)),
    "output_padding": _output_padding,
    "groups": _groups,
    "out": _filters,
    "dwconv.out": _multiple_of_channels,
    "divisor_override": lambda at: at.one((1, 5, -2), (0,)),
    "norm_type": lambda at: at.one((1.0, 2.0, 2, 3.5), (0.0, -1.0)),
    "eps": lambda at: at.one((0.001, 1e-06, 0.1), (0.0,)),
    "momentum": lambda at: at.one((0.3, 0.0, 1.0)),
    "bn.momentum": lambda at: at.one((0.3, 0.0, None)),
    "dims": _trailing,
    "lrn.size": lambda at: at.one((1, 2, 3, 5), (0, -1)),
    "lrn.alpha": lambda at: at.one((0.5, 0.01)),
    "lrn.beta": lambda at: at.one((0.5, 2.0)),
    "k": lambda at: at.one((2.0, 0.5)),
    "negative_slope": lambda at: at.one((0.2, 0.0, -0.5, 2)),
    "lower": lambda at: at.one((0.05, 0.2), (0.9,)),
    "upper": lambda at: at.one((0.4, 0.3), (-1.0,)),
    "alpha": lambda at: at.one((0.5, 2.0, -1.0), (0.0,)),
    "min_val": lambda at: at.one((-2.0, 0.0, 0.5), (1.0, 7.0)),
    "max_val": lambda at: at.one((2.0, 6.0), (-1.0, -3.0)),
    "lambd": lambda at: at.one((0.1, 0.0, 1.0), (-0.5,)),
    "beta": lambda at: at.one((2.0, 0.5)),
    "softplus.threshold": lambda at: at.one((1.0, 10)),
    "threshold": lambda at: at.one((0.1, -0.5, 0.0)),
    "value": lambda at: at.one((20.0, 0.0, -1)),
    "init": lambda at: at.one((0.1, 1.0, 0)),
    "dim": _axis,
    "p": lambda at: at.one((0.1, 0.3, 0.0, 1.0, 1), (1.5, -0.1)),
    "start": _axis,
    "end": _end,
    "shape": _factors,
    "order": _order,
    "select.start": lambda at: at.one((0, 1, 2, -1, -2), (13, -13)),
    "stop": _stop,
    "chunks": lambda at: at.one((1, 2, 3), (0, -1, 9)),
    "split.size": lambda at: at.one((1, 2, 3), (0, -1, 9)),
    "pieces": _pieces,
    "sections": lambda at: at.one((1, 2, 3), (0, -1, 9)),
    "index": lambda at: at.one((1, 1, 2), (5, -1)),
    "scale": lambda at: at.several((2, 2, 3, 0.5, 1.5, 0.75), (0, -1, 0.01)),
    "size": lambda at: at.several((1, 2, 3, 5, 7), (0, -1)),
    "upsample.mode": _mode_of_upsample,
    "factor": lambda at: at.one((1, 2, 2, 3), (0, -1)),
    "pad.padding": _sides,
    "pad.value": lambda at: at.one((1.5, -1)),
    "heads": lambda at: at.one(divisors(at.sizes[-1]), (0, -2, 3)),
    "dropout": lambda at: at.one((0.1, 1.0), (1.5,)),
}

#: fields that are drawn before the others of their kind, as these look at them
_FIRST = ("groups", "dim", "mode", "kernel", "padding", "stride", "start")
#: kinds of which exactly one of several fields is wanted
_ONE_OF: Mapping[str, tuple[str, ...]] = {
    "split": ("chunks", "size", "pieces", "sections"),
    "upsample": ("scale", "size"),
}
_SMOOTH = ("linear", "bilinear", "bicubic", "trilinear")


def fields(random: Random, kind: str, sizes: Sizes, *, odd: bool) -> dict[str, Value]:
    """The fields of a layer of a kind, in the order of the kind's own, those left out that keep their defaults."""
    specs = fields_of(kind)
    at = Place(random, sizes, odd, {})
    one_of = _ONE_OF.get(kind, ())
    chosen = at.random.choice(one_of) if one_of else None
    for name in sorted(specs, key=lambda n: _FIRST.index(n) if n in _FIRST else len(_FIRST)):
        spec = specs[name]
        if name in one_of and not (odd and at.happens(_ODD / 2)):
            wanted = name == chosen
        else:
            wanted = spec.required or at.happens(_GIVEN)
        if wanted and (odd or _is_taken(kind, name, at)):
            at.given[name] = _value(kind, spec, at)
    return {name: at.given[name] for name in specs if name in at.given}


def _is_taken(kind: str, name: str, at: Place) -> bool:
    """Whether a field means something beside those that were drawn before it."""
    mode = at.given.get("mode")
    match kind, name:
        case "pad", "value":
            return mode is None
        case "upsample", "align_corners":
            return mode in _SMOOTH
        case "upsample", "recompute_scale_factor":
            return "scale" in at.given
        case "avgpool", "divisor_override":
            return len(at.sizes) > 2
    return True


def _value(kind: str, spec: FieldSpec, at: Place) -> Value:
    drawer = _VALUES.get(f"{kind}.{spec.name}") or _VALUES.get(spec.name)
    if drawer is not None:
        value = drawer(at)
        if spec.gaps and isinstance(value, tuple) and at.happens(0.5):
            gap = at.random.randrange(len(value))
            value = (*value[:gap], None, *value[gap + 1 :])
        return value
    if spec.boolean:
        return at.one((True, False)) if spec.optional else not spec.default
    if spec.choices:
        return at.one(tuple([c for c in spec.choices if c != spec.default] or spec.choices))
    if spec.sizes:
        return at.several((1, 2, 3))
    return at.one((0.25, 0.5, 2.0) if spec.real and not spec.number else (1, 2, 3))
