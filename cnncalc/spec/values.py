"""What names and expressions of a spec stand for at one place in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from keyword import iskeyword
from math import isfinite
from typing import Any, TypeAlias

from cnncalc.errors import FormulaError, SpecError, nearest
from cnncalc.record import record
from cnncalc.shape import Shape
from cnncalc.spec.fields import is_expression, is_name, placeless
from cnncalc.spec.items import AXIS_NAMES
from cnncalc.spec.source import GREATEST_INTEGER, shown
from cnncalc.symbolic import Dim, Formula, IntExpr, as_integer, parse_expression, symbol
from cnncalc.symbolic.ratio import Ratio

__all__ = ["Decide", "Given", "Scope", "bare", "names_in", "parsed"]

#: decides a comparison that names leave open: ("==", left, right) -> bool
Decide: TypeAlias = Callable[[str, Dim, Dim], bool]

#: the value of a variable or an argument: a number, a text, or nothing
Given: TypeAlias = int | float | Fraction | IntExpr | Ratio | str | bool | None


@lru_cache(maxsize=4096)
def parsed(text: str) -> Formula:
    """The formula that an expression is; FormulaError if it is none."""
    return parse_expression(text)


@lru_cache(maxsize=4096)
def _of_numbers(expression: str, values: tuple[int, ...]) -> Any:
    """The value of an expression whose names stand for these numbers: blocks that repeat ask for the same again and again."""
    formula = parsed(expression)
    return formula.evaluate(dict(zip(formula.names, values, strict=True)))


def bare(expression: str) -> str:
    """An expression without the braces that may be around it."""
    return expression[1:-1] if is_expression(expression) else expression


def names_in(expression: str) -> tuple[str, ...]:
    """The names in an expression, with braces or without."""
    try:
        return parsed(bare(expression)).names
    except FormulaError as error:
        raise placeless(error) from None


@record
class Scope:
    """Variables and arguments by name, and what names that nothing defines are: symbols (`free`), or slips.

    `symbols` says what a symbol stands for, where that was assumed.
    """

    values: Mapping[str, Given]
    symbols: Mapping[str, Dim]
    free: bool
    decide: Decide

    def having(self, values: Mapping[str, Given]) -> Scope:
        """The scope with further names, or other values for known ones."""
        return Scope({**self.values, **values}, self.symbols, self.free, self.decide)

    def value(self, text: str, shape: Shape | None) -> Any:
        """The number or flag that a name or an expression in braces stands for."""
        return self.evaluate(text[1:-1], shape) if is_expression(text) else self._named(text, None)

    def number(self, text: str, shape: Shape | None) -> Dim:
        """The integer that a name or an expression in braces stands for."""
        try:
            return as_integer(self.value(text, shape), text[1:-1] if is_expression(text) else text)
        except FormulaError as error:
            raise placeless(error) from None

    def given(self, value: Any, shape: Shape | None) -> Given:
        """A value for a variable or an argument: expressions computed, names that are defined looked up, texts too."""
        if not isinstance(value, str):
            result: Given = value
            return result
        if is_expression(value):
            text = self.values.get(value[1:-1].strip())
            found: Given = text if isinstance(text, str) else self.evaluate(value[1:-1], shape)
            return found
        return self.values.get(value, value)

    def evaluate(self, expression: str, shape: Shape | None) -> Any:
        """The value of an expression where the current input has this shape."""
        if expression in self.values and (shape is None or expression not in AXIS_NAMES.get(shape.rank, ())):
            alone = self.values[expression]
            if type(alone) is int and abs(alone) <= GREATEST_INTEGER:  # most expressions are just a name
                return alone
        try:
            formula = parsed(expression)
            values = [self._named(name, shape) for name in formula.names]
            if all(type(value) is int for value in values):
                return _of_numbers(expression, tuple(values))
            return formula.evaluate(dict(zip(formula.names, values, strict=True)), self.decide)
        except FormulaError as error:
            raise placeless(error) from None

    def _named(self, name: str, shape: Shape | None) -> Any:
        axes = AXIS_NAMES.get(shape.rank, ()) if shape is not None else ()
        if shape is not None and name in axes:
            return shape.dims[axes.index(name)]
        if name in self.values:
            return self._as_number(name, self.values[name])
        if self.free:
            return self.unknown(name)
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

    def unknown(self, name: str) -> Dim:
        """What a name stands for that nothing defines: itself, or what it was assumed to be.

        Raises SpecError if it is no name.
        """
        if not is_name(name) or iskeyword(name):
            raise SpecError(f"{shown(name)} cannot be a name", "use letters, digits and _", code="CNN112")
        return self.symbols[name] if name in self.symbols else symbol(name)

    def _as_number(self, name: str, value: Given) -> Any:
        """The value of a variable where a number or a flag is needed."""
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, float):
            if not isfinite(value):
                raise SpecError(f"'{name}' is {value}", "give a finite number", code="CNN115")
            return int(value) if value.is_integer() else Fraction(repr(value))
        if isinstance(value, str):
            if self.free and is_name(value):
                return self.unknown(value)
            raise SpecError(f"'{name}' is the text {shown(value)}", "a number is needed here", code="CNN115")
        if value is None:
            raise SpecError(f"'{name}' has no value", f"give one, like --set {name}=8", code="CNN115")
        return value
