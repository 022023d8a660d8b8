"""Normalisation, local response normalisation, and the learned scale that replaces them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from cnncalc.errors import LayerError
from cnncalc.layers.axis import number
from cnncalc.layers.base import Layer, Weightless, WordForm, param
from cnncalc.layers.batch_norm import BatchNorm, InstanceNorm
from cnncalc.layers.condition import at_least, divides
from cnncalc.layers.learned import ShapeKeeping, learned
from cnncalc.record import record
from cnncalc.shape import Shape, TorchCall, Weight, product
from cnncalc.symbolic import Dim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition

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

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        return learned((x.channels,), affine=self.affine, bias=self.bias)

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        arguments = {"eps": self.eps, "affine": self.affine, "bias": self.bias}
        return TorchCall("nn.GroupNorm", (self.groups, x.channels), arguments)


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

    dims: Dim | None = param(None, doc=_DIMS)
    eps: float = param(1e-5, doc="added to the variance, against division by zero")
    affine: bool = param(True, doc="a learned factor and summand per element", flags={"noaffine": False})
    bias: bool = param(True, doc="whether `affine` has the summand", flags={"nobias": False})

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        return learned(_normalised(self.dims, x), affine=self.affine, bias=self.bias)

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

    dims: Dim | None = param(None, doc=_DIMS)
    eps: float | None = param(
        None,
        doc="added to the mean square, against division by zero; none: the smallest step of the number type",
    )
    affine: bool = param(True, doc="a learned factor per element", flags={"noaffine": False})

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        return learned(_normalised(self.dims, x), affine=self.affine, bias=False)

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        arguments = {"eps": self.eps, "elementwise_affine": self.affine}
        return TorchCall("nn.RMSNorm", (_normalised(self.dims, x),), arguments)


@final
@record
class LocalResponseNorm(Weightless):
    """y = x/(k + alpha/size · sum of x² over `size` neighbouring channels)^beta.

    ## Shape
    C×L, C×H×W, C×D×H×W, … → the same.

    ## Torch twin
    torch.nn.LocalResponseNorm.

    ## Common mistake
    Taking alpha from AlexNet's paper as it stands: torch divides it by `size`, the paper does not.
    """

    kind: ClassVar[str] = "lrn"
    word: ClassVar[WordForm] = WordForm(size="size")

    size: Dim = param(doc="how many neighbouring channels are summed over")
    alpha: float = param(1e-4, doc="weight of the sum of squares, divided by `size`")
    beta: float = param(0.75, doc="exponent")
    k: float = param(1.0, doc="summand below the exponent")

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        if x.rank < 2:
            raise LayerError(
                f"lrn needs a map, but the input {x.pretty()} is flat",
                "put the layer before flatten",
                code="CNN202",
            )
        yield at_least(self.size, 1, "size {left}", "give at least 1", "size")

    def output(self, x: Shape, *_: Shape) -> Shape:
        return x

    def torch_call(self, *_: Shape) -> TorchCall:
        arguments = {"alpha": self.alpha, "beta": self.beta, "k": self.k}
        return TorchCall("nn.LocalResponseNorm", (self.size,), arguments)


@final
@record
class Scale(ShapeKeeping):
    """y = weight·x + bias, per channel: LayerScale, and batch normalisation without the statistics.

    ## Shape
    C×… → the same.

    ## Weights
    `weight` (C), `bias` (C) if asked for.

    ## Torch twin
    None in torch; a module with these tensors that broadcasts them over all axes but the first.

    ## Common mistake
    Putting it on tokens S×E, where the first axis is the sequence: there it learns S factors, not E.
    """

    kind: ClassVar[str] = "scale"

    bias: bool = param(False, doc="a learned summand beside the factor", flags={"bias": True})

    def requires(self, *_: Shape) -> Iterator[Condition]:
        yield from ()

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        return learned((x.channels,), affine=True, bias=self.bias)

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        return TorchCall("cnncalc.Scale", (x.channels,), {"bias": self.bias})


KINDS: dict[str, type[Layer]] = {
    "bn": BatchNorm,
    "ln": LayerNorm,
    "in": InstanceNorm,
    "gn": GroupNorm,
    "rms": RMSNorm,
    "lrn": LocalResponseNorm,
    "scale": Scale,
}
