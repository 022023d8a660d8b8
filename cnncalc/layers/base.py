"""What every layer kind answers.

A kind is a frozen dataclass: its fields are what a person writes, its methods are the questions that are
asked of one layer at one place. Channels are never fields: they come with the input. All questions take the
shapes of the inputs (most kinds have one) and may only be asked once `requires` has been met.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from cnncalc.errors import LayerError
from cnncalc.record import record
from cnncalc.symbolic import Formula

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cnncalc.layers.condition import Condition
    from cnncalc.layers.facts import Dropping, Fans, Statistics
    from cnncalc.layers.folding import Affine, Kernel, Meeting
    from cnncalc.layers.interval import Interval
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved
    from cnncalc.shape import Shape, Size, TorchCall, Weight, Window
    from cnncalc.symbolic import Dim

__all__ = [
    "BACKWARD_MACS",
    "NOTHING",
    "Derivation",
    "Elementwise",
    "Layer",
    "Role",
    "Weightless",
    "WordForm",
    "alone",
    "param",
    "per_axis",
]


#: "weights": fan_in·Var(w) times as much; "rectify": (1 + slope²)/2 times, if it is symmetric; "same": no change;
#: "standard": mean 0 and variance 1; "scaled": mean square 1; "sum": of independent inputs the sum;
#: "join": their mean, by size; "pool": depends on how neighbours correlate; "unknown": no simple rule
Role: TypeAlias = Literal[
    "weights", "rectify", "same", "standard", "scaled", "sum", "join", "pool", "unknown"
]


@record
class Derivation:
    """A quantity together with the one formula that computes it."""

    formula: Formula
    values: Mapping[str, Any]

    @property
    def value(self) -> Dim:
        result: Dim = self.formula(**self.values)
        return result


#: no parameters; no multiply-accumulates, by the convention that only convolutions and matrix products have them
NOTHING = Derivation(Formula("0"), {})


BACKWARD_MACS = Formula(
    "M * (A + B)",
    M="multiply-accumulates of the forward pass",
    A="1 if the weights are trained, else 0",
    B="1 if the input needs a gradient, else 0",
)


@record
class WordForm:
    """Which fields the positions of a word `kind[size][-out][/stride]` fill; None: the position is not allowed."""

    size: str | None = None
    out: str | None = None
    stride: str | None = None


def param(
    default: Any = dataclasses.MISSING,
    *,
    doc: str,
    option: str | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Any:
    """A field of a kind: its meaning, the letters before a number in a word (`p` in `p1`), and the words that set it alone."""
    metadata = {"doc": doc, "option": option, "flags": flags or {}}
    return dataclasses.field(default=default, metadata=metadata)


class Layer(ABC):
    """One layer, wherever it may stand. Sources of every rule: the torch.nn page that the kind's docstring names."""

    __slots__ = ()

    kind: ClassVar[str]
    #: other names for the kind
    aliases: ClassVar[tuple[str, ...]] = ()
    word: ClassVar[WordForm] = WordForm()
    #: the least and the greatest number of inputs; None: no limit
    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    #: what becomes of a signal's mean square
    role: ClassVar[Role] = "unknown"
    #: whether no result is less than all inputs, or greater: what only moves, chooses or averages numbers
    within: ClassVar[bool] = False
    #: whether the results are probabilities, which sum to 1 along an axis
    distribution: ClassVar[bool] = False

    @abstractmethod
    def requires(self, x: Shape, *more: Shape) -> Iterator[Condition]:
        """Everything that must hold here, in the order in which it makes sense to check it.

        Raises `LayerError` where no condition can say it (a wrong rank, an unknown mode).
        """

    @abstractmethod
    def output(self, x: Shape, *more: Shape) -> Shape:
        """The shape of the result, floors included."""

    def sizes(self, x: Shape, *more: Shape) -> tuple[Derivation, ...] | None:
        """The sizes of the result's spatial axes with their formulas, where formulas compute them; else None."""
        del x, more
        return None

    @abstractmethod
    def reads(self, x: Shape, *more: Shape) -> tuple[Reads, ...]:
        """What an output unit reads of every input in inference, for receptive fields: one answer per input."""

    def steps(self, x: Shape) -> tuple[tuple[Reads, Shape], ...]:
        """The same exactly, where `reads` unites what depends on channels: reads one after another, with the shape each writes."""
        del x
        return ()

    @abstractmethod
    def result(self, run: Run) -> Result:
        """Where the result lies: in a storage of its own (in which order of axes), or in an input's."""

    def assumed_equal(self, x: Shape, *more: Shape) -> Iterator[tuple[Dim, Dim]]:
        """The sizes beside each other that are taken to be equal, though one of them may be 1 for some numbers."""
        del x, more
        return iter(())

    def overwrites(self, x: Shape, *more: Shape) -> tuple[int, ...]:
        """The inputs that torch's in-place form may put the result into; most kinds have no such form."""
        del x, more
        return ()

    def trains_on(self, batch: int, x: Shape, *more: Shape) -> Iterator[Condition]:
        """What must hold in training besides what always must.

        Raises `LayerError` where no condition can say it.
        """
        del batch, x, more
        yield from ()

    @abstractmethod
    def saves(self, run: Run) -> tuple[Saved, ...]:
        """What autograd keeps for the backward pass, when anything here wants a gradient. Not asked otherwise."""

    def backward(self, x: Shape, *more: Shape, inputs: bool, trainable: bool) -> Derivation:
        """Multiply-accumulates of the backward pass for one image: once more for the weights, once for the inputs."""
        macs = self.macs(x, *more).value
        return Derivation(BACKWARD_MACS, {"M": macs, "A": int(trainable), "B": int(inputs)})

    @abstractmethod
    def weights(self, x: Shape, *more: Shape) -> tuple[Weight, ...]:
        """Every tensor that the layer owns, with torch's name and shape, in torch's order; buffers last."""

    @abstractmethod
    def counts(self, x: Shape, *more: Shape) -> dict[str, Derivation]:
        """The number of elements of every tensor with its formula, by the names and in the order of `weights`."""

    @abstractmethod
    def params(self, x: Shape, *more: Shape) -> Derivation:
        """The number of trained numbers, by one formula."""

    @abstractmethod
    def macs(self, x: Shape, *more: Shape) -> Derivation:
        """Multiply-accumulates of convolutions and matrix products for one image, bias not counted."""

    @abstractmethod
    def torch_call(self, x: Shape, *more: Shape) -> TorchCall:
        """The torch twin."""

    def windows(self, x: Shape, *more: Shape) -> tuple[Window, ...] | None:
        """What an output unit reads, axis by axis, where that is a sliding window; else None."""
        del x, more
        return None

    def axes(self, x: Shape, *more: Shape) -> tuple[Derivation | None, ...]:
        """All sizes of the result with their formulas; None for a size that is kept, or that the layer's fields give."""
        sizes = self.sizes(x, *more) or ()
        return (*(None,) * (self.output(x, *more).rank - len(sizes)), *sizes)

    def back(self, x: Shape, *more: Shape) -> tuple[Derivation, ...] | None:
        """The spatial sizes of the input computed from those of the result, where the layer inverts another; else None."""
        del x, more
        return None

    def fans(self, x: Shape, *more: Shape) -> tuple[Fans, ...]:
        """Fan-in and fan-out of every weight that multiplies inputs; none for factors per element, as normalisation has."""
        del x, more
        return ()

    def statistics(self, x: Shape, batch: Dim) -> Statistics | None:
        """What a normalisation averages over; None for other kinds."""
        del x, batch
        return None

    def dropping(self, x: Shape) -> Dropping | None:
        """What a dropout does in training; None for other kinds."""
        del x
        return None

    def as_affine(self, x: Shape) -> Affine | str | None:
        """Of a normalisation or a learned scale, as y = s·x + t per channel; why it is none; None for other kinds."""
        del x
        return None

    def fold_back(self, axis: int, x: Shape, *more: Shape) -> Meeting:
        """What becomes of a map y = s·x + t along an axis of the result, in inference."""
        del axis, x, more
        return f"{self.kind} is not linear"

    def fold_on(self, axis: int, x: Shape, *more: Shape) -> Meeting:
        """What becomes of a map y = s·x + t along an axis of the input, in inference."""
        return f"{self.kind} joins it with others" if more else self.fold_back(axis, x)

    def sliding(self, x: Shape) -> Kernel | None:
        """The layer as a kernel that slides over its input with zeros beyond the border; None if it is none."""
        del x
        return None

    def between(self, *inputs: Interval) -> Interval:
        """The least and the greatest number that may come out, in training or inference, of inputs between these."""
        from cnncalc.layers.interval import ANY, hull

        return hull(*inputs) if self.within else ANY

    def keeps(self) -> Interval | None:
        """Of an activation, the numbers that it gives back as they are; None if there is no such interval."""
        return None

    def rising(self) -> bool:
        """Of an activation, whether of two numbers the larger one never becomes the smaller one."""
        return False

    def activates(self) -> bool:
        """Whether it is an activation: what keeps two layers of weights from being one linear map."""
        return False

    def slope(self) -> float:
        """Of a kind whose role is "rectify", max(0, x) + slope·min(0, x): the slope."""
        return 0.0


