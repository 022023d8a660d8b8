"""Dropout in its variants: nothing in inference."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal, final

from cnncalc.errors import LayerError
from cnncalc.layers.base import Elementwise, Layer, Role, WordForm, param
from cnncalc.record import record
from cnncalc.shape import Shape, TorchCall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition
    from cnncalc.layers.facts import Dropping, Unit
    from cnncalc.layers.folding import Meeting
    from cnncalc.layers.interval import Interval
    from cnncalc.layers.storage import Result, Run, Saved
    from cnncalc.symbolic import Dim

__all__ = [
    "KINDS",
    "AlphaDropout",
    "DropPath",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "FeatureAlphaDropout",
]


def _check_probability(p: float) -> None:
    """Raises LayerError unless 0 <= p <= 1."""
    if not 0 <= p <= 1:
        raise LayerError(f"p={p} is not a probability", "give 0 to 1", code="CNN202", field="p")


class _Dropping(Elementwise):
    """What multiplies by a random mask in training and gives back its input in inference."""

    __slots__ = ()

    role: ClassVar[Role] = "same"
    #: whether a kept number grows by 1/(1 − p), and a dropped one is 0
    inverted: ClassVar[bool] = True
    p: float

    @abstractmethod
    def _unit(self, x: Shape) -> tuple[Unit, Dim]:
        """What is dropped as a whole, and how many there are of it in an image."""

    def dropping(self, x: Shape) -> Dropping:
        from fractions import Fraction

        from cnncalc.layers.facts import Dropping
        from cnncalc.layers.products import Named, derived

        unit, count = self._unit(x)
        p: Any = Fraction(repr(float(self.p)))  # 0.3 as it is written, not the nearest binary fraction
        named: Named = {"n": (count, f"{unit}s in an image"), "p": (p, "probability to drop")}
        scale, mean, variance = (
            ("0", "0", "0") if p == 1 else ("1/(1 - p)", "(1 - p)*(1/(1 - p))", "p/(1 - p)")
        )
        return Dropping(
            unit,
            derived("1 - p", named),
            derived(scale, named) if self.inverted else None,
            derived(mean, named) if self.inverted else None,
            derived(variance, named) if self.inverted else None,
            derived("n*(1 - p)", named),
            derived("n*p*(1 - p)", named),
        )

    def between(self, *inputs: Interval) -> Interval:
        from cnncalc.layers.interval import ANY, hull

        if not self.inverted:
            return ANY
        ((low, high),) = inputs
        kept = 1 - self.p
        grown = (low / kept, high / kept) if kept > 0 else (0.0, 0.0)
        return hull((low, high), (0.0, 0.0), grown)

    def fold_back(self, axis: int, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import as_it_is

        return as_it_is(axis)

    @abstractmethod
    def _mask(self, run: Run) -> tuple[Dim, ...]:
        """The sizes of the mask."""

    def result(self, run: Run) -> Result:
        return run.like() if run.training and self.p > 0 else run.view()

    def saves(self, run: Run) -> tuple[Saved, ...]:
        """The mask, in the network's number type; nothing for p = 0."""
        return (run.new("mask", self._mask(run)),) if self.p > 0 else ()


class _Dropout(_Dropping):
    """A dropout that torch has a module for."""

    __slots__ = ()

    torch_name: ClassVar[str]
    #: with how many axes (the batch among them) there is one number for each channel of each image; with others
    #: torch takes the batch for the channels of a single image. None: one number for each channel whatever the input
    batched: ClassVar[int | None] = None

    def _mask(self, run: Run) -> tuple[Dim, ...]:
        if self.p == 1:
            return ()  # a single 0
        return run.x.dims[:2] if self.batched in (None, len(run.x.dims)) else run.x.dims[:1]

    def _unit(self, x: Shape) -> tuple[Unit, Dim]:
        return ("channel", x.channels) if self.batched in (None, x.rank + 1) else ("image", 1)

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        del x
        _check_probability(self.p)
        yield from ()

    def torch_call(self, *_: Shape) -> TorchCall:
        return TorchCall(f"nn.{self.torch_name}", (self.p,))


@final
@record
class Dropout(_Dropout):
    """In training each number becomes 0 with probability p, the others grow by 1/(1 − p); in inference nothing.

    ## Shape
    Any → the same.

    ## Torch twin
    torch.nn.Dropout.

    ## Common mistake
    Scaling by 1 − p in inference as the first paper did: torch scales in training, and inference is the identity.
    """

    kind: ClassVar[str] = "dropout"
    word: ClassVar[WordForm] = WordForm(size="p")
    torch_name: ClassVar[str] = "Dropout"

    p: float = param(0.5, doc="probability that a number becomes 0 in training")

    def _unit(self, x: Shape) -> tuple[Unit, Dim]:
        return "number", x.elements

    def _mask(self, run: Run) -> tuple[Dim, ...]:
        return run.x.dims if self.p < 1 else ()


