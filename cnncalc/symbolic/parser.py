"""Text -> tree, by Python's own grammar restricted to arithmetic.

    expression = condition | sum | sum "if" condition "else" sum
    condition  = comparison { ("and" | "or") comparison } | "not" condition
    sum        = product { ("+" | "-") product }
    product    = power { ("*" | "/" | "//" | "%") power }
    power      = atom [ ("**" | "^") power ]
    atom       = number | name | function "(" sum { "," sum } ")" | "(" expression ")"

Expressions come from untrusted files: their length and depth are bounded before Python's parser sees them.
"""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING, get_args

from cnncalc.errors import FormulaError, Span, nearest
from cnncalc.symbolic.ratio import ratio
from cnncalc.symbolic.tree import (
    All,
    Call,
    Choice,
    Compare,
    Divide,
    FloorDivide,
    Function,
    Modulo,
    Name,
    Node,
    Not,
    Number,
    Power,
    Product,
    Some,
    Sum,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from cnncalc.symbolic.ratio import Exact
    from cnncalc.symbolic.tree import Sign

__all__ = ["parse"]

MAX_LENGTH = 500
MAX_DEPTH = 32
MAX_DIGITS = 40

_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ .+-*/%^()<>=!,")
_FUNCTIONS: tuple[Function, ...] = get_args(Function)
_ARGUMENTS = {"ceil": 1, "floor": 1, "round": 1, "abs": 1, "make_divisible": 2}
_SIGNS: dict[type[ast.cmpop], Sign] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_MEANT = {"×": "*", "·": "*", "−": "-", "–": "-", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!="}


def parse(text: str) -> Node:
    """The tree of an expression; FormulaError with the column of whatever is not allowed in one."""
    if len(text) > MAX_LENGTH:
        raise FormulaError(
            f"the expression is too long: {len(text)} characters (at most {MAX_LENGTH})",
            "split it, with a variable for each part",
            span=Span(1, 1, len(text)),
        )
    text = text.translate({ord(c): " " for c in "\t\r\n"})
    _check_characters(text)
    if not text.strip():
        cure = 'write a number, a name, or a formula such as "C//4"'
        raise FormulaError("the expression is empty", cure, span=Span(1, 1, max(1, len(text))))
    return _Reader(text).read()


def _check_characters(text: str) -> None:
    depth = 0
    for i, character in enumerate(text):
        if character not in _ALLOWED:
            meant = _MEANT.get(character)
            cure = f"write {meant}" if meant else "use numbers, names, + - * / // % ^ and parentheses"
            raise FormulaError(f"unexpected character {character!r}", cure, span=Span(1, i + 1))
        depth += (character == "(") - (character == ")")
        if depth < 0:
            raise FormulaError("this parenthesis closes nothing", "remove it", span=Span(1, i + 1))
        if depth > MAX_DEPTH:
            raise _too_deep(Span(1, i + 1))
    if depth:
        raise FormulaError(
            "a parenthesis is never closed", "add the missing )", span=Span(1, text.rindex("(") + 1)
        )


def _too_deep(span: Span) -> FormulaError:
    return FormulaError(
        f"the expression is nested too deeply (at most {MAX_DEPTH} levels)",
        "split it, with a variable for each part",
        span=span,
    )


class _Reader:
    """One parse: the text, and how columns of what Python reads map to columns of the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        # Parentheses around all of it make leading blanks harmless; "^" becomes "**", one character longer.
        self.source = "(" + text.replace("^", "**") + ")"
        self.columns: list[int] = [1]
        for i, character in enumerate(text):
            self.columns += [i + 1] * (2 if character == "^" else 1)
        self.columns.append(len(text) + 1)

    def read(self) -> Node:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about blanks left out, as in "1if"
                body = ast.parse(self.source, mode="eval").body
        except SyntaxError as error:
            raise self._syntax(error) from None
        except (MemoryError, RecursionError, ValueError):
            raise _too_deep(Span(1, 1, len(self.text))) from None
        return self.node(body, 0)

    def _syntax(self, error: SyntaxError) -> FormulaError:
        last = len(self.columns) - 1
        start = self.columns[min(max((error.offset or 1) - 1, 0), last)]
        end = self.columns[min(max((error.end_offset or 1) - 1, 0), last)]
        column = min(start, len(self.text))
        single = "=" in self.text and not any(sign in self.text for sign in ("==", "!=", "<=", ">="))
        cure = (
            "write == to compare" if single else "write * between factors, as in 2*C, and close what you open"
        )
        return FormulaError("this is not an expression", cure, span=Span(1, column, max(1, end - column)))

    def span(self, node: ast.expr) -> Span:
        start = self.columns[node.col_offset]
        end = min(self.columns[(node.end_col_offset or node.col_offset + 1) - 1], len(self.text))
        return Span(1, start, max(1, end - start + 1))

    def node(self, node: ast.expr, depth: int) -> Node:  # noqa: C901, PLR0912 (one case for each form of the grammar)
        if depth > MAX_DEPTH:
            raise _too_deep(self.span(node))
        match node:
            case ast.Constant():
                return Number(self.number(node))
            case ast.Name(name):
                return Name(name, self.span(node).column)
            case ast.BinOp(_, ast.Add() | ast.Sub(), _):
                return self.sum(node, depth)
            case ast.BinOp(_, ast.Mult(), _):
                return self.product(node, depth)
            case ast.BinOp(left, ast.Div(), right):
                return _pulled(self.value(left, depth + 1), lambda a: Divide(a, self.value(right, depth + 1)))
            case ast.BinOp(left, ast.FloorDiv(), right):
                return FloorDivide(self.value(left, depth + 1), self.value(right, depth + 1))
            case ast.BinOp(left, ast.Mod(), right):
                return Modulo(self.value(left, depth + 1), self.value(right, depth + 1))
            case ast.BinOp(left, ast.Pow(), right):
                return Power(self.value(left, depth + 1), self.value(right, depth + 1))
            case ast.UnaryOp(ast.USub(), operand):
                return Sum(((-1, self.value(operand, depth + 1)),))
            case ast.UnaryOp(ast.UAdd(), operand):
                return self.value(operand, depth + 1)
            case ast.UnaryOp(ast.Not(), operand):
                return Not(self.condition(operand, depth + 1))
            case ast.Call():
                return self.call(node, depth)
            case ast.Compare():
                return self.comparison(node, depth)
            case ast.BoolOp(op, values):
                kind = All if isinstance(op, ast.And) else Some
                return kind(tuple(self.condition(value, depth + 1) for value in values))
            case ast.IfExp(test, then, otherwise):
                return Choice(
                    self.condition(test, depth + 1),
                    self.value(then, depth + 1),
                    self.value(otherwise, depth + 1),
                )
            case _:
                cure = "use numbers, names, + - * / // % ^, comparisons, and " + ", ".join(_FUNCTIONS)
                raise FormulaError("this is not allowed in an expression", cure, span=self.span(node))

    def value(self, node: ast.expr, depth: int) -> Node:
        read = self.node(node, depth)
        if isinstance(read, Compare | All | Some | Not):
            raise FormulaError(
                "a comparison stands where a number is needed",
                "write: number if comparison else other number",
                span=self.span(node),
            )
        return read

    def condition(self, node: ast.expr, depth: int) -> Node:
        read = self.node(node, depth)
        if not isinstance(read, Compare | All | Some | Not):
            raise FormulaError(
                "a number stands where a comparison is needed",
                "compare it, as in C > 0",
                span=self.span(node),
            )
        return read

    def sum(self, node: ast.BinOp, depth: int) -> Node:
        """`product { ("+" | "-") product }`, read in a loop: a long sum is not deep."""
        terms: list[tuple[Literal[1, -1], Node]] = []
        first: ast.expr = node
        while isinstance(first, ast.BinOp) and isinstance(first.op, ast.Add | ast.Sub):
            sign: Literal[1, -1] = 1 if isinstance(first.op, ast.Add) else -1
            terms.append((sign, self.value(first.right, depth + 1)))
            first = first.left
        read = self.value(first, depth + 1)
        terms.append(read.terms[0] if isinstance(read, Sum) and len(read.terms) == 1 else (1, read))
        return Sum(tuple(reversed(terms)))

    def product(self, node: ast.BinOp, depth: int) -> Node:
        """`power { "*" power }`, read in a loop."""
        factors: list[Node] = []
        first: ast.expr = node
        while isinstance(first, ast.BinOp) and isinstance(first.op, ast.Mult):
            factors.append(self.value(first.right, depth + 1))
            first = first.left
        factors.reverse()
        return _pulled(self.value(first, depth + 1), lambda a: Product((a, *factors)))

    def call(self, node: ast.Call, depth: int) -> Node:
        """`function "(" sum { "," sum } ")"`."""
        function = self.function(node.func)
        if node.keywords or any(isinstance(arg, ast.Starred) for arg in node.args):
            raise FormulaError(f"{function} takes plain values only", span=self.span(node))
        count, wanted = len(node.args), _ARGUMENTS.get(function)
        if count != wanted if wanted else count < 2:
            many = f"{wanted} value{'s' * (wanted > 1)}" if wanted else "two or more values"
            raise FormulaError(f"{function} takes {many}, not {count}", span=self.span(node))
        return Call(function, tuple(self.value(arg, depth + 1) for arg in node.args))

    def function(self, node: ast.expr) -> Function:
        name = node.id if isinstance(node, ast.Name) else None
        for function in _FUNCTIONS:
            if function == name:
                return function
        guess = nearest(name, _FUNCTIONS) if name else None
        cure = f"did you mean {guess}?" if guess else "write * for a product; the functions are "
        raise FormulaError(
            f"unknown function {name!r}" if name else "this is no function",
            cure if guess else cure + ", ".join(_FUNCTIONS),
            span=self.span(node),
        )

    def comparison(self, node: ast.Compare, depth: int) -> Node:
        """`sum sign sum { sign sum }`: a < b < c means a < b and b < c."""
        values = [self.value(v, depth + 1) for v in (node.left, *node.comparators)]
        found: list[Node] = []
        for op, left, right in zip(node.ops, values, values[1:], strict=False):
            sign = _SIGNS.get(type(op))
            if sign is None:
                raise FormulaError("this is not a comparison", "use == != < <= > >=", span=self.span(node))
            found.append(Compare(sign, left, right))
        return found[0] if len(found) == 1 else All(tuple(found))

    def number(self, node: ast.Constant) -> Exact:
        value = node.value
        text = self.source[node.col_offset : node.end_col_offset]
        written = text.replace("_", "").lower()
        if type(value) is int and len(written) <= MAX_DIGITS:
            return value
        mantissa, _, power = written.partition("e")
        if type(value) is not float or len(mantissa) > MAX_DIGITS or len(power) > 3:
            raise FormulaError(
                f"{text} is not a number that an expression may have",
                f"use integers and decimals of at most {MAX_DIGITS} digits",
                span=self.span(node),
            )
        whole, _, decimals = mantissa.partition(".")
        exponent = int(power or 0) - len(decimals)
        digits = int(whole + decimals)
        return digits * 10**exponent if exponent >= 0 else ratio(digits, 10**-exponent)


def _pulled(first: Node, build: Callable[[Node], Node]) -> Node:
    """(−a)·b as −(a·b): equal, and what people write."""
    if isinstance(first, Sum) and len(first.terms) == 1:
        return Sum(((-1, build(first.terms[0][1])),))
    return build(first)
