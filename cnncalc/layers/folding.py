"""How a map y = s·x + t, with a factor s and a summand t for every index of one axis, meets a layer.

Three things can become of it: the layer takes it into its weights (`Absorbed`), lets it through, changed or not, to the
other side (`Passed`), or stands in the way, for a reason in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from cnncalc.record import record, replace
from cnncalc.shape import Shape, Window, product
from cnncalc.symbolic import Dim, Formula

if TYPE_CHECKING:
    from cnncalc.layers.base import Layer

__all__ = [
    "ABSORBED_BIAS",
    "ABSORBED_WEIGHT",
    "FORWARD_BIAS",
    "FORWARD_WEIGHT",
    "SCALE",
    "SHIFT",
    "Absorbed",
    "Affine",
    "Kernel",
    "Meeting",
    "Need",
    "Passed",
    "Pick",
    "Route",
    "as_it_is",
    "fixed",
    "joined",
    "kept",
    "largest",
    "own_factors",
    "parted",
    "same_axis",
    "shuffled_channels",
]

_T = TypeVar("_T")

_NORM = {
    "g": "factor (weight; 1 if there is none)",
    "B": "summand (bias; 0 if there is none)",
    "m": "running mean",
    "d": "√(running variance + eps)",
    "s": "factor of the normalisation",
    "t": "summand of the normalisation",
}

SCALE = Formula("g/d", g=_NORM["g"], d=_NORM["d"])
SHIFT = Formula("B - m*s", B=_NORM["B"], m=_NORM["m"], s=_NORM["s"])
#: the normalisation behind the layer: every weight of filter o by s[o]
ABSORBED_WEIGHT = Formula("s*W", s=_NORM["s"], W="a weight of the filter")
ABSORBED_BIAS = Formula("s*b + t", s=_NORM["s"], b="bias of the filter (0 if there is none)", t=_NORM["t"])
#: the normalisation before the layer: every weight that multiplies channel c by s[c]
FORWARD_WEIGHT = Formula("W*s", W="a weight for the channel", s=_NORM["s"])
FORWARD_BIAS = Formula(
    "b + W*t", b="bias (0 if there is none)", W="sum of the filter's weights for the channel", t=_NORM["t"]
)


@record
class Pick:
    """Which of the old numbers each new one is, when a map comes to stand at another place.

    same: new[i] = old[i]; part: old[by + i]; nearest: old[i − by], or the first or last of the `size` old ones;
    spread: old[(i // by) % size]; gathered: old[i·by];
    dealt: old[(i % by)·(size/by) + i // by], which is how a channel shuffle orders its channels, and "collected" undoes it.
    """

    how: Literal["same", "part", "nearest", "spread", "gathered", "dealt", "collected"] = "same"
    #: how many new numbers there are; for "nearest" and "spread" also how many old ones
    count: Dim = 0
    by: Dim = 1
    size: Dim = 0

    def of(self, old: Sequence[_T]) -> list[_T]:
        """The new numbers."""
        return list(old) if self.how == "same" else [old[i] for i in self.indices()]

    def indices(self) -> list[int]:
        """The place of every new number among the old ones. Only numbers, no names, may be asked for."""
        count, by, size = (n if isinstance(n, int) else -1 for n in (self.count, self.by, self.size))
        match self.how:
            case "part":
                return list(range(by, by + count))
            case "nearest":
                return [min(max(i - by, 0), size - 1) for i in range(count)]
            case "spread":
                return [(i // by) % size for i in range(count)]
            case "gathered":
                return [i * by for i in range(count)]
            case "dealt":
                return [(i % by) * (count // by) + i // by for i in range(count)]
            case "collected":
                return [(i % (count // by)) * by + i // (count // by) for i in range(count)]
            case "same":
                return list(range(count))


@record
class Need:
    """What must hold of the numbers s and t, lest the layer stand in the way.

    scales: all s >= 0; fixed: s·value + t = value, for what the layer adds of its own; equal: s and t are the same
    wherever `pick` takes one number for several.
    """

    what: Literal["scales", "fixed", "equal"]
    #: why, in words
    why: str
    value: float = 0.0
    pick: Pick = Pick()
    #: whether only positions near the border come out wrong if it does not hold
    border: bool = False

    def met(self, s: Sequence[float], t: Sequence[float]) -> bool:
        """Whether it holds."""
        match self.what:
            case "scales":
                return all(factor >= 0 for factor in s)
            case "fixed":
                return all(
                    factor * self.value + summand == self.value for factor, summand in zip(s, t, strict=True)
                )
            case "equal":
                taken = self.pick
                by = taken.by if isinstance(taken.by, int) else 1
                count = taken.count if isinstance(taken.count, int) else 1
                return all(v == each[(i // by) % count * by] for each in (s, t) for i, v in enumerate(each))


@record
class Route:
    """Where a map comes to stand on the other side of a layer: on which axis, and which number where."""

    axis: int
    pick: Pick = Pick()
    need: Need | None = None
    #: whether the summand goes this way too: of the branches of a sum it goes into one
    shift: bool = True


@record
class Passed:
    """The layer lets a map through: from behind to its inputs, or from an input to behind.

    Inputs that come after those with a route stay as they are.
    """

    routes: tuple[Route, ...]


@record
class Absorbed:
    """The layer takes a map into its weights.

    `layout` says how its weight lies: (outputs, inputs/groups, …), (inputs, outputs/groups, …), or a number per channel.
    """

    #: what the layer is then: with a bias
    layer: Layer
    layout: Literal["outputs first", "inputs first", "channels"]
    groups: Dim = 1
    need: Need | None = None


#: what becomes of a map that meets a layer; a reason in words where the layer stands in the way
Meeting: TypeAlias = Absorbed | Passed | str


@record
class Affine:
    """A layer that in inference is y = s·x + t per channel, by the names of its tensors.

    With statistics, s = weight/√(running_var + eps) and t = bias − running_mean·s; without, s = weight and t = bias.
    """

    #: None: no statistics
    eps: float | None
    weight: bool
    bias: bool


@record
class Kernel:
    """A layer that multiplies by a kernel that slides over its input, zeros beyond the border."""

    windows: tuple[Window, ...]
    groups: Dim
    filters: Dim
    #: the same layer with a bias
    layer: Layer


def as_it_is(axis: int, inputs: int = 1) -> Passed:
    """The map passes unchanged."""
    return Passed((Route(axis),) * inputs)


def kept(axis: int, kind: str, need: Need | None = None) -> Meeting:
    """What works on positions, channel by channel: maps per channel pass."""
    if axis != 0:
        return f"{kind} works along the axis that the factors lie on"
    return Passed((Route(0, need=need),))


def fixed(value: float, why: str, *, border: bool = False) -> Need:
    """What the layer adds of its own, `value`, must not be changed by the map."""
    return Need("fixed", why, value, border=border)


def largest(axis: int, kind: str) -> Meeting:
    """The largest of s·x + t is s times the largest x, plus t, where s is not negative."""
    return kept(
        axis, kind, Need("scales", f"{kind} takes the largest, which a negative factor makes the smallest")
    )


def own_factors(layer: Layer, axis: int) -> Meeting:
    """A normalisation takes a map behind it into its own factors and summands, one per channel."""
    if axis != 0:
        return f"{layer.kind} has no factors for positions"
    return Absorbed(replace(layer, affine=True, bias=True), "channels")


def joined(axis: int, dims: tuple[Dim, ...]) -> Pick:
    """Where a map on one of the axes `dims` stands when these are read as a single one."""
    count = product(dims)
    return Pick() if count == dims[axis] else Pick("spread", count, product(dims[axis + 1 :]), dims[axis])


def parted(dims: tuple[Dim, ...], kind: str) -> Route:
    """Where a map on a single axis stands when that is read as the axes `dims`: on the first, if it varies only there."""
    inner = product(dims[1:])
    if inner == 1:
        return Route(0)
    pick = Pick("gathered", dims[0], inner)
    why = f"behind {kind} each of {inner} numbers of a channel may have a factor of its own"
    return Route(0, pick, Need("equal", why, pick=pick))


def shuffled_channels(layer: Layer, axis: int, rank: int, how: Pick | Route) -> Meeting:
    """Of a shuffle between positions and the channels, which are the third axis from the end."""
    if axis > rank - 3:
        return f"{layer.kind} works along the axis that the factors lie on"
    if axis < rank - 3:
        return as_it_is(axis)
    route = Route(0, how) if isinstance(how, Pick) else how
    return Passed((replace(route, axis=axis),))


def same_axis(axis: int, shapes: Sequence[Shape]) -> bool:
    """Whether all inputs have the same number of axes, and the same size on this one."""
    first = shapes[0]
    alike = all(s.rank == first.rank for s in shapes)
    return alike and all(s.dims[axis] == first.dims[axis] for s in shapes)
