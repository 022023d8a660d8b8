"""Shuffles between channels and positions, and among channels.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html (Shape).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from cnncalc.errors import LayerError
from cnncalc.layers.base import Derivation, Layer, Role, Weightless, WordForm, param
from cnncalc.layers.condition import at_least, divides
from cnncalc.layers.products import shuffled
from cnncalc.record import record
from cnncalc.shape import Shape, TorchCall, Window
from cnncalc.symbolic import Dim, Formula

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition
    from cnncalc.layers.folding import Meeting
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = ["KINDS", "ChannelShuffle", "PixelShuffle", "PixelUnshuffle"]

SHUFFLED_SIZE = Formula("W * R", W="input size", R="factor")
UNSHUFFLED_SIZE = Formula("W // R", W="input size", R="factor")


def _moved(dims: tuple[Dim, ...], first: int, to: tuple[int, ...]) -> Reads:
    """The axes from `first` on in another order: to where each goes, counted from `first`."""
    from cnncalc.layers import reach

    places = (*range(first), *(first + place for place in to))
    return tuple(reach.Along(place, reach.same(size)) for place, size in zip(places, dims, strict=True))


def _require_image(x: Shape, kind: str) -> None:
    if x.rank < 3:
        raise LayerError(
            f"{kind} needs two spatial axes, but the input {x} has {x.rank - 1}",
            "give CxHxW",
            code="CNN202",
        )


@final
@record
class PixelShuffle(Weightless):
    """Pixel shuffle: r² channels become r×r positions.

    ## Shape
    C×H×W → C/r² × rH × rW. With more axes the last three count: of C×D×H×W, D is divided by r².

    ## Torch twin
    torch.nn.PixelShuffle.

    ## Common mistake
    Giving the convolution before it the channels that are wanted after it: it needs r² times as many.
    """

    kind: ClassVar[str] = "pixelshuffle"
    word: ClassVar[WordForm] = WordForm(size="factor")
    role: ClassVar[Role] = "same"
    within: ClassVar[bool] = True

    factor: Dim = param(doc="r, by which height and width grow")

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        _require_image(x, self.kind)
        yield at_least(self.factor, 1, "factor {left}", "give at least 1", "factor")
        yield divides(
            self.factor * self.factor,
            x.dims[-3],
            f"factor {self.factor} needs a multiple of {{left}} channels, but there are {{right}}",
            "give the layer before a multiple of {left} channels",
            "factor",
        )

    def sizes(self, x: Shape, *_: Shape) -> tuple[Derivation, ...]:
        return tuple(Derivation(SHUFFLED_SIZE, {"W": n, "R": self.factor}) for n in x.dims[-2:])

    def output(self, x: Shape, *_: Shape) -> Shape:
        height, width = self.sizes(x)
        return Shape((*x.dims[:-3], x.dims[-3] // self.factor**2, height.value, width.value))

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        """For axes apart from each other: each of the r² channels behind an output, of which it is one by its place."""
        from cnncalc.layers import reach

        r, (channels, height, width) = self.factor, x.dims[-3:]
        filled = channels // r**2
        taps = (reach.Groups(channels, filled, filled), reach.Blocks(height, r), reach.Blocks(width, r))
        return (reach.axiswise(x.dims, dict(enumerate(taps, start=x.rank - 3))),)

    def steps(self, x: Shape) -> tuple[tuple[Reads, Shape], ...]:
        """The channels parted into C×r×r, each r moved behind its axis, and joined with it."""
        from cnncalc.layers import reach

        r, first, (channels, height, width) = self.factor, x.rank - 3, x.dims[-3:]
        filled = channels // r**2
        parted = (*x.dims[:-3], filled, r, r, height, width)
        moved = (*x.dims[:-3], filled, height, r, width, r)
        joined = (*x.dims[:-3], filled, height * r, width, r)
        return (
            (reach.Regroup(first, (channels,), (filled, r, r)), Shape(parted)),
            (_moved(parted, first, (0, 2, 4, 1, 3)), Shape(moved)),
            (reach.Regroup(first + 1, (height, r), (height * r,)), Shape(joined)),
            (reach.Regroup(first + 2, (width, r), (width * r,)), self.output(x)),
        )

    def fold_back(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        """A channel's number goes to the r² channels that it is made of."""
        from cnncalc.layers.folding import joined, shuffled_channels

        r = self.factor
        return shuffled_channels(self, axis, x.rank, joined(0, (x.dims[-3] // r**2, r, r)))

    def fold_on(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import parted, shuffled_channels

        r = self.factor
        return shuffled_channels(self, axis, x.rank, parted((x.dims[-3] // r**2, r, r), self.kind))

    def result(self, run: Run) -> Result:
        return run.mapped(2)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        del run
        return ()

    def axes(self, x: Shape, *_: Shape) -> tuple[Derivation | None, ...]:
        return shuffled(x, self.factor, "C // R^2", self.sizes(x))

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        _require_image(x, self.kind)
        return TorchCall("nn.PixelShuffle", (self.factor,))


@final
@record
class PixelUnshuffle(Weightless):
    """Pixel unshuffle: r×r positions become r² channels.

    ## Shape
    C×H×W → C·r² × H/r × W/r. With more axes the last three count: of C×D×H×W, D is multiplied by r².

    ## Torch twin
    torch.nn.PixelUnshuffle.

    ## Common mistake
    Expecting odd sizes to be rounded: r has to divide height and width.
    """

    kind: ClassVar[str] = "pixelunshuffle"
    word: ClassVar[WordForm] = WordForm(size="factor")
    role: ClassVar[Role] = "same"
    within: ClassVar[bool] = True

    factor: Dim = param(doc="r, by which height and width shrink")

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        _require_image(x, self.kind)
        yield at_least(self.factor, 1, "factor {left}", "give at least 1", "factor")
        for size in x.dims[-2:]:
            yield divides(
                self.factor, size, "factor {left} does not divide the size {right}", "{divisors}", "factor"
            )

    def sizes(self, x: Shape, *_: Shape) -> tuple[Derivation, ...]:
        return tuple(Derivation(UNSHUFFLED_SIZE, {"W": n, "R": self.factor}) for n in x.dims[-2:])

    def output(self, x: Shape, *_: Shape) -> Shape:
        height, width = self.sizes(x)
        return Shape((*x.dims[:-3], x.dims[-3] * self.factor**2, height.value, width.value))

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        """For axes apart from each other: each of the r×r positions behind an output, of which it is one by its channel."""
        from cnncalc.layers import reach

        r, (channels, height, width) = self.factor, x.dims[-3:]
        windows = [reach.Slide(Window(r, r), size) for size in (height, width)]
        taps = (reach.Groups(channels, channels * r**2, channels), *windows)
        return (reach.axiswise(x.dims, dict(enumerate(taps, start=x.rank - 3))),)

    def steps(self, x: Shape) -> tuple[tuple[Reads, Shape], ...]:
        """Both axes parted by r, the two r moved behind the channels, and joined with them."""
        from cnncalc.layers import reach

        r, first, (channels, height, width) = self.factor, x.rank - 3, x.dims[-3:]
        h, w = height // r, width // r
        narrow = (*x.dims[:-3], channels, height, w, r)
        parted = (*x.dims[:-3], channels, h, r, w, r)
        moved = (*x.dims[:-3], channels, r, r, h, w)
        return (
            (reach.Regroup(first + 2, (width,), (w, r)), Shape(narrow)),
            (reach.Regroup(first + 1, (height,), (h, r)), Shape(parted)),
            (_moved(parted, first, (0, 3, 1, 4, 2)), Shape(moved)),
            (reach.Regroup(first, (channels, r, r), (channels * r**2,)), self.output(x)),
        )

    def fold_back(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import parted, shuffled_channels

        return shuffled_channels(
            self, axis, x.rank, parted((x.dims[-3], self.factor, self.factor), self.kind)
        )

    def fold_on(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        """A channel's number goes to the r² channels that are made of it."""
        from cnncalc.layers.folding import joined, shuffled_channels

        return shuffled_channels(self, axis, x.rank, joined(0, (x.dims[-3], self.factor, self.factor)))

    def result(self, run: Run) -> Result:
        return run.mapped(2)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        del run
        return ()

    def axes(self, x: Shape, *_: Shape) -> tuple[Derivation | None, ...]:
        return shuffled(x, self.factor, "C * R^2", self.sizes(x))

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        _require_image(x, self.kind)
        return TorchCall("nn.PixelUnshuffle", (self.factor,))


@final
@record
class ChannelShuffle(Weightless):
    """Channel shuffle: the channels of all groups in turn, so that grouped convolutions mix.

    ## Shape
    C×… → C×…; channel i of group j comes to place i·groups + j.

    ## Torch twin
    torch.nn.ChannelShuffle.

    ## Common mistake
    Taking it for a random order: it is the transpose of groups × (C/groups), the same every time.
    """

    kind: ClassVar[str] = "channelshuffle"
    word: ClassVar[WordForm] = WordForm(size="groups")
    role: ClassVar[Role] = "same"
    within: ClassVar[bool] = True

    groups: Dim = param(doc="number of groups that the channels come from", option="g")

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        if x.rank < 2:
            raise LayerError(
                f"channelshuffle needs channels and positions, but the input {x} is flat",
                "put it before flatten",
                code="CNN202",
            )
        yield at_least(self.groups, 1, "groups={left}", "give at least 1", "groups")
        yield divides(
            self.groups,
            x.channels,
            "groups={left} does not divide the {right} channels",
            "{divisors}",
            "groups",
        )

    def output(self, x: Shape, *_: Shape) -> Shape:
        return x

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        return (reach.axiswise(x.dims, {0: reach.Dealt(x.channels, self.groups)}),)

    def fold_back(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import Passed, Pick, Route, as_it_is

        if axis != 0:
            return as_it_is(axis)
        return Passed((Route(0, Pick("collected", x.channels, self.groups)),))

    def fold_on(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        from cnncalc.layers.folding import Passed, Pick, Route, as_it_is

        return Passed((Route(0, Pick("dealt", x.channels, self.groups)),)) if axis == 0 else as_it_is(axis)

    def result(self, run: Run) -> Result:
        return run.mapped(2, 3)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        del run
        return ()

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        del x
        return TorchCall("nn.ChannelShuffle", (self.groups,))


KINDS: dict[str, type[Layer]] = {
    "pixelshuffle": PixelShuffle,
    "pixelunshuffle": PixelUnshuffle,
    "channelshuffle": ChannelShuffle,
}
