"""Polynomials with integer coefficients over atoms: the data behind `IntExpr`, and the ring operations.

An `IntExpr` is a sum of integer multiples of monomials, leading
term first: by falling degree, then alphabetically, the constant last. That order is a monomial order, so one
division algorithm serves integer and symbolic denominators, and printers need not sort.
"""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any, TypeAlias, final

from cnncalc.errors import FormulaError
from cnncalc.symbolic.atoms import monomial_key, times, weight
from cnncalc.symbolic.frozen import Frozen
from cnncalc.symbolic.limits import (
    MAX_COEFFICIENT,
    MAX_DEPTH,
    MAX_POWER,
    MAX_SIZE,
    MAX_TERMS,
    MAX_WORK,
    too_large,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cnncalc.symbolic.arrays import Compiled
    from cnncalc.symbolic.atoms import Atom, Monomial

__all__ = ["Dim", "IntExpr", "atoms_of", "build", "from_terms", "terms_of"]

_set = object.__setattr__


@final
class IntExpr(Frozen):
    """An integer that depends on names, in normal form: equal sums, products and nested floors are equal objects.

    Never a constant: an operation whose result is a number returns a plain `int`. Comparisons other than `==` are
    refused, because they may be undecidable: ask `cnncalc.symbolic.bounds`.
    """

    __slots__ = ("_hash", "_key", "depth", "size", "terms")

    #: (monomial, coefficient), leading term first, the constant's monomial () last
    terms: tuple[tuple[Monomial, int], ...]
    depth: int
    size: int
    _hash: int
    _key: tuple[Any, ...] | None

    def __init__(self, terms: tuple[tuple[Monomial, int], ...]) -> None:
        depth = size = 0
        for monomial, coefficient in terms:
            if not -MAX_COEFFICIENT <= coefficient <= MAX_COEFFICIENT:
                raise too_large("a coefficient has more than 40 digits")
            size += 1
            for atom, power in monomial:
                if power > MAX_POWER:
                    raise too_large(f"a power of {power} (at most {MAX_POWER})")
                depth = max(depth, atom.depth)
                size += atom.size
        if len(terms) > MAX_TERMS:
            raise too_large(f"{len(terms)} terms (at most {MAX_TERMS})")
        if depth > MAX_DEPTH or size > MAX_SIZE:
            raise too_large("floors, minima and maxima are nested too deeply")
        _set(self, "terms", terms)
        _set(self, "depth", depth)
        _set(self, "size", size)
        _set(self, "_hash", hash(terms))
        _set(self, "_key", None)

    @property
    def degree(self) -> int:
        """The degree of the leading term."""
        return weight(self.terms[0][0])

    @property
    def key(self) -> tuple[Any, ...]:
        """Orders expressions: the same in every run, unlike a hash."""
        key = self._key
        if key is None:
            key = tuple((monomial_key(m), c) for m, c in self.terms)
            _set(self, "_key", key)
        return key

    @property
    def constant(self) -> int:
        """The term without names."""
        monomial, coefficient = self.terms[-1]
        return 0 if monomial else coefficient

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, IntExpr) and self._hash == other._hash and self.terms == other.terms

    def __hash__(self) -> int:
        return self._hash

    def __add__(self, other: Dim) -> Dim:
        if isinstance(other, int | IntExpr):
            return _sum(self, other, 1)
        return NotImplemented

    __radd__ = __add__

    def __sub__(self, other: Dim) -> Dim:
        if isinstance(other, int | IntExpr):
            return _sum(self, other, -1)
        return NotImplemented

    def __rsub__(self, other: int) -> Dim:
        if isinstance(other, int):
            return _sum(_scaled(self, -1), other, 1)
        return NotImplemented

    def __neg__(self) -> IntExpr:
        return _scaled(self, -1)

    def __pos__(self) -> IntExpr:
        return self

    def __mul__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return _scaled(self, other) if other else 0
        if isinstance(other, IntExpr):
            return _product(self, other)
        return NotImplemented

    __rmul__ = __mul__

    def __pow__(self, power: int) -> Dim:
        if not isinstance(power, int):
            return NotImplemented
        if power < 0:
            raise FormulaError(f"cannot raise {self} to the negative power {power}")
        if power > MAX_POWER:
            raise too_large(f"a power of {power} (at most {MAX_POWER})")
        result: Dim = 1
        for _ in range(power):
            result = result * self
        return result

    def __floordiv__(self, other: Dim) -> Dim:
        if isinstance(other, int | IntExpr):
            from cnncalc.symbolic.division import floordiv

            return floordiv(self, other)
        return NotImplemented

    def __rfloordiv__(self, other: int) -> Dim:
        if isinstance(other, int):
            from cnncalc.symbolic.division import floordiv

            return floordiv(other, self)
        return NotImplemented

    def __mod__(self, other: Dim) -> Dim:
        if isinstance(other, int | IntExpr):
            return self - (self // other) * other
        return NotImplemented

    def __rmod__(self, other: int) -> Dim:
        if isinstance(other, int):
            return other - (other // self) * self
        return NotImplemented

    def at(self, /, **values: Dim) -> Dim:
        """The value where names stand for these numbers or values. Other names stay; those that it lacks are ignored.

        Raises TypeError for what is neither an integer nor such a value.
        """
        from cnncalc.symbolic.expr import substitute

        return substitute(self, {name: _exact(name, value) for name, value in values.items()})

    def compile(self) -> Compiled:
        """The value as a function of its names, ints or NumPy arrays: `cnncalc.compiled`, which takes plain ints too."""
        from cnncalc.symbolic.arrays import compiled

        return compiled(self)

    def __lt__(self, other: object) -> bool:
        raise self._undecided("<", other)

    def __le__(self, other: object) -> bool:
        raise self._undecided("<=", other)

    def __gt__(self, other: object) -> bool:
        raise self._undecided(">", other)

    def __ge__(self, other: object) -> bool:
        raise self._undecided(">=", other)

    def __bool__(self) -> bool:
        raise self._undecided("!=", 0)

    def _undecided(self, sign: str, other: object) -> TypeError:
        return TypeError(
            f"whether {self} {sign} {other} depends on its names: ask cnncalc.symbolic.bounds "
            "(known_ge, known_equal) with the facts that hold"
        )

    def __str__(self) -> str:
        from cnncalc.symbolic.text import pretty

        return pretty(self)

    def __repr__(self) -> str:
        from cnncalc.symbolic.text import to_text

        return f"IntExpr({to_text(self)})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return IntExpr, (self.terms,)


Dim: TypeAlias = int | IntExpr


def terms_of(dim: Dim) -> tuple[tuple[Monomial, int], ...]:
    """The terms of any value, leading term first; of zero, none."""
    if isinstance(dim, IntExpr):
        return dim.terms
    return (((), int(dim)),) if dim else ()


def build(coefficients: Mapping[Monomial, int]) -> Dim:
    """The normal form of a sum of coefficient times monomial; an `int` if no name is left."""
    kept = [term for term in coefficients.items() if term[1]]
    if len(kept) > MAX_TERMS:
        raise too_large(f"{len(kept)} terms (at most {MAX_TERMS})")
    if len(kept) > 1:
        kept.sort(key=_term_key)
    return from_terms(kept)


def from_terms(terms: Sequence[tuple[Monomial, int]]) -> Dim:
    """The value with these terms, leading term first, no coefficient 0."""
    if not terms:
        return 0
    return IntExpr(tuple(terms)) if terms[0][0] else terms[0][1]


def atoms_of(dim: Dim) -> Iterator[Atom]:
    """The atoms of a value, repeated as they occur, without the atoms inside them."""
    for monomial, _ in terms_of(dim):
        for atom, _ in monomial:
            yield atom


def _exact(name: str, value: object) -> Dim:
    """An integer of any type, of NumPy too, as one that cannot overflow."""
    if isinstance(value, IntExpr):
        return value
    try:
        return index(value)  # type: ignore[arg-type]
    except TypeError:
        kind = type(value).__name__
        raise TypeError(
            f"{name} must be an integer or an expression, not of type {kind}: arrays go into compile()"
        ) from None


def _sum(a: IntExpr, b: Dim, sign: int) -> Dim:
    if isinstance(b, int):
        constant = a.constant + sign * b
        names = a.terms if a.terms[-1][0] else a.terms[:-1]
        return IntExpr((*names, ((), constant)) if constant else names)
    total = dict(a.terms)
    for monomial, coefficient in b.terms:
        total[monomial] = total.get(monomial, 0) + sign * coefficient
    return build(total)


def _scaled(a: IntExpr, factor: int) -> IntExpr:
    return IntExpr(tuple((m, c * factor) for m, c in a.terms))


def _product(a: IntExpr, b: IntExpr) -> Dim:
    if len(a.terms) * len(b.terms) > MAX_WORK:
        raise too_large(f"a product of {len(a.terms)} and {len(b.terms)} terms")
    total: dict[Monomial, int] = {}
    for left, p in a.terms:
        for right, q in b.terms:
            monomial = times(left, right)
            total[monomial] = total.get(monomial, 0) + p * q
    return build(total)


def _term_key(term: tuple[Monomial, int]) -> tuple[int, tuple[Any, ...]]:
    return monomial_key(term[0])
