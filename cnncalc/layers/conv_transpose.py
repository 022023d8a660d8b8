"""Transposed convolution, over 1, 2 or 3 axes by the rank of the input.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html (Shape).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, final

from cnncalc.layers.base import Derivation, Layer, Role, WordForm, alone, param, per_axis
from cnncalc.layers.condition import at_least, divides
from cnncalc.layers.products import Named, derived, over_axes
from cnncalc.layers.window import require_map, slide
from cnncalc.record import record, replace
from cnncalc.shape import Shape, Size, TorchCall, Weight, Window
from cnncalc.symbolic import Dim, Formula, maximum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition
    from cnncalc.layers.facts import Fans
    from cnncalc.layers.folding import Meeting
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = ["DENSE_TRANSPOSED_SIZE", "KINDS", "TRANSPOSED_SIZE", "TransposedConv"]

TRANSPOSED_SIZE = Formula(
    "(W - 1)*S - 2*P + D*(F - 1) + A + 1",
    W="input size",
    S="stride",
    P="padding cut off each side",
    D="dilation",
    F="kernel size",
    A="output padding",
)

#: the same without dilation
DENSE_TRANSPOSED_SIZE = Formula(
    "(W - 1)*S - 2*P + F + A",
    W="input size",
    S="stride",
    P="padding cut off each side",
    F="kernel size",
    A="output padding",
)


class _Axis(NamedTuple):
    """The fields of one axis."""

    kernel: Dim
    stride: Dim
    padding: Dim
    output_padding: Dim
    dilation: Dim

    def size(self, size: Dim) -> Derivation:
        kernel, stride, padding, output_padding, dilation = self
        values = {"W": size, "S": stride, "P": padding, "D": dilation, "F": kernel, "A": output_padding}
        return Derivation(DENSE_TRANSPOSED_SIZE if dilation == 1 else TRANSPOSED_SIZE, values)


@final
@record
class TransposedConv(Layer):
    """Transposed convolution: every input position adds a weighted copy of the kernel to the output.

    ## Shape
    C×W → K×(W − 1)·S − 2P + D(F−1) + A + 1 on every axis, where A is the output padding.

    ## Weights
    `weight` (C, K/groups, F, …): the input channels come first, unlike a convolution's; `bias` (K).

    ## Torch twin
    torch.nn.ConvTranspose1d, ConvTranspose2d, ConvTranspose3d.

    ## Common mistake
    Taking padding for something that enlarges: it cuts positions off the output, as the inverse of a convolution must.
    """

    kind: ClassVar[str] = "tconv"
    word: ClassVar[WordForm] = WordForm(size="kernel", out="out", stride="stride")
    role: ClassVar[Role] = "weights"

    kernel: Size = param(doc="kernel size")
    out: Dim = param(doc="number of filters, which is the number of output channels")
    stride: Size = param(1, doc="distance between the copies of the kernel in the output")
    padding: Size = param(0, doc="positions cut off each side of the output", option="p")
    output_padding: Size = param(
        0, doc="positions added after the output, fewer than the stride or the dilation", option="op"
    )
    groups: Dim = param(1, doc="channel groups that do not see each other", option="g")
    bias: bool = param(True, doc="a learned number added to every output channel", flags={"nobias": False})
    dilation: Size = param(1, doc="distance between the kernel's taps", option="d")
    padding_mode: Literal["zeros"] = param("zeros", doc="torch takes no other mode here")

    def _axes(self, x: Shape) -> tuple[_Axis, ...]:
        n = require_map(x, self.kind)
        kernel = per_axis(self.kernel, n, "kernel", spread_single=False)
        stride = per_axis(self.stride, n, "stride")
        padding = per_axis(self.padding, n, "padding")
        output_padding = per_axis(self.output_padding, n, "output_padding")
        dilation = per_axis(self.dilation, n, "dilation")
        return tuple(map(_Axis, kernel, stride, padding, output_padding, dilation))

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        axes = self._axes(x)
        yield at_least(self.out, 1, "{left} filters", "give at least 1", "out")
        yield at_least(self.groups, 1, "groups={left}", "give at least 1", "groups")
        for channels, what in ((x.channels, "input channels"), (self.out, "filters")):
            fact = f"groups={{left}} does not divide the {{right}} {what}"
            yield divides(self.groups, channels, fact, "{divisors}", "groups")
        for size, axis in zip(x.spatial, axes, strict=True):
            yield from _fits(size, axis)

    def sizes(self, x: Shape, *_: Shape) -> tuple[Derivation, ...]:
        return tuple(map(_Axis.size, self._axes(x), x.spatial))

    def output(self, x: Shape, *_: Shape) -> Shape:
        return Shape((self.out, *(size.value for size in self.sizes(x))))

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        taps: dict[int, reach.Taps] = {0: reach.grouped(x.channels, self.out, self.groups)}
        for axis, a in enumerate(self._axes(x), start=1):
            taps[axis] = reach.Spread(a.kernel, a.stride, a.padding, a.dilation, x.dims[axis])
        return (reach.axiswise(x.dims, taps),)

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        kernel = per_axis(self.kernel, x.rank - 1, "kernel")
        weight = Weight("weight", (x.channels, self.out // self.groups, *kernel))
        return (weight, Weight("bias", (self.out,))) if self.bias else (weight,)

    def back(self, x: Shape, *_: Shape) -> tuple[Derivation, ...]:
        """A convolution with the same kernel, stride, padding and dilation gives the input's sizes again."""
        result = self.output(x).spatial
        return tuple(
            slide(size, Window(a.kernel, a.stride, a.padding, a.padding, a.dilation))
            for size, a in zip(result, self._axes(x), strict=True)
        )

    def counts(self, x: Shape, *_: Shape) -> dict[str, Derivation]:
        taps, reached, named = self._taps(x)
        found = {"weight": derived(f"{taps}*C{reached}", named)}
        return {**found, "bias": derived("K", named)} if self.bias else found

    def params(self, x: Shape, *_: Shape) -> Derivation:
        taps, reached, named = self._taps(x)
        if not self.bias:
            return derived(f"{taps}*C{reached}", named)
        return derived(f"({taps}*C + 1)*K" if self.groups == 1 else f"{taps}*C{reached} + K", named)

    def macs(self, x: Shape, *_: Shape) -> Derivation:
        taps, reached, named = self._taps(x)
        positions, sizes = over_axes("I", "input size", x.spatial)
        return derived(f"{taps}*C{reached}*{positions}", {**named, **sizes})

    def _taps(self, x: Shape) -> tuple[str, str, Named]:
        """The kernel as factors, the output channels that an input channel reaches as one more, and the names."""
        text, named = over_axes("F", "kernel size", per_axis(self.kernel, x.rank - 1, "kernel"))
        named |= {"C": (x.channels, "input channels"), "K": (self.out, "filters")}
        if self.groups == 1:
            return text, "*K", named
        return text, "*(K // G)", {**named, "G": (self.groups, "groups")}

    def fans(self, x: Shape, *_: Shape) -> tuple[Fans, ...]:
        from cnncalc.layers.facts import Fans

        taps, reached, named = self._taps(x)
        fan_in, fan_out = derived(f"{taps}{reached}", named), derived(f"{taps}*C", named)
        seen = "*C" if self.groups == 1 else "*(C // G)"
        strides, steps = over_axes("S", "stride", tuple(axis.stride for axis in self._axes(x)))
        dense = all(axis.stride == 1 for axis in self._axes(x))
        true_in = f"{taps}{seen}" if dense else f"{taps}{seen}/({strides})"
        return (
            Fans(
                "weight",
                fan_in,
                fan_out,
                derived(true_in, {**named, **steps}),
                fan_in,
                sums_over="outputs",
                bias="bias" if self.bias else None,
            ),
        )

    def fold_back(self, axis: int, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import Absorbed

        if axis != 0:
            return f"{self.kind} has no factors for positions"
        return Absorbed(replace(self, bias=True), "inputs first", self.groups)

    def fold_on(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        """How much of a summand arrives depends on the position, unless every output is made of one input."""
        from cnncalc.layers.folding import Absorbed, fixed

        if axis != 0:
            return f"{self.kind} has no factors for positions"
        pointwise = all((a.kernel, a.stride, a.output_padding) == (1, 1, 0) for a in self._axes(x))
        why = f"of a summand before {self.kind} more or less arrives, by the position"
        need = None if pointwise else fixed(0, why)
        return Absorbed(replace(self, bias=True), "inputs first", self.groups, need)

    def result(self, run: Run) -> Result:
        """As of a convolution. Not followed: over three axes torch's result is part of a larger storage by sizes and threads."""
        return run.mapped(2)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        return run.parameter("weight"), run.input()

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        n = require_map(x, self.kind)
        arguments = {
            "stride": alone(self.stride),
            "padding": alone(self.padding),
            "output_padding": alone(self.output_padding),
            "groups": self.groups,
            "bias": self.bias,
            "dilation": alone(self.dilation),
            "padding_mode": self.padding_mode,
        }
        return TorchCall(f"nn.ConvTranspose{n}d", (x.channels, self.out, self.kernel), arguments)


def _fits(size: Dim, axis: _Axis) -> Iterator[Condition]:
    yield at_least(axis.kernel, 1, "kernel size {left}", "give at least 1", "kernel")
    yield at_least(axis.stride, 1, "stride {left}", "give at least 1", "stride")
    yield at_least(axis.dilation, 1, "dilation {left}", "give at least 1", "dilation")
    yield at_least(axis.padding, 0, "padding {left} is negative", "give at least 0", "padding")
    yield at_least(
        axis.output_padding, 0, "output_padding {left} is negative", "give at least 0", "output_padding"
    )
    yield at_least(
        maximum(axis.stride, axis.dilation),
        axis.output_padding + 1,
        f"output_padding {axis.output_padding} is smaller neither than the stride "
        f"{axis.stride} nor than the dilation {axis.dilation}",
        "give less output_padding",
        "output_padding",
    )
    yield at_least(
        axis.size(size).value,
        1,
        f"padding {axis.padding} on both sides leaves an output of size {{left}}",
        "use less padding, or a larger kernel",
        "padding",
    )


KINDS: dict[str, type[Layer]] = {"tconv": TransposedConv}
