"""What can be decided about values with names: always sound, complete where it is simple.

A value is bounded by interval arithmetic on its normal form, after each name is shifted by its lower bound, so that
a polynomial whose coefficients are all ≥ 0 is seen to be ≥ its constant. What that leaves open is tried for every
residue of the names modulo the denominators, which turns floors of sums into polynomials. Before any of that, values at
a few points tell what cannot be shown: of most questions that stay open they tell it at once.
"""

from __future__ import annotations

from dataclasses import field
from itertools import accumulate, takewhile
from math import gcd
from typing import TYPE_CHECKING, TypeVar, final

from cnncalc.errors import FormulaError
from cnncalc.record import record, replace
from cnncalc.symbolic.atoms import Symbol
from cnncalc.symbolic.division import divmod_polynomial
from cnncalc.symbolic.expr import names, substitute
from cnncalc.symbolic.inequalities import reduced, simplify_divides, simplify_equal, simplify_ge
from cnncalc.symbolic.intervals import interval, residues
from cnncalc.symbolic.polynomial import IntExpr, terms_of
from cnncalc.symbolic.samples import sampled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnncalc.symbolic.intervals import Residue
    from cnncalc.symbolic.polynomial import Dim
    from cnncalc.symbolic.samples import Samples

__all__ = [
    "Facts",
    "divides",
    "known_equal",
    "known_ge",
    "maximal",
    "minimal",
    "simplify_divides",
    "simplify_equal",
    "simplify_ge",
]


#: how large the values may be, all together, that one question compares with what is known
_MOST_WORK = 2_000


@final
@record
class Facts:
    """What is assumed of names: bounds on them (at least 1, unless `lower` says otherwise), and more."""

    lower: Mapping[str, int] = field(default_factory=dict)
    upper: Mapping[str, int] = field(default_factory=dict)
    #: values that are known to be ≥ 0
    nonnegative: tuple[Dim, ...] = ()
    #: (k, a) where k is known to divide a
    multiples: tuple[tuple[Dim, Dim], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "lower", dict(self.lower))
        object.__setattr__(self, "upper", dict(self.upper))

    def __hash__(self) -> int:
        return hash(
            (frozenset(self.lower.items()), frozenset(self.upper.items()), self.nonnegative, self.multiples)
        )

    def range(self, name: str) -> tuple[int, int | None]:
        """The least and the greatest value of a name; None if there is no greatest."""
        return self.lower.get(name, 1), self.upper.get(name)

    def assume_ge(self, a: Dim, b: Dim) -> Facts:
        """These facts, and a ≥ b; FormulaError if that is known to be false."""
        answer = known_ge(a, b, self)
        if answer is False:
            raise FormulaError(f"{a} >= {b} contradicts what is known")
        if answer:
            return self
        difference = reduced(a - b)
        constant = difference.constant if isinstance(difference, IntExpr) else difference
        match terms_of(difference - constant):
            case [(((Symbol(name), 1),), 1)]:
                return replace(self, lower={**self.lower, name: -constant})
            case [(((Symbol(name), 1),), -1)]:
                return replace(self, upper={**self.upper, name: constant})
        return replace(self, nonnegative=(*self.nonnegative, a - b))

    def assume_equal(self, a: Dim, b: Dim) -> Facts:
        """These facts, and a = b; FormulaError if that is known to be false."""
        return self.assume_ge(a, b).assume_ge(b, a)

    def assume_divides(self, k: Dim, a: Dim) -> Facts:
        """These facts, and that k divides a; FormulaError if that is known to be false."""
        answer = divides(k, a, self)
        if answer is False:
            raise FormulaError(f"{k} cannot divide {a}")
        return self if answer else replace(self, multiples=(*self.multiples, (k, a)))


NOTHING = Facts()
_T = TypeVar("_T")


def minimal(dim: Dim, facts: Facts = NOTHING) -> int | None:
    """A number that `dim` never falls below, the largest that is found; None if there is none."""
    return interval(dim, facts)[0]


def maximal(dim: Dim, facts: Facts = NOTHING) -> int | None:
    """A number that `dim` never exceeds, the smallest that is found; None if there is none."""
    return interval(dim, facts)[1]


def known_ge(a: Dim, b: Dim, facts: Facts = NOTHING) -> bool | None:
    """Whether a ≥ b for all values of the names (True), for none (False), or neither is known (None)."""
    difference = a - b
    if not isinstance(difference, IntExpr):
        return difference >= 0
    facts = _related(difference, facts)
    if len({value >= 0 for value in _possible(difference, facts)}) > 1:
        return None
    return _decided(_nonnegative, difference, facts)


def known_equal(a: Dim, b: Dim, facts: Facts = NOTHING) -> bool | None:
    """Whether a = b for all values of the names (True), for none (False), or neither is known (None)."""
    difference = a - b
    if not isinstance(difference, IntExpr):
        return difference == 0
    facts = _related(difference, facts)
    if len({value == 0 for value in _possible(difference, facts)}) > 1:
        return None
    return _decided(_zero, difference, facts)


def divides(k: Dim, a: Dim, facts: Facts = NOTHING) -> bool | None:
    """Whether k divides a for all values of the names (True), for none (False), or neither is known (None)."""
    if isinstance(k, int):
        if k == 0:
            return known_equal(a, 0, facts)
        if isinstance(a, int):
            return a % k == 0
        facts = _related(a, facts)
        return _decided(lambda dim, known: _multiple(k, dim, known), a, facts, modulus=abs(k))
    try:
        return _multiple(k, a, facts)
    except FormulaError:  # it outgrows what an expression may be
        return None


