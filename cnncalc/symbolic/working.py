"""How a formula comes to its value, step by step, as one would write it on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from cnncalc.symbolic.evaluate import compiled
from cnncalc.symbolic.text import pretty_formula
from cnncalc.symbolic.tree import (
    All,
    Call,
    Choice,
    Compare,
    Divide,
    FloorDivide,
    Modulo,
    Name,
    Not,
    Number,
    Power,
    Product,
    Some,
    Sum,
    children,
    rebuilt,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.symbolic.tree import Node

__all__ = ["equations", "stages", "substituted", "working"]

#: floors, fractions and functions: their operands are worked out in a step of their own
_Barrier: TypeAlias = Divide | FloorDivide | Modulo | Call | Compare | All | Some | Not


def substituted(node: Node, values: Mapping[str, Any]) -> Node:
    """The tree with values in place of names; a choice whose names all have values is made."""
    match node:
        case Number():
            return node
        case Name(name):
            return Number(values[name]) if name in values else node
        case Choice(condition, then, otherwise) if not _open(substituted(condition, values)):
            return substituted(then if compiled(condition)(values) else otherwise, values)
        case _:
            return rebuilt(node, tuple(substituted(child, values) for child in children(node)))


def working(node: Node, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The stages as text for people."""
    return tuple(map(pretty_formula, stages(node, values)))


def stages(node: Node, values: Mapping[str, Any]) -> tuple[Node, ...]:
    """The formula; the values put in, products under a floor worked out; then one round of arithmetic at a time.

    Stages that would be written alike are one.
    """
    found = [node]
    current = _terms_worked_out(substituted(node, values), values, inside=False)
    while True:
        if pretty_formula(current) != pretty_formula(found[-1]):
            found.append(current)
        if isinstance(current, Number):
            return tuple(found)
        current = _round(current, values)


def equations(node: Node, values: Mapping[str, Any]) -> tuple[tuple[Node, Number], ...]:
    """The arithmetic, one operation at a time: 5·5·3 = 75, 75 + 1 = 76, 76·10 = 760.

    Up to three factors are multiplied at once, later ones one by one; what changes nothing is not written.
    """
    lines: list[tuple[Node, Number]] = []

    def done(operation: Node) -> Number:
        result = _value(operation, values)
        if pretty_formula(operation) != pretty_formula(result):
            lines.append((operation, result))
        return result

    def reduced(operation: Node) -> Number:
        if isinstance(operation, Number):
            return operation
        one_step = isinstance(operation, Call) and not any(map(_deep, children(operation)))  # ⌈7/2⌉
        if one_step:
            return done(operation)
        operation = rebuilt(operation, tuple(map(reduced, children(operation))))
        if not isinstance(operation, Product):
            return done(operation)
        factors, taken = operation.factors, 3
        while len(factors) > taken:
            factors, taken = (done(Product(factors[:taken])), *factors[taken:]), 2
        return done(Product(factors))

    reduced(substituted(node, values))
    return tuple(lines)


def _deep(node: Node) -> bool:
    """Whether there is arithmetic within the node's operands."""
    return not _ready(node)


def _open(node: Node) -> bool:
    """Whether names are left."""
    return isinstance(node, Name) or any(map(_open, children(node)))


def _direct(node: Node) -> bool:
    """Whether the node holds arithmetic only, no floor, fraction or function."""
    return not isinstance(node, _Barrier) and all(map(_direct, children(node)))


def _ready(node: Node) -> bool:
    """Whether the node can be worked out at once."""
    return all(isinstance(child, Number) for child in children(node))


def _value(node: Node, values: Mapping[str, Any]) -> Number:
    return Number(compiled(node)(values))


def _terms_worked_out(node: Node, values: Mapping[str, Any], *, inside: bool) -> Node:
    """The tree with the products of numbers worked out that are terms of a sum inside a floor, fraction or function."""
    inside = inside or isinstance(node, _Barrier)
    summing = inside and isinstance(node, Sum)
    return rebuilt(
        node,
        tuple(
            _value(child, values)
            if summing and isinstance(child, Product | Power) and _direct(child)
            else _terms_worked_out(child, values, inside=inside)
            for child in children(node)
        ),
    )


def _round(node: Node, values: Mapping[str, Any]) -> Node:
    """One round: what can be worked out without skipping a step that one would write down."""
    old = children(node)
    if _ready(node) or (isinstance(node, Call) and all(map(_ready, old))):  # ⌈7/2⌉ is one step
        return _value(node, values)
    if isinstance(node, Sum) and all(map(_direct, old)):
        return rebuilt(node, tuple(_value(child, values) for child in old))
    if _direct(node):
        return _value(node, values)
    new = tuple(child if isinstance(child, Number) else _round(child, values) for child in old)
    result = rebuilt(node, new)
    if not isinstance(node, _Barrier) and all(isinstance(child, Number) for child in new):
        return _value(result, values)
    return result
