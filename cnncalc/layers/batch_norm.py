"""Batch and instance normalisation: statistics per channel, running ones if tracked."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, final

from cnncalc.errors import LayerError
from cnncalc.layers.base import param
from cnncalc.layers.condition import at_least
from cnncalc.layers.learned import ShapeKeeping, learned
from cnncalc.record import record
from cnncalc.shape import Shape, TorchCall, Weight, product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition

__all__ = ["BatchNorm", "InstanceNorm"]


class _PerChannel(ShapeKeeping):
    """What batch and instance normalisation share: one mean and variance per channel, running ones if tracked."""

    __slots__ = ()

    torch_name: ClassVar[str]
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

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        arguments = {
            "eps": self.eps,
            "momentum": self.momentum,
            "affine": self.affine,
            "bias": self.bias,
            "track_running_stats": self.track_running_stats,
        }
        return TorchCall(f"nn.{self.torch_name}{self._axes(x)}d", (x.channels,), arguments)

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
