"""Pooling over 1, 2 or 3 axes by the rank of the input: sliding (max, average, power-average), adaptive, global.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html (Shape).
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

from cnncalc.errors import LayerError
from cnncalc.layers.base import Derivation, Layer, Weightless, WordForm, alone, param, per_axis
from cnncalc.layers.condition import at_least
from cnncalc.layers.window import extent, require_map, require_steps, slide
from cnncalc.shape import Shape, Size, TorchCall, Window
from cnncalc.symbolic import Dim, Formula, known_ge, pretty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition

__all__ = [
    "CEIL_SIZE",
    "CLIPPED_CEIL_SIZE",
    "KINDS",
    "AdaptiveAvgPool",
    "AdaptiveMaxPool",
    "AvgPool",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "LPPool",
    "MaxPool",
]

CEIL_SIZE = Formula(
    "ceil((W + 2*P - D*(F - 1) - 1) / S) + 1",
    W="input size",
    P="padding on each side",
    D="dilation",
    F="kernel size",
    S="stride",
)

#: the same where the last window might start behind the input: such a window is dropped
CLIPPED_CEIL_SIZE = Formula(
    "min(ceil((W + 2*P - D*(F - 1) - 1) / S), (W + P - 1) // S) + 1",
    W="input size",
    P="padding on each side",
    D="dilation",
    F="kernel size",
    S="stride",
)


def _slide_up(size: Dim, w: Window) -> Derivation:
    """How many places a window has on an axis of `size`, rounded up: the last may overhang the padded input."""
    values = {"W": size, "P": w.before, "D": w.dilation, "F": w.kernel, "S": w.stride}
    # ⌈(W + 2P − extent)/S⌉·S < W + 2P − extent + S is at most W + P if extent >= P + S: no window to drop
    starts_inside = known_ge(extent(w), w.before + w.stride)
    return Derivation(CEIL_SIZE if starts_inside else CLIPPED_CEIL_SIZE, values)


class _SlidingPool(Weightless):
    """What poolings with a fixed window share; those without padding or dilation have none."""

    __slots__ = ()

    kernel: Size
    stride: Size | None
    ceil_mode: bool

    def _padding(self) -> Size:
        return 0

    def _dilation(self) -> Size:
        return 1

    @abstractmethod
    def _twin(self, axes: int) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Torch's name for the pooling without the number of axes, and the arguments other than the stride."""

    def windows(self, x: Shape, *_: Shape) -> tuple[Window, ...]:
        n = require_map(x, self.kind)
        kernel = per_axis(self.kernel, n, "kernel")
        stride = kernel if self.stride is None else per_axis(self.stride, n, "stride")
        padding = per_axis(self._padding(), n, "padding")
        dilation = per_axis(self._dilation(), n, "dilation")
        return tuple(map(Window, kernel, stride, padding, padding, dilation))

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        for size, w in zip(x.spatial, self.windows(x), strict=True):
            yield from require_steps(w)
            yield at_least(w.before, 0, "padding {left} is negative", "give at least 0", "padding")
            yield at_least(
                w.kernel // 2,
                w.before,
                f"padding {{right}} is more than half of the kernel size {pretty(w.kernel)}",
                "use at most {left}",
                "padding",
            )
            yield self._window_fits(size, w)

    def _window_fits(self, size: Dim, w: Window) -> Condition:
        padded = size + 2 * w.before
        overhang = w.stride - 1 if self.ceil_mode else 0
        may = f" and may overhang by {pretty(overhang)}" if self.ceil_mode else ""
        return at_least(
            padded + overhang,
            extent(w),
            f"the window spans {{right}} positions{may}, but the padded input has only {pretty(padded)}",
            "use a smaller kernel, or put the pooling where the map is larger",
            "kernel",
        )

    def sizes(self, x: Shape, *_: Shape) -> tuple[Derivation, ...]:
        count = _slide_up if self.ceil_mode else slide
        return tuple(map(count, x.spatial, self.windows(x)))

    def output(self, x: Shape, *_: Shape) -> Shape:
        return Shape((x.channels, *(size.value for size in self.sizes(x))))

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        n = require_map(x, self.kind)
        name, arguments, options = self._twin(n)
        stride = None if self.stride is None else alone(self.stride)
        options = {"stride": stride, **options, "ceil_mode": self.ceil_mode}
        return TorchCall(f"nn.{name}{n}d", arguments, options)


def _as_large_as_kernel(x: Shape, windows: tuple[Window, ...]) -> Iterator[Condition]:
    """What average pooling over three axes needs besides: W >= F, whatever the padding."""
    if len(windows) == 3:
        for size, w in zip(x.spatial, windows, strict=True):
            yield at_least(
                size,
                w.kernel,
                "average pooling over three axes: the kernel size {right} is larger than the input's {left}, "
                "which padding does not help",
                "use a smaller kernel",
                "kernel",
            )


