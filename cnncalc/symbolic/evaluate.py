"""Tree -> function of the names' values, built once from closures: no text is ever executed.

Sums, products, floors and remainders use Python's operators alone, so plain ints are fast, and whatever overloads the
operators (`IntExpr`, `Ratio`, arrays) comes through.
"""

from __future__ import annotations

import operator
from math import gcd
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

from cnncalc.errors import FormulaError
from cnncalc.symbolic.extrema import maximum, minimum
from cnncalc.symbolic.polynomial import IntExpr
from cnncalc.symbolic.ratio import Ratio, ceiling, floor, nearest_even, parts, ratio
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
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnncalc.symbolic.polynomial import Dim
    from cnncalc.symbolic.ratio import Exact
    from cnncalc.symbolic.tree import Function, Node, Sign

    Run: TypeAlias = Callable[[Mapping[str, Any]], Any]

__all__ = ["DECIDE", "compiled"]

#: where the values hold the function that decides symbolic comparisons; no name of a formula looks like this
DECIDE = "?"
MAX_POWER_BITS = 4096

_COMPARE: dict[Sign, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compiled(node: Node) -> Run:  # noqa: C901 (one case for each kind of node)
    """The function that computes a tree from a mapping of its names to values."""
    match node:
        case Number(value):
            return lambda _: value
        case Name(name):
            return itemgetter(name)
        case Sum(terms):
            return _sum(terms)
        case Product(factors):
            return _product(factors)
        case Divide(a, b):
            return _binary(_divide, a, b)
        case FloorDivide(a, b):
            f, g = compiled(a), compiled(b)
            return lambda values: f(values) // g(values)
        case Modulo(a, b):
            f, g = compiled(a), compiled(b)
            return lambda values: f(values) % g(values)
        case Power(a, b):
            return _binary(_power, a, b)
        case Call(function, args):
            return _call(function, args)
        case Compare(sign, a, b):
            return _compare(sign, a, b)
        case All(conditions):
            runs = [compiled(c) for c in conditions]
            return lambda values: all(run(values) for run in runs)
        case Some(conditions):
            runs = [compiled(c) for c in conditions]
            return lambda values: any(run(values) for run in runs)
        case Not(condition):
            run = compiled(condition)
            return lambda values: not run(values)
        case Choice(condition, then, otherwise):
            test, yes, no = compiled(condition), compiled(then), compiled(otherwise)
            return lambda values: yes(values) if test(values) else no(values)
        case _:
            assert_never(node)


def _binary(op: Callable[[Any, Any], Any], a: Node, b: Node) -> Run:
    f, g = compiled(a), compiled(b)
    return lambda values: op(f(values), g(values))


def _sum(terms: tuple[tuple[int, Node], ...]) -> Run:
    sign, first = terms[0]
    run = compiled(first) if sign > 0 else _negative(compiled(first))
    for sign, term in terms[1:]:
        run = _plus(run, term) if sign > 0 else _minus(run, term)
    return run


def _negative(f: Run) -> Run:
    return lambda values: -f(values)


def _plus(f: Run, term: Node) -> Run:
    if isinstance(term, Number):
        constant: Any = term.value
        return lambda values: f(values) + constant
    g = compiled(term)
    return lambda values: f(values) + g(values)


def _minus(f: Run, term: Node) -> Run:
    if isinstance(term, Number):
        constant: Any = term.value
        return lambda values: f(values) - constant
    g = compiled(term)
    return lambda values: f(values) - g(values)


def _product(factors: tuple[Node, ...]) -> Run:
    run = compiled(factors[0])
    for factor in factors[1:]:
        run = _times(run, compiled(factor))
    return run


def _times(f: Run, g: Run) -> Run:
    return lambda values: f(values) * g(values)


def _divide(a: Any, b: Any) -> Any:
    if type(a) is int and type(b) is int:
        return ratio(a, b) if a % b else a // b
    return ratio(a, b) if isinstance(a, int | IntExpr) and isinstance(b, int | IntExpr) else a / b


def _power(a: Any, b: Any) -> Any:
    """a^b for a whole number b; the size of the result is bounded before it is computed."""
    if isinstance(b, IntExpr | Ratio):
        raise FormulaError(f"the exponent must be a whole number, not {_shown(b)}")
    if not isinstance(b, int) or not isinstance(a, int | IntExpr | Ratio):
        return a**b
    if b < 0:
        numerator, denominator = parts(a)
        return _power(ratio(denominator, numerator), -b)
    bits = max((part.bit_length() for part in parts(a) if isinstance(part, int)), default=0)
    if b > 1 and bits > 1 and bits * b > MAX_POWER_BITS:
        raise FormulaError(f"the power {_shown(a)}^{b} is too large")
    return a**b


def _shown(value: Exact) -> str:
    from cnncalc.symbolic.text import pretty_formula
    from cnncalc.symbolic.tree import Number

    return pretty_formula(Number(value))


def _call(function: Function, args: tuple[Node, ...]) -> Run:
    runs = [compiled(arg) for arg in args]
    match function:
        case "floor" | "ceil" | "round":
            if function != "round" and isinstance(args[0], Divide):
                return _rounded_quotient(function, args[0])
            rounding = {"floor": floor, "ceil": ceiling, "round": nearest_even}[function]
            return lambda values: rounding(runs[0](values))
        case "abs":
            return lambda values: _absolute(runs[0](values))
        case "min" | "max":
            return lambda values: _extremum(function, [run(values) for run in runs])
        case "make_divisible":
            return lambda values: _make_divisible(runs[0](values), runs[1](values))
        case _:
            assert_never(function)


def _rounded_quotient(function: Function, quotient: Divide) -> Run:
    """floor(a/b) and ceil(a/b) without forming the quotient, which for plain ints would be slow."""
    f, g = compiled(quotient.numerator), compiled(quotient.denominator)
    if function == "floor":
        return lambda values: f(values) // g(values)
    return lambda values: _ceiling_of(f(values), g(values))


def _ceiling_of(a: Any, b: Any) -> Any:
    if isinstance(a, IntExpr | Ratio) or isinstance(b, IntExpr | Ratio):
        return ceiling(_divide(a, b))
    return -(-a // b)


def _absolute(value: Exact) -> Exact:
    n, d = parts(value)
    return ratio(maximum(n, -n), d)


def _extremum(function: Function, values: list[Exact]) -> Exact:
    """The least or greatest, over the common denominator."""
    plain = [value for value in values if isinstance(value, int)]
    if len(plain) == len(values):
        return min(plain) if function == "min" else max(plain)
    common: Dim = 1
    for value in values:
        d = parts(value)[1]
        if isinstance(common, int) and isinstance(d, int):
            common = common * d // gcd(common, d)
        elif d != common:
            common = common * d
    raised = [floor(value * common) for value in values]
    return ratio(minimum(*raised) if function == "min" else maximum(*raised), common)


def _make_divisible(value: Exact, divisor: Exact) -> Dim:
    """max(d, ⌊(v + d/2)/d⌋·d), and d more if that is less than 0.9·v: channel rounding as MobileNet published it."""
    if isinstance(divisor, Ratio):
        raise FormulaError(f"the divisor must be a whole number, not {_shown(divisor)}")
    d = divisor
    nearest = maximum(d, floor(_divide(value + ratio(d, 2), d)) * d)
    n, q = parts(value)
    # 1 if 10·nearest < 9·v, else 0; as a formula, so that it holds for names too
    short = minimum(1, maximum(0, 9 * n - 10 * nearest * q))
    return nearest + d * short


def _compare(sign: Sign, a: Node, b: Node) -> Run:
    f, g = compiled(a), compiled(b)
    compare = _COMPARE[sign]

    def run(values: Mapping[str, Any]) -> Any:
        left, right = f(values), g(values)
        if isinstance(left, IntExpr | Ratio) or isinstance(right, IntExpr | Ratio):
            return _decided(sign, left, right, values)
        return compare(left, right)

    return run


def _decided(sign: Sign, left: Exact, right: Exact, values: Mapping[str, Any]) -> bool:
    (n, d), (m, e) = parts(left), parts(right)
    a, b = n * e, m * d
    difference = a - b
    if isinstance(difference, int):
        return bool(_COMPARE[sign](difference, 0))
    decide: Callable[[str, Dim, Dim], bool] | None = values.get(DECIDE)
    if decide is None:
        raise FormulaError(f"cannot decide whether {a} {sign} {b}", "give the names values")
    return decide(sign, a, b)
