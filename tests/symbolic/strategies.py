"""Random expressions as plain trees, which tests build and evaluate in independent ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import sympy
from hypothesis import strategies as st

from cnncalc.symbolic import ceildiv, maximum, minimum, symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnncalc.symbolic import Dim

#: ("+", a, b) and the like; a str is a name; an int is itself
Tree: TypeAlias = Any
Point: TypeAlias = dict[str, int]

NAMES = ("x", "y", "z")
POSITIVE = ("S", "T")


def trees(
    names: tuple[str, ...] = NAMES, *, floors: bool = True, extrema: bool = True
) -> st.SearchStrategy[Tree]:
    """Sums, products and small powers of names; floors and remainders by what is positive; minima and maxima."""
    leaves = st.sampled_from(names) | st.integers(-9, 9)
    denominators = st.integers(1, 12) | st.sampled_from(POSITIVE) | st.just(("*", 2, "S"))

    def grow(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        forms = [
            st.tuples(st.sampled_from("+-"), inner, inner),
            st.tuples(st.just("*"), inner, inner),
            st.tuples(st.just("**"), inner, st.integers(0, 2)),
        ]
        if floors:
            forms.append(st.tuples(st.sampled_from(["//", "%", "ceil"]), inner, denominators))
        if extrema:
            forms.append(st.tuples(st.sampled_from(["min", "max"]), inner, inner))
        return st.one_of(forms)

    return st.recursive(leaves, grow, max_leaves=8)


def polynomials(names: tuple[str, ...] = NAMES) -> st.SearchStrategy[Tree]:
    return trees(names, floors=False, extrema=False)


def points(low: int = -20, high: int = 20) -> st.SearchStrategy[Point]:
    """Values for all names; those that stand in denominators are positive."""
    return st.fixed_dictionaries(
        {**{n: st.integers(low, high) for n in NAMES}, **{n: st.integers(1, high) for n in POSITIVE}}
    )


def built(tree: Tree) -> Dim:
    """The tree as a value with names, by the operators that users write."""
    result: Dim = _folded(tree, symbol, minimum, maximum, ceildiv)
    return result


def evaluated(tree: Tree, point: Mapping[str, int]) -> int:
    """The tree as Python computes it."""
    result: int = _folded(tree, point.__getitem__, min, max, lambda a, b: -((-a) // b))
    return result


def in_sympy(tree: Tree) -> sympy.Expr:
    """The tree as SymPy understands it."""
    result: sympy.Expr = _folded(tree, sympy.Symbol, sympy.Min, sympy.Max, lambda a, b: sympy.ceiling(a / b))
    return sympy.sympify(result)


def _folded(tree: Tree, name: Callable[[str], Any], least: Any, greatest: Any, above: Any) -> Any:
    if isinstance(tree, str):
        return name(tree)
    if isinstance(tree, int):
        return tree
    op, left, right = tree
    a, b = (_folded(t, name, least, greatest, above) for t in (left, right))
    match op:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "**":
            return a**b
        case "//":
            return a // b
        case "%":
            return a % b
        case "ceil":
            return above(a, b)
        case "min":
            return least(a, b)
        case "max":
            return greatest(a, b)
    raise AssertionError(op)
