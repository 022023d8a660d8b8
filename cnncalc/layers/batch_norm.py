"""Batch and instance normalisation: statistics per channel, running ones if tracked."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, final

from cnncalc.errors import LayerError
from cnncalc.layers.base import Role, param
from cnncalc.layers.condition import at_least
from cnncalc.layers.learned import TAKES_ITS_OWN, ShapeKeeping, learned, learned_counts, learned_params
from cnncalc.layers.products import Named, derived, sizes_named
from cnncalc.record import record
from cnncalc.shape import Shape, TorchCall, Weight, product
from cnncalc.symbolic import Dim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.base import Derivation
    from cnncalc.layers.condition import Condition
    from cnncalc.layers.facts import Statistics
    from cnncalc.layers.folding import Affine, Meeting
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = ["BatchNorm", "InstanceNorm"]


class _PerChannel(ShapeKeeping):
    """What batch and instance normalisation share: one mean and variance per channel, running ones if tracked."""

    __slots__ = ()

    torch_name: ClassVar[str]
    role: ClassVar[Role] = "standard"
    eps: float
    momentum: float | None
    affine: bool
    bias: bool
    track_running_stats: bool

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        self._axes(x)
        if not self.track_running_stats:
            yield at_least(
                product(x.spatial),
                2,
                f"{{left}} value per channel in {x.pretty()}, but its own statistics need at least {{right}}",
                "put the layer before the pooling, or keep running statistics",
                "track_running_stats",
            )

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        if self.track_running_stats:
            return (reach.axiswise(x.dims),)
        return (reach.axiswise(x.dims, {axis: reach.Whole(x.dims[axis]) for axis in range(1, x.rank)}),)

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        own = learned((x.channels,), affine=self.affine, bias=self.bias)
        if not self.track_running_stats:
            return own
        return (
            *own,
            Weight("running_mean", (x.channels,), "buffer"),
            Weight("running_var", (x.channels,), "buffer"),
            Weight("num_batches_tracked", (), "buffer", "int64"),
        )

    def counts(self, x: Shape, *_: Shape) -> dict[str, Derivation]:
        channels: Named = {"C": (x.channels, "channels")}
        own = learned_counts(channels, affine=self.affine, bias=self.bias)
        if not self.track_running_stats:
            return own
        each = derived("C", channels)
        return {**own, "running_mean": each, "running_var": each, "num_batches_tracked": derived("1", {})}

    def params(self, x: Shape, *_: Shape) -> Derivation:
        return learned_params({"C": (x.channels, "channels")}, affine=self.affine, bias=self.bias)

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        arguments = {
            "eps": self.eps,
            "momentum": self.momentum,
            "affine": self.affine,
            "bias": self.bias,
            "track_running_stats": self.track_running_stats,
        }
        return TorchCall(f"nn.{self.torch_name}{self._axes(x)}d", (x.channels,), arguments)

    def as_affine(self, x: Shape) -> Affine | str:
        from cnncalc.layers.folding import Affine

        del x
        if not self.track_running_stats:
            return TAKES_ITS_OWN
        return Affine(self.eps, self.affine, self.affine and self.bias)

    def fold_back(self, axis: int, *_: Shape) -> Meeting:
        """A map behind it goes into `weight` and `bias`."""
        from cnncalc.layers.folding import own_factors

        return own_factors(self, axis)

    def fold_on(self, *_: Any) -> Meeting:
        return f"{self.kind} is a normalisation itself"

    @abstractmethod
    def _axes(self, x: Shape) -> int:
        """The digit in torch's name for the module. Raises LayerError if it has none."""


