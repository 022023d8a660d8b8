"""A network: layers at their places, with every shape known."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from cnncalc.errors import Span
from cnncalc.layers import Condition, Layer
from cnncalc.record import record
from cnncalc.shape import Shape
from cnncalc.spec.sink import Origin
from cnncalc.symbolic import Dim, pretty, simplify_divides, simplify_equal, simplify_ge

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.passes.details import Detail

__all__ = ["Assumption", "Network", "Node"]


@record
class Node:
    """One layer at one place. `inputs` are indices of earlier nodes, -1 for the network's input."""

    index: int
    name: str
    layer: Layer
    inputs: tuple[int, ...]
    output: Shape
    #: the node whose weights this one uses, if they are not its own
    weights_of: int | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def span(self) -> Span | None:
        """Where the layer is written."""
        return self.origin.span() if self.origin else None


@record
class Assumption:
    """Something that the names leave open and that has to be so for the results to hold."""

    relation: str
    left: Dim
    right: Dim
    #: the node that needs it; None for a condition of the spec's own, or one given by the user
    node: str | None = None

    @classmethod
    def of(cls, condition: Condition, node: str) -> Assumption:
        return cls.simplest(condition.relation, condition.left, condition.right, node)

    @classmethod
    def simplest(cls, relation: str, left: Dim, right: Dim, node: str | None = None) -> Assumption:
        """The same, as people would write it: h ≥ 2 for 32·h ≥ 64."""
        if relation == ">=":
            left, right = simplify_ge(left, right)
        elif relation in ("==", "!="):
            left, right = simplify_equal(left, right)
        elif relation == "divides":
            left, right = simplify_divides(left, right)
        return cls(relation, left, right, node)

    def __str__(self) -> str:
        left, right = pretty(self.left), pretty(self.right)
        sign = {">=": "≥", "==": "=", "!=": "≠"}.get(self.relation, self.relation)
        return f"{left} {sign} {right}"


@record
class Network:
    """A graph of layers in execution order: every node's inputs come before it."""

    name: str | None
    source: str | None
    input: Shape
    nodes: tuple[Node, ...]
    #: the node whose output is the network's; -1 if that is its input
    last: int
    #: the nodes that each name stands for: one of a layer; of a block or a list, those that it ends in
    names: Mapping[str, tuple[int, ...]]
    assumptions: tuple[Assumption, ...] = ()
    #: what names stand for by assumption: H = 32*h
    substitutions: Mapping[str, Dim] = field(default_factory=dict)

    @property
    def output(self) -> Shape:
        """What comes out."""
        return self._shape(self.last)

    def output_of(self, name: str) -> Shape | None:
        """What comes out of a layer, a block or a list; None if it ends in several nodes."""
        ends = self.names[name]
        return self._shape(ends[0]) if len(ends) == 1 else None

    def _shape(self, index: int) -> Shape:
        return self.input if index < 0 else self.nodes[index].output

    def analyse(self, *, batch: int = 1, also: Collection[Detail] = ()) -> Analysis:
        """Every number about it: `cnncalc.analyse`, where people look for it."""
        from cnncalc.analysis import analyse

        return analyse(self, batch=batch, also=also)

    def input_shapes(self, node: Node) -> tuple[Shape, ...]:
        """The shapes of what a node reads."""
        return tuple([self._shape(i) for i in node.inputs])
