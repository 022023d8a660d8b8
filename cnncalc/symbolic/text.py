"""Values and formulas as text: for machines that read it back, and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never, final

from cnncalc.record import record
from cnncalc.symbolic.ratio import Ratio, ratio
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
    as_tree,
    name_nodes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from cnncalc.symbolic.polynomial import Dim
    from cnncalc.symbolic.ratio import Exact
    from cnncalc.symbolic.tree import Node

__all__ = ["decimal", "pretty", "pretty_formula", "pretty_product", "to_text"]

# How strongly a form binds: what binds less than its surroundings is put in parentheses.
CHOICE, SOME, ALL, NOT, COMPARE, SUM, QUOTIENT, PRODUCT, POWER, ATOM = range(10)


@final
@record
class _Style:
    """ASCII that the parser reads, or mathematical signs; 27*C or 27C; spaces in a floor's sums or not."""

    ascii: bool
    compact: bool
    juxtapose: bool


_PLAIN = _Style(True, False, False)
_DIM = _Style(False, True, False)
_FORMULA = _Style(False, False, True)

_BRACKETS = {"floor": ("⌊", "⌋"), "ceil": ("⌈", "⌉"), "abs": ("|", "|")}
_PRETTY_SIGNS = {"==": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}


def to_text(value: Dim | Fraction) -> str:
    """A value as ASCII that `parse_expression` reads back: 64*((H + 1)//2)."""
    return _Writer(_PLAIN).write(_tree(value), CHOICE)


def pretty(value: Dim | Fraction) -> str:
    """A value for people: 64*⌊(H+1)/2⌋."""
    return _Writer(_DIM).write(_tree(value), CHOICE)


def pretty_product(factors: Sequence[Dim]) -> str:
    """A product for people, its sums in parentheses: 9*C*K*(H − 2)*(W − 2)."""
    nodes: list[Node] = []
    for tree in map(as_tree, factors):
        nodes += tree.factors if isinstance(tree, Product) else (tree,)
    return _Writer(_DIM).write(nodes[0] if len(nodes) == 1 else Product(tuple(nodes)), CHOICE)


def pretty_formula(node: Node) -> str:
    """A formula for people: ⌊(W + 2P − D(F−1) − 1)/S⌋ + 1."""
    return _Writer(_FORMULA).write(node, CHOICE)


def _tree(value: Dim | Fraction) -> Node:
    from cnncalc.symbolic.polynomial import IntExpr

    if isinstance(value, int | IntExpr):
        return as_tree(value)
    return Number(ratio(value.numerator, value.denominator))


def decimal(value: Ratio) -> str | None:
    """A non-negative quotient of numbers as a decimal, if that is exact in six places: 0.75."""
    n, d = value.numerator, value.denominator
    if not isinstance(n, int) or not isinstance(d, int) or 10**6 % d:
        return None
    return f"{n // d}.{n % d * 10**6 // d:06}".rstrip("0")


