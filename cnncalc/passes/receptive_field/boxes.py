"""What one unit sees, with all axes at once: backwards through the network, as a union of boxes.

A box is a set of positions for every axis of a tensor, channels included; its elements are all combinations. Layers read
axis by axis, so a box reads a box; what is empty on one axis is dropped as a whole, as torch would.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from cnncalc.layers.reach import Along, Reads, Regroup, Whole
from cnncalc.network import Network
from cnncalc.passes.receptive_field.sets import bits
from cnncalc.shape import Shape

__all__ = ["Box", "boxes_seen"]

#: for every axis a bit for every position
Box: TypeAlias = tuple[int, ...]

#: more boxes than this for one tensor are replaced by the one around them
_MOST_BOXES = 512


def boxes_seen(network: Network, node: int, units: Box) -> tuple[list[Box], bool]:
    """The boxes of the network's input that these units of a node's output see, and whether they are exact.

    Raises TypeError if a size is not a number.
    """
    needed: dict[int, list[Box]] = {node: [units]}
    exact = True
    for at in range(node, -1, -1):
        boxes = needed.pop(at, [])
        if not boxes:
            continue
        here = network.nodes[at]
        shapes = network.input_shapes(here)
        for ref, reads, read in zip(here.inputs, here.layer.reads(*shapes), shapes, strict=True):
            found = [b for box in boxes for b in _read(box, reads, read)]
            merged = _distinct([*needed.get(ref, []), *found])
            if len(merged) > _MOST_BOXES:
                merged, exact = [_around(merged)], False
            needed[ref] = merged
    return needed.get(-1, []), exact


def _read(box: Box, reads: Reads, read: Shape) -> list[Box]:
    if isinstance(reads, Regroup):
        return _ungrouped(box, reads)
    found = tuple(_along(box, along, size) for along, size in zip(reads, read.dims, strict=True))
    return [found] if all(found) else []


def _along(box: Box, along: Along, size: object) -> int:
    if not isinstance(size, int):
        raise TypeError(f"{size} is not a number")
    if along.axis is None or isinstance(along.taps, Whole):
        return (1 << size) - 1
    mask = 0
    for o in bits((0, box[along.axis])):
        for i in along.taps.of(o):
            mask |= 1 << i
    return mask


def _ungrouped(box: Box, how: Regroup) -> list[Box]:
    """The boxes of the input that a box of a reshape's output is made of."""
    end = how.first + len(how.written)
    flat = _flattened(box[how.first : end], how.written)
    return [(*box[: how.first], *inner, *box[end:]) for inner in _cut(flat, how.read)]


def _flattened(box: Box, sizes: Sequence[object]) -> int:
    """A box of several axes as a set on one, in row-major order."""
    flat, length = 1, 1
    for mask, size in zip(reversed(box), reversed(sizes), strict=True):
        if not isinstance(size, int):
            raise TypeError(f"{size} is not a number")
        row, flat = flat, 0
        for i in bits((0, mask)):
            flat |= row << (i * length)
        length *= size
    return flat


def _cut(flat: int, sizes: Sequence[object]) -> list[Box]:
    """A set on one axis as boxes of several, in row-major order: equal rows are put together."""
    numbers = [s for s in sizes if isinstance(s, int)]
    if not numbers:
        return [()] if flat else []
    length = 1
    for size in numbers[1:]:
        length *= size
    rows: dict[int, int] = {}
    position, full = 0, (1 << length) - 1
    while flat:
        skipped = ((flat & -flat).bit_length() - 1) // length
        position += skipped
        flat >>= skipped * length
        row = flat & full
        rows[row] = rows.get(row, 0) | 1 << position
        flat >>= length
        position += 1
    return [(mask, *inner) for row, mask in rows.items() for inner in _cut(row, numbers[1:])]


def _distinct(boxes: list[Box]) -> list[Box]:
    """The boxes without those that lie in another."""
    kept: list[Box] = []
    for box in sorted(set(boxes), key=lambda b: -sum(m.bit_count() for m in b)):
        if not any(all(m & ~k == 0 for m, k in zip(box, other, strict=True)) for other in kept):
            kept.append(box)
    return kept


def _around(boxes: list[Box]) -> Box:
    around = boxes[0]
    for box in boxes[1:]:
        around = tuple(a | b for a, b in zip(around, box, strict=True))
    return around
