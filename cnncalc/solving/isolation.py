"""One name by itself on one side, by algebra, for all values of another.

For integers, and with a, q ≥ 1:

    a·x + b ≥ 0        ⟺  x ≥ ⌈−b/a⌉
    b − a·x ≥ 0        ⟺  x ≤ ⌊b/a⌋
    a·⌊n/q⌋ + b ≥ 0    ⟺  n − q·⌈−b/a⌉ ≥ 0
    b − a·⌊n/q⌋ ≥ 0    ⟺  q·(⌊b/a⌋ + 1) − 1 − n ≥ 0
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnncalc.solving.model import Family
from cnncalc.solving.univariate import Condition, solutions
from cnncalc.symbolic import Dim, Facts, FloorDiv, Symbol, ceildiv, floordiv, known_ge, names
from cnncalc.symbolic.atoms import Atom, Monomial, parts_of
from cnncalc.symbolic.polynomial import atoms_of, build, terms_of

__all__ = ["isolated"]


def isolated(
    conditions: Sequence[Condition], inner: str, outer: str, highest: Mapping[str, int | None]
) -> Family | None:
    """The interval of one name for every number of the other, if all conditions say just that; else None."""
    rest = [c for c in conditions if inner not in names(c[1]) | names(c[2])]
    domain = solutions(rest, outer, 0, highest[outer])
    if not domain:
        return Family((0,), (), domain)
    last = domain.greatest
    facts = Facts({inner: 0, outer: domain.least}, {} if last is None else {outer: last})
    end = highest[inner]
    sides = _Sides([0], [] if end is None else [end], facts, inner)
    for relation, left, right in conditions:
        if inner in names(left) | names(right) and not sides.add(relation, left - right):
            return None
    lows = _needed(sides.lows, 1, facts)
    highs = _needed(sides.highs, -1, facts)
    apart: list[Condition] = [("<=", low, high) for low in lows for high in highs]
    return Family(tuple(lows), tuple(highs), solutions([*rest, *apart], outer, 0, last))


class _Sides:
    """What the inner name is at least, and at most."""

    def __init__(self, lows: list[Dim], highs: list[Dim], facts: Facts, inner: str) -> None:
        self.lows = lows
        self.highs = highs
        self._facts = facts
        self._inner = inner

    def add(self, relation: str, difference: Dim) -> bool:
        """Take in that a difference is ≥ 0, = 0 and so on; False if that says no interval, as far as one can see."""
        match relation:
            case ">=":
                return self._positive(difference)
            case ">":
                return self._positive(difference - 1)
            case "<=":
                return self._positive(-difference)
            case "<":
                return self._positive(-difference - 1)
            case "==":
                return self._positive(difference) and self._positive(-difference)
            case _:
                return False

    def _positive(self, d: Dim) -> bool:
        """Take in that d = a·(an atom with the name) + b is ≥ 0."""
        atoms = {atom for atom in atoms_of(d) if self._within(atom)}
        if len(atoms) != 1:
            return False
        (atom,) = atoms
        factors: dict[Monomial, int] = {}
        others: dict[Monomial, int] = {}
        for monomial, coefficient in terms_of(d):
            power = dict(monomial).get(atom, 0)
            if power > 1:
                return False
            rest = tuple(factor for factor in monomial if factor[0] != atom)
            (factors if power else others)[rest] = coefficient
        a, b = build(factors), build(others)
        rises = known_ge(a, 1, self._facts)
        if not rises and not known_ge(-a, 1, self._facts):
            return False
        limit = ceildiv(-b, a) if rises else floordiv(b, -a)
        match atom:
            case Symbol():
                (self.lows if rises else self.highs).append(limit)
                return True
            case FloorDiv(n, q) if self._inner not in names(q) and known_ge(q, 1, self._facts):
                return self._positive(n - q * limit if rises else q * (limit + 1) - 1 - n)
        return False

    def _within(self, atom: Atom) -> bool:
        """Whether the name is in an atom."""
        return atom == Symbol(self._inner) or any(self._inner in names(part) for part in parts_of(atom))


def _needed(ends: Sequence[Dim], direction: int, facts: Facts) -> list[Dim]:
    """The ends without those that others imply."""
    kept: list[Dim] = []
    for end in dict.fromkeys(ends):
        if any(known_ge(direction * other, direction * end, facts) for other in kept):
            continue
        kept = [other for other in kept if not known_ge(direction * end, direction * other, facts)]
        kept.append(end)
    return kept
