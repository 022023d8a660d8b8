"""All integers that meet conditions, which are comparisons of values with one name.

A value made of +, ·, floors, minima and maxima is a polynomial on pieces of the integers: on residue classes, cut into
intervals. The pieces are found as they are needed:

- ⌊p/d⌋ for a number d is one where d divides all coefficients of p but the constant: on the residues modulo d;
- ⌊p/q⌋ for a polynomial q > 0, with m·p = a·q + r, is ⌊a/m⌋ where 0 ≤ r < q and ⌊(a − 1)/m⌋ where −q ≤ r < 0, which
  is so from some number on; before it, it is v where v·q ≤ p < (v + 1)·q, for one v after the other;
- a minimum or maximum is one of its arguments where their difference keeps its sign.

A comparison of two polynomials is decided on all of a piece by bisection (`signs`). So the answer is complete, however
far it reaches, and no step rounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import gcd
from typing import Literal, TypeAlias, assert_never

from cnncalc.errors import FormulaError
from cnncalc.record import record
from cnncalc.solving.integers import IntegerSet, union
from cnncalc.solving.signs import Polynomial, Run, added, multiplied, runs, scaled, value
from cnncalc.symbolic import Dim, FloorDiv, IntExpr, Max, Min, Symbol
from cnncalc.symbolic.atoms import Atom
from cnncalc.symbolic.polynomial import terms_of

__all__ = ["Condition", "Relation", "solutions"]

Relation: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">=", "divides"]
#: left (relation) right
Condition: TypeAlias = tuple[Relation, Dim, Dim]

MOST_PIECES = 20_000

_SIGNS: dict[str, tuple[int, ...]] = {
    "==": (0,),
    "!=": (-1, 1),
    "<": (-1,),
    "<=": (-1, 0),
    ">": (1,),
    ">=": (0, 1),
}


def solutions(
    conditions: Sequence[Condition], name: str, lowest: int, highest: int | None = None
) -> IntegerSet:
    """The integers `name`, from `lowest` to `highest` (None: without end), for which all conditions hold.

    The conditions hold no other name. They are asked in order: where one does not hold, the next ones need have no
    value. A value that divides by what is not positive is no value, and nothing holds of it.

    Raises FormulaError if the integers fall into too many pieces.
    """
    if highest is not None and highest < lowest:
        return IntegerSet()
    found: list[tuple[int, int, int, int | None]] = []
    # those of numbers alone are quickly decided, and where one fails or has no value, nothing holds in any order
    conditions = sorted(conditions, key=lambda c: isinstance(c[1], IntExpr) or isinstance(c[2], IntExpr))
    todo = [(_Piece(1, 0, lowest, highest), 0)]
    made = 0
    while todo:
        piece, asked = todo.pop()
        if asked == len(conditions):
            found.append((piece.modulus, piece.residue, piece.first, piece.last))
            continue
        made += 1
        if made > MOST_PIECES:
            raise FormulaError(
                f"the search for {name} falls into more than {MOST_PIECES:,} cases", "narrow the range"
            )
        try:
            todo += [(part, asked + 1) for part in _where(conditions[asked], name, piece)]
        except _SplitError as split:
            todo += [(part, asked) for part in split.pieces]
        except _UndefinedError:
            continue
    return union(found)


@record
class _Piece:
    """modulus·k + residue for k from first to last; None: without end."""

    modulus: int
    residue: int
    first: int
    last: int | None

    def cut(self, first: int, last: int | None) -> _Piece:
        return _Piece(self.modulus, self.residue, first, last)

    def split(self, factor: int) -> list[_Piece]:
        """The residue classes of k modulo a factor."""
        parts = [
            _Piece(
                self.modulus * factor,
                self.residue + self.modulus * r,
                -((r - self.first) // factor),
                None if self.last is None else (self.last - r) // factor,
            )
            for r in range(factor)
        ]
        return [p for p in parts if p.last is None or p.first <= p.last]


class _SplitError(Exception):
    """A value is no polynomial on the piece, but may be one on each of these."""

    def __init__(self, pieces: Sequence[_Piece]) -> None:
        self.pieces = pieces


class _UndefinedError(Exception):
    """A value divides by what is not positive, on all of the piece."""


def _where(condition: Condition, name: str, piece: _Piece) -> Iterator[_Piece]:
    """The parts of a piece where a condition holds."""
    relation, left, right = condition
    polynomials = _Polynomials(name, piece)
    p, q = polynomials.of(left), polynomials.of(right)
    if relation == "divides":
        relation, p = "==", added(q, scaled(multiplied(p, polynomials.quotient(q, p)), -1))
        q = ()
    for sign, first, last in runs(added(p, scaled(q, -1)), piece.first, piece.last):
        if sign in _SIGNS[relation]:
            yield piece.cut(first, last)


class _Polynomials:
    """Values as polynomials in the k of a piece."""

    def __init__(self, name: str, piece: _Piece) -> None:
        self.name = name
        self.piece = piece
        self.known: dict[Atom, Polynomial] = {}

    def of(self, dim: Dim) -> Polynomial:
        """The polynomial that a value is on all of the piece.

        Raises _SplitError if it is none there, _UndefinedError if it is nothing.
        """
        total: Polynomial = ()
        for monomial, coefficient in terms_of(dim):
            product: Polynomial = (coefficient,)
            for atom, power in monomial:
                factor = self.known.get(atom)
                if factor is None:
                    factor = self.known[atom] = self._atom(atom)
                for _ in range(power):
                    product = multiplied(product, factor)
            total = added(total, product)
        return total

    def _atom(self, atom: Atom) -> Polynomial:
        match atom:
            case Symbol(name):
                if name != self.name:
                    raise ValueError(f"the conditions hold {name} besides {self.name}")
                return added((self.piece.residue, self.piece.modulus), ())
            case FloorDiv(numerator, denominator):
                return self.quotient(self.of(numerator), self.of(denominator))
            case Min(args) | Max(args):
                best = self.of(args[0])
                for arg in args[1:]:
                    best = self._extreme(best, self.of(arg), 1 if isinstance(atom, Max) else -1)
                return best
            case _:
                assert_never(atom)

    def _extreme(self, p: Polynomial, q: Polynomial, direction: int) -> Polynomial:
        """The larger (1) or the smaller (−1) of two."""
        (sign, _, _), *others = self._runs(added(p, scaled(q, -1)))
        if not others:
            return p if sign * direction >= 0 else q
        # where they are equal, either serves
        if all(s * direction >= 0 for s in (sign, *(s for s, _, _ in others))):
            return p
        if all(s * direction <= 0 for s in (sign, *(s for s, _, _ in others))):
            return q
        raise self._cut(others[0][1])

    def quotient(self, p: Polynomial, q: Polynomial) -> Polynomial:
        """⌊p/q⌋."""
        if not q:
            raise _UndefinedError
        (sign, _, _), *others = self._runs(q)
        if others and any((s > 0) != (sign > 0) for s, _, _ in others):
            raise self._cut(others[0][1])
        if sign <= 0:
            raise _UndefinedError
        if len(q) == 1:
            return self._divided(p, q[0])
        factor, a, r = _pseudo_divided(p, q)
        if self._nonnegative(r) and self._nonnegative(_less(q, r)):
            return self._divided(a, factor)
        if self._nonnegative(_less((), r)) and self._nonnegative(added(q, r)):
            return self._divided(_less(a, ()), factor)
        self._settle(r, added(q, scaled(r, -1)), added(q, r))
        return self._level(p, q)

    def _level(self, p: Polynomial, q: Polynomial) -> Polynomial:
        """⌊p/q⌋ if it is the same number on all of the piece.

        Raises _SplitError where it changes.
        """
        v = value(p, self.piece.first) // value(q, self.piece.first)
        over = added(p, scaled(q, -v))
        for d in (over, _less(q, over)):
            beyond = next((first for sign, first, _ in self._runs(d) if sign < 0), None)
            if beyond is not None:
                raise self._cut(beyond)
        return added((v,), ())

    def _settle(self, *polynomials: Polynomial) -> None:
        """Cut the piece at the last change of a sign, if there is one."""
        start = max(self._runs(p)[-1][1] for p in polynomials)
        if start > self.piece.first:
            raise self._cut(start)

    def _nonnegative(self, p: Polynomial) -> bool:
        return all(sign >= 0 for sign, _, _ in self._runs(p))

    def _divided(self, p: Polynomial, d: int) -> Polynomial:
        """⌊p/d⌋ for a number d > 0."""
        common = gcd(d, *p[1:])
        if common < d:
            raise _SplitError(self.piece.split(d // common))
        return added(tuple([c // d for c in p]), ())

    def _runs(self, p: Polynomial) -> list[Run]:
        return runs(p, self.piece.first, self.piece.last)

    def _cut(self, start: int) -> _SplitError:
        """What is before `start`, and the piece from there on."""
        return _SplitError(
            [self.piece.cut(self.piece.first, start - 1), self.piece.cut(start, self.piece.last)]
        )


def _less(p: Polynomial, q: Polynomial) -> Polynomial:
    """p − q − 1, which is ≥ 0 where p > q."""
    return added(added(p, scaled(q, -1)), (-1,))


def _pseudo_divided(p: Polynomial, q: Polynomial) -> tuple[int, Polynomial, Polynomial]:
    """(m, a, r) with m·p = a·q + r, m > 0 and r of a lower degree than q, whose leading coefficient is positive."""
    factor = 1
    quotient: Polynomial = ()
    rest = p
    while len(rest) >= len(q):
        common = gcd(rest[-1], q[-1])
        scale, lead = q[-1] // common, rest[-1] // common
        term: Polynomial = (*[0] * (len(rest) - len(q)), lead)
        factor *= scale
        quotient = added(scaled(quotient, scale), term)
        rest = added(scaled(rest, scale), scaled(multiplied(term, q), -1))
    return factor, quotient, rest
