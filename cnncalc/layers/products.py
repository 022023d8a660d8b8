"""Formulas over the axes of a map: F·F for a square kernel, F_h·F_w for another, and their derivations."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from cnncalc.layers.base import Derivation
from cnncalc.symbolic import Formula

if TYPE_CHECKING:
    from cnncalc.shape import Shape
    from cnncalc.symbolic import Dim

__all__ = ["AXES", "Named", "derived", "over_axes", "shuffled", "sizes_named"]

#: names of a formula with their values and meanings
Named: TypeAlias = "dict[str, tuple[Dim, str]]"

#: the spatial axes by their number: letter and name
AXES: dict[int, tuple[tuple[str, str], ...]] = {
    0: (),
    1: (("w", "length"),),
    2: (("h", "height"), ("w", "width")),
    3: (("d", "depth"), ("h", "height"), ("w", "width")),
}


def over_axes(letter: str, meaning: str, sizes: tuple[Dim, ...]) -> tuple[str, Named]:
    """The product of one size for each spatial axis, as factors of a formula.

    >>> over_axes("F", "kernel size", (3, 3))
    ('F*F', {'F': (3, 'kernel size')})
    >>> over_axes("F", "kernel", (3, 1))
    ('F_h*F_w', {'F_h': (3, 'kernel height'), 'F_w': (1, 'kernel width')})
    """
    if all(size == sizes[0] for size in sizes):
        return "*".join([letter] * len(sizes)), {letter: (sizes[0], meaning)}
    what = meaning.removesuffix(" size")
    named = {
        f"{letter}_{axis}": (size, f"{what} {name}")
        for (axis, name), size in zip(AXES[len(sizes)], sizes, strict=True)
    }
    return "*".join(named), named


def sizes_named(dims: tuple[Dim, ...]) -> Named:
    """All sizes of a shape by their usual letters: C; C, L; C, H, W; C, D, H, W; with more axes C, A_2, A_3, …."""
    letters = {1: "C", 2: "CL", 3: "CHW", 4: "CDHW"}.get(len(dims))
    if letters is None:
        return {"C": (dims[0], "channels")} | {
            f"A_{i}": (size, f"size of axis {i}") for i, size in enumerate(dims[1:], start=2)
        }
    meanings = {"C": "channels", "L": "length", "D": "depth", "H": "height", "W": "width"}
    return {letter: (size, meanings[letter]) for letter, size in zip(letters, dims, strict=True)}


def derived(text: str, named: Mapping[str, tuple[Dim, str]]) -> Derivation:
    """The formula with these names, at these values. Names that the formula does not use are left out."""
    formula = _formula(text, tuple([(name, meaning) for name, (_, meaning) in named.items()]))
    return Derivation(formula, {name: named[name][0] for name in formula.names})


def shuffled(
    x: Shape, factor: Dim, channels: str, sizes: tuple[Derivation, ...]
) -> tuple[Derivation | None, ...]:
    """The sizes of a shuffle between channels, by this formula, and the positions on the last two axes."""
    named = {"C": (x.dims[-3], "input channels"), "R": (factor, "factor")}
    return (*(None,) * (x.rank - 3), derived(channels, named), *sizes)


@cache
def _formula(text: str, meanings: tuple[tuple[str, str], ...]) -> Formula:
    """Made and parsed once: layers with the same formula share it."""
    formula = Formula(text)
    used = {name: meaning for name, meaning in meanings if name in formula.names}
    return Formula(text, **used)
