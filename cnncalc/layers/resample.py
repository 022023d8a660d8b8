"""Other resolutions without weights: interpolation. Shuffles between channels and positions: see `shuffle`.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html (Shape).
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias, final

from cnncalc.errors import LayerError
from cnncalc.layers import shuffle
from cnncalc.layers.adaptive_pool import saved_by_average
from cnncalc.layers.base import Derivation, Layer, Weightless, WordForm, param, per_axis
from cnncalc.layers.condition import at_least
from cnncalc.layers.window import require_map
from cnncalc.record import record
from cnncalc.shape import Shape, Size, TorchCall
from cnncalc.symbolic import Dim, Formula, IntExpr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition
    from cnncalc.layers.folding import Meeting
    from cnncalc.layers.interval import Interval
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = ["KINDS", "SCALED_SIZE", "Upsample"]

SCALED_SIZE = Formula("floor(W * R)", W="input size", R="scale")

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

    @property
    def _only_size(self) -> Size | None:
        """The size, if there is no scale, for which torch also takes a 0."""
        return self.size if self.scale is None or self.scale == 0 else None

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
        if self._only_size is not None:
            return None
        return tuple(map(_scaled, x.spatial, self._scales(x)))

    def _sizes(self, x: Shape) -> tuple[Dim, ...]:
        size = self._only_size
        if size is not None:
            return per_axis(size, x.rank - 1, "size", spread_single=False)
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

    def between(self, *inputs: Interval) -> Interval:
        """Cubic interpolation overshoots; the weights of the others are not negative."""
        from cnncalc.layers.interval import ANY, hull

        return ANY if self.mode == "bicubic" else hull(*inputs)

    def fold_back(self, axis: int, *_: Shape) -> Meeting:
        """The weights of an interpolation sum to 1."""
        from cnncalc.layers.folding import kept

        return kept(axis, self.kind)

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


KINDS: dict[str, type[Layer]] = {"upsample": Upsample, **shuffle.KINDS}
