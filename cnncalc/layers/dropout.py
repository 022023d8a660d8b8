"""Dropout in its variants: nothing in inference."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, final

from cnncalc.errors import LayerError
from cnncalc.layers.base import Elementwise, Layer, WordForm, param
from cnncalc.record import record
from cnncalc.shape import Shape, TorchCall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition

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


class _Dropout(Elementwise):
    """A dropout that torch has a module for."""

    __slots__ = ()

    torch_name: ClassVar[str]
    p: float

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

    p: float = param(0.5, doc="probability that a number is dropped in training")


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

    p: float = param(0.5, doc="probability that a channel is dropped in training")


@final
@record
class DropPath(Elementwise):
    """Stochastic depth: in training a residual branch is left out with probability p; in inference nothing.

    ## Shape
    Any → the same.

    ## Torch twin
    torch.nn.Identity, which it is in inference.

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

    def torch_call(self, *_: Shape) -> TorchCall:
        self._check()
        return TorchCall("nn.Identity")

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
