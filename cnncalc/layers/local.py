"""Locally connected layers: convolutions without weight sharing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, final

from cnncalc.errors import LayerError
from cnncalc.layers.base import Layer, WordForm, param
from cnncalc.layers.condition import at_least
from cnncalc.layers.conv import Convolution, PaddingMode
from cnncalc.layers.products import Named, derived, over_axes
from cnncalc.record import record, replace
from cnncalc.shape import Shape, Size, TorchCall, Weight, product
from cnncalc.symbolic import Dim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.base import Derivation
    from cnncalc.layers.condition import Condition
    from cnncalc.layers.facts import Fans
    from cnncalc.layers.folding import Meeting
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = ["KINDS", "LocallyConnected"]


@final
@record
class LocallyConnected(Convolution):
    """Locally connected: a convolution whose `out` filters have weights of their own at every output position.

    ## Shape
    C×W → K×⌊(W + 2P − D(F−1) − 1)/S⌋ + 1 on every axis, as a convolution.

    ## Weights
    `weight` (K·H'·W', C, F, …): a filter for every output number. `bias` (K·H'·W'); `sharedbias`: (K).

    ## Torch twin
    None in torch; a module with these tensors that unfolds its input into windows and multiplies each by its filters.

    ## Common mistake
    Taking it for cheaper or dearer to compute: it multiplies as often as the convolution, only by other numbers each time.
    """

    kind: ClassVar[str] = "lc"
    word: ClassVar[WordForm] = WordForm(size="kernel", out="out", stride="stride")

    kernel: Size = param(doc="kernel size")
    out: Dim = param(doc="number of filters at a position, which is the number of output channels")
    stride: Size = param(1, doc="step of the kernel")
    padding: Size | Literal["same", "valid"] = param(
        0, doc="zeros added on each side", option="p", flags={"same": "same", "valid": "valid"}
    )
    dilation: Size = param(1, doc="distance between the kernel's taps", option="d")
    bias: bool = param(True, doc="a learned number added to every output", flags={"nobias": False})
    shared_bias: bool = param(
        False, doc="one bias for all positions of an output channel", flags={"sharedbias": True}
    )
    padding_mode: PaddingMode = param("zeros", doc="what the padding is filled with")

    def _filters(self, x: Shape) -> Dim:
        del x
        return self.out

    def _groups(self, x: Shape) -> Dim:
        del x
        return 1

    def _seen(self, x: Shape) -> tuple[str, Named]:
        return "*C", {"C": (x.channels, "input channels")}

    def _channels_fit(self, x: Shape) -> Iterator[Condition]:
        del x
        self._check_bias()
        yield at_least(self.out, 1, "{left} filters", "give at least 1", "out")

    def _check_bias(self) -> None:
        """Raises LayerError where there is no bias to share."""
        if self.shared_bias and not self.bias:
            raise LayerError(
                "without bias, none can be shared",
                "remove nobias or sharedbias",
                code="CNN202",
                field="shared_bias",
            )

    def _outputs(self, x: Shape) -> tuple[str, Named]:
        """The output positions as a product, and names for them."""
        return over_axes("O", "output size", self.output(x).spatial)

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        shared, *others = Convolution.weights(self, x)
        positions = product(self.output(x).spatial)
        weight = replace(shared, shape=(positions * self.out, *shared.shape[1:]))
        if self.shared_bias:
            return weight, *others
        return weight, *(replace(b, shape=(positions * self.out,)) for b in others)

    def counts(self, x: Shape, *_: Shape) -> dict[str, Derivation]:
        taps, named = self._taps(x)
        positions, sizes = self._outputs(x)
        named |= sizes
        found = {"weight": derived(f"{taps}*K*{positions}", named)}
        if not self.bias:
            return found
        return {**found, "bias": derived("K" if self.shared_bias else f"K*{positions}", named)}

    def params(self, x: Shape, *_: Shape) -> Derivation:
        taps, named = self._taps(x)
        positions, sizes = self._outputs(x)
        if self.shared_bias:
            text = f"{taps}*K*{positions} + K"
        else:
            text = f"({taps} + 1)*K*{positions}" if self.bias else f"{taps}*K*{positions}"
        return derived(text, {**named, **sizes})

    def fans(self, x: Shape, *_: Shape) -> tuple[Fans, ...]:
        """Torch takes a filter for every output number as that many output channels."""
        (shared,) = Convolution.fans(self, x)
        positions, sizes = self._outputs(x)
        text, kernel = over_axes("F", "kernel size", Convolution.weights(self, x)[0].shape[2:])
        fan_out = derived(f"{text}*K*{positions}", {**kernel, **sizes, "K": (self.out, "filters")})
        return (replace(shared, fan_out=fan_out),)

    def fold_back(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        del axis, x
        return f"{self.kind} has weights of its own at every position, into which nothing is folded"

    def fold_on(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        return self.fold_back(axis, x)

    def sliding(self, x: Shape) -> None:
        del x

    def result(self, run: Run) -> Result:
        return run.fresh()

    def saves(self, run: Run) -> tuple[Saved, ...]:
        """The windows as a matrix for every position if the weight is trained, the weight if the input needs a gradient,
        and the input by paddings that read it again.
        """
        (x,) = run.shapes
        found = [run.parameter("weight")] if run.x.grad else []
        if run.trainable:
            taps = product(self.weights(x)[0].shape[1:])
            found.append(run.new("windows", run.sized(Shape((*self.output(x).spatial, taps)))))
        padded = any(w.before != 0 or w.after != 0 for w in self.windows(x) or ())
        if run.x.grad and padded and self.padding_mode in ("reflect", "replicate"):
            found.append(run.input())
        return tuple(found)

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        self._check_bias()
        geometry = Convolution.torch_call(self, x)
        options = {k: v for k, v in geometry.kwargs.items() if k != "groups"}
        sizes = (*geometry.args, x.spatial)
        return TorchCall("cnncalc.LocallyConnected", sizes, {**options, "shared_bias": self.shared_bias})


KINDS: dict[str, type[Layer]] = {"lc": LocallyConnected}
