"""The formula to think of, without the numbers."""

from __future__ import annotations

from cnncalc.practice.model import Problem, Worked
from cnncalc.report.explain.model import Line
from cnncalc.report.explain.text import equation

__all__ = ["hints"]


def hints(problem: Problem) -> tuple[str, ...]:
    """The first formula of the solution and what its names mean; the usual mistake, if there is no formula."""
    draft = problem.draft
    formula = next((step.derivation.formula for step in draft.steps if isinstance(step, Worked)), None)
    if formula is None:
        return (draft.trap,)
    name = next(step.name for step in draft.steps if isinstance(step, Worked))
    meanings = [f"{n}: {formula.describe(n)}" for n in formula.names if formula.describe(n)]
    return (equation(Line((formula.tree,), name)), *([", ".join(meanings)] if meanings else []))
