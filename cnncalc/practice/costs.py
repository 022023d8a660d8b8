"""The calculator's own formulas of parameters and MACs, with names where a layer has numbers.

F kernel size, C input channels, K filters or outputs, O output size, N inputs of a linear layer, G groups. Maps are square.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from cnncalc.layers import KINDS, Derivation
from cnncalc.practice.words import grouped
from cnncalc.shape import Shape
from cnncalc.symbolic import Formula, symbol

__all__ = ["MACS_TOLD", "in_numbers", "macs", "params", "renamed"]

#: the conventions of every count of MACs
MACS_TOLD = ("A MAC is one multiplication with its addition.", "Biases are not counted.")

_MAP = Shape((symbol("C"), symbol("H"), symbol("H")))
_FLAT = Shape((symbol("N"),))
_FIELDS = {
    "conv": {"kernel": symbol("F"), "out": symbol("K")},
    "lc": {"kernel": symbol("F"), "out": symbol("K")},
    "dwconv": {"kernel": symbol("F")},
    "linear": {"out": symbol("K")},
    "bn": {},
}


@cache
def params(kind: str, **options: Any) -> Formula:
    """The parameters of a layer: "conv", "lc", "dwconv", "linear" or "bn", with its options."""
    layer: Any = KINDS[kind]
    found: Derivation = layer(**_FIELDS[kind], **options).params(_FLAT if kind == "linear" else _MAP)
    return found.formula


@cache
def macs(kind: str, **options: Any) -> Formula:
    """The MACs of a layer for one image."""
    layer: Any = KINDS[kind]
    found: Derivation = layer(**_FIELDS[kind], **options).macs(_FLAT if kind == "linear" else _MAP)
    return found.formula


def renamed(formula: Formula, **names: str) -> Formula:
    """The formula with other names for some of its names; behind a name may stand what it means. A factor 1 is left out.

    >>> renamed(macs("conv"), F="1", K="R waist").text
    'C*R*O*O'
    """
    told, new = {}, {}
    for name in formula.names:
        new[name], _, meaning = names.get(name, name).partition(" ")
        told[new[name]] = meaning or formula.describe(name)
    text = re.sub(r"[A-Za-z_]\w*", lambda m: new.get(m[0], m[0]), formula.text)
    text = re.sub(r"\b1\*", "", text)
    return Formula(text, **{name: meaning for name, meaning in told.items() if not name.isdigit()})


def in_numbers(name: str, formula: Formula, values: Mapping[str, Any]) -> str:
    """conv1: 3·3·3·16·32·32 = 442,368, to stand in a solution where the same names mean other numbers in other lines."""
    return f"{name}: {grouped(' = '.join(formula.steps(values)[1:]))}"
