"""All numbers of several names for which conditions hold together.

One name, the inner one, is left to `univariate`. Where conditions say in which interval it lies, with ends that depend on
the one other name, the answer is written down at once, as a family if it has no end. Otherwise the others are tried: all
those that intervals do not rule out, box by box.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from cnncalc.errors import FormulaError, SpecError
from cnncalc.record import record
from cnncalc.solving.integers import IntegerSet
from cnncalc.solving.isolation import isolated
from cnncalc.solving.model import Family, Group
from cnncalc.solving.univariate import Condition, solutions
from cnncalc.symbolic import Dim, FloorDiv, IntExpr, substitute
from cnncalc.symbolic.atoms import parts_of
from cnncalc.symbolic.intervals import interval
from cnncalc.symbolic.polynomial import atoms_of

__all__ = ["MOST_GROUPS", "Found", "members", "together", "within"]

MOST_BOXES = 20_000
MOST_GROUPS = 10_000
#: how far ahead intervals are asked for the end of a name's values
_FURTHEST = 2**60
_ROUNDS = 4


@record
class Found:
    """The solutions: groups by the numbers of all names but the inner one, or a family."""

    inner: int
    groups: tuple[Group, ...] = ()
    family: Family | None = None


def together(conditions: Sequence[Condition], highest: Mapping[str, int | None]) -> Found:
    """The numbers from 0 to the highest (None: without end) of two or more names for which all conditions hold.

    Raises SpecError if there are too many to be tried.
    """
    names = list(highest)
    families = []
    if len(names) == 2:
        for inner, outer in (names, names[::-1]):
            family = isolated(conditions, inner, outer, highest)
            if family is None:
                continue
            size = family.outer.size
            if size is not None and size <= MOST_GROUPS:
                return Found(names.index(inner), tuple(_groups(family, outer)))
            families.append(Found(names.index(inner), (), family))
    box = _tightened(conditions, highest)
    endless = [name for name, (_, end) in box.ends.items() if end is None]
    if len(endless) > 1 or (families and endless):
        if families:
            return families[0]
        raise SpecError(
            f"{' and '.join(endless)} may grow without end together",
            f"give a range to one of them: --range {endless[0]}=1..100",
            code="CNN143",
        )
    inner = endless[0] if endless else max(names, key=box.width)
    outers = [name for name in names if name != inner]
    return Found(names.index(inner), tuple(_boxed(conditions, inner, outers, box)))


def members(family: Family, outer: str) -> Iterator[Group]:
    """The groups of a family, the least of the outer name first."""
    for number in family.outer:
        low = max(_at(end, {outer: number}) for end in family.lows)
        high = min((_at(end, {outer: number}) for end in family.highs), default=None)
        yield Group((number,), IntegerSet.between(low, high))


def _groups(family: Family, outer: str) -> Iterator[Group]:
    return islice(members(family, outer), family.outer.size)


def _at(dim: Dim, places: Mapping[str, int]) -> int:
    value = substitute(dim, places)
    if isinstance(value, IntExpr):
        raise FormulaError(f"{dim} holds another name")
    return value


@record
class _Box:
    """An interval for each name."""

    ends: Mapping[str, tuple[int, int | None]]

    def range(self, name: str) -> tuple[int, int | None]:
        return self.ends[name]

    def with_(self, name: str, low: int, high: int | None) -> _Box:
        return _Box({**self.ends, name: (low, high)})

    def width(self, name: str) -> int:
        """How far apart the ends are; 0 if there is no last one."""
        low, high = self.ends[name]
        return 0 if high is None else high - low

    def rules_out(self, condition: Condition) -> bool:
        """Whether a condition surely holds nowhere in it."""
        relation, left, right = condition
        if relation in ("!=", "divides"):
            return False
        low, high = interval(left - right, self)
        match relation:
            case "==":
                return (low is not None and low > 0) or (high is not None and high < 0)
            case "<" | "<=":
                return low is not None and low > (-1 if relation == "<" else 0)
            case _:
                return high is not None and high < (1 if relation == ">" else 0)


def _tightened(conditions: Sequence[Condition], highest: Mapping[str, int | None]) -> _Box:
    """The intervals that hold all solutions, as far as intervals tell."""
    box = _Box({name: (0, end) for name, end in highest.items()})
    for _ in range(_ROUNDS):
        before = box.ends
        for name in highest:
            box = _with_end(conditions, _with_beginning(conditions, box, name), name)
        if box.ends == before:
            break
    return box


def _with_beginning(conditions: Sequence[Condition], box: _Box, name: str) -> _Box:
    """The box without a first part of a name's interval that is surely in vain."""
    low, high = box.range(name)
    step = 1
    while 0 < step <= _FURTHEST:
        last = low + step - 1
        vain = (high is None or last < high) and any(map(box.with_(name, low, last).rules_out, conditions))
        low, step = (last + 1, 2 * step) if vain else (low, step // 2)
    return box.with_(name, low, high)


def _with_end(conditions: Sequence[Condition], box: _Box, name: str) -> _Box:
    """The box without a last part of a name's interval that is surely in vain."""
    low, high = box.range(name)
    step = 1
    while high is None and step <= _FURTHEST:
        if any(map(box.with_(name, low + step, None).rules_out, conditions)):
            high = low + step - 1
        step *= 2
    step = 1
    while high is not None and step:
        first = high - step + 1
        vain = first > low and any(map(box.with_(name, first, high).rules_out, conditions))
        high, step = (first - 1, 2 * step) if vain else (high, step // 2)
    return box.with_(name, low, high)


def _boxed(conditions: Sequence[Condition], inner: str, outers: Sequence[str], whole: _Box) -> list[Group]:
    """The groups for all numbers of the outer names in a box, where these have ends."""
    todo = [whole]
    end = whole.range(inner)[1]
    found: list[Group] = []
    seen = tried = 0
    while todo:
        box = todo.pop()
        seen += 1
        if seen > MOST_BOXES or tried > MOST_GROUPS:
            told = ", ".join(f"{whole.width(name) + 1:,} values of {name}" for name in outers)
            raise SpecError(
                f"the search for {', '.join([*outers, inner])} is too large: {told}",
                f"narrow it: --range {outers[0]}=1..10",
                code="CNN143",
            )
        if any(map(box.rules_out, conditions)):
            continue
        name = max(outers, key=box.width)
        if box.width(name):
            low, high = box.range(name)
            middle = low + box.width(name) // 2
            todo += [box.with_(name, low, middle), box.with_(name, middle + 1, high)]
            continue
        tried += 1
        places = {name: box.range(name)[0] for name in outers}
        numbers = within(conditions, places, inner, end)
        if numbers:
            found.append(Group(tuple([places[name] for name in outers]), numbers))
    return sorted(found, key=lambda group: group.outer)


def within(
    conditions: Sequence[Condition], places: Mapping[str, int], inner: str, highest: int | None
) -> IntegerSet:
    """The numbers of one name for which all conditions hold where the others have these."""
    if any(_undefined(side, places) for _, left, right in conditions for side in (left, right)):
        return IntegerSet()
    there: list[Condition] = [
        (relation, substitute(left, places), substitute(right, places))
        for relation, left, right in conditions
    ]
    return solutions(there, inner, 0, highest)


def _undefined(dim: Dim, places: Mapping[str, int]) -> bool:
    """Whether a value divides by what is not positive at these places."""
    for atom in atoms_of(dim):
        if any(_undefined(part, places) for part in parts_of(atom)):
            return True
        if isinstance(atom, FloorDiv):
            divisor = substitute(atom.denominator, places)
            if isinstance(divisor, int) and divisor <= 0:
                return True
    return False
