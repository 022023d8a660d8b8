"""Exact integers that may hold names, what can be decided about them, and formulas as data.

``expr``: values. ``bounds``: what can be decided. ``formula``: formulas. ``text``, ``latex``: printers.
"""

from cnncalc.symbolic.bounds import (
    Facts,
    divides,
    known_equal,
    known_ge,
    maximal,
    minimal,
    simplify_divides,
    simplify_equal,
    simplify_ge,
)
from cnncalc.symbolic.expr import (
    Dim,
    FloorDiv,
    IntExpr,
    Max,
    Min,
    Symbol,
    ceildiv,
    floordiv,
    maximum,
    minimum,
    names,
    sort_key,
    substitute,
    symbol,
)
from cnncalc.symbolic.factors import factored
from cnncalc.symbolic.formula import Formula, as_integer, parse_expression
from cnncalc.symbolic.latex import latex_formula, to_latex
from cnncalc.symbolic.text import pretty, pretty_formula, pretty_product, to_text

__all__ = [
    "Dim",
    "Facts",
    "FloorDiv",
    "Formula",
    "IntExpr",
    "Max",
    "Min",
    "Symbol",
    "as_integer",
    "ceildiv",
    "divides",
    "factored",
    "floordiv",
    "known_equal",
    "known_ge",
    "latex_formula",
    "maximal",
    "maximum",
    "minimal",
    "minimum",
    "names",
    "parse_expression",
    "pretty",
    "pretty_formula",
    "pretty_product",
    "simplify_divides",
    "simplify_equal",
    "simplify_ge",
    "sort_key",
    "substitute",
    "symbol",
    "to_latex",
    "to_text",
]
