"""What polynomials are made of.

An *atom* is a name, a floor division that cannot be simplified, or a minimum or maximum that cannot be decided.
A *monomial* is a product of powers of atoms, sorted by the atoms' keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, assert_never, final

from cnncalc.symbolic.frozen import Frozen

if TYPE_CHECKING:
    from cnncalc.symbolic.polynomial import Dim

__all__ = [
    "Atom",
    "FloorDiv",
    "Max",
    "Min",
    "Monomial",
    "Symbol",
    "degree",
    "key_of",
    "monomial_key",
    "parts_of",
    "times",
    "weight",
]

_set = object.__setattr__


class _Atom(Frozen):
    """What cannot be taken apart. `key` orders and identifies atoms, `weight` is their degree (at least 1)."""

    __slots__ = ("_hash", "depth", "key", "size", "weight")

    key: tuple[Any, ...]
    weight: int
    depth: int
    size: int
    _hash: int

    def _seal(self, key: tuple[Any, ...], parts: tuple[Dim, ...], weight: int) -> None:
        inner = [p for p in parts if not isinstance(p, int)]
        _set(self, "key", key)
        _set(self, "weight", max(1, weight))
        _set(self, "depth", 1 + max((p.depth for p in inner), default=0))
        _set(self, "size", 1 + len(parts) + sum(p.size for p in inner))
        _set(self, "_hash", hash((key[0], parts)) if parts else hash(key))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, _Atom) and self._hash == other._hash and self.key == other.key

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self.__reduce__()[1]!r}"

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        raise NotImplementedError


@final
class Symbol(_Atom):
    """A name that stands for an integer."""

    __slots__ = ("name",)
    __match_args__ = ("name",)

    name: str

    def __init__(self, name: str) -> None:
        _set(self, "name", name)
        self._seal((0, name), (), 1)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Symbol, (self.name,)


@final
class FloorDiv(_Atom):
    """⌊numerator / denominator⌋ that cannot be simplified; made by `floordiv` only. The denominator is positive."""

    __slots__ = ("denominator", "numerator")
    __match_args__ = ("numerator", "denominator")

    numerator: Dim
    denominator: Dim

    def __init__(self, numerator: Dim, denominator: Dim) -> None:
        _set(self, "numerator", numerator)
        _set(self, "denominator", denominator)
        weight = degree(numerator) - degree(denominator)
        self._seal((1, key_of(numerator), key_of(denominator)), (numerator, denominator), weight)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return FloorDiv, (self.numerator, self.denominator)


class _Extremum(_Atom):
    __slots__ = ("args",)
    __match_args__ = ("args",)

    args: tuple[Dim, ...]
    rank = 2

    def __init__(self, args: tuple[Dim, ...]) -> None:
        _set(self, "args", args)
        self._seal((self.rank, *map(key_of, args)), args, max(map(degree, args)))

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return type(self), (self.args,)


@final
class Min(_Extremum):
    """The smallest of several values, none of which is known to be it; made by `minimum` only."""

    __slots__ = ()
    rank = 2


@final
class Max(_Extremum):
    """The largest of several values, none of which is known to be it; made by `maximum` only."""

    __slots__ = ()
    rank = 3


Atom: TypeAlias = Symbol | FloorDiv | Min | Max
Monomial: TypeAlias = tuple[tuple[Atom, int], ...]


def parts_of(atom: Atom) -> tuple[Dim, ...]:
    """The values inside an atom."""
    match atom:
        case Symbol():
            return ()
        case FloorDiv(numerator, denominator):
            return numerator, denominator
        case Min(args) | Max(args):
            return args
        case _:
            assert_never(atom)


def degree(dim: Dim) -> int:
    """The degree of the leading term."""
    return 0 if isinstance(dim, int) else dim.degree


def key_of(dim: Dim) -> tuple[Any, ...]:
    """A key that orders any two values: the same in every run, unlike a hash."""
    if isinstance(dim, int):
        return (((0, ()), dim),) if dim else ()
    return dim.key


def times(a: Monomial, b: Monomial) -> Monomial:
    """The product of two monomials."""
    if not a or not b:
        return a or b
    powers = dict(a)
    for atom, power in b:
        powers[atom] = powers.get(atom, 0) + power
    return tuple(sorted(powers.items(), key=_atom_key))


def weight(monomial: Monomial) -> int:
    """The degree of a monomial."""
    return sum(atom.weight * power for atom, power in monomial)


def _atom_key(factor: tuple[Atom, int]) -> tuple[Any, ...]:
    return factor[0].key


def monomial_key(monomial: Monomial) -> tuple[int, tuple[Any, ...]]:
    """Sorts monomials, leading first."""
    return -weight(monomial), tuple((atom.key, -power) for atom, power in monomial)
