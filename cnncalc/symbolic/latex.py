r"""Values and formulas in LaTeX: 27 C^{2}, \left\lfloor \frac{H+31}{32} \right\rfloor."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from cnncalc.symbolic.polynomial import IntExpr
from cnncalc.symbolic.ratio import Ratio, ratio
from cnncalc.symbolic.text import ALL, ATOM, CHOICE, COMPARE, NOT, POWER, PRODUCT, SOME, SUM, decimal
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
)

if TYPE_CHECKING:
    from fractions import Fraction

    from cnncalc.symbolic.polynomial import Dim
    from cnncalc.symbolic.ratio import Exact
    from cnncalc.symbolic.tree import Function, Node

__all__ = ["latex_formula", "to_latex"]

_SIGNS = {"==": "=", "!=": r"\ne", "<": "<", "<=": r"\le", ">": ">", ">=": r"\ge"}
_BRACKETS = {"floor": (r"\lfloor", r"\rfloor"), "ceil": (r"\lceil", r"\rceil"), "abs": (r"\lvert", r"\rvert")}


def to_latex(value: Dim | Fraction) -> str:
    """A value in LaTeX."""
    if isinstance(value, int | IntExpr):
        return _write(as_tree(value), CHOICE)
    return _write(Number(ratio(value.numerator, value.denominator)), CHOICE)


def latex_formula(node: Node) -> str:
    """A formula in LaTeX."""
    return _write(node, CHOICE)


def _write(node: Node, least: int, compact: bool = False) -> str:
    text, binds = _form(node, compact)
    if binds >= least:
        return text
    tall = r"\frac" in text or r"\left" in text
    return rf"\left({text}\right)" if tall else f"({text})"


def _form(node: Node, compact: bool) -> tuple[str, int]:  # noqa: C901 (one case for each kind of node)
    match node:
        case Number(value):
            return _number(value, compact)
        case Name(name):
            return _name(name), ATOM
        case Sum(terms):
            return _sum(terms, compact), SUM
        case Product(factors):
            return _product(factors), PRODUCT
        case Divide(a, b):
            return (
                rf"\frac{{{_write(a, CHOICE, compact=True)}}}{{{_write(b, CHOICE, compact=True)}}}",
                PRODUCT,
            )
        case FloorDivide(a, b):
            return _form(Call("floor", (Divide(a, b),)), compact)
        case Modulo(a, b):
            return rf"{_write(a, PRODUCT)} \bmod {_write(b, POWER)}", SUM
        case Power(a, b):
            return f"{_write(a, ATOM, compact)}^{{{_write(b, CHOICE)}}}", POWER
        case Call(function, args):
            return _call(function, args, compact), ATOM
        case Compare(sign, a, b):
            return f"{_write(a, SUM)} {_SIGNS[sign]} {_write(b, SUM)}", COMPARE
        case All(conditions):
            return r" \land ".join(_write(c, NOT) for c in conditions), ALL
        case Some(conditions):
            return r" \lor ".join(_write(c, ALL) for c in conditions), SOME
        case Not(condition):
            return rf"\lnot {_write(condition, ATOM)}", NOT
        case Choice(condition, then, otherwise):
            rows = rf"{_write(then, SOME)} & \text{{if }} {_write(condition, SOME)} \\ "
            rows += rf"{_write(otherwise, SOME)} & \text{{otherwise}}"
            return rf"\begin{{cases}} {rows} \end{{cases}}", ATOM
        case _:
            assert_never(node)


def _number(value: Exact, compact: bool) -> tuple[str, int]:
    if isinstance(value, int):
        return str(value), ATOM if value >= 0 else SUM
    if not isinstance(value, Ratio):
        return _form(as_tree(value), compact)
    if isinstance(value.numerator, int) and value.numerator < 0:
        return f"-{_write(Number(-value), PRODUCT)}", SUM
    shown = decimal(value)
    if shown is not None:
        return shown, ATOM
    return _form(Divide(Number(value.numerator), Number(value.denominator)), compact)


def _name(name: str) -> str:
    r"""H, C_{\mathrm{in}}, \mathit{width}."""
    head, _, rest = name.partition("_")
    if len(name) == 1:
        return name
    if len(head) == 1 and rest and "_" not in rest:
        return f"{head}_{{{rest}}}" if len(rest) == 1 else rf"{head}_{{\mathrm{{{rest}}}}}"
    escaped = name.replace("_", r"\_")
    return rf"\mathit{{{escaped}}}"


def _sum(terms: tuple[tuple[int, Node], ...], compact: bool) -> str:
    space = "" if compact else " "
    text = ""
    for i, (sign, term) in enumerate(terms):
        shown = "+" if sign > 0 else "-"
        lead = (shown if sign < 0 else "") if i == 0 else f"{space}{shown}{space}"
        text += lead + _write(term, PRODUCT)
    return text


def _product(factors: tuple[Node, ...]) -> str:
    text = ""
    # F F C reads like one name, F · F · C does not
    dotted = len(set(factors)) < len(factors)
    for i, factor in enumerate(factors):
        shown = _write(factor, PRODUCT, compact=True)
        # a digit after a factor would read as part of it
        sign = (r" \cdot " if dotted or shown[0].isdigit() else " ") if i else ""
        text += sign + shown
    return text


def _call(function: Function, args: tuple[Node, ...], compact: bool) -> str:
    inner = ", ".join(_write(arg, CHOICE, compact=compact) for arg in args)
    if function in _BRACKETS:
        left, right = _BRACKETS[function]
        return rf"\left{left} {inner} \right{right}"
    name = rf"\{function}" if function in ("min", "max") else rf"\operatorname{{{_escaped(function)}}}"
    return rf"{name}\left({inner}\right)"


def _escaped(name: str) -> str:
    return name.replace("_", r"\_")