@final
@record
class Dropout1d(_Dropout):
    """In training each channel of a sequence becomes 0 as a whole with probability p; in inference nothing.

    ## Shape
    C×L (or flat) → the same.

    ## Torch twin
    torch.nn.Dropout1d.

    ## Common mistake
    Putting it on a map C×H×W, which torch refuses: there it is `dropout2d`.
    """

    kind: ClassVar[str] = "dropout1d"
    word: ClassVar[WordForm] = WordForm(size="p")
    torch_name: ClassVar[str] = "Dropout1d"
    batched: ClassVar[int | None] = 3

    p: float = param(0.5, doc="probability that a channel becomes 0 in training")

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        _check_probability(self.p)
        if x.rank > 2:
            raise LayerError(
                f"dropout1d takes CxL, but the input {x.pretty()} has {x.rank - 1} spatial axes",
                f"use dropout{min(x.rank - 1, 3)}d",
                code="CNN202",
            )
        yield from ()


@final
@record
class Dropout2d(_Dropout):
    """In training each channel of a map becomes 0 as a whole with probability p; in inference nothing.

    ## Shape
    C×H×W → the same. Torch takes other ranks as well, with a warning.

    ## Torch twin
    torch.nn.Dropout2d.

    ## Common mistake
    Putting it on a flat input: there it drops single numbers like `dropout`, and torch warns.
    """

    kind: ClassVar[str] = "dropout2d"
    word: ClassVar[WordForm] = WordForm(size="p")
    torch_name: ClassVar[str] = "Dropout2d"

    p: float = param(0.5, doc="probability that a channel becomes 0 in training")


@final
@record
class Dropout3d(_Dropout):
    """In training each channel of a volume becomes 0 as a whole with probability p; in inference nothing.

    ## Shape
    C×D×H×W → the same. Torch takes other ranks as well, with a warning.

    ## Torch twin
    torch.nn.Dropout3d.

    ## Common mistake
    Putting it on a map C×H×W: a batch of maps has the rank of one volume without a batch, which torch also takes.
    """

    kind: ClassVar[str] = "dropout3d"
    word: ClassVar[WordForm] = WordForm(size="p")
    torch_name: ClassVar[str] = "Dropout3d"
    batched: ClassVar[int | None] = 5

    p: float = param(0.5, doc="probability that a channel becomes 0 in training")


@final
@record
class AlphaDropout(_Dropout):
    """Dropout that keeps mean and variance: dropped numbers become SELU's lower limit; in inference nothing.

    ## Shape
    Any → the same.

    ## Torch twin
    torch.nn.AlphaDropout.

    ## Common mistake
    Using it without `selu`, for whose fixed point its numbers were made.
    """

    kind: ClassVar[str] = "alphadropout"
    word: ClassVar[WordForm] = WordForm(size="p")
    torch_name: ClassVar[str] = "AlphaDropout"
    inverted: ClassVar[bool] = False

    p: float = param(0.5, doc="probability that a number is dropped in training")

    def _unit(self, x: Shape) -> tuple[Unit, Dim]:
        return "number", x.elements

    def _mask(self, run: Run) -> tuple[Dim, ...]:
        return run.x.dims if self.p < 1 else ()


@final
@record
class FeatureAlphaDropout(_Dropout):
    """Alpha dropout of whole channels; in inference nothing.

    ## Shape
    Any → the same.

    ## Torch twin
    torch.nn.FeatureAlphaDropout.

    ## Common mistake
    Expecting zeros: a dropped channel holds SELU's lower limit, so that mean and variance stay.
    """

    kind: ClassVar[str] = "featurealphadropout"
    word: ClassVar[WordForm] = WordForm(size="p")
    torch_name: ClassVar[str] = "FeatureAlphaDropout"
    inverted: ClassVar[bool] = False

    p: float = param(0.5, doc="probability that a channel is dropped in training")


@final
@record
class DropPath(_Dropping):
    """Stochastic depth: in training a residual branch is left out with probability p; in inference nothing.

    ## Shape
    Any → the same.

    ## Torch twin
    None in torch; a module that multiplies by 0 or 1/(1 − p) in training, and torch.nn.Identity in inference.

    ## Common mistake
    Putting it after the addition: it belongs at the end of the branch, so that the shortcut stays.
    """

    kind: ClassVar[str] = "droppath"
    word: ClassVar[WordForm] = WordForm(size="p")

    p: float = param(doc="probability that the branch is left out in training")
    mode: Literal["row", "batch"] = param(
        "row", doc="whether each image is drawn for by itself or all together"
    )

    def requires(self, *_: Shape) -> Iterator[Condition]:
        self._check()
        yield from ()

    def _unit(self, x: Shape) -> tuple[Unit, Dim]:
        del x
        return "branch", 1

    def _mask(self, run: Run) -> tuple[Dim, ...]:
        return (run.batch,) if self.mode == "row" else ()

    def torch_call(self, *_: Shape) -> TorchCall:
        self._check()
        return TorchCall("cnncalc.DropPath", (self.p, self.mode))

    def _check(self) -> None:
        _check_probability(self.p)
        if self.mode not in ("row", "batch"):
            raise LayerError(f"mode '{self.mode}'", "give row or batch", code="CNN202", field="mode")


KINDS: dict[str, type[Layer]] = {
    "dropout": Dropout,
    "dropout1d": Dropout1d,
    "dropout2d": Dropout2d,
    "dropout3d": Dropout3d,
    "alphadropout": AlphaDropout,
    "featurealphadropout": FeatureAlphaDropout,
    "droppath": DropPath,
}
