"""Normalisation, and the learned scale that replaces it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, final

from cnncalc.errors import LayerError
from cnncalc.layers.axis import number
from cnncalc.layers.base import Layer, Role, WordForm, param
from cnncalc.layers.batch_norm import BatchNorm, InstanceNorm
from cnncalc.layers.condition import at_least, divides
from cnncalc.layers.learned import TAKES_ITS_OWN, ShapeKeeping, learned, learned_counts, learned_params
from cnncalc.layers.products import Named, derived, sizes_named
from cnncalc.layers.response_norm import LocalResponseNorm
from cnncalc.layers.scale import Scale
from cnncalc.record import record
from cnncalc.shape import Shape, TorchCall, Weight, product
from cnncalc.symbolic import Dim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.base import Derivation
    from cnncalc.layers.condition import Condition
    from cnncalc.layers.facts import Statistics
    from cnncalc.layers.folding import Meeting
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = [
    "KINDS",
    "BatchNorm",
    "GroupNorm",
    "InstanceNorm",
    "LayerNorm",
    "LocalResponseNorm",
    "RMSNorm",
    "Scale",
]


@final
@record
class GroupNorm(ShapeKeeping):
    """y = weight·(x − mean)/√(variance + eps) + bias, mean and variance over a group of channels of one image.

    ## Shape
    C×… → the same, where `groups` divides C.

    ## Weights
    `weight` (C), `bias` (C).

    ## Torch twin
    torch.nn.GroupNorm.

    ## Common mistake
    Counting one factor per group: the statistics are per group, the learned numbers per channel.
    """

    kind: ClassVar[str] = "gn"
    word: ClassVar[WordForm] = WordForm(size="groups")
    role: ClassVar[Role] = "standard"

    groups: Dim = param(doc="into how many groups the channels are parted")
    eps: float = param(1e-5, doc="added to the variance, against division by zero")
    affine: bool = param(True, doc="a learned factor and summand per channel", flags={"noaffine": False})
    bias: bool = param(True, doc="whether `affine` has the summand", flags={"nobias": False})

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        yield at_least(self.groups, 1, "groups={left}", "give at least 1", "groups")
        yield divides(
            self.groups,
            x.channels,
            "groups={left} does not divide the {right} channels",
            "{divisors}",
            "groups",
        )
        yield at_least(
            x.channels // self.groups * product(x.spatial),
            2,
            f"{{left}} value per group in {x.pretty()}, but its statistics need at least {{right}}",
            "use fewer groups",
            "groups",
        )

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        taps: dict[int, reach.Taps] = {axis: reach.Whole(size) for axis, size in enumerate(x.dims)}
        return (reach.axiswise(x.dims, taps | {0: reach.grouped(x.channels, x.channels, self.groups)}),)

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        return learned((x.channels,), affine=self.affine, bias=self.bias)

    def counts(self, x: Shape, *_: Shape) -> dict[str, Derivation]:
        return learned_counts(_channels(x), affine=self.affine, bias=self.bias)

    def params(self, x: Shape, *_: Shape) -> Derivation:
        return learned_params(_channels(x), affine=self.affine, bias=self.bias)

    def statistics(self, x: Shape, batch: Dim) -> Statistics:
        from cnncalc.layers.facts import Statistics

        sizes = sizes_named(x.dims)
        named = {"N": (batch, "images in the batch"), **sizes, "G": (self.groups, "groups")}
        each = "*".join(["(C // G)", *(name for name in sizes if name != "C")])
        return Statistics(("C/G", *list(sizes)[1:]), derived(each, named), derived("N*G", named))

    def as_affine(self, x: Shape) -> str:
        del x
        return TAKES_ITS_OWN

    def fold_back(self, axis: int, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import own_factors

        return own_factors(self, axis)

    def fold_on(self, *_: Any) -> Meeting:
        return f"{self.kind} {TAKES_ITS_OWN}"

    def result(self, run: Run) -> Result:
        return run.mapped(2, 3)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        """The input, or a copy without gaps; mean and 1/√(variance + eps) of every group of every image."""
        each = (run.batch, self.groups)
        own = (run.parameter("weight"),) if self.affine else ()
        x = run.input() if run.x.is_dense else run.new("copied input", run.x.dims)
        return x, run.new("mean", each), run.new("1/deviation", each), *own

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        arguments = {"eps": self.eps, "affine": self.affine, "bias": self.bias}
        return TorchCall("nn.GroupNorm", (self.groups, x.channels), arguments)


def _channels(x: Shape) -> Named:
    return {"C": (x.channels, "channels")}


_DIMS = "how many trailing axes to normalise over; default: the last of N or SxE, all of a map's (C, H, W)"


def _normalised(dims: Dim | None, x: Shape) -> tuple[Dim, ...]:
    """The sizes of the trailing axes that are normalised over.

    Raises LayerError if the input has not so many axes.
    """
    if dims is None:
        return x.dims if x.rank > 2 else x.dims[-1:]
    count = number(dims, "dims")
    if 1 <= count <= x.rank:
        return x.dims[-count:]
    raise LayerError(
        f"dims={count}, but the input {x.pretty()} has {x.rank} {'axis' if x.rank == 1 else 'axes'}",
        "give 1" if x.rank == 1 else f"give 1 to {x.rank}",
        code="CNN202",
        field="dims",
    )


class _Trailing(ShapeKeeping):
    """What layer and RMS normalisation share: statistics over the last axes."""

    __slots__ = ()

    dims: Dim | None

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        _normalised(self.dims, x)
        yield from ()

    def as_affine(self, x: Shape) -> str:
        del x
        return TAKES_ITS_OWN

    def fold_back(self, *_: Any) -> Meeting:
        return f"{self.kind} {TAKES_ITS_OWN}"

    def _rows(self, run: Run) -> tuple[Dim, ...]:
        """The axes that are not normalised over."""
        (x,) = run.shapes
        return run.x.dims[: len(run.x.dims) - len(_normalised(self.dims, x))]

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        first = x.rank - len(_normalised(self.dims, x))
        return (reach.axiswise(x.dims, {axis: reach.Whole(x.dims[axis]) for axis in range(first, x.rank)}),)

    def _sizes(self, x: Shape) -> tuple[Named, Named]:
        """The sizes of the leading axes, and of those that are normalised over."""
        named = sizes_named(x.dims)
        first = x.rank - len(_normalised(self.dims, x))
        names = list(named)
        return {n: named[n] for n in names[:first]}, {n: named[n] for n in names[first:]}

    def _statistics(self, x: Shape, batch: Dim, *, centred: bool) -> Statistics:
        from cnncalc.layers.facts import Statistics

        leading, inner = self._sizes(x)
        outer = {"N": (batch, "images in the batch"), **leading}
        return Statistics(
            tuple(inner), derived("*".join(inner), inner), derived("*".join(outer), outer), centred
        )


@final
@record
class LayerNorm(_Trailing):
    """y = weight·(x − mean)/√(variance + eps) + bias, mean and variance over the last `dims` axes.

    ## Shape
    Any → the same.

    ## Weights
    `weight` and `bias`, one number for every element of the last `dims` axes.

    ## Torch twin
    torch.nn.LayerNorm with normalized_shape = the sizes of the last `dims` axes.

    ## Common mistake
    Counting 2C parameters on a map: torch learns a factor for every normalised element, 2·C·H·W over all axes.
    """

    kind: ClassVar[str] = "ln"
    role: ClassVar[Role] = "standard"

    dims: Dim | None = param(None, doc=_DIMS)
    eps: float = param(1e-5, doc="added to the variance, against division by zero")
    affine: bool = param(True, doc="a learned factor and summand per element", flags={"noaffine": False})
    bias: bool = param(True, doc="whether `affine` has the summand", flags={"nobias": False})

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        return learned(_normalised(self.dims, x), affine=self.affine, bias=self.bias)

    def counts(self, x: Shape, *_: Shape) -> dict[str, Derivation]:
        return learned_counts(self._sizes(x)[1], affine=self.affine, bias=self.bias)

    def params(self, x: Shape, *_: Shape) -> Derivation:
        return learned_params(self._sizes(x)[1], affine=self.affine, bias=self.bias)

    def statistics(self, x: Shape, batch: Dim) -> Statistics:
        return self._statistics(x, batch, centred=True)

    def result(self, run: Run) -> Result:
        return run.fresh()

    def saves(self, run: Run) -> tuple[Saved, ...]:
        """The input; mean and 1/√(variance + eps) of every row; weight and bias."""
        rows = self._rows(run)
        own = [w.name for w in self.weights(*run.shapes)]
        return run.input(), run.new("mean", rows), run.new("1/deviation", rows), *map(run.parameter, own)

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        arguments = {"eps": self.eps, "elementwise_affine": self.affine, "bias": self.bias}
        return TorchCall("nn.LayerNorm", (_normalised(self.dims, x),), arguments)


@final
@record
class RMSNorm(_Trailing):
    """y = weight·x/√(mean of x² + eps), the mean over the last `dims` axes.

    ## Shape
    Any → the same.

    ## Weights
    `weight`, one number for every element of the last `dims` axes.

    ## Torch twin
    torch.nn.RMSNorm with normalized_shape = the sizes of the last `dims` axes.

    ## Common mistake
    Counting a bias, as layer normalisation has one: only the factor is learned, and no mean is taken off.
    """

    kind: ClassVar[str] = "rms"
    role: ClassVar[Role] = "scaled"

    dims: Dim | None = param(None, doc=_DIMS)
    eps: float | None = param(
        None,
        doc="added to the mean square, against division by zero; none: the smallest step of the number type",
    )
    affine: bool = param(True, doc="a learned factor per element", flags={"noaffine": False})

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        return learned(_normalised(self.dims, x), affine=self.affine, bias=False)

    def counts(self, x: Shape, *_: Shape) -> dict[str, Derivation]:
        return learned_counts(self._sizes(x)[1], affine=self.affine, bias=False)

    def params(self, x: Shape, *_: Shape) -> Derivation:
        return learned_params(self._sizes(x)[1], affine=self.affine, bias=False)

    def statistics(self, x: Shape, batch: Dim) -> Statistics:
        return self._statistics(x, batch, centred=False)

    def result(self, run: Run) -> Result:
        return run.mapped(2, 3)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        """For the input's gradient the input (of 16 bits a copy in 32), 1/√(mean square + eps) of every row and the weight;
        for the weight's what the weight is multiplied by.
        """
        wide: Literal["float32"] | None = "float32" if run.is_short else None
        saved: list[Saved] = []
        if run.x.grad:
            saved += [
                run.new("input in 32 bits", run.x.dims, wide) if wide else run.input(),
                run.new("1/deviation", self._rows(run), wide),
                *([run.parameter("weight")] if self.affine else []),
            ]
        if run.trainable and self.affine:
            saved.append(run.new("normalised input", run.x.dims, wide))
        return tuple(saved)

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        arguments = {"eps": self.eps, "elementwise_affine": self.affine}
        return TorchCall("nn.RMSNorm", (_normalised(self.dims, x),), arguments)


KINDS: dict[str, type[Layer]] = {
    "bn": BatchNorm,
    "ln": LayerNorm,
    "in": InstanceNorm,
    "gn": GroupNorm,
    "rms": RMSNorm,
    "lrn": LocalResponseNorm,
    "scale": Scale,
}
