"""What an explanation is made of, before it becomes text: rows of givens, lines of arithmetic, and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from cnncalc.errors import FormulaError
from cnncalc.record import record
from cnncalc.symbolic import Formula, IntExpr
from cnncalc.symbolic.ratio import Ratio, ratio
from cnncalc.symbolic.tree import Divide, Node, Number, children, rebuilt

if TYPE_CHECKING:
    from fractions import Fraction

    from cnncalc.layers import Derivation
    from cnncalc.shape import Shape
    from cnncalc.symbolic import Dim

__all__ = [
    "Explanation",
    "Given",
    "Line",
    "Part",
    "Prose",
    "Root",
    "Rounded",
    "Row",
    "Side",
    "board",
    "chain",
    "counted",
    "fractions",
    "givens",
    "inline",
    "number",
    "put_in",
    "rooted",
    "roughly",
    "worked",
]


@record
class Root:
    """√ of a number."""

    square: Node


@record
class Rounded:
    """A number in decimals, which stands behind ≈."""

    value: float


Side: TypeAlias = Node | Root | Rounded


@record
class Line:
    """name = side = side …"""

    sides: tuple[Side, ...]
    name: str | None = None


@record
class Given:
    """A name, what it stands for here, and what it means."""

    name: str
    value: Node
    meaning: str


#: a sentence: words, sizes, and arithmetic within it
Prose: TypeAlias = "tuple[str | Shape | Line, ...]"


@record
class Row:
    """One labelled row of the board: givens, lines of arithmetic, or sentences. The answer is in bold."""

    label: str
    content: tuple[Given, ...] | tuple[Line, ...] | Prose
    bold: bool = False


@record
class Part:
    """One quantity: its rows, and its value, which the last line of arithmetic comes to."""

    title: str
    rows: tuple[Row, ...]
    value: Shape | Dim | None = None


@record
class Explanation:
    """One layer: what it is, its parts, and the usual mistake."""

    title: str
    subtitle: str
    parts: tuple[Part, ...]
    mistake: str | None = None


def givens(*derivations: Derivation) -> tuple[Given, ...]:
    """The names of some formulas, each once, with their values."""
    found: dict[str, Given] = {}
    for derivation in derivations:
        formula = derivation.formula
        for name in formula.names:
            value = Formula(name).substituted({name: derivation.values[name]})
            found.setdefault(name, Given(name, value, formula.describe(name)))
    return tuple(found.values())


def chain(name: str | None, derivation: Derivation) -> Line:
    """name = formula = numbers put in = … = result."""
    return Line(derivation.formula.stages(derivation.values), name)


def put_in(name: str, derivation: Derivation) -> Line:
    """name = formula = numbers put in."""
    formula = derivation.formula
    return Line(_distinct(formula.tree, formula.substituted(derivation.values)), name)


def board(derivation: Derivation) -> tuple[Line, ...]:
    """The arithmetic, one operation a line."""
    return tuple(Line(sides) for sides in derivation.formula.equations(derivation.values))


def worked(name: str, derivation: Derivation) -> tuple[Row, ...]:
    """Givens, the formula with the numbers put in, and the arithmetic line by line."""
    given, steps = givens(derivation), board(derivation)
    rows = [Row("Given", given)] if given else []
    if len(steps) < 2:
        return (*rows, Row("Formula", (chain(name, derivation),)))
    return (*rows, Row("Formula", (put_in(name, derivation),)), Row("Working", steps))


def inline(text: str, values: Mapping[str, object]) -> Line:
    """A formula with numbers put in, and its result, to stand in a sentence: 31·1 + 5 = 36."""
    formula = Formula(text)
    return Line(_distinct(formula.substituted(values), formula.stages(values)[-1]))


def rooted(name: str, square: Derivation) -> Line:
    """name = √formula = √(numbers put in) = … ≈ decimals, or = the root, where that is a number."""
    return Line((*map(Root, _fractions(square)), *_root_of(square)), name)


def _root_of(square: Derivation) -> tuple[Side, ...]:
    """√value, where it is no expression: exactly if that is a fraction, and in decimals."""
    from math import isqrt, sqrt

    value = number(square)
    if value is None:
        return ()
    n, d = value.numerator, value.denominator
    if isqrt(n) ** 2 == n and isqrt(d) ** 2 == d:
        exact = Number(ratio(isqrt(n), isqrt(d)))
        return (exact,) if isqrt(d) == 1 else (_fraction(exact), Rounded(isqrt(n) / isqrt(d)))
    return (Rounded(sqrt(n / d)),)


def fractions(name: str, derivation: Derivation) -> Line:
    """name = formula = numbers put in = … = result, quotients as fractions and not as decimals."""
    return Line(_fractions(derivation), name)


def _fractions(derivation: Derivation) -> tuple[Node, ...]:
    found: list[Node] = []
    for stage in map(_fraction, derivation.formula.stages(derivation.values)):
        if not found or stage != found[-1]:
            found.append(stage)
    return tuple(found)


def _fraction(node: Node) -> Node:
    """1/8 for 0.125."""
    if isinstance(node, Number) and isinstance(node.value, Ratio):
        return Divide(Number(node.value.numerator), Number(node.value.denominator))
    return rebuilt(node, tuple(map(_fraction, children(node))))


def number(derivation: Derivation) -> int | Fraction | None:
    """The value, unless names are left in it."""
    try:
        value = derivation.formula.evaluate(derivation.values)
    except FormulaError:  # a quotient with names
        return None
    return None if isinstance(value, IntExpr) else value


def _distinct(first: Node, second: Node) -> tuple[Node, ...]:
    return (first,) if first == second else (first, second)


def counted(value: Dim) -> Line:
    """A number to stand in a sentence."""
    return inline("n", {"n": value})


def roughly(value: Dim) -> str:
    """A large number rounded, to stand behind the exact one: (about 115.6 million)."""
    for word, size in (("billion", 10**9), ("million", 10**6)):
        if isinstance(value, int) and value >= size:
            return f" (about {value / size:.4g} {word})"
    return ""
