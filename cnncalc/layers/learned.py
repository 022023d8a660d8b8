"""Kinds that keep the shape they get, but own tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.layers.base import NOTHING, Derivation, Layer
from cnncalc.layers.products import Named, derived
from cnncalc.shape import Shape, Weight

if TYPE_CHECKING:
    from cnncalc.symbolic import Dim

__all__ = ["TAKES_ITS_OWN", "ShapeKeeping", "learned", "learned_counts", "learned_params"]


#: why a normalisation without running statistics is no map that is known before its input
TAKES_ITS_OWN = "takes its statistics from every input anew"


class ShapeKeeping(Layer):
    """A kind that gives back the shape it gets, multiplies no matrices, but may own tensors."""

    __slots__ = ()

    def output(self, x: Shape, *_: Shape) -> Shape:
        return x

    def macs(self, *_: Shape) -> Derivation:
        return NOTHING


def learned(shape: tuple[Dim, ...], *, affine: bool, bias: bool) -> tuple[Weight, ...]:
    """The factors and the summands."""
    if not affine:
        return ()
    weight = Weight("weight", shape)
    return (weight, Weight("bias", shape)) if bias else (weight,)


def learned_counts(named: Named, *, affine: bool, bias: bool) -> dict[str, Derivation]:
    """How many factors and summands there are, where `named` are the sizes of their shape."""
    if not affine:
        return {}
    count = derived("*".join(named), named)
    return {"weight": count, "bias": count} if bias else {"weight": count}


def learned_params(named: Named, *, affine: bool, bias: bool) -> Derivation:
    """The number of both together."""
    if not affine:
        return NOTHING
    return derived("*".join(["2", *named] if bias else named), named)
