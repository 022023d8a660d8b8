"""Exact integers that may hold names: what the rest of cnncalc says `Dim` to.

Five layers of stride 2 on a height H:

>>> height = symbol("H")
>>> for _ in range(5):
...     height = (height - 1) // 2 + 1
>>> print(height)
⌊(H+31)/32⌋
>>> print(substitute(height, {"H": 32 * symbol("h")}))
h
"""

from __future__ import annotations

from functools import lru_cache
from keyword import iskeyword
from typing import TYPE_CHECKING, assert_never

from cnncalc.symbolic.atoms import FloorDiv, Max, Min, Symbol, key_of, parts_of
from cnncalc.symbolic.division import ceildiv, floordiv
from cnncalc.symbolic.extrema import maximum, minimum
from cnncalc.symbolic.polynomial import Dim, IntExpr, atoms_of, build, terms_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cnncalc.symbolic.atoms import Atom, Monomial

__all__ = [
    "Dim",
    "FloorDiv",
    "IntExpr",
    "Max",
    "Min",
    "Symbol",
    "ceildiv",
    "floordiv",
    "maximum",
    "minimum",
    "names",
    "sort_key",
    "substitute",
    "symbol",
]


@lru_cache(maxsize=1024)
def symbol(name: str) -> IntExpr:
    """The integer called `name`, which must be an identifier."""
    if not (name.isascii() and name.isidentifier()) or iskeyword(name):
        raise ValueError(f"a name must be an ASCII identifier, not {name!r}")
    return IntExpr(((((Symbol(name), 1),), 1),))


def sort_key(dim: Dim) -> tuple[Any, ...]:
    """A key that orders any two values, the same in every run: for deterministic output, not for size."""
    return key_of(dim)


@lru_cache(maxsize=1024)
def names(dim: Dim) -> frozenset[str]:
    """The names that a value depends on."""
    if not isinstance(dim, IntExpr):
        return frozenset()
    found: set[str] = set()
    seen: set[Atom] = set()
    todo: list[Dim] = [dim]
    while todo:
        for atom in atoms_of(todo.pop()):
            if atom in seen:
                continue
            seen.add(atom)
            todo += parts_of(atom)
            if isinstance(atom, Symbol):
                found.add(atom.name)
    return frozenset(found)


def substitute(dim: Dim, mapping: Mapping[str, Dim]) -> Dim:
    """The value with names replaced, all at once: x + y under {x: y, y: x} is y + x. Other names stay."""
    if not isinstance(dim, IntExpr):
        return dim
    known: dict[tuple[Atom, int], Dim] = {}
    return _substitute(dim, mapping, known)


def _substitute(dim: Dim, mapping: Mapping[str, Dim], known: dict[tuple[Atom, int], Dim]) -> Dim:
    total: dict[Monomial, int] = {}
    for monomial, coefficient in terms_of(dim):
        product: Dim = coefficient
        for atom, power in monomial:
            value = known.get((atom, power))
            if value is None:
                value = known[atom, power] = _substitute_atom(atom, mapping, known) ** power
            product = product * value
        for part, factor in terms_of(product):
            total[part] = total.get(part, 0) + factor
    return build(total)


def _substitute_atom(atom: Atom, mapping: Mapping[str, Dim], known: dict[tuple[Atom, int], Dim]) -> Dim:
    match atom:
        case Symbol(name):
            return mapping[name] if name in mapping else symbol(name)
        case FloorDiv(numerator, denominator):
            return floordiv(_substitute(numerator, mapping, known), _substitute(denominator, mapping, known))
        case Min(args):
            return minimum(*(_substitute(arg, mapping, known) for arg in args))
        case Max(args):
            return maximum(*(_substitute(arg, mapping, known) for arg in args))
        case _:
            assert_never(atom)
