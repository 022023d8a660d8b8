"""What is searched for, and what is found."""

from __future__ import annotations

from cnncalc.record import record
from cnncalc.solving.axes import Axis
from cnncalc.solving.conditions import Comparison, Expression
from cnncalc.solving.integers import IntegerSet
from cnncalc.symbolic import Dim
from cnncalc.symbolic.ratio import Exact

__all__ = ["Family", "Goal", "Group", "Point", "Question", "Solution"]


@record
class Point:
    """One candidate, tried: its numbers on the axes, the quantities asked for, and whether it meets the conditions."""

    places: tuple[int, ...]
    values: tuple[tuple[str, Exact], ...]
    meets: bool
    #: why there is no such network, or none of its quantities
    why: str = ""


@record
class Goal:
    """What is to be as large (1) or as small (−1) as it can be."""

    direction: int
    of: Expression

    @property
    def told(self) -> str:
        """The greatest, or the least."""
        return "greatest" if self.direction > 0 else "least"


@record
class Question:
    """Numbers on axes for which all conditions hold; `told` are the conditions as they were written."""

    axes: tuple[Axis, ...]
    told: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    goal: Goal | None = None


@record
class Group:
    """Solutions that have the numbers of the outer axes in common: all the numbers of the inner axis."""

    outer: tuple[int, ...]
    inner: IntegerSet


@record
class Family:
    """The numbers of the inner axis from the largest of `lows` to the least of `highs` (none: without end), for every number
    of the other axis in `outer`, which its name in the ends stands for.
    """

    lows: tuple[Dim, ...]
    highs: tuple[Dim, ...]
    outer: IntegerSet


@record
class Solution:
    """All that solves a question. Of several axes, `inner` is the one whose numbers are given for those of the others."""

    question: Question
    inner: int
    #: of one axis, a single group
    groups: tuple[Group, ...] = ()
    family: Family | None = None
    #: the value of the goal where it is best; and, of one axis, all numbers that it is the best of
    best: Exact | None = None
    among: IntegerSet | None = None
    #: solutions and their neighbours, tried with numbers
    points: tuple[Point, ...] = ()
    #: why there is none
    because: str = ""
    #: how many candidates were tried, where all were
    tried: int = 0

    @property
    def empty(self) -> bool:
        return not self.groups and self.family is None
