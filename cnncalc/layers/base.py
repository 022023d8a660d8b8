"""What every layer kind answers.

A kind is a frozen dataclass: its fields are what a person writes, its methods are the questions that are
asked of one layer at one place. Channels are never fields: they come with the input. All questions take the
shapes of the inputs (most kinds have one) and may only be asked once `requires` has been met.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from cnncalc.errors import LayerError
from cnncalc.record import record
from cnncalc.symbolic import Formula

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cnncalc.layers.condition import Condition
    from cnncalc.shape import Shape, Size, TorchCall, Weight, Window
    from cnncalc.symbolic import Dim

__all__ = [
    "NOTHING",
    "Derivation",
    "Elementwise",
    "Layer",
    "Weightless",
    "WordForm",
    "alone",
    "param",
    "per_axis",
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


#: no multiply-accumulates, by the convention that only convolutions and matrix products have them
NOTHING = Derivation(Formula("0"), {})


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
    def weights(self, x: Shape, *more: Shape) -> tuple[Weight, ...]:
        """Every tensor that the layer owns, with torch's name and shape, in torch's order; buffers last."""

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


class Weightless(Layer):
    """A kind that owns no tensors and multiplies no matrices."""

    __slots__ = ()

    def weights(self, x: Shape, *more: Shape) -> tuple[Weight, ...]:
        del x, more
        return ()

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