@final
@record
class BatchNorm(_PerChannel):
    """y = weight·(x − mean)/√(variance + eps) + bias, per channel; mean and variance over batch and positions.

    ## Shape
    C, C×L, C×H×W or C×D×H×W → the same.

    ## Weights
    `weight` (C), `bias` (C); buffers `running_mean` (C), `running_var` (C), `num_batches_tracked` ().

    ## Torch twin
    torch.nn.BatchNorm1d (flat inputs too), BatchNorm2d, BatchNorm3d.

    ## Common mistake
    Counting the running statistics as parameters: 2C numbers are learned, 2C + 1 more are buffers.
    """

    kind: ClassVar[str] = "bn"
    torch_name: ClassVar[str] = "BatchNorm"

    eps: float = param(1e-5, doc="added to the variance, against division by zero")
    momentum: float | None = param(
        0.1, doc="share of a new batch in the running statistics; none: the plain average of all batches"
    )
    affine: bool = param(True, doc="a learned factor and summand per channel", flags={"noaffine": False})
    bias: bool = param(True, doc="whether `affine` has the summand", flags={"nobias": False})
    track_running_stats: bool = param(
        True,
        doc="keep running statistics; without them the batch's own are used always",
        flags={"notrack": False},
    )

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        if self.eps < 0 or (self.eps == 0 and not self.track_running_stats):
            bound = "negative" if self.eps < 0 else "0 with the batch's own statistics"
            raise LayerError(
                f"eps={self.eps:g} is {bound}", "give a small positive number", code="CNN202", field="eps"
            )
        # a slotted dataclass is not the class that super() means
        yield from _PerChannel.requires(self, x)

    def statistics(self, x: Shape, batch: Dim) -> Statistics:
        from cnncalc.layers.facts import Statistics

        named = {"N": (batch, "images in the batch"), **sizes_named(x.dims)}
        over = tuple(name for name in named if name != "C")
        return Statistics(
            over, derived("*".join(over), named), derived("C", named), running=self.track_running_stats
        )

    def trains_on(self, batch: int, x: Shape, *_: Shape) -> Iterator[Condition]:
        if self.eps == 0:
            raise LayerError(
                "eps=0, but training needs a positive number",
                "give eps, or leave it out",
                code="CNN202",
                field="eps",
            )
        yield at_least(
            batch * product(x.spatial),
            2,
            f"{{left}} value per channel in {x.pretty()} with batch {batch}, but training needs at least {{right}}",
            "use a larger batch",
        )

    def result(self, run: Run) -> Result:
        return run.mapped(2, 3)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        """The input, the batch's own mean and 1/√(variance + eps), one of each per channel however large the batch is."""
        channels = run.x.dims[1:2]
        own = (run.parameter("weight"),) if self.affine else ()
        kept = ("running_mean", "running_var") if self.track_running_stats else ()
        statistics = (run.new("mean", channels), run.new("1/deviation", channels))
        return run.input(), *statistics, *own, *map(run.buffer, kept)

    def _axes(self, x: Shape) -> int:
        if x.rank <= 4:
            return max(1, x.rank - 1)
        raise LayerError(
            f"bn takes at most 3 spatial axes, but the input {x.pretty()} has {x.rank - 1}",
            "give C, CxL, CxHxW or CxDxHxW",
            code="CNN202",
        )


@final
@record
class InstanceNorm(_PerChannel):
    """y = (x − mean)/√(variance + eps), mean and variance over the positions of one channel of one image.

    ## Shape
    C×L, C×H×W or C×D×H×W → the same.

    ## Weights
    `weight` (C), `bias` (C) if `affine`; buffers as batch normalisation's if `track_running_stats`.

    ## Torch twin
    torch.nn.InstanceNorm1d, InstanceNorm2d, InstanceNorm3d.

    ## Common mistake
    Expecting learned factors as batch normalisation has them: here `affine` is off by default.
    """

    kind: ClassVar[str] = "in"
    torch_name: ClassVar[str] = "InstanceNorm"

    eps: float = param(1e-5, doc="added to the variance, against division by zero")
    momentum: float = param(0.1, doc="share of a new batch in the running statistics")
    affine: bool = param(False, doc="a learned factor and summand per channel", flags={"affine": True})
    bias: bool = param(True, doc="whether `affine` has the summand", flags={"nobias": False})
    track_running_stats: bool = param(
        False, doc="keep running statistics and use them in inference", flags={"track": True}
    )

    def statistics(self, x: Shape, batch: Dim) -> Statistics:
        from cnncalc.layers.facts import Statistics

        named = {"N": (batch, "images in the batch"), **sizes_named(x.dims)}
        over = tuple(name for name in named if name not in ("N", "C"))
        return Statistics(
            over, derived("*".join(over), named), derived("N*C", named), running=self.track_running_stats
        )

    def trains_on(self, batch: int, x: Shape, *_: Shape) -> Iterator[Condition]:
        del batch
        yield at_least(
            product(x.spatial),
            2,
            f"{{left}} value per channel in {x.pretty()}, but training needs at least {{right}}",
            "put the layer before the pooling",
        )

    def result(self, run: Run) -> Result:
        return run.fresh()

    def saves(self, run: Run) -> tuple[Saved, ...]:
        """As of a batch normalisation of one image with N·C channels, for which everything is repeated N times; the input
        is copied unless it lies row-major.
        """
        each = (run.batch * run.x.dims[1],)
        names = ["mean", "1/deviation"]
        names += ["repeated weight"] if self.affine else []
        names += ["repeated running_mean", "repeated running_var"] if self.track_running_stats else []
        x = run.input() if run.x.is_contiguous else run.new("copied input", run.x.dims)
        return x, *(run.new(name, each) for name in names)

    def _axes(self, x: Shape) -> int:
        if 2 <= x.rank <= 4:
            return x.rank - 1
        # torch would read a flat batch (N, C) as one image of N channels
        cure = (
            "a flat input has one value per channel; take ln" if x.rank == 1 else "give CxL, CxHxW or CxDxHxW"
        )
        raise LayerError(
            f"in needs 1 to 3 spatial axes, but the input {x.pretty()} has {x.rank - 1}", cure, code="CNN202"
        )
