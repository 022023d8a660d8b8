"""A network as rules look at it: who reads whom, and what the passes have found, each asked for once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from cnncalc.layers import Layer
from cnncalc.layers.folding import Absorbed
from cnncalc.network import Network, Node
from cnncalc.record import record
from cnncalc.shape import Shape, Window
from cnncalc.symbolic import Dim, pretty

if TYPE_CHECKING:
    from cnncalc.check.lint.config import LintConfig
    from cnncalc.check.lint.geometry import Slider
    from cnncalc.check.lint.sight import Axis
    from cnncalc.check.lint.unread import Unread
    from cnncalc.layers.reach import Reads
    from cnncalc.passes.cost import Cost

__all__ = ["View", "Weights", "amount", "axis_words", "bias_axis", "counted", "listed", "weights_of"]

_T = TypeVar("_T")

#: so many layers are looked through for one finding, lest a long chain of them be gone through for every one
_MOST_LAYERS = 64

#: the spatial axes by their number, as they are spoken of
_AXIS_WORDS: dict[int, tuple[str, ...]] = {
    1: ("position",),
    2: ("row", "column"),
    3: ("slice", "row", "column"),
}


class View:
    """One network, and how advice is to be given."""

    def __init__(self, network: Network, config: LintConfig) -> None:
        self.network = network
        self.config = config

    @cached_property
    def readers(self) -> dict[int, tuple[int, ...]]:
        """Who reads each result, by its node (-1: the network's input): every reader once, in order."""
        found: defaultdict[int, dict[int, None]] = defaultdict(dict)
        for node in self.network.nodes:
            for i in node.inputs:
                found[i][node.index] = None
        return {i: tuple(readers) for i, readers in found.items()}

    @cached_property
    def sharers(self) -> dict[int, tuple[int, ...]]:
        """The nodes that use each node's tensors, itself among them, by the node that owns them."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for node in self.network.nodes:
            found[node.index if node.weights_of is None else node.weights_of].append(node.index)
        return {owner: tuple(nodes) for owner, nodes in found.items()}

    @cached_property
    def reads(self) -> tuple[tuple[Reads, ...], ...]:
        """What every node reads of its inputs."""
        return self._asked(lambda node: node.layer.reads(*self.shapes(node)))

    @cached_property
    def windows(self) -> tuple[tuple[Window, ...] | None, ...]:
        """The windows of every node; None for a layer that does not slide."""
        return self._asked(lambda node: node.layer.windows(*self.shapes(node)))

    @cached_property
    def sliders(self) -> tuple[tuple[tuple[str, Slider], ...], ...]:
        """The windows of every node that slides over zeros (or nothing) at the border, with the word for each axis."""
        return self._asked(lambda node: tuple(self._sliders(node)))

    def _sliders(self, node: Node) -> Iterator[tuple[str, Slider]]:
        from cnncalc.check.lint.geometry import slider
        from cnncalc.layers.reach import Slide

        (reads, *_) = self.reads[node.index]
        if self.windows[node.index] is None or not isinstance(reads, tuple):
            return
        (x, *_) = self.shapes(node)
        for word, along, size, places in zip(
            axis_words(x.rank), reads[1:], x.spatial, node.output.spatial, strict=True
        ):
            if isinstance(along.taps, Slide) and along.taps.border == "zeros":
                found = slider(along.taps.window, size, places)
                if found is not None:
                    yield word, found

    def _asked(self, ask: Callable[[Node], _T]) -> tuple[_T, ...]:
        """What every node answers; of those with the same layer on the same shapes, the first is asked for all."""
        found: list[_T] = []
        for node, first in zip(self.network.nodes, self._alike, strict=True):
            found.append(ask(node) if first == node.index else found[first])
        return tuple(found)

    @cached_property
    def _alike(self) -> tuple[int, ...]:
        """By node, the first one that has the same layer, and reads the same shapes."""
        first: dict[object, int] = {}
        return tuple(
            [first.setdefault((node.layer, self.shapes(node)), node.index) for node in self.network.nodes]
        )

    @cached_property
    def costs(self) -> tuple[Cost, ...]:
        """Tensors and MACs of every node."""
        from cnncalc.passes.cost import costs

        return costs(self.network)

    @cached_property
    def unread(self) -> tuple[Unread, ...]:
        """The positions that nobody reads."""
        from cnncalc.check.lint.unread import unread

        return tuple(unread(self.network, self.readers, self.reads))

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """What every node sees of every spatial axis of the input."""
        from cnncalc.check.lint.sight import sights

        return sights(self.network, self.reads)

    def shapes(self, node: Node) -> tuple[Shape, ...]:
        """What a node reads."""
        return self._shapes[node.index]

    @cached_property
    def _shapes(self) -> tuple[tuple[Shape, ...], ...]:
        return tuple(map(self.network.input_shapes, self.network.nodes))

    def reader(self, index: int) -> Node | None:
        """The only node that sees a result; None if several do, or nobody, or the network ends in it."""
        readers = self.readers.get(index, ())
        if len(readers) != 1 or index == self.network.last:
            return None
        node = self.network.nodes[readers[0]]
        return node if node.inputs.count(index) == 1 else None

    def sources(self, node: Node) -> Iterator[Node]:
        """The nodes before a node, one after the other, as far as each has one input that only the next one sees."""
        for _ in range(_MOST_LAYERS):
            if len(node.inputs) != 1 or node.inputs[0] < 0 or self.reader(node.inputs[0]) is None:
                return
            node = self.network.nodes[node.inputs[0]]
            yield node

    def behind(self, node: Node) -> Iterator[Node]:
        """The nodes behind a node, one after the other, as far as each result has a single reader."""
        for _ in range(_MOST_LAYERS):
            reader = self.reader(node.index)
            if reader is None:
                return
            node = reader
            yield node


def bias_axis(layer: Layer, shapes: Sequence[Shape], result: Shape) -> int | None:
    """The axis of the result for every index of which the layer adds a learned number; None if there is none."""
    for axis in range(result.rank):
        meeting = layer.fold_back(axis, *shapes)
        # to take a summand in, it would have to become a layer with a bias; so it is one already
        if isinstance(meeting, Absorbed) and meeting.layer == layer:
            return axis
    return None


@record
class Weights:
    """A layer of weights without groups: it maps `inputs` channels on an axis to `outputs`, with a kernel."""

    axis: int
    inputs: Dim
    outputs: Dim
    kernel: tuple[Dim, ...]


def weights_of(layer: Layer, shapes: Sequence[Shape], result: Shape) -> Weights | None:
    """What a convolution or linear layer without groups maps to what; None for any other layer."""
    if layer.role != "weights":
        return None
    for axis in range(result.rank):
        meeting = layer.fold_back(axis, *shapes)
        if isinstance(meeting, Absorbed) and meeting.groups == 1:
            kernel = layer.weights(*shapes)[0].shape[2:]
            return Weights(axis, shapes[0].dims[axis], result.dims[axis], kernel)
    return None


def axis_words(rank: int) -> tuple[str, ...]:
    """What the positions on the spatial axes of a tensor of this rank are called, one each: row, column."""
    return _AXIS_WORDS.get(rank - 1) or tuple([f"position on axis {i}" for i in range(2, rank + 1)])


def amount(number: Dim) -> str:
    """A number for people: 1,234,567, or an expression."""
    return f"{number:,}" if isinstance(number, int) else pretty(number)


def counted(number: Dim, word: str) -> str:
    """ "1 row", "2 rows" """
    return f"{amount(number)} {word}{'' if number == 1 else 's'}"


def listed(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c" """
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
