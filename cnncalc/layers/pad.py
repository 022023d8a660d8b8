"""Padding and cropping of 1, 2 or 3 spatial axes.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html (Shape).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, TypeAlias, final

from cnncalc.errors import LayerError
from cnncalc.layers.base import Derivation, Layer, Weightless, WordForm, param
from cnncalc.layers.condition import at_least
from cnncalc.layers.window import require_map
from cnncalc.record import record
from cnncalc.shape import Shape, Size, TorchCall, Window
from cnncalc.symbolic import Dim, Formula, minimum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition
    from cnncalc.layers.folding import Meeting
    from cnncalc.layers.interval import Interval
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = ["KINDS", "PADDED_SIZE", "Pad"]

PADDED_SIZE = Formula("W + A + B", W="input size", A="padding before", B="padding after")

PadMode: TypeAlias = Literal["constant", "reflect", "replicate", "circular"]

_TWINS = {
    "constant": "ConstantPad",
    "reflect": "ReflectionPad",
    "replicate": "ReplicationPad",
    "circular": "CircularPad",
}


class _Side(NamedTuple):
    """What is added at the two ends of one axis (0 is the channels)."""

    axis: int
    before: Dim
    after: Dim


@final
@record
class Pad(Weightless):
    """Padding: more positions at the ends of every axis, or fewer where the number is negative.

    ## Shape
    C×W → C×(W + before + after) on every axis.

    ## Torch twin
    torch.nn.ConstantPad1d, ReflectionPad1d, ReplicationPad1d, CircularPad1d, and the same for 2 and 3 axes.

    ## Common mistake
    Giving the sides in the order of the axes: the last axis comes first, as in left, right, top, bottom.
    """

    kind: ClassVar[str] = "pad"
    word: ClassVar[WordForm] = WordForm(size="padding")

    padding: Size = param(
        doc="one number for all sides of all spatial axes, or before and after for each axis, the last axis first; "
        "negative numbers crop"
    )
    mode: PadMode = param(
        "constant",
        doc="what the new positions are filled with",
        flags={"reflect": "reflect", "replicate": "replicate", "circular": "circular"},
    )
    value: float = param(0.0, doc="the constant of mode constant")

    def _sides(self, x: Shape) -> tuple[_Side, ...]:
        """What is added, axis by axis, the last axis first. With numbers for one axis more, the channels are padded."""
        axes = require_map(x, self.kind)
        if not isinstance(self.padding, tuple):
            return tuple(_Side(axis, self.padding, self.padding) for axis in range(axes, 0, -1))
        given, rest = divmod(len(self.padding), 2)
        fits = given <= axes + 1 if self.mode == "constant" else axes <= given <= min(axes + 1, 3)
        if rest or not fits:
            raise LayerError(
                f"padding has {len(self.padding)} values, but the input has {axes} spatial "
                f"{'axis' if axes == 1 else 'axes'}",
                f"give one value for all sides, or {2 * axes}: before and after, the last axis first",
                code="CNN202",
                field="padding",
            )
        pairs = zip(self.padding[::2], self.padding[1::2], strict=True)
        return tuple(_Side(axes - i, before, after) for i, (before, after) in enumerate(pairs))

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        sides = self._sides(x)
        self._check_value()
        for side in sides:
            yield from self._side_fits(x.dims[side.axis], side)

    def _check_value(self) -> None:
        if self.mode != "constant" and self.value != 0:
            raise LayerError(
                f"mode '{self.mode}' takes no value",
                "leave it out, or use mode constant",
                code="CNN202",
                field="value",
            )

    def _side_fits(self, size: Dim, side: _Side) -> Iterator[Condition]:
        _, before, after = side
        left = size + minimum(before, 0) + minimum(after, 0)
        for added in (before, after):
            if self.mode == "reflect":
                yield at_least(
                    size - 1,
                    added,
                    "reflecting padding {right} needs an input larger than that",
                    "use less padding, or another mode",
                    "padding",
                )
            elif self.mode == "circular":
                # only what a crop leaves can be wrapped; where that is too short, torch raises or not by the memory layout
                yield at_least(
                    left,
                    added,
                    "circular padding {right} wraps around an input of {left} more than once",
                    "use less padding, or another mode",
                    "padding",
                )
        if self.mode == "constant":
            # the crop comes first: what is added at the other end does not help
            yield at_least(
                left,
                0,
                f"cropping by {before} and {after} takes more than the input's {size}",
                "crop less",
                "padding",
            )
        yield at_least(
            size + before + after,
            1,
            f"padding {before} and {after} leave an output of size {{left}}",
            "crop less",
            "padding",
        )

    def sizes(self, x: Shape, *_: Shape) -> tuple[Derivation, ...]:
        sides = {side.axis: side for side in self._sides(x)}
        return tuple(_padded(size, sides.get(axis)) for axis, size in enumerate(x.dims) if axis > 0)

    def output(self, x: Shape, *_: Shape) -> Shape:
        sides = {side.axis: side for side in self._sides(x)}
        return Shape(tuple(_padded(size, sides.get(axis)).value for axis, size in enumerate(x.dims)))

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        border: reach.Border = "zeros" if self.mode == "constant" else self.mode
        taps = {
            side.axis: reach.Slide(Window(1, 1, side.before, side.after), x.dims[side.axis], border)
            for side in self._sides(x)
        }
        return (reach.axiswise(x.dims, taps),)

    def between(self, *inputs: Interval) -> Interval:
        from cnncalc.layers.interval import hull

        return hull(*inputs, (self.value, self.value)) if self.mode == "constant" else hull(*inputs)

    def fold_back(self, axis: int, x: Shape, *_: Shape) -> Meeting:
        """What is copied from the input has had the map; a constant has not."""
        from cnncalc.layers.folding import fixed, kept

        sides = self._sides(x)
        if any(side.axis == axis and (side.before, side.after) != (0, 0) for side in sides):
            return f"{self.kind} adds channels of its own"
        crops = all(isinstance(n, int) and n <= 0 for side in sides for n in (side.before, side.after))
        if self.mode != "constant" or crops:
            return kept(axis, self.kind)
        why = f"{self.kind} puts {self.value:g} around, which takes neither factor nor summand"
        return kept(axis, self.kind, fixed(self.value, why, border=True))

    def result(self, run: Run) -> Result:
        """Where constant padding only crops, or does nothing, the copy lies as the input does."""
        given = self.padding if isinstance(self.padding, tuple) else (self.padding,)
        if self.mode == "constant" and all(isinstance(p, int) and p <= 0 for p in given):
            return run.like()
        return run.fresh() if self.mode == "circular" else run.mapped(2, 3)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        """The input, of modes reflect and replicate; the others know the gradient from the sizes."""
        return (run.input(),) if self.mode in ("reflect", "replicate") else ()

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        self._check_value()
        name = f"nn.{_TWINS[self.mode]}{require_map(x, self.kind)}d"
        return TorchCall(name, (self.padding, self.value) if self.mode == "constant" else (self.padding,))


def _padded(size: Dim, side: _Side | None) -> Derivation:
    before, after = (side.before, side.after) if side else (0, 0)
    return Derivation(PADDED_SIZE, {"W": size, "A": before, "B": after})


KINDS: dict[str, type[Layer]] = {"pad": Pad}