@final
@dataclass(frozen=True, slots=True)
class MaxPool(_SlidingPool):
    """Max pooling: the largest number in each window.

    ## Shape
    C×W → C×⌊(W + 2P − D(F−1) − 1)/S⌋ + 1 on every axis. With `ceil` rounded up, but no window starts behind the input.

    ## Torch twin
    torch.nn.MaxPool1d, MaxPool2d, MaxPool3d.

    ## Common mistake
    Taking the stride to be 1 where it is not given: it is the kernel size.
    """

    kind: ClassVar[str] = "maxpool"
    word: ClassVar[WordForm] = WordForm(size="kernel", stride="stride")

    kernel: Size = param(doc="window size")
    stride: Size | None = param(None, doc="step of the window; default: the window size")
    padding: Size = param(0, doc="positions of -infinity added on each side, at most kernel//2", option="p")
    dilation: Size = param(1, doc="distance between the window's taps", option="d")
    ceil_mode: bool = param(
        False, doc="round the size up: the last window may overhang", flags={"ceil": True}
    )

    def _padding(self) -> Size:
        return self.padding

    def _dilation(self) -> Size:
        return self.dilation

    def _twin(self, axes: int) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        del axes
        options = {"padding": alone(self.padding), "dilation": alone(self.dilation)}
        return "MaxPool", (alone(self.kernel),), options


@final
@dataclass(frozen=True, slots=True)
class AvgPool(_SlidingPool):
    """Average pooling: the mean of each window.

    ## Shape
    C×W → C×⌊(W + 2P − F)/S⌋ + 1 on every axis. With `ceil` rounded up, but no window starts behind the input.
    Over three axes every kernel size must be at most the input size, whatever the padding.

    ## Torch twin
    torch.nn.AvgPool1d, AvgPool2d, AvgPool3d.

    ## Common mistake
    Forgetting that the zeros of the padding count in the mean, unless `count_include_pad=false`.
    """

    kind: ClassVar[str] = "avgpool"
    word: ClassVar[WordForm] = WordForm(size="kernel", stride="stride")

    kernel: Size = param(doc="window size")
    stride: Size | None = param(None, doc="step of the window; default: the window size")
    padding: Size = param(0, doc="zeros added on each side, at most kernel//2", option="p")
    ceil_mode: bool = param(
        False, doc="round the size up: the last window may overhang", flags={"ceil": True}
    )
    count_include_pad: bool = param(True, doc="whether padding counts in the mean")
    divisor_override: Dim | None = param(
        None, doc="what sums are divided by instead of the window's count; not over one axis"
    )

    def _padding(self) -> Size:
        return self.padding

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        yield from super(AvgPool, self).requires(x)
        self._check_divisor(x.rank - 1)
        yield from _as_large_as_kernel(x, self.windows(x))

    def _check_divisor(self, axes: int) -> None:
        if self.divisor_override == 0:
            raise LayerError(
                "divisor_override is 0", "give another number, or leave it out", field="divisor_override"
            )
        if self.divisor_override is not None and axes == 1:
            raise LayerError(
                "average pooling over one axis takes no divisor_override",
                "leave it out",
                code="CNN202",
                field="divisor_override",
            )

    def _twin(self, axes: int) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        options = {"padding": alone(self.padding), "count_include_pad": self.count_include_pad}
        self._check_divisor(axes)
        if axes > 1:
            options["divisor_override"] = self.divisor_override
        return "AvgPool", (alone(self.kernel),), options


@final
@dataclass(frozen=True, slots=True)
class LPPool(_SlidingPool):
    """Power-average pooling: the p-th root of the sum of p-th powers in each window.

    ## Shape
    C×W → C×⌊(W − F)/S⌋ + 1 on every axis. With `ceil` rounded up, but no window starts behind the input.
    Over three axes every kernel size must be at most the input size.

    ## Torch twin
    torch.nn.LPPool1d, LPPool2d, LPPool3d.

    ## Common mistake
    Taking `norm_type=1` for the mean: it is the sum.
    """

    kind: ClassVar[str] = "lppool"
    word: ClassVar[WordForm] = WordForm(size="kernel", stride="stride")

    kernel: Size = param(doc="window size")
    norm_type: float = param(doc="the power p, not 0")
    stride: Size | None = param(None, doc="step of the window; default: the window size")
    ceil_mode: bool = param(
        False, doc="round the size up: the last window may overhang", flags={"ceil": True}
    )

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        if self.norm_type == 0:
            raise LayerError("norm_type is 0", "give another power, such as 2", field="norm_type")
        yield from super(LPPool, self).requires(x)
        yield from _as_large_as_kernel(x, self.windows(x))

    def _twin(self, axes: int) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        del axes
        return "LPPool", (self.norm_type, alone(self.kernel)), {}