def _possible(dim: IntExpr, facts: Facts) -> list[int]:
    """Some of the values that `dim` has where all facts hold."""
    conditions = [sampled(known, facts) for known in facts.nonnegative]
    multiples = [(sampled(k, facts), sampled(a, facts)) for k, a in facts.multiples]
    return [
        value
        for i, value in enumerate(sampled(dim, facts))
        if value is not None
        and all(_nonnegative_at(known[i]) for known in conditions)
        and all(_divides_at(k[i], a[i]) for k, a in multiples)
    ]


def _nonnegative_at(value: int | None) -> bool:
    return value is not None and value >= 0


def _divides_at(k: int | None, a: int | None) -> bool:
    return k is not None and a is not None and (a % k == 0 if k else a == 0)


def _decided(
    ask: Callable[[Dim, Facts], bool | None], dim: IntExpr, facts: Facts, modulus: int = 1
) -> bool | None:
    """The answer to a question; if there is none, the answer that all residues of the names agree on."""
    try:
        answer = ask(dim, facts)
        if answer is not None:
            return answer
        answers = set()
        load = sum(map(_size, (*facts.nonnegative, *(part for pair in facts.multiples for part in pair))))
        for case in residues(dim, facts, modulus, load) or ():
            answers.add(ask(substitute(dim, case.mapping), _within(case, facts)))
            if len(answers) > 1 or None in answers:
                return None
    except FormulaError:  # it outgrows what an expression may be
        return None
    return answers.pop() if answers else None


def _related(dim: IntExpr, facts: Facts) -> Facts:
    """The facts that share names with a value, the newest if they are too large to look at all."""
    nonnegative, multiples = facts.nonnegative, facts.multiples
    if not nonnegative and not multiples:
        return facts
    asked = names(dim)
    return replace(
        facts,
        nonnegative=_newest([(_size(a), a) for a in nonnegative if not asked.isdisjoint(names(a))]),
        multiples=_newest(
            [(_size(k) + _size(a), (k, a)) for k, a in multiples if not asked.isdisjoint(names(k) | names(a))]
        ),
    )


def _newest(sized: list[tuple[int, _T]]) -> tuple[_T, ...]:
    """The last values, as many as may be looked at."""
    sizes = accumulate(size for size, _ in reversed(sized))
    count = sum(1 for _ in takewhile(_MOST_WORK.__ge__, sizes))
    return tuple([value for _, value in sized[len(sized) - count :]])


def _size(dim: Dim) -> int:
    return dim.size if isinstance(dim, IntExpr) else 1


def _within(case: Residue, facts: Facts) -> Facts:
    """What is known of the quotients in one case of residues."""
    ranges = {name: case.range(name) for name in {*facts.lower, *facts.upper, *case.mapping}}
    return Facts(
        {name: low for name, (low, _) in ranges.items()},
        {name: high for name, (_, high) in ranges.items() if high is not None},
        tuple(substitute(dim, case.mapping) for dim in facts.nonnegative),
        tuple((substitute(k, case.mapping), substitute(a, case.mapping)) for k, a in facts.multiples),
    )


def _nonnegative(dim: Dim, facts: Facts) -> bool | None:
    if len({value >= 0 for value in sampled(dim, facts) if value is not None}) < 2:
        low, high = interval(dim, facts)
        if low is not None and low >= 0:
            return True
        if high is not None and high < 0:
            return False
    return _following(dim, facts) if facts.nonnegative else None


def _following(dim: Dim, facts: Facts) -> bool | None:
    """Whether dim ≥ 0, as far as what is known to be ≥ 0 tells."""
    ways = [(answer, *way) for answer, a in ((True, dim), (False, -dim - 1)) for way in _ways(a, facts)]
    work = 0
    for known in reversed(facts.nonnegative):  # the newest are the likeliest to tell
        for given, values in _ways(known, facts):
            for answer, asked, asked_values in ways:
                if _below(asked_values, values):
                    continue
                low = minimal(asked - given, facts)
                if low is not None and low >= 0:
                    return answer
                work += _size(asked) + _size(given)
        if work > _MOST_WORK:
            break
    return None


def _ways(dim: Dim, facts: Facts) -> tuple[tuple[Dim, Samples], ...]:
    """A value as it is and reduced: one is ≥ 0 exactly when the other is."""
    simple = reduced(dim)
    return tuple([(way, sampled(way, facts)) for way in ((dim,) if simple == dim else (dim, simple))])


def _below(a: Samples, b: Samples) -> bool:
    """Whether the first is less somewhere."""
    return any(p is not None and q is not None and p < q for p, q in zip(a, b, strict=True))


def _zero(dim: Dim, facts: Facts) -> bool | None:
    if not isinstance(dim, IntExpr):
        return dim == 0
    if dim.constant % gcd(*(c for m, c in dim.terms if m)):
        return False
    up, down = _nonnegative(dim, facts), _nonnegative(-dim, facts)
    if up is False or down is False:
        return False
    return True if up and down else None


def _multiple(k: Dim, a: Dim, facts: Facts) -> bool | None:
    _, remainder = divmod_polynomial(a, k)
    if remainder == 0:
        return True
    if isinstance(k, int):
        constant = remainder.constant if isinstance(remainder, IntExpr) else remainder
        if constant % gcd(k, *(c for m, c in terms_of(remainder) if m)):
            return False
    for known_k, known_a in facts.multiples:
        if divmod_polynomial(known_k, k)[1] == 0:
            rest = divmod_polynomial(remainder, known_a)[1]
            if rest != remainder:
                return _multiple(k, rest, facts)
    # what lies strictly between 0 and k is no multiple of k
    for rest in (remainder, remainder + k):
        if _nonnegative(rest - 1, facts) and _nonnegative(k - 1 - rest, facts):
            return False
    return None
