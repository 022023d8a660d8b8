"""Answers, and the list of all formulas: for people, as JSON, and as LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.formulas.answers import Computed, Near, Solved
from cnncalc.formulas.board import held, outcome, rows, title
from cnncalc.report.explain.latex import row_as_latex, words
from cnncalc.report.explain.text import row_as_text
from cnncalc.report.grid import Grid, Heading, as_lines
from cnncalc.report.plain import json_text, number

if TYPE_CHECKING:
    from cnncalc.formulas.table import Entry, Variable
    from cnncalc.report.style import Style

__all__ = [
    "answer_as_json",
    "answer_as_latex",
    "answer_as_text",
    "list_as_json",
    "list_as_latex",
    "list_as_text",
]

SCHEMA_VERSION = 1
_WIDEST = 80
_NEEDS = "% needs \\usepackage{amsmath}"


def answer_as_text(answer: Computed | Solved, style: Style) -> str:
    """The rows of an answer; lines are at most 80 characters wide."""
    width = min(style.width or _WIDEST, _WIDEST)
    lines = [style.bold(title(answer))]
    for row in rows(answer):
        lines += row_as_text(row, width, style)
    return "\n".join(lines) + "\n"


def answer_as_latex(answer: Computed | Solved) -> str:
    """The same as a fragment for amsmath."""
    lines = [_NEEDS, rf"\paragraph{{{words(title(answer))}}}\mbox{{}}\par"]
    for row in rows(answer):
        lines += row_as_latex(row)
    return "\n".join(lines) + "\n"


def answer_as_json(answer: Computed | Solved) -> str:
    """Names with their values, the steps, and the value; or the unknown, and all that it may be."""
    entry, derivation = answer.entry, answer.derivation
    unknown = answer.unknown if isinstance(answer, Solved) else None
    plain: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "formula": entry.name,
        "text": derivation.formula.text,
        "result": entry.result,
        "values": {name: number(value) for name, value in answer.values.items() if name != unknown},
        "defaults": [name for name in answer.values if name != unknown and name not in answer.given],
    }
    if isinstance(answer, Computed):
        plain |= {
            "steps": list(derivation.formula.steps(derivation.values)),
            "value": number(answer.value),
            "assumed": held(answer.assumed),
        }
    else:
        plain |= {
            "value": number(answer.target),
            "unknown": unknown,
            "solution": outcome(answer),
            "count": answer.found.size if answer.found else 0,
            "solutions": [{"first": p.first, "last": p.last, "step": p.step} for p in answer.found.parts],
            "below": _near(answer, answer.below),
            "above": _near(answer, answer.above),
        }
    return json_text(plain)


def _near(answer: Solved, near: Near | None) -> dict[str, int | str | None] | None:
    if near is None:
        return None
    return {answer.unknown: near.number, answer.entry.result: number(near.result)}


def list_as_text(entries: Sequence[Entry], style: Style) -> str:
    """One row for each formula."""
    columns = ("name", "computes", "formula", "names, and defaults")
    cells = [
        (e.name, e.about, f"{e.result} = {e.general.pretty()}", " ".join(map(_with_default, e.variables)))
        for e in entries
    ]
    grid = Grid(tuple(Heading(column, numeric=False) for column in columns), tuple(cells))
    example = f"cnncalc formula {entries[0].name} W=224 F=7 S=2 P=3"
    return "\n".join([*as_lines(grid, style), f"with values: {example}"]) + "\n"


def _with_default(variable: Variable) -> str:
    return variable.name if variable.default is None else f"{variable.name}={variable.default}"


def list_as_json(entries: Sequence[Entry]) -> str:
    """Every formula with the meanings and the defaults of its names."""
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "formulas": [
                {
                    "name": e.name,
                    "about": e.about,
                    "result": e.result,
                    "text": e.general.text,
                    "names": {
                        v.name: {"meaning": e.meaning(v), "default": v.default, "least": v.least}
                        for v in e.variables
                    },
                }
                for e in entries
            ],
        }
    )


def list_as_latex(entries: Sequence[Entry]) -> str:
    """A table of all formulas."""
    lines = [_NEEDS, r"\begin{tabular}{ll}"]
    lines += [rf"{words(e.about)} & $\text{{{words(e.result)}}} = {e.general.latex()}$ \\" for e in entries]
    return "\n".join([*lines, r"\end{tabular}"]) + "\n"
