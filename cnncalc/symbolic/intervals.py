"""Lower and upper ends of values with names, by interval arithmetic, and the split into residues."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import inf, lcm, prod
from typing import TYPE_CHECKING, Protocol, TypeAlias, assert_never, final

from cnncalc.errors import FormulaError
from cnncalc.symbolic.atoms import FloorDiv, Max, Min, Symbol, parts_of
from cnncalc.symbolic.division import divmod_polynomial
from cnncalc.symbolic.expr import names, substitute, symbol
from cnncalc.symbolic.polynomial import IntExpr, atoms_of, build, from_terms, terms_of

if TYPE_CHECKING:
    from cnncalc.symbolic.atoms import Atom, Monomial
    from cnncalc.symbolic.polynomial import Dim

    class Ranges(Protocol):
        """What is known of names: the least and the greatest value of each; None if there is no greatest."""

        def range(self, name: str) -> tuple[int, int | None]: ...


__all__ = ["Ranges", "Residue", "interval", "residues"]

#: an integer, or ±inf
End: TypeAlias = float

MAX_CASES = 256
#: what one question may cost, in nodes looked at; beyond it the answer is "not known"
MAX_WORK = 2_000
#: names are not shifted in products of more factors, which would become too many terms
MAX_DEGREE = 8


def interval(dim: Dim, ranges: Ranges) -> tuple[int | None, int | None]:
    """(least, greatest): every value lies between them; None is unbounded. Not always the tightest."""
    if not isinstance(dim, IntExpr):
        return dim, dim
    return _interval(dim, tuple((name, *ranges.range(name)) for name in sorted(names(dim))))


@lru_cache(maxsize=1024)
def _interval(dim: IntExpr, ranges: tuple[tuple[str, int, int | None], ...]) -> tuple[int | None, int | None]:
    """The ends for names between (least, greatest); remembered, since layer after layer asks the same."""
    shifts = {name: low for name, low, _ in ranges} if _highest(dim) <= MAX_DEGREE else {}
    bounded = any(low < 0 or high is not None for _, low, high in ranges)
    try:
        low, high = _ends(dim, ranges, shifts)
        if shifts and bounded:  # then unshifted names may tell more: x² between −2 and 3
            other_low, other_high = _ends(dim, ranges, {})
            low, high = max(low, other_low), min(high, other_high)
    except FormulaError:  # it outgrows what an expression may be
        return None, None
    return None if low == -inf else int(low), None if high == inf else int(high)


def _ends(
    dim: IntExpr, ranges: tuple[tuple[str, int, int | None], ...], shifts: dict[str, int]
) -> tuple[End, End]:
    """The ends of a value, in terms of what each name exceeds its shift by.

    Shifted by its lower bound, a name is ≥ 0, and the signs of coefficients tell much.
    """
    ends: dict[str, tuple[End, End]] = {}
    for name, low, high in ranges:
        shift = shifts.get(name, 0)
        ends[name] = (low - shift, inf if high is None else high - shift)
    search = _Search(ends)
    shifted = substitute(dim, {name: symbol(name) + shift for name, shift in shifts.items()})
    return search.lower(shifted), search.upper(shifted)


def _highest(dim: Dim) -> int:
    """The largest number of factors in a product, in the value or under a floor, minimum or maximum."""
    highest = max((sum(power for _, power in m) for m, _ in terms_of(dim)), default=0)
    return max([highest, *(_highest(part) for atom in atoms_of(dim) for part in parts_of(atom))])


@final
class _Search:
    """One question: the ends of each (shifted) name, what was found, and how much work is left."""

    def __init__(self, ends: dict[str, tuple[End, End]]) -> None:
        self.ends = ends
        self.found: dict[Dim, End] = {}
        self.work = MAX_WORK

    def upper(self, dim: Dim) -> End:
        return -self.lower(-dim)

    def lower(self, dim: Dim) -> End:
        """An end below which the value cannot fall: the best of several, each of them sound."""
        if not isinstance(dim, IntExpr):
            return dim
        if dim in self.found:
            return self.found[dim]
        self.work -= dim.size
        if self.work < 0:
            return -inf
        best = max(self._termwise(dim), self._without_floors(dim), self._without_extrema(dim))
        self.found[dim] = best
        return best

    def _termwise(self, dim: IntExpr) -> End:
        """The sum of the terms' ends."""
        total: End = 0
        for monomial, coefficient in dim.terms:
            low, high = self._monomial(monomial)
            total = _plus(total, _times(coefficient, low if coefficient > 0 else high))
        return total

    def _monomial(self, monomial: Monomial) -> tuple[End, End]:
        low: End = 1
        high: End = 1
        for atom, power in monomial:
            bottom, top = _raised(*self._atom(atom), power)
            ends = [_times(a, b) for a in (low, high) for b in (bottom, top)]
            low, high = min(ends), max(ends)
        return low, high

    def _atom(self, atom: Atom) -> tuple[End, End]:
        match atom:
            case Symbol(name):
                return self.ends[name]
            case FloorDiv(numerator, denominator):
                return self._quotient(numerator, denominator)
            case Min(args):
                return min(map(self.lower, args)), min(map(self.upper, args))
            case Max(args):
                return max(map(self.lower, args)), max(map(self.upper, args))
            case _:
                assert_never(atom)

    def _quotient(self, numerator: Dim, denominator: Dim) -> tuple[End, End]:
        """⌊n/d⌋ is least for the least n, over the greatest d if that n is ≥ 0, else over the least d."""
        least, greatest = self.lower(numerator), self.upper(numerator)
        small, large = max(1, self.lower(denominator)), self.upper(denominator)
        large = max(small, large)
        return (
            _over(least, large if least >= 0 else small),
            _over(greatest, small if greatest >= 0 else large),
        )

    def _without_floors(self, dim: IntExpr) -> End:
        """The end of what is left when each floor, with all its factors, is replaced by an end that has none."""
        factors: dict[FloorDiv, dict[Monomial, int]] = {}
        plain: list[tuple[Monomial, int]] = []
        for monomial, coefficient in dim.terms:
            atom = next((a for a, power in monomial if isinstance(a, FloorDiv) and power == 1), None)
            others = tuple(factor for factor in monomial if factor[0] is not atom)
            if atom is None:
                plain.append((monomial, coefficient))
            else:
                factors.setdefault(atom, {})[others] = coefficient
        ends = [self._end(build(factor), atom) for atom, factor in factors.items()]
        scale = lcm(*(denominator for _, denominator in ends))
        rest = from_terms(plain) * scale
        for numerator, denominator in ends:
            rest = rest + numerator * (scale // denominator)
        if rest == dim:
            return -inf
        low = self.lower(rest)
        return low if low == -inf else -(-int(low) // scale)

    def _end(self, factor: Dim, atom: FloorDiv) -> tuple[Dim, int]:
        """(a, b) where a/b ≤ factor·⌊n/d⌋, without the floor if possible.

        (n − d + 1)/d ≤ ⌊n/d⌋ ≤ n/d; if d is no number and does not cancel, 0 ≤ ⌊n/d⌋ ≤ n/least d for n ≥ 0
        """
        n, d = atom.numerator, atom.denominator
        rises, falls = self.lower(factor) >= 0, self.upper(factor) <= 0
        if rises or falls:
            quotient, remainder = divmod_polynomial(factor, d)
            if isinstance(d, int):
                return factor * (n - d + 1 if rises else n), d
            if remainder == 0:
                return quotient * (n - d + 1 if rises else n), 1
            if self.lower(n) >= 0:
                return (0, 1) if rises else (factor * n, int(max(1, self.lower(d))))
        return factor * build({((atom, 1),): 1}), 1

    def _without_extrema(self, dim: IntExpr) -> End:
        """A minimum or maximum is one of its arguments: the worst of the cases; one that only helps: the best."""
        for monomial, coefficient in dim.terms:
            for atom, power in monomial:
                if isinstance(atom, Min | Max):
                    ends = [self.lower(_replaced(dim, atom, arg)) for arg in atom.args]
                    once = power == 1 and sum(a == atom for a in atoms_of(dim)) == 1
                    rest = tuple(factor for factor in monomial if factor[0] != atom)
                    helps = isinstance(atom, Max) == (coefficient > 0)
                    return max(ends) if once and helps and self._monomial(rest)[0] >= 0 else min(ends)
        return -inf


def _replaced(dim: IntExpr, atom: Atom, value: Dim) -> Dim:
    total: Dim = 0
    for monomial, coefficient in dim.terms:
        rest = tuple(factor for factor in monomial if factor[0] != atom)
        power = next((p for a, p in monomial if a == atom), 0)
        total = total + build({rest: coefficient}) * value**power
    return total


def _plus(a: End, b: End) -> End:
    if -inf in (a, b):
        return -inf
    return a if a == inf else b if b == inf else a + b


def _times(a: End, b: End) -> End:
    """a·b, where 0·inf = 0: the end of a product whose other factor is exactly 0."""
    if a == 0 or b == 0:
        return 0
    if abs(a) == inf or abs(b) == inf:
        return inf if (a > 0) == (b > 0) else -inf
    return a * b


def _raised(low: End, high: End, power: int) -> tuple[End, End]:
    """The ends of a power of what lies between the ends."""
    ends = sorted((_power(low, power), _power(high, power)))
    return (0 if power % 2 == 0 and low < 0 < high else ends[0]), ends[1]


def _power(a: End, power: int) -> End:
    return a**power if abs(a) != inf or a > 0 or power % 2 else inf


def _over(a: End, b: End) -> End:
    if abs(a) == inf:
        return a
    if b == inf:
        return 0 if a >= 0 else -1
    return a // b


@final
class Residue:
    """One case of a split: each name x stands for period·x + residue, with x in the range given here."""

    def __init__(self, ranges: Ranges, split: dict[str, tuple[int, int]]) -> None:
        self.mapping: dict[str, Dim] = {n: p * symbol(n) + r for n, (p, r) in split.items()}
        self._ranges = ranges
        self._split = split

    def range(self, name: str) -> tuple[int, int | None]:
        """The range of the new x."""
        low, high = self._ranges.range(name)
        period, residue = self._split.get(name, (1, 0))
        return -((residue - low) // period), None if high is None else (high - residue) // period

    def empty(self) -> bool:
        """Whether no value has these residues."""
        return any(high is not None and low > high for low, high in map(self.range, self._split))


def residues(dim: IntExpr, ranges: Ranges, modulus: int = 1, load: int = 0) -> list[Residue] | None:
    """The cases in which each name under a floor has one residue modulo the denominators (times `modulus`).

    None if there is nothing to split, or there are too many cases for the size of `dim` and `load`, the size of all
    that is looked at beside it.
    """
    periods: dict[str, int] = {}
    _add_periods(dim, 1, periods)
    if modulus > 1:
        for name in names(dim):
            periods[name] = periods.get(name, 1) * modulus
    split = {name: period for name, period in sorted(periods.items()) if period > 1}
    count = prod(split.values())
    if count == 1 or count > MAX_CASES or count * (dim.size + load) > MAX_WORK:
        return None
    cases = (
        Residue(ranges, {n: (p, r) for (n, p), r in zip(split.items(), rs, strict=True)})
        for rs in product(*(range(p) for p in split.values()))
    )
    return [case for case in cases if not case.empty()]


def _add_periods(dim: Dim, outer: int, periods: dict[str, int]) -> None:
    for atom in atoms_of(dim):
        match atom:
            case Symbol(name):
                periods[name] = lcm(periods.get(name, 1), outer)
            case FloorDiv(numerator, denominator):
                inner = outer * denominator if isinstance(denominator, int) else outer
                _add_periods(numerator, inner, periods)
                _add_periods(denominator, outer, periods)
            case Min(args) | Max(args):
                for arg in args:
                    _add_periods(arg, outer, periods)
            case _:
                assert_never(atom)
