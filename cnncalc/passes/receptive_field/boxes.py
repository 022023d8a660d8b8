"""What one unit sees, with all axes at once: backwards through the network, as a union of boxes.

A box is a set of positions for every axis of a tensor, channels included; its elements are all combinations. Layers read
axis by axis, so a box reads a box; what is empty on one axis is dropped as a whole, as torch would.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from math import prod
from typing import TypeAlias

from cnncalc.layers.reach import Along, Reads, Regroup, Taps, Whole, int_of
from cnncalc.network import Network
from cnncalc.passes.receptive_field.budget import Budget
from cnncalc.passes.receptive_field.sets import (
    Positions,
    bits,
    covered,
    digits,
    from_digits,
    of_span,
    repeated,
    runs,
    union,
    within,
)
from cnncalc.shape import Shape
from cnncalc.symbolic import Dim

__all__ = ["Box", "boxes_seen"]

#: for every axis a bit for every position
Box: TypeAlias = tuple[int, ...]

#: more boxes than this for one tensor are replaced by the one around them
_MOST_BOXES = 512
#: up to so many phases, and not further than so many times the input, units that follow one another are read at once
_MOST_PHASES, _FARTHEST = 64, 8
#: what it costs to read units one by one
_PRICE = 4


def boxes_seen(network: Network, node: int, units: Box) -> tuple[list[Box], bool]:
    """The boxes of the network's input that these units of a node's output see, and whether they are exact.

    Raises TypeError if a size is not a number, TooLargeError if there is too much to look at.
    """
    needed: dict[int, list[Box]] = {node: [units]}
    exact = True
    budget = Budget(node + 1)
    for at in range(node, -1, -1):
        boxes = needed.pop(at, [])
        if not boxes:
            continue
        here = network.nodes[at]
        shapes = network.input_shapes(here)
        for ref, reads, read in zip(here.inputs, here.layer.reads(*shapes), shapes, strict=True):
            found: Iterable[Box] = boxes
            for how, size in _backwards(here.layer.steps(read) or ((reads, here.output),), read):
                found, few = _few([b for box in found for b in _read(box, how, size, budget)])
                exact = exact and few
            needed[ref], few = _few(chain(needed.get(ref, []), found))
            exact = exact and few
    return needed.get(-1, []), exact


def _backwards(steps: Sequence[tuple[Reads, Shape]], read: Shape) -> Iterator[tuple[Reads, Shape]]:
    """The reads from the last to the first, with the shape that each reads."""
    shapes = [read, *(written for _, written in steps[:-1])]
    return ((how, shape) for (how, _), shape in zip(reversed(steps), reversed(shapes), strict=True))


def _read(box: Box, reads: Reads, read: Shape, budget: Budget) -> Iterable[Box]:
    if isinstance(reads, Regroup):
        budget.spend(prod(map(int_of, reads.read)) // 64)
        return _ungrouped(box, reads)
    found = tuple([_along(box, along, size, budget) for along, size in zip(reads, read.dims, strict=True)])
    return [found] if all(found) else []


def _along(box: Box, along: Along, dim: Dim, budget: Budget) -> int:
    size = int_of(dim)
    if along.axis is None or isinstance(along.taps, Whole):
        return (1 << size) - 1
    outputs = box[along.axis]
    found = _at_once(along.taps, outputs, size, budget)
    if found is None:
        budget.spend(_PRICE * outputs.bit_count())
        found = covered((r for o in bits((0, outputs)) for r in along.taps.spans(o)), size)
    return found


def _at_once(taps: Taps, outputs: int, size: int, budget: Budget) -> int | None:
    """What outputs read that follow one another: what the first of each phase reads, moved on step by step. None: not so."""
    step = taps.step
    if step is None or step[0] > _MOST_PHASES:
        return None
    outputs_on, inputs_on = step
    found: list[Positions] = []
    for first, last in runs(outputs):
        for o in range(first, min(last + 1, first + outputs_on)):
            budget.spend(1)
            span = taps.inside(o)
            times = (last - o) // outputs_on + 1
            if span.stop - span.start + times * inputs_on > _FARTHEST * size + _MOST_PHASES:
                return None
            found.append(within(repeated(of_span(span), times, inputs_on), size))
    offset, mask = union(found)
    return mask << offset


def _ungrouped(box: Box, how: Regroup) -> Iterator[Box]:
    """The boxes of the input that a box of a reshape's output is made of."""
    end = how.first + len(how.written)
    flat = _flattened(box[how.first : end], how.written)
    return ((*box[: how.first], *inner, *box[end:]) for inner in _cut(flat, how.read))


def _flattened(box: Box, sizes: Sequence[Dim]) -> str:
    """A box of several axes as the digits of a set on one, in row-major order."""
    flat = "1"
    for mask, size in zip(reversed(box), reversed(sizes), strict=True):
        none = "0" * len(flat)
        flat = "".join([flat if digit == "1" else none for digit in digits(mask, int_of(size))])
    return flat


def _cut(flat: str, sizes: Sequence[Dim]) -> Iterator[Box]:
    """A set on one axis as boxes of several, in row-major order: equal rows are put together."""
    if len(sizes) == 1:
        yield (from_digits(flat),)
        return
    number = int_of(sizes[0])
    length = len(flat) // number
    rows: dict[str, list[range]] = {}
    for at in range(number):
        row = flat[at * length : (at + 1) * length]
        rows.setdefault(row, []).append(range(at, at + 1))
    rows.pop("0" * length, None)
    for row, places in rows.items():
        mask = covered(places, number)
        for inner in _cut(row, sizes[1:]):
            yield (mask, *inner)


def _few(boxes: Iterable[Box]) -> tuple[list[Box], bool]:
    """The boxes without those that lie in another; the one around them, which is not exact, where they are too many."""
    different: set[Box] = set()
    few = True
    for box in boxes:
        different.add(box)
        if len(different) > 4 * _MOST_BOXES:
            different, few = {_around(different)}, False
    kept: list[Box] = []
    for box in sorted(different, key=lambda b: -sum(m.bit_count() for m in b)):
        if not any(all(m & ~k == 0 for m, k in zip(box, other, strict=True)) for other in kept):
            kept.append(box)
    return ([_around(kept)], False) if len(kept) > _MOST_BOXES else (kept, few)


def _around(boxes: Iterable[Box]) -> Box:
    first, *others = boxes
    for box in others:
        first = tuple([a | b for a, b in zip(first, box, strict=True)])
    return first
