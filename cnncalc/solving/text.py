"""Solutions as text for people, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from cnncalc.report.grid import Grid, Heading, as_lines, escape_markdown
from cnncalc.report.grid import as_markdown as markdown_of
from cnncalc.report.style import Style, fold
from cnncalc.solving.axes import Axis, decimal
from cnncalc.solving.model import Family, Group, Solution
from cnncalc.solving.reasons import number_told
from cnncalc.solving.run import all_groups
from cnncalc.symbolic import Dim, maximum, minimum, pretty

__all__ = ["as_markdown", "as_text"]

_MOST_GROUPS = 20
_FIRST_MEMBERS = 4


def as_text(title: str, solution: Solution, style: Style) -> str:
    """What was asked, the answer, and candidates that were tried."""
    head = fold(f"{title}: {_asked(solution)}", style.width)
    lines = [style.bold(line) for line in head]
    lines += ["", *(piece for line in _answer(solution) for piece in fold(line, style.width))]
    grid = _tried(solution)
    if grid is not None:
        lines += ["", "Built with numbers:", "", *as_lines(grid, style)]
    return "\n".join([*lines, ""])


def as_markdown(title: str, solution: Solution) -> str:
    """The same for a page."""
    answer = [f"- {escape_markdown(line)}" for line in _answer(solution)]
    lines = [f"**{escape_markdown(f'{title}: {_asked(solution)}')}**", "", *answer]
    grid = _tried(solution)
    if grid is not None:
        lines += ["", *markdown_of(grid)]
    return "\n".join([*lines, ""])


def _asked(solution: Solution) -> str:
    question = solution.question
    goal = question.goal
    asked = ", ".join(question.told)
    if goal is None:
        return asked
    return f"{asked}{', ' if asked else ''}{goal.of.text} the {goal.told}"


def _answer(solution: Solution) -> Iterator[str]:
    question = solution.question
    axes = question.axes
    if solution.empty:
        yield f"none: {solution.because}"
    elif solution.family is not None:
        yield from _of_family(solution, solution.family)
    else:
        told = [_told(solution, group) for group in solution.groups[:_MOST_GROUPS]]
        yield from told
        left = len(solution.groups) - len(told)
        if left:
            yield f"… and {left:,} more, which --format json lists"
    goal = question.goal
    if goal is not None and solution.best is not None:
        of = "" if solution.among is None else f" of {solution.among.described(axes[0].name, axes[0].shown)}"
        yield f"the {goal.told} {goal.of.text}, {number_told(solution.best)},{of}".rstrip(",")
    for axis in (axis for axis in axes if not axis.whole):
        yield f"{axis.name} goes in steps of {decimal(axis.step)}{f' from {axis.shown(0)}' if axis.origin else ''}"
    if solution.tried:
        yield f"networks tried one by one, where there is no formula: {solution.tried:,}"


def _told(solution: Solution, group: Group) -> str:
    """ "P = 2, S = 1", or "S = 2, K in 1..2": names in the order of the question."""
    axes = solution.question.axes
    inner = axes[solution.inner]
    parts = [f"{axis.name} = {axis.shown(n)}" for axis, n in zip(_outers(solution), group.outer, strict=True)]
    parts.insert(solution.inner, group.inner.described(inner.name, inner.shown))
    return ", ".join(parts)


def _outers(solution: Solution) -> list[Axis]:
    return [axis for i, axis in enumerate(solution.question.axes) if i != solution.inner]


def _of_family(solution: Solution, family: Family) -> Iterator[str]:
    (outer,) = _outers(solution)
    inner = solution.question.axes[solution.inner]
    yield f"for every {family.outer.described(outer.name)}: {_between(inner.name, family)}"
    first = [_told(solution, group) for group in islice(all_groups(solution), _FIRST_MEMBERS)]
    yield f"the first: {'; '.join(first)}; …"


def _between(name: str, family: Family) -> str:
    low: Dim = maximum(*family.lows)
    if not family.highs:
        return f"{name} ≥ {pretty(low)}"
    high = minimum(*family.highs)
    return f"{name} = {pretty(low)}" if low == high else f"{pretty(low)} ≤ {name} ≤ {pretty(high)}"


def _tried(solution: Solution) -> Grid | None:
    points = solution.points
    if not points:
        return None
    axes = solution.question.axes
    labels = list(dict.fromkeys(label for point in points for label, _ in point.values))
    columns = [Heading(axis.name) for axis in axes] + [Heading(label) for label in labels]
    rows = []
    for point in points:
        values = dict(point.values)
        cells = [axis.shown(n) for axis, n in zip(axes, point.places, strict=True)]
        cells += [number_told(values[label]) if label in values else "" for label in labels]
        rows.append((*cells, "yes" if point.meets else f"no: {point.why}" if point.why else "no"))
    return Grid((*columns, Heading("meets all", numeric=False)), tuple(rows))
