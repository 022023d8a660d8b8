"""CNN303: a pooling that gives back what comes in."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.view import View
from cnncalc.layers.folding import Passed
from cnncalc.layers.reach import Along, Reads, Slide
from cnncalc.network import Node
from cnncalc.shape import Window

__all__ = ["RULE"]


def _find(view: View) -> Iterator[Finding]:
    #: the results whose size does not depend on the network's input
    fixed: set[int] = set()
    for node in view.network.nodes:
        reads = view.traits[node.index].reads
        if node.layer.role == "pool" and (_any_size(reads[0]) or _all_inputs(node, fixed)):
            yield from _idle(view, node, reads[0])
        if _all_inputs(node, fixed) or (node.layer.role == "pool" and not _slides(reads[0])):
            fixed.add(node.index)


def _all_inputs(node: Node, fixed: set[int]) -> bool:
    return all(i in fixed for i in node.inputs)


def _spatial(reads: Reads) -> tuple[Along, ...]:
    return reads[1:] if isinstance(reads, tuple) else ()


def _slides(reads: Reads) -> bool:
    """Whether a pooling has the same window whatever the size of its input is; those to a given size have not."""
    return all(isinstance(along.taps, Slide) and along.taps.fixed for along in _spatial(reads))


def _any_size(reads: Reads) -> bool:
    """Whether every window is a single position, on inputs of any size."""
    return _slides(reads) and all(along.taps.sliding == Window(1) for along in _spatial(reads))


def _idle(view: View, node: Node, reads: Reads) -> Iterator[Finding]:
    (x,) = view.shapes(node)
    alone = all(size == 1 for size in (*x.spatial, *node.output.spatial))
    if not alone and not _any_size(reads):
        return
    meeting = node.layer.fold_back(0, x)
    # zeros that count in a mean, or another divisor, would change the number
    if isinstance(meeting, Passed) and all(r.need is None or r.need.what == "scales" for r in meeting.routes):
        what = (
            f"there is one position in {x.pretty()}"
            if alone
            else "its window is one position, and so is its stride"
        )
        yield Finding(node.index, f"{what}: it gives back what comes in", "leave it out")


RULE = Rule(
    code="CNN303",
    name="idle-pooling",
    summary="a pooling that gives back what comes in",
    what=(
        "A pooling over a single position: with kernel 1 and stride 1, or behind a global pooling, which has left one position "
        "whatever the size of the image is. A pooling whose input has one position only for this image is left alone, and so is "
        "an adaptive pooling to the size that there is already."
    ),
    why="It does nothing, so that something else was meant: a kernel was forgotten, or a head has been put behind a head.",
    wrong="3x32x32 conv3-16,p1 relu gap adaptiveavgpool1 flatten fc-10",
    better="3x32x32 conv3-16,p1 relu gap flatten fc-10",
    source="torch.nn.AdaptiveAvgPool2d, torch.nn.MaxPool2d",
    find=_find,
)
