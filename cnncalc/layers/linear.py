"""The fully connected layer, on the last axis of its input.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html (Shape).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from cnncalc.layers.base import Derivation, Layer, WordForm, param
from cnncalc.layers.condition import at_least
from cnncalc.record import record
from cnncalc.shape import Shape, TorchCall, Weight, product
from cnncalc.symbolic import Dim, Formula

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition

__all__ = ["KINDS", "LINEAR_MACS", "Linear"]

LINEAR_MACS = Formula(
    "R * N * K",
    R="rows (product of all sizes but the last)",
    N="inputs (the last size)",
    K="outputs",
)


@final
@record
class Linear(Layer):
    """Fully connected: each of the `out` outputs is a weighted sum of all numbers on the last axis.

    ## Shape
    N → K; with axes in front, …×N → …×K: every row is mapped by the same weights.

    ## Weights
    `weight` (K, N), `bias` (K).

    ## Torch twin
    torch.nn.Linear.

    ## Common mistake
    Leaving out `flatten` after a C×H×W map: then only the W numbers of each row are connected.
    """

    kind: ClassVar[str] = "linear"
    aliases: ClassVar[tuple[str, ...]] = ("fc",)
    word: ClassVar[WordForm] = WordForm(out="out")

    out: Dim = param(doc="number of outputs")
    bias: bool = param(True, doc="a learned number added to every output", flags={"nobias": False})

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        del x
        yield at_least(self.out, 1, "{left} outputs", "give at least 1", "out")

    def output(self, x: Shape, *_: Shape) -> Shape:
        return x.with_axis(x.rank - 1, self.out)

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        weight = Weight("weight", (self.out, x.dims[-1]))
        return (weight, Weight("bias", (self.out,))) if self.bias else (weight,)

    def macs(self, x: Shape, *_: Shape) -> Derivation:
        return Derivation(LINEAR_MACS, {"R": product(x.dims[:-1]), "N": x.dims[-1], "K": self.out})

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        return TorchCall("nn.Linear", (x.dims[-1], self.out), {"bias": self.bias})


KINDS: dict[str, type[Layer]] = {"linear": Linear, "fc": Linear}
