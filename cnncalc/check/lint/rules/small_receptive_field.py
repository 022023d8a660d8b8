"""CNN319: a receptive field smaller than asked for."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.view import View

__all__ = ["RULE"]


def _find(view: View) -> Iterator[Finding]:
    wanted = view.config.min_receptive_field
    if wanted is None:
        return
    for axis, size in zip(view.axes, view.network.input.spatial, strict=True):
        least = size if wanted == "input" else wanted
        known = [(seen.size, -i) for i, seen in enumerate(axis.sights) if seen is not None]
        unknown = [e for seen, e in zip(axis.sights, axis.everything, strict=True) if seen is None and not e]
        if unknown or not known or not isinstance(least, int):
            continue
        largest, node = max(known)
        if largest < least:
            yield Finding(
                -node,
                f"its receptive field on {axis.name}, the largest of all layers, is {largest}, but {least} is asked for",
                "add layers, strides or dilation, or ask for less: min-receptive-field",
            )
            return


RULE = Rule(
    code="CNN319",
    name="small-receptive-field",
    summary="a receptive field smaller than asked for",
    what=(
        'No layer has a receptive field of `min-receptive-field` positions on each axis of the input; `"input"` asks for all of '
        "them. Only given where that is set. Global pooling and linear layers, which see everything at once, do not count: the "
        "question is how much one unit sees before."
    ),
    why=(
        "A feature that is larger than the receptive field cannot be recognised as a whole by any unit; the pooling behind then "
        "only counts parts."
    ),
    wrong="3x32x32 conv3-16,p1 relu conv3-16,p1 relu gap flatten fc-10",
    better="3x32x32 conv3-16/2,p1 relu conv3-16/2,p1 relu conv3-32/2,p1 relu conv3-64/2,p1 relu conv3-64,p1 relu gap flatten fc-10",
    source="Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks, Distill 2019",
    find=_find,
    settings=(("min-receptive-field", "input"),),
)