@final
class _Writer:
    __slots__ = ("style",)

    def __init__(self, style: _Style) -> None:
        self.style = style

    def write(self, node: Node, least: int, compact: bool = False) -> str:
        """The node's text, in parentheses if it binds less than `least`; if compact, a sum without spaces."""
        text, binds = self._form(node, compact)
        if binds >= least:
            return text
        return f"({text})"

    def _form(self, node: Node, compact: bool) -> tuple[str, int]:  # noqa: C901 (one case for each kind of node)
        match node:
            case Number(value):
                return self._number(value, compact)
            case Name(name):
                return name, ATOM
            case Sum(terms):
                return self._sum(terms, compact), SUM
            case Product(factors):
                return self._product(factors), PRODUCT
            case Divide(a, b):
                return f"{self.write(a, QUOTIENT)}/{self.write(b, POWER)}", QUOTIENT
            case FloorDivide(a, b):
                return self._floor(a, b)
            case Modulo(a, b):
                sign = "%" if self.style.ascii else "mod"
                return f"{self.write(a, PRODUCT)} {sign} {self.write(b, POWER)}", QUOTIENT
            case Power(a, b):
                return f"{self.write(a, ATOM, compact)}^{self.write(b, ATOM)}", POWER
            case Call(function, args):
                return self._call(function, args), ATOM
            case Compare(sign, a, b):
                shown = sign if self.style.ascii else _PRETTY_SIGNS[sign]
                return f"{self.write(a, SUM)} {shown} {self.write(b, SUM)}", COMPARE
            case All(conditions):
                return " and ".join(self.write(c, NOT) for c in conditions), ALL
            case Some(conditions):
                return " or ".join(self.write(c, ALL) for c in conditions), SOME
            case Not(condition):
                return f"not {self.write(condition, NOT)}", NOT
            case Choice(condition, then, otherwise):
                test = self.write(condition, SOME)
                return f"{self.write(then, SOME)} if {test} else {self.write(otherwise, CHOICE)}", CHOICE
            case _:
                assert_never(node)

    def _minus(self) -> str:
        return "-" if self.style.ascii else "−"

    def _number(self, value: Exact, compact: bool) -> tuple[str, int]:
        if isinstance(value, bool):
            return str(value).lower(), ATOM
        if isinstance(value, int):
            return (str(value), ATOM) if value >= 0 else (f"{self._minus()}{-value}", SUM)
        if not isinstance(value, Ratio):
            return self._form(as_tree(value), compact)
        if isinstance(value.numerator, int) and value.numerator < 0:
            return f"{self._minus()}{self.write(Number(-value), QUOTIENT)}", SUM
        shown = decimal(value)
        if shown is not None:
            return shown, ATOM
        return self._form(Divide(Number(value.numerator), Number(value.denominator)), compact)

    def _sum(self, terms: tuple[tuple[int, Node], ...], compact: bool) -> str:
        space = "" if compact else " "
        text = ""
        for i, (sign, term) in enumerate(terms):
            shown = "+" if sign > 0 else self._minus()
            lead = (shown if sign < 0 else "") if i == 0 else f"{space}{shown}{space}"
            # −a//b would be (−a)//b
            tighter = i == 0 and sign < 0 and isinstance(term, FloorDivide | Modulo)
            text += lead + self.write(term, PRODUCT if tighter else QUOTIENT)
        return text

    def _product(self, factors: tuple[Node, ...]) -> str:
        text = ""
        for i, factor in enumerate(factors):
            shown = self.write(factor, PRODUCT, compact=not self.style.ascii)
            text += (self._times(factors[i - 1], factor, first=i == 1) if i else "") + shown
        return text

    def _times(self, left: Node, right: Node, *, first: bool) -> str:
        """The sign between two factors: none in 2P, 2(F−1) and D(F−1), but behind others: 3·1·P."""
        if not self.style.juxtapose:
            return "*"
        letter = isinstance(left, Name) and len(left.name) == 1
        number = isinstance(left, Number) and isinstance(left.value, int) and left.value >= 0
        base = right.base if isinstance(right, Power) else right
        named = isinstance(base, Name) and len(base.name) == 1
        closed = isinstance(base, Sum) and any(name_nodes(base))
        return "" if (first and number and named) or ((number or letter) and closed) else "·"

    def _floor(self, a: Node, b: Node) -> tuple[str, int]:
        if self.style.ascii:
            return f"{self.write(a, QUOTIENT)}//{self.write(b, POWER)}", QUOTIENT
        compact = self.style.compact
        top = self.write(a, PRODUCT, compact=compact)
        return f"⌊{top}/{self.write(b, POWER, compact=compact)}⌋", ATOM

    def _call(self, function: str, args: tuple[Node, ...]) -> str:
        if not self.style.ascii and function in _BRACKETS:
            left, right = _BRACKETS[function]
            return f"{left}{self.write(args[0], CHOICE)}{right}"
        return f"{function}({', '.join(self.write(arg, CHOICE) for arg in args)})"
