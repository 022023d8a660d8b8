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
    from cnncalc.symbolic.ratio import Exact
    from cnncalc.symbolic.tree import Node

    Decide: TypeAlias = Callable[[str, Dim, Dim], bool]
    Value: TypeAlias = int | IntExpr | Fraction

__all__ = ["Formula", "as_integer", "parse_expression"]

MAX_RESULT = 10**18
_DECIDE = "?"


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

    __slots__ = ("_descriptions", "_run", "_tree", "text")

    text: str
    _descriptions: dict[str, str]
    _tree: Node | None
    _run: Callable[[Mapping[str, Any]], Any] | None

    def __init__(self, text: str, /, **descriptions: str) -> None:
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "_descriptions", descriptions)
        object.__setattr__(self, "_tree", None)
        object.__setattr__(self, "_run", None)

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
        from cnncalc.symbolic.tree import name_nodes

        return tuple(dict.fromkeys(node.name for node in name_nodes(self.tree)))

    def describe(self, name: str) -> str:
        """What a name means; empty if the formula does not say."""
        return self._descriptions.get(name, "")

    def __call__(self, /, *, decide: Decide | None = None, **values: Any) -> Any:
        """The value: an int or IntExpr, a Fraction if it is no integer, a bool if the formula is a comparison.

        Values that the formula does not name are ignored. Arrays come through `+ - * / // %`. `decide(sign, a, b)`
        answers a comparison that depends on names; without it, such a comparison is an error.
        """
        run = self._run
        if run is None:
            run = self._compile()
        for value in values.values():
            if type(value) is not int:
                values = {name: _admitted(name, v) for name, v in values.items()}
                break
        if decide is not None:
            values[_DECIDE] = decide
        try:
            result = run(values)
        except KeyError as error:
            raise self._unknown(error.args[0], values) from None
        except ZeroDivisionError:
            raise FormulaError(f"{self.text} divides by zero", "check the values of its names") from None
        except FormulaError as error:
            raise error.at(Span(1, 1, len(self.text))) from None
        if type(result) is int and -MAX_RESULT <= result <= MAX_RESULT:
            return result
        return _settled(result, self.text)

    def evaluate(self, values: Mapping[str, Any], decide: Decide | None = None) -> Any:
        """The value, from a mapping: see `__call__`."""
        return self(decide=decide, **values)

    def substituted(self, values: Mapping[str, Any]) -> Node:
        """The tree with values in place of names; names without a value stay, and every choice is made."""
        from cnncalc.symbolic.working import substituted

        return substituted(self.tree, {name: _admitted(name, value) for name, value in values.items()})

    def steps(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """The working, from the formula to the result, for people: to be joined by " = "."""
        from cnncalc.symbolic.working import working

        self(**values)  # whatever is wrong with the values is said as it is when computing
        return working(self.tree, {name: _admitted(name, value) for name, value in values.items()})

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

    def _unknown(self, name: str, values: Mapping[str, Any]) -> FormulaError:
        from cnncalc.symbolic.tree import name_nodes

        known = sorted(known for known in values if known != _DECIDE)
        guess = nearest(name, known)
        cure = f"did you mean {guess}?" if guess else f"the known names are {', '.join(known) or 'none'}"
        column = next(node.column for node in name_nodes(self.tree) if node.name == name)
        return FormulaError(f"unknown name {name!r}", cure, span=Span(1, column, len(name)))


def parse_expression(text: str) -> Formula:
    """The formula that an expression of a spec is, parsed at once."""
    formula = Formula(text)
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


def _admitted(name: str, value: Any) -> Exact:
    """A value that formulas compute with exactly; arrays are left alone."""
    if isinstance(value, IntExpr):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float | complex | str) or value is None or callable(value):
        raise FormulaError(
            f"{name} is {value!r}, which is not an exact number", "give an integer or a Fraction"
        )
    if hasattr(value, "numerator") and hasattr(value, "denominator") and not hasattr(value, "shape"):
        from cnncalc.symbolic.ratio import ratio

        return ratio(int(value.numerator), int(value.denominator))
    return value  # type: ignore[no-any-return]


def _settled(result: Any, text: str) -> Any:
    """What leaves a formula: bounded, and without the types that are private to evaluation."""
    if isinstance(result, bool | IntExpr):
        return result
    if isinstance(result, int):
        if abs(result) > MAX_RESULT:
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
    if abs(n) > MAX_RESULT * d or d > MAX_RESULT:
        raise FormulaError(f"{text} is too large, or has too many digits", span=Span(1, 1, len(text)))
    from fractions import Fraction

    return Fraction(n, d)
