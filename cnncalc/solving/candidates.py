"""Networks with numbers, or names, in place of what is searched for; and what conditions say of them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from cnncalc.errors import CnncalcError, FormulaError, SpecError
from cnncalc.network import Network, build
from cnncalc.quantities import Facts
from cnncalc.record import replace
from cnncalc.solving.axes import Axis
from cnncalc.solving.conditions import Comparison, Expression, Quantity
from cnncalc.spec.items import AXIS_NAMES, Document
from cnncalc.spec.values import Given
from cnncalc.symbolic import Dim
from cnncalc.symbolic.evaluate import compiled
from cnncalc.symbolic.ratio import Exact, parts, ratio
from cnncalc.symbolic.tree import Divide, FloorDivide, Modulo, Node, children, name_nodes

__all__ = ["Candidate", "Candidates", "denominators"]

_COMPARE: Mapping[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Candidates:
    """The networks that a document describes, for all values of the names on the axes."""

    def __init__(
        self,
        document: Document,
        axes: Sequence[Axis],
        *,
        text: str | None = None,
        preset: str | None = None,
        settings: Mapping[str, Given] | None = None,
        input_size: str | None = None,
        fixed: Mapping[str, Exact] | None = None,
    ) -> None:
        self.axes = tuple(axes)
        self._fixed = dict(fixed or {})
        known = [name for name, _ in document.vars]
        # a file has no names but its variables; those of another input are added to them
        added = [] if document.free_names else [axis.name for axis in axes if axis.name not in known]
        self._document = replace(document, vars=(*((name, 1) for name in added), *document.vars))
        self._text = text
        self._preset = preset
        self._settings = dict(settings or {})
        self._input = input_size

    @property
    def of_words(self) -> bool:
        """Whether the document is one of words."""
        return self._document.free_names

    def along(self, inner: int, outer: Sequence[int]) -> Candidates:
        """The candidates on one axis, with these numbers on the others."""
        others = [axis for i, axis in enumerate(self.axes) if i != inner]
        return Candidates(
            self._document,
            [self.axes[inner]],
            text=self._text,
            preset=self._preset,
            settings=self._settings,
            input_size=self._input,
            fixed={axis.name: axis.exact(n) for axis, n in zip(others, outer, strict=True)},
        )

    def at(self, places: Sequence[Dim], upper: Mapping[str, int] | None = None) -> Candidate:
        """The network at places on the axes, which may hold names; `upper` has the greatest values of these.

        Raises CnncalcError if there is none.
        """
        values = dict(self._fixed)
        values.update({axis.name: axis.exact(place) for axis, place in zip(self.axes, places, strict=True)})
        given = {name: _given(value) for name, value in values.items()}
        try:
            network = build(
                self._document,
                preset=self._preset,
                settings={**self._settings, **given},
                input_size=self._input,
                upper=upper,
            )
        except CnncalcError as error:
            error.text = error.text or self._text
            raise
        return Candidate(network, values)


def _given(value: Exact) -> Given:
    n, d = parts(value)
    return Fraction(n, d) if isinstance(n, int) and isinstance(d, int) and d > 1 else value


class Candidate:
    """One network, and the values that its names have."""

    def __init__(self, network: Network, values: Mapping[str, Exact]) -> None:
        self.network = network
        self._values = dict(values)
        self._facts = Facts(network)

    def evaluated(self, node: Node, of: Expression) -> Exact:
        """The value of a part of an expression.

        Raises CnncalcError if it has none.
        """
        values: dict[str, Exact] = {}
        for name in {n.name for n in name_nodes(node)}:
            if name in of.quantities:
                values[name] = self.quantity(of.quantities[name])
            else:
                values[name] = of.numbers[name] if name in of.numbers else self._values[name]
        try:
            result: Exact = compiled(node)(values)
        except ZeroDivisionError:
            raise FormulaError(f"{of.text} divides by zero", "leave that value out: --range") from None
        return result

    def holds(self, comparison: Comparison) -> bool:
        """Whether a comparison of numbers holds."""
        n, d = parts(self.evaluated(comparison.left, comparison.of))
        m, e = parts(self.evaluated(comparison.right, comparison.of))
        left, right = n * e, m * d
        if not isinstance(left, int) or not isinstance(right, int):
            raise FormulaError(
                f"{comparison.of.text} speaks of names without a value", "add them to --for, or --set them"
            )
        return _COMPARE[comparison.sign](left, right)

    def quantity(self, asked: Quantity) -> Exact:
        """A number of the network, or of a part of it.

        Raises CnncalcError if there is none.
        """
        part = self._facts.part(asked.part)
        if asked.kind == "output":
            if part.output is None:
                raise SpecError(f"'{part.name}' ends in several layers", "name one of them", code="CNN142")
            return _size(asked, part.output.dims)
        found = self._facts.find(part, asked.kind, batch=1, dtype="float32")
        values = [v for axis, v in found.values if asked.axis is None or axis == asked.axis]
        if not values:
            axes = ", ".join(axis for axis, _ in found.values)
            raise SpecError(
                f"there is no {asked.text}: {found.why or f'its axes are {axes}'}",
                "ask for something else",
                code="CNN142" if found.values else "CNN143",
            )
        if any(v != values[0] for v in values):
            axes = " or ".join(f"{asked.text}.{axis}" for axis, _ in found.values)
            raise SpecError(f"{asked.text} is not the same along all axes", f"write {axes}", code="CNN142")
        return (
            ratio(values[0].numerator, values[0].denominator)
            if isinstance(values[0], Fraction)
            else values[0]
        )


def _size(asked: Quantity, dims: tuple[Dim, ...]) -> Dim:
    axes = AXIS_NAMES[len(dims)]
    if asked.axis is None and len(dims) > 1:
        choices = ", ".join(f"{asked.text}.{axis}" for axis in axes)
        raise SpecError(f"{asked.text} has {len(dims)} axes", f"choose one of {choices}", code="CNN142")
    if asked.axis is not None and asked.axis not in axes:
        has = f"its axes are {', '.join(axes)}" if len(axes) > 1 else "it is flat: its one axis is C"
        raise SpecError(f"there is no {asked.text}", has, code="CNN142")
    return dims[axes.index(asked.axis)] if asked.axis else dims[0]


def denominators(node: Node) -> Iterator[Node]:
    """What is divided by in a tree, the innermost first."""
    for child in children(node):
        yield from denominators(child)
    if isinstance(node, Divide | FloorDivide | Modulo):
        yield node.denominator
