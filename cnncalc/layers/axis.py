"""Axes by torch's numbering, in which 0 is the batch, 1 the channels, and negative numbers count from the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.errors import LayerError
from cnncalc.symbolic import pretty

if TYPE_CHECKING:
    from cnncalc.shape import Shape
    from cnncalc.symbolic import Dim

__all__ = ["axis_of", "number"]


def number(value: Dim, field: str) -> int:
    """The value of a field that no name can stand for.

    Raises LayerError if it holds a name.
    """
    if isinstance(value, int):
        return value
    raise LayerError(f"{field}={pretty(value)} is not a number", "give a number", code="CNN202", field=field)


def axis_of(dim: Dim, x: Shape, field: str = "dim") -> int:
    """Our axis for torch's `dim`: one less, since a Shape has no batch axis.

    Raises LayerError for the batch axis, and for an axis that the input does not have.
    """
    given = number(dim, field)
    axis = given - 1 if given >= 0 else given + x.rank
    if 0 <= axis < x.rank:
        return axis
    if axis == -1:
        fact = f"{field}={given} is the batch axis"
    else:
        fact = f"{field}={given}, but the axes of the input {x.pretty()} are 1 to {x.rank}"
    valid = "1 or -1" if x.rank == 1 else f"1 to {x.rank}, or -1 to -{x.rank} from the end"
    raise LayerError(fact, f"give {valid}; 1 is the first axis after the batch", code="CNN202", field=field)
