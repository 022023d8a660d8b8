"""Cells as text: for people, for machines, for LaTeX."""

from __future__ import annotations

import re

from cnncalc.report.columns import Cell, Factored
from cnncalc.shape import Shape
from cnncalc.symbolic import IntExpr, pretty, pretty_product, to_latex, to_text

__all__ = ["for_latex", "for_machines", "for_people"]


def for_people(cell: Cell) -> str:
    """25,557,032; 64x112x112; 49*C*K; 12.5 %"""
    if cell is None:
        return ""
    if isinstance(cell, Shape):
        return cell.pretty()
    if isinstance(cell, float):
        return f"{cell:.1f} %"
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, IntExpr):
        return pretty(cell)
    if isinstance(cell, Factored):
        return min(pretty_product(cell.factors), pretty(cell.value), key=len)
    return cell


def for_machines(cell: Cell) -> str:
    """25557032; 64x112x112; expressions that parse again"""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.6g}"
    if isinstance(cell, Factored):
        return for_machines(cell.value)
    if isinstance(cell, int | IntExpr):
        return to_text(cell)
    return str(cell)


def for_latex(cell: Cell) -> str:
    r"""25{,}557{,}032 and $64 \times 112$, with everything that LaTeX takes otherwise escaped"""
    if cell is None:
        return ""
    if isinstance(cell, Shape):
        sizes = r" \times ".join(map(_latex_size, cell.dims))
        return f"${sizes}$"
    if isinstance(cell, float):
        return rf"{cell:.1f}\,\%"
    if isinstance(cell, int):
        return f"${cell:,}$".replace(",", "{,}")
    if isinstance(cell, Factored):
        return for_latex(cell.value)
    if isinstance(cell, IntExpr):
        return f"${to_latex(cell)}$"
    return escape_latex(cell)


def _latex_size(size: int | IntExpr) -> str:
    """A size that can stand beside others: sums get parentheses."""
    text = to_latex(size)
    return text if isinstance(size, int) or not _is_sum(text) else rf"\left({text}\right)"


def _is_sum(text: str) -> bool:
    """Whether a sign stands outside of braces and floors."""
    depth = 0
    for part in re.split(r"(\\left|\\right|[{}+-])", text):
        depth += (part in ("{", "\\left")) - (part in ("}", "\\right"))
        if part in ("+", "-") and depth == 0:
            return True
    return False


_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "^": r"\^{}",
    "~": r"\~{}",
    **{c: f"\\{c}" for c in "&%$#_"},
}


def escape_latex(text: str) -> str:
    """Text that LaTeX prints as it is."""
    return "".join(_LATEX.get(c, c) for c in text)
