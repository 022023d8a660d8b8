"""A learned factor per channel, which torch has no module for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from cnncalc.errors import LayerError
from cnncalc.layers.base import Role, param
from cnncalc.layers.learned import ShapeKeeping, learned, learned_counts, learned_params
from cnncalc.record import record, replace
from cnncalc.shape import Shape, TorchCall, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.base import Derivation
    from cnncalc.layers.condition import Condition
    from cnncalc.layers.folding import Affine, Meeting
    from cnncalc.layers.products import Named
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = ["Scale"]


@final
@record
class Scale(ShapeKeeping):
    """y = weight·x + bias, per channel: LayerScale, and batch normalisation without the statistics.

    ## Shape
    C×… → the same.

    ## Weights
    `weight` (C), `bias` (C) if asked for. `bare`: a single parameter (C, 1, …, 1) that is called as the layer is.

    ## Torch twin
    None in torch; a module with these tensors that broadcasts them over all axes but the first. `bare`: no module
    either, but a parameter of the enclosing one, as ConvNeXt's layer_scale is.

    ## Common mistake
    Putting it on tokens S×E, where the first axis is the sequence: there it learns S factors, not E.
    """

    kind: ClassVar[str] = "scale"
    role: ClassVar[Role] = "same"

    bias: bool = param(False, doc="a learned summand beside the factor", flags={"bias": True})
    bare: bool = param(False, doc="the factor is a parameter of the enclosing module", flags={"bare": True})

    def requires(self, *_: Shape) -> Iterator[Condition]:
        self._check_single()
        yield from ()

    def _check_single(self) -> None:
        """Raises LayerError for a bare scale that is more than a single parameter."""
        if self.bare and self.bias:
            raise LayerError(
                "a bare scale is one parameter, which cannot be factor and bias",
                "remove bias or bare",
                code="CNN202",
                field="bias",
            )

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        return (reach.axiswise(x.dims),)

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        if self.bare:
            return (Weight("weight", (x.channels, *(1 for _ in x.spatial)), bare=True),)
        return learned((x.channels,), affine=True, bias=self.bias)

    def counts(self, x: Shape, *_: Shape) -> dict[str, Derivation]:
        return learned_counts(_channels(x), affine=True, bias=self.bias)

    def params(self, x: Shape, *_: Shape) -> Derivation:
        return learned_params(_channels(x), affine=True, bias=self.bias)

    def as_affine(self, x: Shape) -> Affine:
        from cnncalc.layers.folding import Affine

        del x
        return Affine(None, weight=True, bias=self.bias)

    def fold_back(self, axis: int, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import Absorbed

        if axis != 0:
            return f"{self.kind} has no factors for positions"
        if self.bare:
            return f"{self.kind} is a single parameter, without a bias"
        return Absorbed(replace(self, bias=True), "channels")

    def result(self, run: Run) -> Result:
        return run.like()

    def saves(self, run: Run) -> tuple[Saved, ...]:
        """The input if the weight is trained, the weight if the input needs a gradient."""
        return *([run.input()] if run.trainable else []), *([run.parameter("weight")] if run.x.grad else [])

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        self._check_single()
        if self.bare:
            return TorchCall("cnncalc.Factor", (x.channels, len(x.spatial)))
        return TorchCall("cnncalc.Scale", (x.channels,), {"bias": self.bias})


def _channels(x: Shape) -> Named:
    return {"C": (x.channels, "channels")}