class _AdaptivePool(Weightless):
    """What poolings to a given size share."""

    __slots__ = ()

    size: Dim | tuple[Dim | None, ...]
    #: the twin's name without the number of axes
    twin: ClassVar[str]

    def _requested(self, x: Shape) -> tuple[Dim | None, ...]:
        n = require_map(x, self.kind)
        size = self.size
        if not isinstance(size, tuple):
            return (size,) * n
        if size == (None,):
            raise LayerError(
                f"{self.kind} over one axis has to change it",
                "give a number, or leave the layer out",
                code="CNN202",
                field="size",
            )
        given = per_axis(tuple(0 if s is None else s for s in size), n, "size", spread_single=False)
        return tuple(None if s is None else g for s, g in zip(size, given, strict=True))

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        for size in self._requested(x):
            if size is not None:
                yield at_least(size, 1, "output size {left}", "give at least 1", "size")

    def output(self, x: Shape, *_: Shape) -> Shape:
        kept = zip(self._requested(x), x.spatial, strict=True)
        return Shape((x.channels, *(old if new is None else new for new, old in kept)))

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        self._requested(x)
        return TorchCall(f"nn.{self.twin}{x.rank - 1}d", (self.size,))


@final
@dataclass(frozen=True, slots=True)
class AdaptiveAvgPool(_AdaptivePool):
    """Average pooling to a given size, whatever the input's.

    ## Shape
    C×W → C×O, where O is asked for; `none` keeps an axis. Output o averages the inputs from ⌊oW/O⌋ to ⌈(o+1)W/O⌉ − 1.

    ## Torch twin
    torch.nn.AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d.

    ## Common mistake
    Replacing it by a pooling with stride W//O: unless O divides W, its windows differ in length or overlap.
    """

    kind: ClassVar[str] = "adaptiveavgpool"
    word: ClassVar[WordForm] = WordForm(size="size")
    twin: ClassVar[str] = "AdaptiveAvgPool"

    size: Dim | tuple[Dim | None, ...] = param(doc="output size; none in a list keeps that axis")


@final
@dataclass(frozen=True, slots=True)
class AdaptiveMaxPool(_AdaptivePool):
    """Max pooling to a given size, whatever the input's.

    ## Shape
    C×W → C×O, where O is asked for; `none` keeps an axis. Output o sees the inputs from ⌊oW/O⌋ to ⌈(o+1)W/O⌉ − 1.

    ## Torch twin
    torch.nn.AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d.

    ## Common mistake
    Replacing it by a pooling with stride W//O: unless O divides W, its windows differ in length or overlap.
    """

    kind: ClassVar[str] = "adaptivemaxpool"
    word: ClassVar[WordForm] = WordForm(size="size")
    twin: ClassVar[str] = "AdaptiveMaxPool"

    size: Dim | tuple[Dim | None, ...] = param(doc="output size; none in a list keeps that axis")


class _GlobalPool(Weightless):
    """What poolings over whole maps share."""

    __slots__ = ()

    #: the twin's name without the number of axes
    twin: ClassVar[str]

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        require_map(x, self.kind)
        yield from ()

    def output(self, x: Shape, *_: Shape) -> Shape:
        return Shape((x.channels, *(1 for _ in x.spatial)))

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        return TorchCall(f"nn.{self.twin}{require_map(x, self.kind)}d", (1,))


@final
@dataclass(frozen=True, slots=True)
class GlobalAvgPool(_GlobalPool):
    """Global average pooling: the mean of each channel.

    ## Shape
    C×H×W → C×1×1

    ## Torch twin
    torch.nn.AdaptiveAvgPool1d(1), AdaptiveAvgPool2d(1), AdaptiveAvgPool3d(1).

    ## Common mistake
    Leaving out `flatten` before a fully connected layer: the result still has axes of size 1.
    """

    kind: ClassVar[str] = "gap"
    twin: ClassVar[str] = "AdaptiveAvgPool"


@final
@dataclass(frozen=True, slots=True)
class GlobalMaxPool(_GlobalPool):
    """Global max pooling: the largest number of each channel.

    ## Shape
    C×H×W → C×1×1

    ## Torch twin
    torch.nn.AdaptiveMaxPool1d(1), AdaptiveMaxPool2d(1), AdaptiveMaxPool3d(1).

    ## Common mistake
    Leaving out `flatten` before a fully connected layer: the result still has axes of size 1.
    """

    kind: ClassVar[str] = "gmp"
    twin: ClassVar[str] = "AdaptiveMaxPool"


KINDS: dict[str, type[Layer]] = {
    "maxpool": MaxPool,
    "avgpool": AvgPool,
    "lppool": LPPool,
    "adaptiveavgpool": AdaptiveAvgPool,
    "adaptivemaxpool": AdaptiveMaxPool,
    "gap": GlobalAvgPool,
    "gmp": GlobalMaxPool,
}