class Weightless(Layer):
    """A kind that owns no tensors and multiplies no matrices."""

    __slots__ = ()

    def weights(self, x: Shape, *more: Shape) -> tuple[Weight, ...]:
        del x, more
        return ()

    def counts(self, x: Shape, *more: Shape) -> dict[str, Derivation]:
        del x, more
        return {}

    def params(self, x: Shape, *more: Shape) -> Derivation:
        del x, more
        return NOTHING

    def macs(self, x: Shape, *more: Shape) -> Derivation:
        del x, more
        return NOTHING


class Elementwise(Weightless):
    """A weightless kind that maps every number by itself: any shape, and the same shape out."""

    __slots__ = ()

    def requires(self, x: Shape, *more: Shape) -> Iterator[Condition]:
        del x, more
        yield from ()

    def output(self, x: Shape, *_: Shape) -> Shape:
        return x

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        return (reach.axiswise(x.dims),)


def per_axis(value: Size, axes: int, field: str, *, spread_single: bool = True) -> tuple[Dim, ...]:
    """One value per spatial axis. A single value is meant for all axes, and so is a tuple of one if `spread_single`.

    Raises LayerError if there are as many values as no reading of them fits.
    """
    if not isinstance(value, tuple):
        return (value,) * axes
    if len(value) == axes:
        return value
    if len(value) == 1 and spread_single:
        return value * axes
    raise LayerError(
        f"{field} has {len(value)} values, but the input has {axes} spatial {'axis' if axes == 1 else 'axes'}",
        f"give one value for all axes, or {axes}",
        code="CNN202",
        field=field,
    )


def alone(value: Size) -> Size:
    """A tuple of one as the value in it, which means the same to us, but not everywhere in torch."""
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value
