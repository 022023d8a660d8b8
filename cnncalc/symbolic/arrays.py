"""Values over NumPy arrays: exact, or an error, never wrapped round.

Before every operation, interval arithmetic on plain integers tells whether operands and result fit into int64. Where they
may not, the numbers are looked at; where they do not, the operation is done on Python's integers.
"""

from __future__ import annotations

import operator
from numbers import Integral
from typing import TYPE_CHECKING, Any, NamedTuple, final

from cnncalc.errors import CnncalcError, FormulaError
from cnncalc.symbolic.expr import names
from cnncalc.symbolic.frozen import Frozen
from cnncalc.symbolic.polynomial import Dim, IntExpr
from cnncalc.symbolic.program import Operation, last_uses, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.symbolic.program import Operator, Step

__all__ = ["Compiled", "compiled"]

_LEAST, _MOST = -(2**63), 2**63 - 1


def compiled(dim: Dim) -> Compiled:
    """A value as a function of its names: see `Compiled`. A plain int is a constant function."""
    return Compiled(dim)


@final
class Compiled(Frozen):
    """A value as a function of its names, each an int or an array of integers; arrays are broadcast.

    Of ints the result is an exact int; if there is an array, an int64 array of the shape that all arguments have together.
    Arguments that the value does not depend on only take part in the shape, so that all
    quantities of a network can be given the same ones.

        >>> macs = compiled(symbol("C") * (symbol("H") // 2))
        >>> macs(C=3, H=9)
        12
        >>> macs(C=numpy.array([3, 4]), H=9)
        array([12, 16])

    Raises OverflowError if a result does not fit into int64, FormulaError for a division by zero, TypeError for arguments
    that are missing or no integers, and for what is no expression, ValueError for shapes that cannot be broadcast.
    """

    __slots__ = ("_last_uses", "_steps", "expression", "names")

    expression: Dim
    names: frozenset[str]
    _steps: tuple[Step, ...]
    _last_uses: tuple[tuple[int, ...], ...]

    def __init__(self, expression: Dim) -> None:
        if not isinstance(expression, int | IntExpr):
            raise TypeError(f"an expression or an int can be compiled, not a {type(expression).__name__}")
        steps = steps_of(expression)
        object.__setattr__(self, "expression", expression)
        object.__setattr__(self, "names", names(expression))
        object.__setattr__(self, "_steps", steps)
        object.__setattr__(self, "_last_uses", last_uses(steps))

    def __repr__(self) -> str:
        return f"compiled({self.expression!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Compiled, (self.expression,)

    def __call__(self, /, **values: Any) -> Any:
        missing = sorted(self.names - values.keys())
        if missing:
            given = ", ".join(values) or "none"
            raise TypeError(f"{self.expression} needs a value for {', '.join(missing)} (given: {given})")
        plain = {name: int(v) for name, v in values.items() if isinstance(v, Integral)}
        if len(plain) == len(values):
            return self._computed({name: _Bounded(v, v, v) for name, v in plain.items()}).data
        np = _numpy()
        arrays = {name: _integers(name, v) for name, v in values.items() if name not in plain}
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
        if 0 in shape:
            return np.empty(shape, np.int64)
        bounded = {name: _bounded(np.atleast_1d(array)) for name, array in arrays.items()}
        result = self._computed({name: _Bounded(v, v, v) for name, v in plain.items()} | bounded)
        if not result.fits:
            result = _narrowed(result)
        if not result.fits:
            end = result.low if result.low < _LEAST else result.high
            raise OverflowError(
                f"{self.expression} is {end} for some of the values, which does not fit into int64: "
                "give ints for an exact result"
            )
        # no view of an argument: whoever gets the result may write into it
        return np.array(np.broadcast_to(result.data, shape or (1,)), np.int64).reshape(shape)

    def _computed(self, values: dict[str, _Bounded]) -> _Bounded:
        found: list[Any] = []
        for step, unneeded in zip(self._steps, self._last_uses, strict=True):
            match step:
                case int():
                    found.append(_Bounded(step, step, step))
                case str():
                    found.append(values[step])
                case Operation(op, left, right):
                    found.append(self._done(op, found[left], found[right]))
            for place in unneeded:  # its memory is free for what follows
                found[place] = None
        result: _Bounded = found[-1]
        return result

    def _done(self, op: Operator, a: _Bounded, b: _Bounded) -> _Bounded:
        if op == "//" and b.low <= 0 <= b.high and not _all(b.data != 0):
            raise FormulaError(f"{self.expression} divides by zero", "check the values of its names")
        low, high = _ENDS[op](a, b)
        if not (a.fits and b.fits and _LEAST <= low <= high <= _MOST):
            a, b = _narrowed(a), _narrowed(b)
            low, high = _ENDS[op](a, b)
        result = _Bounded(None, low, high)
        if a.fits and b.fits and result.fits:
            return result._replace(data=_FUNCTIONS[op](a.data, b.data))
        data = _FUNCTIONS[op](_exact(a.data), _exact(b.data))
        return result._replace(
            data=data.astype("int64") if result.fits and not isinstance(data, int) else data
        )


