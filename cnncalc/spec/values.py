"""What names and expressions of a spec stand for at one place in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

from cnncalc.errors import FormulaError, SpecError, nearest
from cnncalc.record import record
from cnncalc.shape import Shape
from cnncalc.spec.fields import is_expression
from cnncalc.spec.items import AXIS_NAMES
from cnncalc.symbolic import Dim, Formula, IntExpr, as_integer, parse_expression, symbol

__all__ = ["Decide", "Given", "Scope", "parsed"]

#: decides a comparison that names leave open: ("==", left, right) -> bool
Decide: TypeAlias = Callable[[str, Dim, Dim], bool]

#: the value of a variable or an argument: a number, a text, or nothing
Given: TypeAlias = int | float | Fraction | IntExpr | str | bool | None


@lru_cache(maxsize=4096)
def parsed(text: str) -> Formula:
    return parse_expression(text)


@record
class Scope:
    """Variables and arguments by name, and what names that nothing defines are: symbols (`free`), or slips.

    `symbols` says what a symbol stands for, where that was assumed.
    """

    values: Mapping[str, Given]
    symbols: Mapping[str, Dim]
    free: bool
    decide: Decide

    def number(self, text: str, shape: Shape | None) -> Dim:
        """The integer that a name or an expression in braces stands for."""
        bare = text[1:-1] if is_expression(text) else text
        value = self._named(text, None) if bare == text else self.evaluate(bare, shape)
        try:
            return as_integer(value, bare)
        except FormulaError as error:
            raise _placeless(error) from None

    def given(self, value: Any, shape: Shape | None) -> Given:
        """A value for a variable, argument or field: expressions computed, names that are defined looked up."""
        if not isinstance(value, str):
            result: Given = value
            return result
        if is_expression(value):
            found: Given = self.evaluate(value[1:-1], shape)
            return found
        return self.values.get(value, value)

    def evaluate(self, expression: str, shape: Shape | None) -> Any:
        """The value of an expression where the current input has this shape."""
        formula = parsed(expression)
        return formula.evaluate(
            {name: self._named(name, shape) for name in formula.names}, decide=self.decide
        )

    def _named(self, name: str, shape: Shape | None) -> Any:
        axes = AXIS_NAMES.get(shape.rank, ()) if shape is not None else ()
        if shape is not None and name in axes:
            return shape.dims[axes.index(name)]
        if name in self.values:
            return _as_number(name, self.values[name])
        if self.free:
            return self.symbols[name] if name in self.symbols else symbol(name)
        known = (*self.values, *axes)
        close = nearest(name, known)
        cure = (
            f"did you mean '{close}'?"
            if close
            else f"known here: {', '.join(known)}"
            if known
            else "define it under vars"
        )
        raise SpecError(f"nothing is called '{name}'", cure, code="CNN114")


def _placeless(error: FormulaError) -> SpecError:
    """The error without its place within the expression: whoever knows where the expression stands adds that."""
    d = error.diagnostics[0]
    return SpecError(d.message, d.cure, code=d.code)


def _as_number(name: str, value: Given) -> Any:
    if isinstance(value, float):
        return Fraction(repr(value))
    if isinstance(value, str):
        raise SpecError(f"'{name}' is the text '{value}'", "a number is needed here", code="CNN115")
    if value is None:
        raise SpecError(f"'{name}' has no value", f"give one, like --set {name}=8", code="CNN115")
    return value
