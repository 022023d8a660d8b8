"""Formulas as trees: a closed set of frozen nodes. Evaluation, working and printers are one function each over them."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never, final

from cnncalc.record import record
from cnncalc.symbolic.atoms import FloorDiv, Max, Min, Symbol
from cnncalc.symbolic.polynomial import IntExpr, terms_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.symbolic.atoms import Atom, Monomial
    from cnncalc.symbolic.polynomial import Dim
    from cnncalc.symbolic.ratio import Exact

__all__ = [
    "All",
    "Call",
    "Choice",
    "Compare",
    "Divide",
    "FloorDivide",
    "Modulo",
    "Name",
    "Node",
    "Not",
    "Number",
    "Power",
    "Product",
    "Some",
    "Sum",
    "as_tree",
    "children",
    "name_nodes",
    "rebuilt",
]

Function: TypeAlias = Literal["min", "max", "ceil", "floor", "round", "abs", "make_divisible"]
Sign: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]


@final
@record
class Number:
    """A value: a literal of the text, or what was substituted for a name."""

    value: Exact


@final
@record
class Name:
    """A name, and the column where it stands."""

    name: str
    column: int = field(default=0, compare=False)


@final
@record
class Sum:
    """±a ± b ±…; with one term, −a."""

    terms: tuple[tuple[Literal[1, -1], Node], ...]


@final
@record
class Product:
    """a·b·…"""

    factors: tuple[Node, ...]


@final
@record
class Divide:
    """a/b, exactly."""

    numerator: Node
    denominator: Node


@final
@record
class FloorDivide:
    """⌊a/b⌋."""

    numerator: Node
    denominator: Node


@final
@record
class Modulo:
    """a − b·⌊a/b⌋."""

    numerator: Node
    denominator: Node


@final
@record
class Power:
    """base^exponent."""

    base: Node
    exponent: Node


@final
@record
class Call:
    """One of the few functions, applied."""

    function: Function
    args: tuple[Node, ...]


@final
@record
class Compare:
    """a < b, and the like. A condition."""

    sign: Sign
    left: Node
    right: Node


@final
@record
class All:
    """a and b and … A condition."""

    conditions: tuple[Node, ...]


@final
@record
class Some:
    """a or b or … A condition."""

    conditions: tuple[Node, ...]


@final
@record
class Not:
    """not a. A condition."""

    condition: Node


@final
@record
class Choice:
    """then if condition else otherwise."""

    condition: Node
    then: Node
    otherwise: Node


Node: TypeAlias = (
    Number
    | Name
    | Sum
    | Product
    | Divide
    | FloorDivide
    | Modulo
    | Power
    | Call
    | Compare
    | All
    | Some
    | Not
    | Choice
)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right under a node, from left to right as they are written."""
    match node:
        case Number() | Name():
            return ()
        case Sum(terms):
            return tuple(term for _, term in terms)
        case Product(parts) | Call(_, parts) | All(parts) | Some(parts):
            return parts
        case Divide(a, b) | FloorDivide(a, b) | Modulo(a, b) | Power(a, b) | Compare(_, a, b):
            return a, b
        case Not(condition):
            return (condition,)
        case Choice(condition, then, otherwise):
            return then, condition, otherwise
        case _:
            assert_never(node)


def rebuilt(node: Node, new: tuple[Node, ...]) -> Node:  # noqa: C901 (one case for each kind of node)
    """The same kind of node over other children."""
    match node:
        case Number() | Name():
            return node
        case Sum(terms):
            return Sum(tuple((sign, child) for (sign, _), child in zip(terms, new, strict=True)))
        case Product():
            return Product(new)
        case Call(function, _):
            return Call(function, new)
        case All():
            return All(new)
        case Some():
            return Some(new)
        case Divide():
            return Divide(*new)
        case FloorDivide():
            return FloorDivide(*new)
        case Modulo():
            return Modulo(*new)
        case Power():
            return Power(*new)
        case Compare(sign, _, _):
            return Compare(sign, *new)
        case Not():
            return Not(*new)
        case Choice():
            then, condition, otherwise = new
            return Choice(condition, then, otherwise)
        case _:
            assert_never(node)


def name_nodes(node: Node) -> Iterator[Name]:
    """The names in a tree, from left to right."""
    if isinstance(node, Name):
        yield node
    for child in children(node):
        yield from name_nodes(child)


def as_tree(dim: Dim) -> Node:
    """A value as a tree of names and numbers: what the printers print."""
    if not isinstance(dim, IntExpr):
        return Number(dim)
    terms = list(terms_of(dim))
    positive = next((i for i, (_, c) in enumerate(terms) if c > 0), 0)
    terms.insert(0, terms.pop(positive))  # 5 − C, not −C + 5
    if len(terms) == 1 and terms[0][1] > 0:
        return _term(*terms[0])
    return Sum(tuple((1 if c > 0 else -1, _term(m, abs(c))) for m, c in terms))


def _term(monomial: Monomial, coefficient: int) -> Node:
    factors: list[Node] = [] if coefficient == 1 and monomial else [Number(coefficient)]
    for atom, power in monomial:
        base = _atom(atom)
        factors.append(Power(base, Number(power)) if power > 1 else base)
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def _atom(atom: Atom) -> Node:
    match atom:
        case Symbol(name):
            return Name(name)
        case FloorDiv(numerator, denominator):
            return FloorDivide(as_tree(numerator), as_tree(denominator))
        case Min(args):
            return Call("min", tuple(map(as_tree, args)))
        case Max(args):
            return Call("max", tuple(map(as_tree, args)))
        case _:
            assert_never(atom)