class _Bounded(NamedTuple):
    """An int or an array, of int64 or else of Python's ints, and ends that no number of it lies beyond."""

    data: Any
    low: int
    high: int

    @property
    def fits(self) -> bool:
        return self.low >= _LEAST and self.high <= _MOST


def _all(condition: Any) -> bool:
    return condition if isinstance(condition, bool) else bool(condition.all())


def _exact(data: Any) -> Any:
    """The same as Python's ints."""
    return data if isinstance(data, int) else data.astype(object)


def _narrowed(value: _Bounded) -> _Bounded:
    """The same with the ends that its numbers really have."""
    return value if isinstance(value.data, int) else _bounded(value.data)


def _bounded(array: Any) -> _Bounded:
    result = _Bounded(array, int(array.min()), int(array.max()))
    return result._replace(data=array.astype("int64" if result.fits else object, copy=False))


def _integers(name: str, value: Any) -> Any:
    """An array of integers, NumPy's or Python's.

    Raises TypeError for anything else.
    """
    np = _numpy()
    array = np.asarray(value)
    if array.dtype.kind in "iu":
        return array
    if array.dtype.kind == "O" and all(isinstance(v, Integral) for v in array.flat):
        return np.array([int(v) for v in array.flat], object).reshape(array.shape)
    raise TypeError(f"{name} must be an integer or an array of integers, not of {array.dtype}")


def _numpy() -> Any:
    try:
        import numpy
    except ImportError:
        raise CnncalcError(
            "arrays need NumPy, which is not installed", "install it: pip install 'cnncalc[numpy]'"
        ) from None
    return numpy


def _least(a: Any, b: Any) -> Any:
    return min(a, b) if isinstance(a, int) and isinstance(b, int) else _numpy().minimum(a, b)


def _greatest(a: Any, b: Any) -> Any:
    return max(a, b) if isinstance(a, int) and isinstance(b, int) else _numpy().maximum(a, b)


_FUNCTIONS: dict[Operator, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "*": operator.mul,
    "//": operator.floordiv,
    "min": _least,
    "max": _greatest,
}


def _quotient_ends(a: _Bounded, b: _Bounded) -> tuple[int, int]:
    """⌊a/b⌋ is extreme at ends of a and at ends of the negative and of the positive b."""
    divisors = {d for d in (b.low, b.high, -1, 1) if d and b.low <= d <= b.high}
    corners = [end // d for end in (a.low, a.high) for d in divisors]
    return min(corners), max(corners)


def _product_ends(a: _Bounded, b: _Bounded) -> tuple[int, int]:
    corners = (a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high)
    return min(corners), max(corners)


_ENDS: dict[Operator, Callable[[_Bounded, _Bounded], tuple[int, int]]] = {
    "+": lambda a, b: (a.low + b.low, a.high + b.high),
    "*": _product_ends,
    "//": _quotient_ends,
    "min": lambda a, b: (min(a.low, b.low), min(a.high, b.high)),
    "max": lambda a, b: (max(a.low, b.low), max(a.high, b.high)),
}
