"""Local response normalisation, which AlexNet and GoogLeNet have."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from cnncalc.errors import LayerError
from cnncalc.layers.base import Weightless, WordForm, param
from cnncalc.layers.condition import at_least
from cnncalc.record import record
from cnncalc.shape import Shape, TorchCall, Window
from cnncalc.symbolic import Dim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = ["LocalResponseNorm"]


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

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        neighbours = Window(self.size, 1, self.size // 2, (self.size - 1) // 2)
        return (reach.axiswise(x.dims, {0: reach.Slide(neighbours, x.channels)}),)

    def as_affine(self, x: Shape) -> str:
        del x
        return "divides by what neighbouring channels sum to"

    def result(self, run: Run) -> Result:
        return run.like()

    def saves(self, run: Run) -> tuple[Saved, ...]:
        """The input, its squares with zeros around the channels, k + alpha·mean, and its power."""
        batch, channels, *spatial = run.x.dims
        squares = run.new("padded squares", (batch, channels + self.size - 1, *spatial))
        return run.input(), squares, run.new("mean", run.x.dims), run.new("power", run.x.dims)

    def torch_call(self, *_: Shape) -> TorchCall:
        arguments = {"alpha": self.alpha, "beta": self.beta, "k": self.k}
        return TorchCall("nn.LocalResponseNorm", (self.size,), arguments)
