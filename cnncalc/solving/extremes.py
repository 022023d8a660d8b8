"""The least or the greatest that a value becomes where conditions hold, and all the places where it does."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.errors import FormulaError
from cnncalc.solving.integers import IntegerSet, Progression, combined
from cnncalc.solving.univariate import Condition, solutions
from cnncalc.symbolic import Dim, IntExpr, substitute

__all__ = ["greatest"]

_MOST_BITS = 200
#: of so few numbers each has its value computed
_FEW = 500


def greatest(
    value: Dim, conditions: Sequence[Condition], name: str, highest: int | None, told: str
) -> tuple[int, IntegerSet] | None:
    """The greatest value where the conditions hold, and where it is; None if they hold nowhere in 0..highest. `told`
    is what people call it.

    Of many numbers it is found by asking whether the value can be at least so large: so it is exact, whatever the value is.

    Raises FormulaError if there is none.
    """
    found = solutions(conditions, name, 0, highest)
    if not found:
        return None
    if found.size is not None and found.size <= _FEW:
        values = {n: _at(value, name, n) for n in found}
        best = max(values.values())
        return best, combined(Progression(n, n) for n, v in values.items() if v == best)
    low, step = _at(value, name, found.least), 1
    while found := solutions([*conditions, (">=", value, low + step)], name, 0, highest):
        low, step = max(low + step, _at(value, name, found.least)), 2 * step
        if step.bit_length() > _MOST_BITS:
            raise FormulaError(
                f"there is no {told}, as far as 2^{_MOST_BITS}",
                f"give a range: --range {name}=1..100",
                code="CNN143",
            )
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        if found := solutions([*conditions, (">=", value, middle)], name, 0, highest):
            low = max(middle, _at(value, name, found.least))
        else:
            high = middle
    return low, solutions([*conditions, ("==", value, low)], name, 0, highest)


def _at(value: Dim, name: str, place: int) -> int:
    result = substitute(value, {name: place})
    if isinstance(result, IntExpr):
        raise FormulaError(f"{value} holds a name besides {name}")
    return result
