"""Pooling with a sliding window (max, average, power-average), over 1, 2 or 3 axes by the rank of the input.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html (Shape).
"""

from __future__ import annotations

from abc import abstractmethod
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar, final

from cnncalc.errors import LayerError
from cnncalc.layers import adaptive_pool
from cnncalc.layers.base import Layer, Role, Weightless, WordForm, alone, param, per_axis
from cnncalc.layers.condition import at_least
from cnncalc.layers.window import extent, require_map, require_steps, slide, slide_up
from cnncalc.record import record
from cnncalc.shape import Shape, Size, TorchCall, Window
from cnncalc.symbolic import Dim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.base import Derivation
    from cnncalc.layers.condition import Condition
    from cnncalc.layers.folding import Meeting
    from cnncalc.layers.interval import Interval
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = ["KINDS", "AvgPool", "LPPool", "MaxPool"]


class _SlidingPool(Weightless):
    """What poolings with a fixed window share; those without padding or dilation have none."""

    __slots__ = ()

    role: ClassVar[Role] = "pool"

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
                f"padding {{right}} is more than half of the kernel size {w.kernel}",
                "use at most {left}",
                "padding",
            )
            yield self._window_fits(size, w)

    def _window_fits(self, size: Dim, w: Window) -> Condition:
        padded = size + 2 * w.before
        overhang = w.stride - 1 if self.ceil_mode else 0
        may = f" and may overhang by {overhang}" if self.ceil_mode else ""
        return at_least(
            padded + overhang,
            extent(w),
            f"the window spans {{right}} positions{may}, but the padded input has only {padded}",
            "use a smaller kernel, or put the pooling where the map is larger",
            "kernel",
        )

    def sizes(self, x: Shape, *_: Shape) -> tuple[Derivation, ...]:
        count = slide_up if self.ceil_mode else slide
        return tuple(map(count, x.spatial, self.windows(x)))

    def output(self, x: Shape, *_: Shape) -> Shape:
        return Shape((x.channels, *(size.value for size in self.sizes(x))))

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        windows = enumerate(self.windows(x), start=1)
        return (reach.axiswise(x.dims, {axis: reach.Slide(w, x.dims[axis]) for axis, w in windows}),)

    def result(self, run: Run) -> Result:
        """Over three axes the averages come out row-major."""
        return run.mapped(1, 2)

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


def _maximum(run: Run) -> Result:
    """Over one axis torch has another kernel where no gradient is wanted, whose result is row-major."""
    return run.mapped(1, 2, 3) if run.x.grad else run.mapped(2, 3)


@final
@record
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

    def result(self, run: Run) -> Result:
        return _maximum(run)

    def between(self, *inputs: Interval) -> Interval:
        """A dilated window may lie wholly in the padding, which is -infinity."""
        ((low, high),) = inputs
        return (low if self.dilation == 1 else -inf), high

    def fold_back(self, axis: int, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import largest

        return largest(axis, self.kind)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        indices = run.new("indices", run.sized(self.output(*run.shapes)), "int64")
        return run.input(), indices

    def _padding(self) -> Size:
        return self.padding

    def _dilation(self) -> Size:
        return self.dilation

    def _twin(self, axes: int) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        del axes
        options = {"padding": alone(self.padding), "dilation": alone(self.dilation)}
        return "MaxPool", (alone(self.kernel),), options


@final
@record
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
        yield from _SlidingPool.requires(self, x)
        self._check_divisor(x.rank - 1)
        yield from _as_large_as_kernel(x, self.windows(x))

    def between(self, *inputs: Interval) -> Interval:
        from cnncalc.layers.interval import ANY, hull

        if self.divisor_override is not None:
            return ANY
        return hull(*inputs) if self.padding == 0 else hull(*inputs, (0, 0))

    def fold_back(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        """A mean of s·x + t is s·mean + t, unless zeros count in it, or it is divided by another number."""
        from cnncalc.layers.folding import fixed, kept

        need = None
        if self.count_include_pad and any(w.before != 0 for w in self.windows(x)):
            why = f"{self.kind} counts the zeros of its padding, which take no summand"
            need = fixed(0, why, border=True)
        if self.divisor_override is not None:
            need = fixed(0, f"{self.kind} divides by another number than it sums over")
        return kept(axis, self.kind, need)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        return (run.input(),)

    def _check_divisor(self, axes: int) -> None:
        if self.divisor_override == 0:
            raise LayerError(
                "divisor_override is 0",
                "give another number, or leave it out",
                code="CNN203",
                field="divisor_override",
            )
        if self.divisor_override is not None and axes == 1:
            raise LayerError(
                "average pooling over one axis takes no divisor_override",
                "leave it out",
                code="CNN202",
                field="divisor_override",
            )

    def _twin(self, axes: int) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        self._check_divisor(axes)
        options: dict[str, Any] = {
            "padding": alone(self.padding),
            "count_include_pad": self.count_include_pad,
        }
        if axes > 1:
            options["divisor_override"] = self.divisor_override
        return "AvgPool", (alone(self.kernel),), options


@final
@record
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
            raise LayerError(
                "norm_type is 0", "give another power, such as 2", code="CNN203", field="norm_type"
            )
        yield from _SlidingPool.requires(self, x)
        yield from _as_large_as_kernel(x, self.windows(x))

    def result(self, run: Run) -> Result:
        return _maximum(run) if self.norm_type == float("inf") else run.mapped(1, 2)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        """The input and its power; of the mean, its sign, its absolute value, the largest of that and 0, and their product
        times the window's size. With p = infinity torch takes the maximum.
        """
        (x,) = run.shapes
        power = run.new("power", run.x.dims)
        pooled = run.sized(self.output(x))
        if self.norm_type == float("inf"):
            return run.input(), power, run.new("indices", pooled, "int64")
        inner = ("mean", "sign", "size", "product")
        return run.input(), power, *(run.new(name, pooled) for name in inner)

    def _twin(self, axes: int) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        del axes
        return "LPPool", (self.norm_type, alone(self.kernel)), {}


KINDS: dict[str, type[Layer]] = {
    "maxpool": MaxPool,
    "avgpool": AvgPool,
    "lppool": LPPool,
    **adaptive_pool.KINDS,
}
