"""Between a spec and a network: who takes the layers that a spec expands to, and where each of them is written."""

from __future__ import annotations

from typing import Protocol, TypeAlias

from cnncalc.errors import Span
from cnncalc.layers import Layer
from cnncalc.record import record
from cnncalc.shape import Shape
from cnncalc.spec.items import Call, Item, Line

__all__ = ["INPUT_REF", "Origin", "Refs", "Sink"]

#: the reference that stands for the network's input
INPUT_REF = -1

Refs: TypeAlias = tuple[int, ...]


@record
class Origin:
    """Where a layer stands in the text. Cheap to keep: places are only computed for errors."""

    line: Line
    item: Item

    def span(self, field: str | None = None, *, key: bool = False) -> Span:
        """The place of the layer, or of one of its fields (`key`: of the field's name, where that stands apart)."""
        body = self.item.body
        marks = body.marks if isinstance(body, Call) else {}
        named = marks.get(f"{field}=") if key else None
        mark = named or marks.get(field or "") or marks.get("") or self.item.mark
        return self.line.place(mark)


class Sink(Protocol):
    """Who takes the layers."""

    def add(self, layer: Layer, inputs: Refs, name: str, origin: Origin, weights: int | None) -> int:
        """Place a layer; the reference by which later ones speak of its output."""

    def shape(self, ref: int) -> Shape:
        """The shape of an output that was placed before."""
