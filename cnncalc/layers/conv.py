"""Convolution and depthwise convolution, over 1, 2 or 3 axes by the rank of the input."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal, final

from cnncalc.layers.base import Layer, Role, WordForm, alone, param, per_axis
from cnncalc.layers.condition import at_least, divides, equal
from cnncalc.layers.products import Named, derived, over_axes
from cnncalc.layers.window import extent, require_map, require_steps, slide
from cnncalc.record import record, replace
from cnncalc.shape import Shape, Size, TorchCall, Weight, Window
from cnncalc.symbolic import Dim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.base import Derivation
    from cnncalc.layers.condition import Condition
    from cnncalc.layers.facts import Fans
    from cnncalc.layers.folding import Kernel, Meeting
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = ["KINDS", "Conv", "Convolution", "DepthwiseConv", "PaddingMode"]

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


class Convolution(Layer):
    """What the kinds share once the number of filters and groups is known."""

    __slots__ = ()

    role: ClassVar[Role] = "weights"

    kernel: Size
    stride: Size
    padding: Size | Literal["same", "valid"]
    dilation: Size
    bias: bool
    padding_mode: PaddingMode

    @abstractmethod
    def _filters(self, x: Shape) -> Dim:
        """The number of output channels."""

    @abstractmethod
    def _groups(self, x: Shape) -> Dim:
        """The number of channel groups."""

    @abstractmethod
    def _channels_fit(self, x: Shape) -> Iterator[Condition]:
        """What must hold of filters, groups and input channels."""

    def windows(self, x: Shape, *_: Shape) -> tuple[Window, ...]:
        n = require_map(x, self.kind)
        kernel = per_axis(self.kernel, n, "kernel", spread_single=False)
        stride = per_axis(self.stride, n, "stride")
        dilation = per_axis(self.dilation, n, "dilation")
        if self.padding == "same":
            totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
            before = tuple(t // 2 for t in totals)
            after = tuple(t - b for t, b in zip(totals, before, strict=True))
        else:
            before = per_axis(0 if isinstance(self.padding, str) else self.padding, n, "padding")
            after = before
        return tuple(map(Window, kernel, stride, before, after, dilation))

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        windows = self.windows(x)
        yield from self._channels_fit(x)
        for size, w in zip(x.spatial, windows, strict=True):
            yield from require_steps(w)
            yield from self._padding_fits(size, w)
            yield at_least(
                size + w.before + w.after,
                extent(w),
                "the kernel spans {right} positions, but the padded input has only {left}",
                "use a smaller kernel or dilation, or more padding",
                "kernel",
            )

    def _padding_fits(self, size: Dim, w: Window) -> Iterator[Condition]:
        if self.padding == "same":
            yield equal(
                w.stride,
                1,
                "padding 'same' with stride {left}",
                "'same' works with stride 1 only; give the padding as a number",
                "stride",
            )
        elif self.padding_mode == "zeros":
            yield at_least(w.before, 0, "padding {left} is negative", "crop with a pad layer", "padding")
        if self.padding_mode == "reflect":
            yield at_least(
                size - 1,
                w.after,
                "reflecting padding {right} needs an input larger than that",
                "use less padding, or another padding_mode",
                "padding",
            )
        elif self.padding_mode == "circular":
            yield at_least(
                size,
                w.after,
                "circular padding {right} wraps around an input of {left} more than once",
                "use less padding, or another padding_mode",
                "padding",
            )

    def sizes(self, x: Shape, *_: Shape) -> tuple[Derivation, ...]:
        return tuple(map(slide, x.spatial, self.windows(x)))

    def output(self, x: Shape, *_: Shape) -> Shape:
        return Shape((self._filters(x), *(size.value for size in self.sizes(x))))

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        taps: dict[int, reach.Taps] = {0: reach.grouped(x.channels, self._filters(x), self._groups(x))}
        for axis, w in enumerate(self.windows(x), start=1):
            taps[axis] = reach.Slide(w, x.dims[axis], self.padding_mode)
        return (reach.axiswise(x.dims, taps),)

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        kernel = per_axis(self.kernel, x.rank - 1, "kernel")
        filters = self._filters(x)
        weight = Weight("weight", (filters, x.channels // self._groups(x), *kernel))
        return (weight, Weight("bias", (filters,))) if self.bias else (weight,)

    def counts(self, x: Shape, *_: Shape) -> dict[str, Derivation]:
        taps, named = self._taps(x)
        found = {"weight": derived(f"{taps}*K", named)}
        return {**found, "bias": derived("K", named)} if self.bias else found

    def params(self, x: Shape, *_: Shape) -> Derivation:
        taps, named = self._taps(x)
        return derived(f"({taps} + 1)*K" if self.bias else f"{taps}*K", named)

    def macs(self, x: Shape, *_: Shape) -> Derivation:
        taps, named = self._taps(x)
        positions, sizes = over_axes("O", "output size", self.output(x).spatial)
        return derived(f"{taps}*K*{positions}", {**named, **sizes})

    def _taps(self, x: Shape) -> tuple[str, Named]:
        """The inputs of one filter as factors, and names for them and for the number of filters."""
        text, named = over_axes("F", "kernel size", per_axis(self.kernel, x.rank - 1, "kernel"))
        seen, groups = self._seen(x)
        return text + seen, {**named, **groups, "K": (self._filters(x), "filters")}

    @abstractmethod
    def _seen(self, x: Shape) -> tuple[str, Named]:
        """The channels that a filter sees, as a further factor."""

    def fans(self, x: Shape, *_: Shape) -> tuple[Fans, ...]:
        from cnncalc.layers.facts import Fans

        taps, named = self._taps(x)
        text, kernel = over_axes("F", "kernel size", per_axis(self.kernel, x.rank - 1, "kernel"))
        named = {**kernel, **named, "G": (self._groups(x), "groups")}
        fan_in, fan_out = derived(taps, named), derived(f"{text}*K", named)
        true_out = fan_out if self._groups(x) == 1 else derived(f"{text}*(K // G)", named)
        return (Fans("weight", fan_in, fan_out, fan_in, true_out, bias="bias" if self.bias else None),)

    def fold_back(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import Absorbed

        if axis != 0:
            return f"{self.kind} has no factors for positions"
        return Absorbed(replace(self, bias=True), "outputs first", self._groups(x))

    def fold_on(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        """Exact unless zeros are padded: those would have to become −t/s."""
        from cnncalc.layers.folding import Absorbed, fixed

        if axis != 0:
            return f"{self.kind} has no factors for positions"
        padded = self.padding_mode == "zeros" and any(w.before != 0 or w.after != 0 for w in self.windows(x))
        why = "pads zeros behind it, which the summand would change at the border"
        need = fixed(0, f"{self.kind} {why}", border=True) if padded else None
        return Absorbed(replace(self, bias=True), "outputs first", self._groups(x), need)

    def sliding(self, x: Shape) -> Kernel | None:
        from cnncalc.layers.folding import Kernel

        windows = self.windows(x)
        if self.padding_mode != "zeros" and any(w.before != 0 or w.after != 0 for w in windows):
            return None
        return Kernel(windows, self._groups(x), self._filters(x), replace(self, bias=True))

    def result(self, run: Run) -> Result:
        """A map that lies channels-last comes out so, unless circular padding has copied it. Of a volume that depends
        on sizes, types and threads, and it is taken to come out row-major.
        """
        return run.fresh() if self.padding_mode == "circular" else run.mapped(2)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        """Weight and input; where it is padded beforehand, the padded copy, and the input by modes that read it again."""
        weight = run.parameter("weight")
        (x,) = run.shapes
        windows = self.windows(x)
        if self.padding_mode == "zeros" and all(w.before == w.after for w in windows):
            return weight, run.input()
        if self.padding_mode == "zeros":
            grown = [size + w.after - w.before for size, w in zip(x.spatial, windows, strict=True)]
        else:
            grown = [size + w.before + w.after for size, w in zip(x.spatial, windows, strict=True)]
        padded = run.new("padded input", run.sized(Shape((x.channels, *grown))))
        if run.x.grad and self.padding_mode in ("reflect", "replicate"):
            return weight, padded, run.input()
        return weight, padded

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        n = require_map(x, self.kind)
        if not isinstance(self.padding, str):
            per_axis(self.padding, n, "padding")  # with one value too many, torch would pad the channels
        arguments = {
            "stride": alone(self.stride),
            "padding": self.padding if isinstance(self.padding, str) else alone(self.padding),
            "dilation": alone(self.dilation),
            "groups": self._groups(x),
            "bias": self.bias,
            "padding_mode": self.padding_mode,
        }
        return TorchCall(f"nn.Conv{n}d", (x.channels, self._filters(x), self.kernel), arguments)


@final
@record
class Conv(Convolution):
    """Convolution: `out` filters of size `kernel`, each over the channels of its group.

    ## Shape
    C×W → K×⌊(W + 2P − D(F−1) − 1)/S⌋ + 1 on every axis; `same` (stride 1 only) keeps W, an odd rest padded after.

    ## Weights
    `weight` (K, C/groups, F, …), `bias` (K).

    ## Torch twin
    torch.nn.Conv1d, Conv2d, Conv3d.

    ## Common mistake
    Counting F·F parameters for a filter: it reaches through all C/groups channels of its group.
    """

    kind: ClassVar[str] = "conv"
    word: ClassVar[WordForm] = WordForm(size="kernel", out="out", stride="stride")

    kernel: Size = param(doc="kernel size")
    out: Dim = param(doc="number of filters, which is the number of output channels")
    stride: Size = param(1, doc="step of the kernel")
    padding: Size | Literal["same", "valid"] = param(
        0, doc="zeros added on each side", option="p", flags={"same": "same", "valid": "valid"}
    )
    dilation: Size = param(1, doc="distance between the kernel's taps", option="d")
    groups: Dim = param(1, doc="channel groups that do not see each other", option="g")
    bias: bool = param(True, doc="a learned number added to every output channel", flags={"nobias": False})
    padding_mode: PaddingMode = param("zeros", doc="what the padding is filled with")

    def _filters(self, x: Shape) -> Dim:
        del x
        return self.out

    def _groups(self, x: Shape) -> Dim:
        del x
        return self.groups

    def _seen(self, x: Shape) -> tuple[str, Named]:
        channels: Named = {"C": (x.channels, "input channels")}
        if self.groups == 1:
            return "*C", channels
        return "*(C // G)", {**channels, "G": (self.groups, "groups")}

    def _channels_fit(self, x: Shape) -> Iterator[Condition]:
        yield at_least(self.out, 1, "{left} filters", "give at least 1", "out")
        yield at_least(self.groups, 1, "groups={left}", "give at least 1", "groups")
        for channels, what in ((x.channels, "input channels"), (self.out, "filters")):
            fact = f"groups={{left}} does not divide the {{right}} {what}"
            yield divides(self.groups, channels, fact, "{divisors}", "groups")


@final
@record
class DepthwiseConv(Convolution):
    """Depthwise convolution: as many groups as input channels, so that each filter sees one channel.

    ## Shape
    C×W → K×⌊(W + 2P − D(F−1) − 1)/S⌋ + 1 on every axis, where K = C unless `out` says otherwise.

    ## Weights
    `weight` (K, 1, F, …), `bias` (K).

    ## Torch twin
    torch.nn.Conv1d, Conv2d, Conv3d with groups=in_channels.

    ## Common mistake
    Forgetting that the channels do not mix: a pointwise convolution (`conv1-K`) has to follow.
    """

    kind: ClassVar[str] = "dwconv"
    word: ClassVar[WordForm] = WordForm(size="kernel", out="out", stride="stride")

    kernel: Size = param(doc="kernel size")
    out: Dim | None = param(None, doc="number of filters, a multiple of the input channels; default: as many")
    stride: Size = param(1, doc="step of the kernel")
    padding: Size | Literal["same", "valid"] = param(
        0, doc="zeros added on each side", option="p", flags={"same": "same", "valid": "valid"}
    )
    dilation: Size = param(1, doc="distance between the kernel's taps", option="d")
    bias: bool = param(True, doc="a learned number added to every output channel", flags={"nobias": False})
    padding_mode: PaddingMode = param("zeros", doc="what the padding is filled with")

    def _filters(self, x: Shape) -> Dim:
        return x.channels if self.out is None else self.out

    def _groups(self, x: Shape) -> Dim:
        return x.channels

    def _seen(self, x: Shape) -> tuple[str, Named]:
        del x
        return "", {}

    def _channels_fit(self, x: Shape) -> Iterator[Condition]:
        filters = self._filters(x)
        yield at_least(filters, 1, "{left} filters", "give at least 1", "out")
        yield divides(
            x.channels,
            filters,
            "{right} filters are not as many for each of the {left} input channels",
            "give a multiple of {left}",
            "out",
        )


KINDS: dict[str, type[Layer]] = {"conv": Conv, "dwconv": DepthwiseConv}
