"""Other resolutions without weights: interpolation, and shuffles between channels and positions.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html (Shape).
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias, final

from cnncalc.errors import LayerError
from cnncalc.layers.adaptive_pool import saved_by_average
from cnncalc.layers.base import Derivation, Layer, Role, Weightless, WordForm, param, per_axis
from cnncalc.layers.condition import at_least, divides
from cnncalc.layers.products import shuffled
from cnncalc.layers.window import require_map
from cnncalc.record import record
from cnncalc.shape import Shape, Size, TorchCall, Window
from cnncalc.symbolic import Dim, Formula, IntExpr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = ["KINDS", "SCALED_SIZE", "ChannelShuffle", "PixelShuffle", "PixelUnshuffle", "Upsample"]

SCALED_SIZE = Formula("floor(W * R)", W="input size", R="scale")
SHUFFLED_SIZE = Formula("W * R", W="input size", R="factor")
UNSHUFFLED_SIZE = Formula("W // R", W="input size", R="factor")

Scale: TypeAlias = Dim | float
UpsampleMode: TypeAlias = Literal[
    "nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"
]

#: the modes that exist for one number of spatial axes only
_AXES_OF_MODE = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
_MODES = ("nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area")

#: numerators up to this: their product with any size up to 2^33 is a float without rounding
_SHORT = 2**20
#: torch's sizes have 64 bits
_TOO_LARGE = 2.0**63


@final
@record
class Upsample(Weightless):
    """Interpolation to a given size or by a scale, which may also be below 1.

    ## Shape
    C×W → C×size, or C×⌊W·scale⌋ on every axis; the product is rounded to 64-bit floating point before the floor.

    ## Torch twin
    torch.nn.Upsample.

    ## Common mistake
    Leaving the mode to its default, nearest, where a smooth map is meant; and `linear` is for one axis only.
    """

    kind: ClassVar[str] = "upsample"
    word: ClassVar[WordForm] = WordForm(size="scale")

    scale: Scale | tuple[Scale, ...] | None = param(None, doc="factor of the sizes; or give size")
    size: Size | None = param(None, doc="output size; or give scale")
    mode: UpsampleMode = param("nearest", doc="how to interpolate", flags={mode: mode for mode in _MODES})
    align_corners: bool | None = param(
        None, doc="whether the outermost positions coincide; linear, bilinear, bicubic and trilinear only"
    )
    recompute_scale_factor: bool = param(
        False, doc="interpolate by the ratio of the sizes, not by the scale: other values, same shape"
    )

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        axes = require_map(x, self.kind)
        self._check_mode(axes)
        for size in self._sizes(x):
            yield at_least(
                size, 1, "output size {left}", "give at least 1", "scale" if self.size is None else "size"
            )

    def _check_mode(self, axes: int) -> None:
        needed = _AXES_OF_MODE.get(self.mode)
        if needed not in (None, axes):
            smooth = next(m for m, n in _AXES_OF_MODE.items() if n == axes)
            raise LayerError(
                f"mode '{self.mode}' is for {needed} spatial {'axis' if needed == 1 else 'axes'}, "
                f"but the input has {axes}",
                f"use {smooth} or nearest",
                code="CNN202",
                field="mode",
            )
        if self.align_corners is not None and needed is None:
            raise LayerError(
                f"mode '{self.mode}' takes no align_corners",
                "leave it out, or use linear, bilinear, bicubic or trilinear",
                code="CNN202",
                field="align_corners",
            )
        if self.recompute_scale_factor and self.size is not None:
            raise LayerError(
                "recompute_scale_factor has no meaning with a size",
                "leave it out",
                code="CNN202",
                field="recompute_scale_factor",
            )

    def _scales(self, x: Shape) -> tuple[Scale, ...]:
        axes = x.rank - 1
        if self.scale is None or self.size is not None:
            raise LayerError(
                "upsample needs a scale or a size"
                if self.size is None
                else "upsample has a scale and a size",
                "give one of them: upsample2, or upsample,size=56",
                code="CNN202",
                field="scale",
            )
        scale = self.scale if isinstance(self.scale, tuple) else (self.scale,) * axes
        # only the number of them matters here
        per_axis((1,) * len(scale), axes, "scale", spread_single=False)
        return scale

    def sizes(self, x: Shape, *_: Shape) -> tuple[Derivation, ...] | None:
        if self.size is not None and self.scale is None:
            return None
        return tuple(map(_scaled, x.spatial, self._scales(x)))

    def _sizes(self, x: Shape) -> tuple[Dim, ...]:
        if self.size is not None and self.scale is None:
            return per_axis(self.size, x.rank - 1, "size", spread_single=False)
        return tuple(_scaled(n, scale).value for n, scale in zip(x.spatial, self._scales(x), strict=True))

    def output(self, x: Shape, *_: Shape) -> Shape:
        return Shape((x.channels, *self._sizes(x)))

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach, sampled

        fixed = self.size is not None or self.recompute_scale_factor
        scales = (None,) * (x.rank - 1) if fixed else self._scales(x)
        axes = enumerate(zip(x.spatial, self._sizes(x), scales, strict=True), start=1)
        align = bool(self.align_corners)
        taps = {axis: sampled.sampled(*each, mode=self.mode, align_corners=align) for axis, each in axes}
        return (reach.axiswise(x.dims, taps),)

    def result(self, run: Run) -> Result:
        return run.mapped(1, 2) if self.mode == "area" else run.mapped(2, 3)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        """Nothing; of mode area, which is adaptive averaging, what that saves."""
        return saved_by_average(run, self.output(*run.shapes)) if self.mode == "area" else ()

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        del x
        arguments = {
            "size": self.size,
            "scale_factor": self.scale,
            "mode": self.mode,
            "align_corners": self.align_corners,
            "recompute_scale_factor": self.recompute_scale_factor,
        }
        return TorchCall("nn.Upsample", (), arguments)


def _scaled(size: Dim, scale: Scale) -> Derivation:
    """⌊W·R⌋ as torch computes it: the product of two 64-bit floats, then the floor."""
    return Derivation(SCALED_SIZE, {"W": size, "R": _exact_scale(size, scale)})


def _exact_scale(size: Dim, scale: Scale) -> Dim | Fraction:
    """A number R so that the floor of the exact product W·R is the floor of the rounded product of W and the scale."""
    if isinstance(scale, int | IntExpr):
        return scale
    if not 0 < scale < _TOO_LARGE:
        raise LayerError(
            f"scale {scale} is no factor of a size",
            "give a number such as 2 or 0.5",
            code="CNN203",
            field="scale",
        )
    exact = Fraction(scale)
    if exact.numerator < _SHORT:
        return exact
    if isinstance(size, IntExpr):
        raise LayerError(
            f"scale {scale} times the size {size} depends on how floating point rounds",
            "give the input size a number, or use a scale such as 2, 0.5 or 1.25, or a size",
            code="CNN203",
            field="scale",
        )
    rounded = Fraction(size * scale)
    written = Fraction(repr(scale))
    # what was written (0.7) is easier to follow than the nearest binary fraction, where it makes no difference
    return written if math.floor(size * written) == math.floor(rounded) else rounded / size


def _require_image(x: Shape, kind: str) -> None:
    if x.rank < 3:
        raise LayerError(
            f"{kind} needs two spatial axes, but the input {x} has {x.rank - 1}",
            "give CxHxW",
            code="CNN202",
        )


@final
@record
class PixelShuffle(Weightless):
    """Pixel shuffle: r² channels become r×r positions.

    ## Shape
    C×H×W → C/r² × rH × rW. With more axes the last three count: of C×D×H×W, D is divided by r².

    ## Torch twin
    torch.nn.PixelShuffle.

    ## Common mistake
    Giving the convolution before it the channels that are wanted after it: it needs r² times as many.
    """

    kind: ClassVar[str] = "pixelshuffle"
    word: ClassVar[WordForm] = WordForm(size="factor")
    role: ClassVar[Role] = "same"

    factor: Dim = param(doc="r, by which height and width grow")

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        _require_image(x, self.kind)
        yield at_least(self.factor, 1, "factor {left}", "give at least 1", "factor")
        yield divides(
            self.factor * self.factor,
            x.dims[-3],
            f"factor {self.factor} needs a multiple of {{left}} channels, but there are {{right}}",
            "give the layer before a multiple of {left} channels",
            "factor",
        )

    def sizes(self, x: Shape, *_: Shape) -> tuple[Derivation, ...]:
        return tuple(Derivation(SHUFFLED_SIZE, {"W": n, "R": self.factor}) for n in x.dims[-2:])

    def output(self, x: Shape, *_: Shape) -> Shape:
        height, width = self.sizes(x)
        return Shape((*x.dims[:-3], x.dims[-3] // self.factor**2, height.value, width.value))

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        """For axes apart from each other: each of the r² channels behind an output, of which it is one by its place."""
        from cnncalc.layers import reach

        r, (channels, height, width) = self.factor, x.dims[-3:]
        filled = channels // r**2
        taps = (reach.Groups(channels, filled, filled), reach.Blocks(height, r), reach.Blocks(width, r))
        return (reach.axiswise(x.dims, dict(enumerate(taps, start=x.rank - 3))),)

    def result(self, run: Run) -> Result:
        return run.mapped(2)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        del run
        return ()

    def axes(self, x: Shape, *_: Shape) -> tuple[Derivation | None, ...]:
        return shuffled(x, self.factor, "C // R^2", self.sizes(x))

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        _require_image(x, self.kind)
        return TorchCall("nn.PixelShuffle", (self.factor,))


@final
@record
class PixelUnshuffle(Weightless):
    """Pixel unshuffle: r×r positions become r² channels.

    ## Shape
    C×H×W → C·r² × H/r × W/r. With more axes the last three count: of C×D×H×W, D is multiplied by r².

    ## Torch twin
    torch.nn.PixelUnshuffle.

    ## Common mistake
    Expecting odd sizes to be rounded: r has to divide height and width.
    """

    kind: ClassVar[str] = "pixelunshuffle"
    word: ClassVar[WordForm] = WordForm(size="factor")
    role: ClassVar[Role] = "same"

    factor: Dim = param(doc="r, by which height and width shrink")

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        _require_image(x, self.kind)
        yield at_least(self.factor, 1, "factor {left}", "give at least 1", "factor")
        for size in x.dims[-2:]:
            yield divides(
                self.factor, size, "factor {left} does not divide the size {right}", "{divisors}", "factor"
            )

    def sizes(self, x: Shape, *_: Shape) -> tuple[Derivation, ...]:
        return tuple(Derivation(UNSHUFFLED_SIZE, {"W": n, "R": self.factor}) for n in x.dims[-2:])

    def output(self, x: Shape, *_: Shape) -> Shape:
        height, width = self.sizes(x)
        return Shape((*x.dims[:-3], x.dims[-3] * self.factor**2, height.value, width.value))

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        """For axes apart from each other: each of the r×r positions behind an output, of which it is one by its channel."""
        from cnncalc.layers import reach

        r, (channels, height, width) = self.factor, x.dims[-3:]
        windows = [reach.Slide(Window(r, r), size) for size in (height, width)]
        taps = (reach.Groups(channels, channels * r**2, channels), *windows)
        return (reach.axiswise(x.dims, dict(enumerate(taps, start=x.rank - 3))),)

    def result(self, run: Run) -> Result:
        return run.mapped(2)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        del run
        return ()

    def axes(self, x: Shape, *_: Shape) -> tuple[Derivation | None, ...]:
        return shuffled(x, self.factor, "C * R^2", self.sizes(x))

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        _require_image(x, self.kind)
        return TorchCall("nn.PixelUnshuffle", (self.factor,))


@final
@record
class ChannelShuffle(Weightless):
    """Channel shuffle: the channels of all groups in turn, so that grouped convolutions mix.

    ## Shape
    C×… → C×…; channel i of group j comes to place i·groups + j.

    ## Torch twin
    torch.nn.ChannelShuffle.

    ## Common mistake
    Taking it for a random order: it is the transpose of groups × (C/groups), the same every time.
    """

    kind: ClassVar[str] = "channelshuffle"
    word: ClassVar[WordForm] = WordForm(size="groups")
    role: ClassVar[Role] = "same"

    groups: Dim = param(doc="number of groups that the channels come from", option="g")

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        if x.rank < 2:
            raise LayerError(
                f"channelshuffle needs channels and positions, but the input {x} is flat",
                "put it before flatten",
                code="CNN202",
            )
        yield at_least(self.groups, 1, "groups={left}", "give at least 1", "groups")
        yield divides(
            self.groups,
            x.channels,
            "groups={left} does not divide the {right} channels",
            "{divisors}",
            "groups",
        )

    def output(self, x: Shape, *_: Shape) -> Shape:
        return x

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        return (reach.axiswise(x.dims, {0: reach.Dealt(x.channels, self.groups)}),)

    def result(self, run: Run) -> Result:
        return run.mapped(2, 3)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        del run
        return ()

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        del x
        return TorchCall("nn.ChannelShuffle", (self.groups,))


KINDS: dict[str, type[Layer]] = {
    "upsample": Upsample,
    "pixelshuffle": PixelShuffle,
    "pixelunshuffle": PixelUnshuffle,
    "channelshuffle": ChannelShuffle,
}
