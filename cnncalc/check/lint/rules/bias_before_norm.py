"""CNN301: a bias that the normalisation behind it takes off again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.view import View
from cnncalc.check.lint.words import amount
from cnncalc.layers import Layer
from cnncalc.layers.facts import Statistics
from cnncalc.layers.folding import Passed
from cnncalc.layers.products import sizes_named
from cnncalc.network import Node
from cnncalc.shape import Shape, product
from cnncalc.symbolic import known_equal

__all__ = ["RULE"]


def _find(view: View) -> Iterator[Finding]:
    for owner, users in view.sharers.items():
        node = view.network.nodes[owner]
        axis = view.traits[owner].bias_axis
        if axis is None:
            continue
        norms = [_taken_off_by(view, view.network.nodes[user], axis) for user in users]
        if norms[0] is not None and None not in norms:
            yield Finding(
                owner,
                f"its bias is taken off again by the {norms[0].layer.kind} behind it: "
                f"{amount(node.output.dims[axis])} parameters without effect",
                "leave it out with nobias",
                "bias",
            )


def _taken_off_by(view: View, node: Node, axis: int) -> Node | None:
    """The normalisation that a summand for every index of an axis does not get through, if it comes there unchanged."""
    for reader in view.behind(node):
        shapes = view.shapes(reader)
        if _centres(view.traits[reader.index].statistics, shapes[0], axis):
            return reader
        passed = _passed(reader.layer, axis, shapes)
        if passed is None:
            return None
        axis = passed
    return None


def _passed(layer: Layer, axis: int, shapes: Sequence[Shape]) -> int | None:
    """On which axis a summand for every index of an axis lies behind a layer; None if it does not get through as one."""
    if layer.dropping(shapes[0]) is not None:
        return None  # in training it drops parts of the summand
    meeting = layer.fold_on(axis, *shapes)
    if not isinstance(meeting, Passed):
        return None
    (route,) = meeting.routes
    # y = s·x + t with s = 1: no factor is negative
    return route.axis if route.need is None or route.need.what == "scales" else None


def _centres(found: Statistics | None, x: Shape, axis: int) -> bool:
    """Whether a mean is taken off that holds one index of an axis, and is taken over other axes only."""
    if found is None or not found.centred:
        return False
    sizes = {letter: size for letter, (size, _) in sizes_named(x.dims).items()}
    own = list(sizes)[axis]
    others = product(tuple(size for letter, size in sizes.items() if letter in found.over and letter != own))
    return own not in found.over and known_equal(found.values.value, others) is True


RULE = Rule(
    code="CNN301",
    name="bias-before-norm",
    summary="a bias that the normalisation behind it takes off again",
    what=(
        "A convolution, transposed convolution or linear layer (or another normalisation) has a bias, and all that sees its "
        "result is a normalisation that takes the mean of each channel off: `bn`, `in`, or `gn` with as many groups as channels. "
        "In between may stand what lets a summand pass unchanged: max pooling, average pooling without padding, flatten, …; not "
        "dropout. Layer normalisation takes one mean over all channels, and leaves a bias its effect. Nothing is said where "
        "channels become positions, even if pooling evens them out again: `pixelshuffle2 avgpool2`."
    ),
    why=(
        "(x + b) − mean(x + b) = x − mean(x): whatever the bias is, the result is the same, and its gradient is 0. It costs "
        "memory, time, and optimizer state; and with weight decay it drifts to 0 for no reason. In inference the running mean "
        "has taken it in. The normalisation's own bias does its work."
    ),
    wrong="3x32x32 conv3-16,p1 bn relu",
    better="3x32x32 conv3-16,p1,nobias bn relu",
    source="Ioffe & Szegedy, Batch Normalization, arXiv:1502.03167, section 3.2",
    find=_find,
)
