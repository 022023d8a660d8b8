"""What conditions, and the network's own, say of the numbers on the axes, in symbols."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from cnncalc.errors import FormulaError, SpecError
from cnncalc.network import Assumption
from cnncalc.record import record
from cnncalc.solving.candidates import Candidate, Candidates, denominators
from cnncalc.solving.conditions import Comparison, Expression
from cnncalc.solving.integers import Progression
from cnncalc.solving.univariate import Condition, Relation
from cnncalc.symbolic import Dim, known_ge, substitute, symbol
from cnncalc.symbolic import names as names_of
from cnncalc.symbolic.ratio import Exact, parts

__all__ = ["Constrained", "constrained"]

_NEGATED: dict[Relation, Relation] = {">=": "<", "<": ">=", "<=": ">", ">": "<=", "==": "!=", "!=": "=="}


@record
class Constrained:
    """A network with a name for each axis, which stands for how many steps it is away from a first number: 0, 1, 2 …

    `own` are the conditions of the network, in order, each with whether it is a decision: something that an expression
    of the spec took for granted, without which the network is another one. `asked` are the conditions, one by one.
    """

    candidate: Candidate
    names: tuple[str, ...]
    own: tuple[tuple[Condition, bool], ...]
    asked: tuple[tuple[Condition, ...], ...]

    @property
    def required(self) -> list[Condition]:
        """What the network needs to be this one."""
        return [condition for condition, _ in self.own]

    @property
    def conditions(self) -> list[Condition]:
        """All of them, in the order in which they have a sense."""
        return [*self.required, *(c for group in self.asked for c in group)]

    def elsewhere(self) -> Iterator[list[Condition]]:
        """What holds where the network is another one: all up to some decision, and the contrary of that."""
        for i, ((relation, left, right), decision) in enumerate(self.own):
            if decision:
                yield [*self.required[:i], (_NEGATED[relation], left, right)]

    def stretched(self) -> Iterator[list[Condition]]:
        """What holds where a size of 1 is stretched to another one that it is taken to be equal to."""
        decisions = [condition for condition, decision in self.own if decision]
        network = self.candidate.network
        for node in network.nodes:
            shapes = [network.input if i < 0 else network.nodes[i].output for i in node.inputs]
            for pair in node.layer.assumed_equal(*shapes):
                p, q = (_counted(size, self.names) for size in pair)
                for one, other in ((p, q), (q, p)):
                    if not isinstance(one, int):
                        yield [*decisions, ("==", one, 1), ("!=", other, 1)]

    def value(self, expression: Expression) -> tuple[Dim, int]:
        """Numerator and denominator of a value.

        Raises FormulaError if the denominator is no number.
        """
        n, d = parts(self.candidate.evaluated(expression.tree, expression))
        if not isinstance(d, int):
            raise FormulaError(f"{expression.text} is a quotient of values with names")
        return _counted(n, self.names), d


def constrained(
    candidates: Candidates, ranges: Sequence[Progression], comparisons: Sequence[Comparison]
) -> Constrained:
    """The network and its conditions where each axis has its number in a range.

    Raises CnncalcError if the network, or a condition, cannot be written with names.
    """
    names = tuple([axis.name for axis in candidates.axes])
    # names stand for 1 and more everywhere in cnncalc
    places = [r.first + r.step * (symbol(name) - 1) for name, r in zip(names, ranges, strict=True)]
    upper = {name: r.size for name, r in zip(names, ranges, strict=True) if r.size is not None}
    candidate = candidates.at(places, upper)
    network = candidate.network
    inputs = {Assumption.simplest(">=", size, 1) for size in network.input.dims if not isinstance(size, int)}
    own: list[tuple[Condition, bool]] = []
    for assumption in network.assumptions:
        left, right = (_counted(side, names) for side in (assumption.left, assumption.right))
        decision = assumption.node is None and assumption not in inputs
        own.append(((cast("Relation", assumption.relation), left, right), decision))
    asked = tuple([tuple(_conditions(candidate, comparison, names)) for comparison in comparisons])
    found = Constrained(candidate, names, tuple(own), asked)
    others = {n for _, *sides in found.conditions for side in sides for n in names_of(side)} - set(names)
    if others:
        told = min(others)
        raise SpecError(
            f"{told} has no value",
            f"give it a number: --set {told}=8, or search for it: --for {','.join([*names, told])}",
            code="CNN115",
        )
    return found


def _conditions(candidate: Candidate, comparison: Comparison, names: Sequence[str]) -> list[Condition]:
    found: list[Condition] = []
    for side in (comparison.left, comparison.right):
        for node in denominators(side):
            divisor: Exact = candidate.evaluated(node, comparison.of)
            n, _ = parts(divisor)
            if n == 0:
                raise SpecError(
                    f"{comparison.of.text} divides by zero", "divide by something else", code="CNN142"
                )
            if known_ge(n, 0) is not True:
                raise FormulaError(f"{comparison.of.text} divides by what may be negative")
            found.append((">=", _counted(n, names), 1))
    (n, d), (m, e) = (
        parts(candidate.evaluated(s, comparison.of)) for s in (comparison.left, comparison.right)
    )
    found.append((comparison.sign, _counted(n * e, names), _counted(m * d, names)))
    return found


def _counted(dim: Dim, names: Sequence[str]) -> Dim:
    """A value of names that stand for 1 and more as one of names that stand for 0 and more."""
    return substitute(dim, {name: symbol(name) + 1 for name in names})
