"""Which positions of a result no reader sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cnncalc.check.lint.geometry import Slider, slider
from cnncalc.check.lint.traits import Traits
from cnncalc.layers.reach import Slide
from cnncalc.network import Network, Node
from cnncalc.passes.receptive_field.sets import Positions, hull, number, union
from cnncalc.record import record
from cnncalc.shape import Window

__all__ = ["Unread", "unread"]


#: what most layers read of an axis: the position itself
_POSITION = Window(1)


@record
class Unread:
    """What nobody reads of a result on one of its spatial axes: `missing` positions, of which `end` behind the last that is read."""

    source: int
    axis: int
    size: int
    missing: int
    end: int
    #: the nodes whose sliding windows leave positions out, and these windows
    sliders: tuple[tuple[int, Slider], ...]

    @property
    def cut(self) -> tuple[int, Slider] | None:
        """The window because of which only the end is missing, since its stride leaves a rest; None: it is for other reasons."""
        if self.missing != self.end:
            return None
        return next(((i, s) for i, s in self.sliders if not s.has_gaps and s.unread_end()), None)


@record
class _Reader:
    """One reader of a result: which positions of an axis it reads, and through which window."""

    node: int
    positions: Positions
    slider: Slider
    #: whether the layer is a sliding window; else it takes a part on purpose
    slides: bool


def unread(
    network: Network, readers: Mapping[int, Sequence[int]], traits: Sequence[Traits]
) -> Iterator[Unread]:
    """All that nobody reads, where some sliding window leaves it out; as far as no name stands in the way."""
    for source, nodes in sorted(readers.items()):
        if source == network.last or any(traits[i].keeps_places for i in nodes):
            continue
        shape = network.input if source < 0 else network.nodes[source].output
        for axis, size in enumerate(shape.dims[1:], start=1):
            if isinstance(size, int):
                yield from _on_axis(network, source, axis, size, [network.nodes[i] for i in nodes], traits)


def _on_axis(
    network: Network, source: int, axis: int, size: int, nodes: list[Node], traits: Sequence[Traits]
) -> Iterator[Unread]:
    found: list[_Reader] = []
    for node in nodes:
        for which, i in enumerate(node.inputs):
            if i == source:
                reader = _reader(network, node, which, axis, traits[node.index])
                if reader is None:
                    return
                found.append(reader)
    read = union([r.positions for r in found])
    ends = hull(read)
    if ends is None or number(read) == size:
        return
    end = size - 1 - ends[1]
    sliders = tuple([(r.node, r.slider) for r in found if r.slides and number(r.positions) < size])
    if sliders:
        yield Unread(source, axis, size, size - number(read), end, sliders)


def _reader(network: Network, node: Node, which: int, axis: int, traits: Traits) -> _Reader | None:
    """How a node reads an axis of one of its inputs; None if it is the whole of it, or is not known."""
    shapes = network.input_shapes(node)
    reads = traits.reads[which]
    along = reads[axis] if isinstance(reads, tuple) else None
    if along is None or along.axis is None or not isinstance(along.taps, Slide):
        return None
    window, border = along.taps.window, along.taps.border
    if window == _POSITION:
        return None
    if border != "zeros" and (window.before, window.after) != (0, 0):
        return None
    found = slider(window, shapes[which].dims[axis], node.output.dims[along.axis])
    if found is None or found.reads_all:
        return None
    positions = found.read()
    if positions is None:
        return None
    return _Reader(node.index, positions, found, slides=traits.windows is not None)
