"""Sides of equations as text and as LaTeX, with thousands separated."""

from __future__ import annotations

import re

from cnncalc.report.explain.model import Root, Rounded, Side
from cnncalc.symbolic import latex_formula, pretty_formula

__all__ = ["in_latex", "in_text"]

#: digits of an integer: not within a name, nor behind a decimal point
_DIGITS = re.compile(r"(?<![\w.])\d{4,}(?!\d)")


def in_text(side: Side) -> str:
    """⌊(224 + 6 − 7)/2⌋ + 1; √(2/75); 0.1633; 115,605,504"""
    if isinstance(side, Rounded):
        return f"{side.value:.4g}"
    if isinstance(side, Root):
        inner = in_text(side.square)
        return f"√{inner}" if re.fullmatch(r"[\w.,]+", inner) else f"√({inner})"
    return _DIGITS.sub(lambda m: f"{int(m[0]):,}", pretty_formula(side))


def in_latex(side: Side) -> str:
    r"""\sqrt{\frac{2}{75}}; 115{,}605{,}504"""
    if isinstance(side, Rounded):
        return f"{side.value:.4g}"
    if isinstance(side, Root):
        return rf"\sqrt{{{in_latex(side.square)}}}"
    return _DIGITS.sub(lambda m: f"{int(m[0]):,}".replace(",", "{,}"), latex_formula(side))
