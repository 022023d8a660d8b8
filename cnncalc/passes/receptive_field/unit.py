"""What one unit sees of the network's input, with its borders, on all axes at once."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.errors import SpecError
from cnncalc.network import Network, Node
from cnncalc.passes.receptive_field.boxes import Box, boxes_seen
from cnncalc.passes.receptive_field.sets import hull
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
        if len(self.boxes) == 1:
            return _volume(self.boxes[0])
        *rows, _ = self.sizes if len(self.sizes) > 1 else (1, self.sizes[0])
        total = 0
        for row in _rows(rows):
            mask = 0
            for box in self.boxes:
                outer = box[:-1] if len(self.sizes) > 1 else (1,)
                if all(m >> i & 1 for m, i in zip(outer, row, strict=True)):
                    mask |= box[-1]
            total += mask.bit_count()
        return total

    def sees(self, top: int, bottom: int, left: int, right: int) -> bool:
        """Whether the unit reads anything of a rectangle of the last two axes (ends exclusive); one axis has a single row."""
        rows, columns = _ones(top, bottom), _ones(left, right)
        return any((box[-2] if len(box) > 1 else 1) & rows and box[-1] & columns for box in self.boxes)


def unit_field(network: Network, node: Node, unit: Sequence[int]) -> UnitField:
    """The field of the unit at `unit`: a position on every axis of the node's output but its channels, of which all count.

    Raises SpecError if there is no such unit, or sizes are names.
    """
    output = node.output
    if not all(isinstance(d, int) for d in (*output.dims, *network.input.dims)):
        raise SpecError(
            f"the sizes of '{node.name}' are not numbers", "give the input a size: --input", code="CNN141"
        )
    _check_extent(network, node)
    axes = AXIS_NAMES.get(network.input.rank, ())[1:]
    if not axes:
        raise SpecError(
            f"the input {network.input} has no spatial axes", "give an input like 3x32x32", code="CNN141"
        )
    boxes, exact = boxes_seen(network, node.index, _units(node, output, tuple(unit)))
    merged = {box[1:] for box in boxes}
    found = tuple(sorted(merged))
    spans = None
    if found:
        masks = [0] * len(axes)
        for box in found:
            masks = [a | b for a, b in zip(masks, box, strict=True)]
        spans = tuple(h for m in masks if (h := hull((0, m))) is not None)
    sizes = tuple(d for d in network.input.spatial if isinstance(d, int))
    return UnitField(node.name, tuple(unit), axes, sizes, found, spans, exact)


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
            f"unit {','.join(map(str, unit))} has {len(unit)} numbers, but '{node.name}' gives {output}",
            f"give {len(positions)}: a position on every axis but the channels",
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


def _volume(box: Box) -> int:
    total = 1
    for mask in box:
        total *= mask.bit_count()
    return total


def _rows(sizes: Sequence[int]) -> list[tuple[int, ...]]:
    """All indices on some axes."""
    rows: list[tuple[int, ...]] = [()]
    for size in sizes:
        rows = [(*row, i) for row in rows for i in range(size)]
    return rows
