"""What one unit sees of the network's input, with its borders, on all axes at once."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from cnncalc.errors import SpecError
from cnncalc.network import Network, Node
from cnncalc.passes.receptive_field.boxes import Box, boxes_seen
from cnncalc.passes.receptive_field.budget import TooLargeError
from cnncalc.passes.receptive_field.sets import digits, from_digits, hull, of_mask
from cnncalc.record import record
from cnncalc.shape import Shape
from cnncalc.spec.items import AXIS_NAMES

__all__ = ["UnitField", "unit_field"]


#: axes up to this length are looked at position by position
_MOST_POSITIONS = 1 << 20


@record
class UnitField:
    """What the unit sees: from where to where on each axis, and how many positions of that it really reads.

    `boxes` are the parts of it, for every axis a bit for every position; if not `exact`, they hold some positions too many.
    """

    node: str
    unit: tuple[int, ...]
    axes: tuple[str, ...]
    sizes: tuple[int, ...]
    boxes: tuple[Box, ...]
    hull: tuple[tuple[int, int], ...] | None
    exact: bool

    @property
    def seen(self) -> int:
        """How many positions the unit reads."""
        return _volume(self.boxes)

    def map(self, cell: int = 1) -> list[tuple[int, int]]:
        """The last two axes in cells of so many positions squared, a cell being seen if anything in it is.

        Sets of rows and the columns seen in each of them; no row is in two. A single axis is one row.
        """
        rows, columns = self.sizes[-2:] if len(self.sizes) > 1 else (1, self.sizes[0])
        flat = {
            (_coarse(box[-2] if len(box) > 1 else 1, rows, cell), _coarse(box[-1], columns, cell))
            for box in self.boxes
        }
        parts = []
        for mask, others in _classes(list(flat)):
            seen = 0
            for (columns_seen,) in others:
                seen |= columns_seen
            parts.append((mask, seen))
        return parts


def unit_field(network: Network, node: Node, unit: Sequence[int]) -> UnitField:
    """The field of the unit at `unit`: a position on every axis of the node's output but its channels, of which all count.

    Raises SpecError if there is no such unit, or sizes are names.
    """
    output = node.output
    for dim in (*network.input.dims, *output.dims):
        if not isinstance(dim, int):
            raise _unnumbered(node, f"{dim} is not a number")
    _check_extent(network, node)
    axes = AXIS_NAMES.get(network.input.rank, ())[1:]
    if not axes:
        raise SpecError(
            f"the input {network.input} has no spatial axes", "give an input like 3x32x32", code="CNN141"
        )
    wanted = _units(node, output, tuple(unit))
    try:
        boxes, exact = boxes_seen(network, node.index, wanted)
    except TypeError as error:
        raise _unnumbered(node, str(error)) from None
    except TooLargeError:
        raise SpecError(
            f"'{node.name}' sees too many positions to look at each",
            "ask with a smaller --input",
            code="CNN141",
        ) from None
    merged = {box[1:] for box in boxes}
    found = tuple(sorted(merged))
    spans = None
    if found:
        masks = [0] * len(axes)
        for box in found:
            masks = [a | b for a, b in zip(masks, box, strict=True)]
        spans = tuple(h for m in masks if (h := hull(of_mask(m))) is not None)
    sizes = tuple(d for d in network.input.spatial if isinstance(d, int))
    return UnitField(node.name, tuple(unit), axes, sizes, found, spans, exact)


def _unnumbered(node: Node, why: str) -> SpecError:
    return SpecError(
        f"what one unit of '{node.name}' sees depends on numbers: {why}",
        "give them: --input SIZE, or --set NAME=VALUE",
        code="CNN141",
    )


def _axes(number: int) -> str:
    return "1 axis" if number == 1 else f"{number} axes"


def _check_extent(network: Network, node: Node) -> None:
    """Refuse what would take too long, or too much memory, to look at position by position.

    Raises SpecError.
    """
    dims = [d for n in network.nodes[: node.index + 1] for d in n.output.dims]
    widest = max(d for d in (*dims, *network.input.dims) if isinstance(d, int))
    if widest > _MOST_POSITIONS:
        raise SpecError(
            f"an axis of {widest:,} positions is too large to look at each",
            f"ask with a smaller --input: up to {_MOST_POSITIONS:,}",
            code="CNN141",
        )


def _units(node: Node, output: Shape, unit: tuple[int, ...]) -> Box:
    """The unit's index on every axis; all channels of a map."""
    positions = output.spatial if output.rank > 1 else output.dims
    if len(unit) != len(positions):
        raise SpecError(
            f"unit {','.join(map(str, unit))} is a position on {_axes(len(unit))}, but '{node.name}' gives {output}",
            f"give a position on {_axes(len(positions))}"
            + (": on all but the channels" if output.rank > 1 else ": on the only one"),
            code="CNN141",
        )
    for index, size in zip(unit, positions, strict=True):
        if not isinstance(size, int) or not 0 <= index < size:
            raise SpecError(
                f"there is no unit {','.join(map(str, unit))} in '{node.name}', which gives {output}",
                f"count from 0: the last is {','.join(str(s - 1) for s in positions)}",
                code="CNN141",
            )
    single = tuple(1 << i for i in unit)
    return single if output.rank == 1 else (_ones(0, output.channels), *single)


def _ones(first: int, last: object) -> int:
    """Bits from `first` up to, not including, `last`."""
    if not isinstance(last, int):
        raise TypeError(f"{last} is not a number")
    return ((1 << (last - first)) - 1) << first


def _volume(boxes: Sequence[Box]) -> int:
    """How many positions are in any of the boxes."""
    if len(boxes) < 2 or not boxes[0]:
        return prod(map(int.bit_count, boxes[0])) if boxes else 0
    return sum(mask.bit_count() * _volume(others) for mask, others in _classes(boxes))


def _classes(boxes: Sequence[Box]) -> list[tuple[int, list[Box]]]:
    """Positions on the first axis by the boxes that they are in, and the other axes of those."""
    classes: dict[frozenset[Box], int] = {}
    around = 0
    for box in boxes:
        around |= box[0]
    classes[frozenset()] = around
    for mask, *others in boxes:
        parted: dict[frozenset[Box], int] = {}
        for held, positions in classes.items():
            for key, part in ((held | {tuple(others)}, positions & mask), (held, positions & ~mask)):
                if part:
                    parted[key] = parted.get(key, 0) | part
        classes = parted
    return [(mask, sorted(held)) for held, mask in classes.items()]


def _coarse(mask: int, size: int, cell: int) -> int:
    """One bit for every `cell` of them, set if any is."""
    if cell == 1:
        return mask
    text = digits(mask, size)
    return from_digits("".join(["1" if "1" in text[i : i + cell] else "0" for i in range(0, size, cell)]))
