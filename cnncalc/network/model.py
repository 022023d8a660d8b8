"""A network: layers at their places, with every shape known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from cnncalc.errors import Span
from cnncalc.layers import Condition, Layer
from cnncalc.record import record
from cnncalc.shape import Shape
from cnncalc.spec.sink import Origin
from cnncalc.symbolic import Dim, pretty, simplify_ge

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
        left, right = condition.left, condition.right
        if condition.relation == ">=":
            left, right = simplify_ge(left, right)
        elif condition.relation == "==" and isinstance(left, int):
            left, right = right, left
        return cls(condition.relation, left, right, node)

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
    assumptions: tuple[Assumption, ...] = ()
    #: what names stand for by assumption: H = 32*h
    substitutions: Mapping[str, Dim] = field(default_factory=dict)

    @property
    def output(self) -> Shape:
        """What comes out of the last node."""
        return self.nodes[-1].output

    @property
    def outputs(self) -> tuple[int, ...]:
        """The nodes that no other node reads, in order; the last one is the network's main output."""
        read = {i for node in self.nodes for i in node.inputs}
        return tuple(node.index for node in self.nodes if node.index not in read)

    def input_shapes(self, node: Node) -> tuple[Shape, ...]:
        """The shapes of what a node reads."""
        return tuple(self.input if i < 0 else self.nodes[i].output for i in node.inputs)
