"""The fully connected layer, on the last axis of its input.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html (Shape).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from cnncalc.layers.base import Layer, Role, WordForm, param
from cnncalc.layers.condition import at_least
from cnncalc.layers.products import Named, derived
from cnncalc.record import record, replace
from cnncalc.shape import Shape, TorchCall, Weight, product
from cnncalc.symbolic import Dim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.base import Derivation
    from cnncalc.layers.condition import Condition
    from cnncalc.layers.facts import Fans
    from cnncalc.layers.folding import Meeting
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = ["KINDS", "Linear"]


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
    role: ClassVar[Role] = "weights"

    out: Dim = param(doc="number of outputs")
    bias: bool = param(True, doc="a learned number added to every output", flags={"nobias": False})

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        del x
        yield at_least(self.out, 1, "{left} outputs", "give at least 1", "out")

    def output(self, x: Shape, *_: Shape) -> Shape:
        return x.with_axis(x.rank - 1, self.out)

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        return (reach.axiswise(x.dims, {x.rank - 1: reach.Whole(x.dims[-1])}),)

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        weight = Weight("weight", (self.out, x.dims[-1]))
        return (weight, Weight("bias", (self.out,))) if self.bias else (weight,)

    def counts(self, x: Shape, *_: Shape) -> dict[str, Derivation]:
        named = self._named(x)
        found = {"weight": derived("N*K", named)}
        return {**found, "bias": derived("K", named)} if self.bias else found

    def params(self, x: Shape, *_: Shape) -> Derivation:
        return derived("(N + 1)*K" if self.bias else "N*K", self._named(x))

    def macs(self, x: Shape, *_: Shape) -> Derivation:
        if x.rank == 1:
            return derived("N*K", self._named(x))
        rows = (product(x.dims[:-1]), "rows (product of all sizes but the last)")
        return derived("N*K*R", {**self._named(x), "R": rows})

    def _named(self, x: Shape) -> Named:
        return {
            "N": (x.dims[-1], "inputs" if x.rank == 1 else "inputs (the last size)"),
            "K": (self.out, "outputs"),
        }

    def fans(self, x: Shape, *_: Shape) -> tuple[Fans, ...]:
        from cnncalc.layers.facts import Fans

        fan_in, fan_out = derived("N", self._named(x)), derived("K", self._named(x))
        return (Fans("weight", fan_in, fan_out, fan_in, fan_out, bias="bias" if self.bias else None),)

    def fold_back(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import Absorbed

        if axis != x.rank - 1:
            return f"its channels are the rows of {self.kind}, which all have the same weights"
        return Absorbed(replace(self, bias=True), "outputs first")

    def fold_on(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        return self.fold_back(axis, x)

    def result(self, run: Run) -> Result:
        return run.fresh()

    def saves(self, run: Run) -> tuple[Saved, ...]:
        """The input if the weight is trained, the weight if the input needs a gradient. Rows that do not lie one behind
        the other are copied into a matrix first.
        """
        weight = (run.parameter("weight"),) if run.x.grad else ()
        if not run.trainable:
            return weight
        rows = range(len(run.x.dims) - 1)
        return *weight, run.input() if run.x.can_merge(rows) else run.new("rows", run.x.dims)

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        return TorchCall("nn.Linear", (x.dims[-1], self.out), {"bias": self.bias})


KINDS: dict[str, type[Layer]] = {"linear": Linear, "fc": Linear}
