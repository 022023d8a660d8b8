"""A formula is data: written once, parsed when first used; computed, explained and printed from the same tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, final

from cnncalc.errors import FormulaError, Span, nearest
from cnncalc.symbolic.frozen import Frozen
from cnncalc.symbolic.polynomial import IntExpr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from fractions import Fraction

    from cnncalc.symbolic.polynomial import Dim
    from cnncalc.symbolic.tree import Node

    Decide: TypeAlias = Callable[[str, Dim, Dim], bool]
    Value: TypeAlias = int | IntExpr | Fraction

__all__ = ["Formula", "as_integer", "parse_expression"]

MAX_RESULT = 10**18


@final
class Formula(Frozen):
    """An expression with described names.

        >>> size = Formula("(W + 2*P - F) // S + 1", W="input size", P="padding", F="kernel size", S="stride")
        >>> size(W=224, P=3, F=7, S=2)
        112
        >>> print(" = ".join(size.steps(dict(W=224, P=3, F=7, S=2))))
        ⌊(W + 2P − F)/S⌋ + 1 = ⌊(224 + 6 − 7)/2⌋ + 1 = ⌊223/2⌋ + 1 = 112

    Allowed are integers, decimals, names, `+ - * / // % ** ^`, parentheses, comparisons, `and or not`, `a if c else b`,
    and `min max ceil floor round abs make_divisible`. `/` and decimals are exact. `round` takes the even one of two
    integers that are equally near, as Python does. Names and functions: see `cnncalc.symbolic.parser`.
    """

    __slots__ = ("_bounded", "_descriptions", "_names", "_run", "_tree", "text")

    text: str
    _bounded: bool
    _descriptions: dict[str, str]
    _names: tuple[str, ...] | None
    _tree: Node | None
    _run: Callable[[Mapping[str, Any]], Any] | None

    def __init__(self, text: str, /, **descriptions: str) -> None:
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "_bounded", False)
        object.__setattr__(self, "_descriptions", descriptions)
        for cache in ("_names", "_tree", "_run"):
            object.__setattr__(self, cache, None)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Formula):
            return NotImplemented
        return (self.text, self._descriptions) == (other.text, other._descriptions)

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        names = "".join(f", {name}={meaning!r}" for name, meaning in self._descriptions.items())
        return f"Formula({self.text!r}{names})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.text, self._descriptions)

    @property
    def tree(self) -> Node:
        """The parsed expression; FormulaError if it is none."""
        tree = self._tree
        if tree is None:
            from cnncalc.symbolic.parser import parse

            tree = parse(self.text)
            object.__setattr__(self, "_tree", tree)
        return tree

    @property
    def names(self) -> tuple[str, ...]:
        """The names in the expression, each once, in the order in which they are written."""
        names = self._names
        if names is None:
            from cnncalc.symbolic.tree import name_nodes

            names = tuple(dict.fromkeys(node.name for node in name_nodes(self.tree)))
            object.__setattr__(self, "_names", names)
        return names

    def describe(self, name: str) -> str:
        """What a name means; empty if the formula does not say."""
        return self._descriptions.get(name, "")

    def __call__(self, /, *, decide: Decide | Value | None = None, **values: Any) -> Any:
        """The value: an int or IntExpr, a Fraction if it is no integer, a bool if the formula is a comparison.

        Values that the formula does not name are ignored. Arrays come through `+ - * // %`. `decide(sign, a, b)`
        answers a comparison that depends on names; without it, such a comparison is an error.
        """
        if decide is not None:
            if callable(decide):
                return self.evaluate(values, decide)
            values["decide"] = decide  # a name like any other
        run = self._run
        if run is None:
            run = self._compile()
        for value in values.values():
            if type(value) is not int:
                values = self._admitted(values)
                break
        try:
            result = run(values)
        except (KeyError, ZeroDivisionError, FormulaError) as error:
            raise self._explained(error, values) from None
        return result if type(result) is int and not self._bounded else self._settled(result)

    def evaluate(self, values: Mapping[str, Any], decide: Decide | None = None) -> Any:
        """The value, from a mapping: see `__call__`."""
        run = self._run or self._compile()
        try:
            return self._settled(run(self._admitted(values, decide)))
        except (KeyError, ZeroDivisionError, FormulaError) as error:
            raise self._explained(error, values) from None

    def _settled(self, result: Any) -> Any:
        return _settled(result, self.text, bounded=self._bounded)

    def substituted(self, values: Mapping[str, Any]) -> Node:
        """The tree with values in place of names; names without a value stay, and every choice is made."""
        from cnncalc.symbolic.working import substituted

        return substituted(self.tree, self._admitted(values))

    def steps(self, values: Mapping[str, Any], decide: Decide | None = None) -> tuple[str, ...]:
        """The working, from the formula to the result, for people: to be joined by " = "."""
        from cnncalc.symbolic.working import working

        self.evaluate(values, decide)  # bounds the result
        try:
            return working(self.tree, self._admitted(values, decide))
        except (KeyError, ZeroDivisionError, FormulaError) as error:
            raise self._explained(error, values) from None

    def stages(self, values: Mapping[str, Any]) -> tuple[Node, ...]:
        """The working as trees, from the formula to the result, which may be a quotient with names."""
        from cnncalc.symbolic.working import stages

        return stages(self.tree, self._admitted(values))

    def equations(self, values: Mapping[str, Any]) -> tuple[tuple[Node, Node], ...]:
        """The arithmetic, one operation at a time: both sides of 5·5·3 = 75, 75 + 1 = 76, 76·10 = 760."""
        from cnncalc.symbolic.working import equations

        return equations(self.tree, self._admitted(values))

    def pretty(self) -> str:
        """The formula as people write it: ⌊(W + 2P − F)/S⌋ + 1."""
        from cnncalc.symbolic.text import pretty_formula

        return pretty_formula(self.tree)

    def latex(self) -> str:
        """The formula in LaTeX."""
        from cnncalc.symbolic.latex import latex_formula

        return latex_formula(self.tree)

    def _compile(self) -> Callable[[Mapping[str, Any]], Any]:
        from cnncalc.symbolic.evaluate import compiled

        run = compiled(self.tree)
        object.__setattr__(self, "_run", run)
        return run

    def _admitted(self, values: Mapping[str, Any], decide: Decide | None = None) -> dict[str, Any]:
        admitted = {name: _admitted(name, values[name]) for name in self.names if name in values}
        if decide is not None:
            from cnncalc.symbolic.evaluate import DECIDE

            admitted[DECIDE] = decide
        return admitted

    def _explained(self, error: Exception, values: Mapping[str, Any]) -> FormulaError:
        whole = Span(1, 1, len(self.text))
        match error:
            case FormulaError():
                return error.at(whole)
            case KeyError(args=(name,)):
                from cnncalc.symbolic.tree import name_nodes

                known = sorted(values)
                guess = nearest(name, known)
                cure = (
                    f"did you mean {guess}?" if guess else f"the known names are {', '.join(known) or 'none'}"
                )
                column = next(node.column for node in name_nodes(self.tree) if node.name == name)
                return FormulaError(f"unknown name {name!r}", cure, span=Span(1, column, len(name)))
            case _:
                return FormulaError(
                    f"{self.text} divides by zero", "check the values of its names", span=whole
                )


def parse_expression(text: str) -> Formula:
    """The formula that an expression of a spec is, parsed at once; its results are at most 10^18."""
    formula = Formula(text)
    object.__setattr__(formula, "_bounded", True)
    _ = formula.tree
    return formula


def as_integer(value: object, text: str) -> Dim:
    """`value`, the result of the expression `text`, if it is an integer; FormulaError if it is not."""
    if isinstance(value, IntExpr):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, bool):
        raise FormulaError(
            f"{text} is a comparison, not a number", "write: number if comparison else other number"
        )
    raise _not_an_integer(text, str(value))


def _not_an_integer(text: str, value: str) -> FormulaError:
    shown = "" if value == text else f" (it is {value})"
    return FormulaError(
        f"{text} is not an integer{shown}",
        "wrap it in floor(), ceil() or round()",
        span=Span(1, 1, len(text)),
    )


def _rebuild(text: str, descriptions: dict[str, str]) -> Formula:
    return Formula(text, **descriptions)


def _admitted(name: str, value: Any) -> Any:
    """A value that formulas compute with exactly; arrays are left alone."""
    if isinstance(value, IntExpr) or getattr(value, "shape", None):
        return value
    if hasattr(value, "__index__"):
        return value.__index__()
    if hasattr(value, "numerator") and hasattr(value, "denominator"):
        from cnncalc.symbolic.ratio import ratio

        return ratio(value.numerator, value.denominator)
    raise FormulaError(f"{name} is {value!r}, which is not an exact number", "give an integer or a Fraction")


def _settled(result: Any, text: str, *, bounded: bool) -> Any:
    """What leaves a formula: without the types that are private to evaluation, and bounded if a spec wrote it."""
    if isinstance(result, bool | IntExpr):
        return result
    if isinstance(result, int):
        if bounded and abs(result) > MAX_RESULT:
            raise FormulaError(f"{text} is too large (at most 10^18)", span=Span(1, 1, len(text)))
        return result
    from cnncalc.symbolic.ratio import Ratio

    if not isinstance(result, Ratio):
        return result
    n, d = result.numerator, result.denominator
    if isinstance(n, IntExpr) or isinstance(d, IntExpr):
        from cnncalc.symbolic.text import pretty_formula
        from cnncalc.symbolic.tree import Number

        raise _not_an_integer(text, pretty_formula(Number(result)))
    if bounded and (abs(n) > MAX_RESULT * d or d > MAX_RESULT):
        raise FormulaError(f"{text} is too large, or has too many digits", span=Span(1, 1, len(text)))
    from fractions import Fraction

    return Fraction(n, d)
