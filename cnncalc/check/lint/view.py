"""A network as rules look at it: who reads whom, and what the passes have found, each asked for once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from cnncalc.check.lint.traits import Traits, traits
from cnncalc.network import Network, Node
from cnncalc.shape import Shape

if TYPE_CHECKING:
    from cnncalc.check.lint.config import LintConfig
    from cnncalc.check.lint.sight import Axis
    from cnncalc.check.lint.unread import Unread
    from cnncalc.passes.cost import Cost

__all__ = ["View"]

#: so many layers are looked through for one finding, lest a long chain of them be gone through for every one
_MOST_LAYERS = 64


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
    def traits(self) -> tuple[Traits, ...]:
        """What is known of every node by its layer and shapes alone."""
        batch = self.config.smallest_batch
        return tuple([traits(n.layer, self.shapes(n), n.output, batch) for n in self.network.nodes])

    @cached_property
    def costs(self) -> tuple[Cost, ...]:
        """Tensors and MACs of every node."""
        from cnncalc.passes.cost import costs

        return costs(self.network)

    @cached_property
    def unread(self) -> tuple[Unread, ...]:
        """The positions that nobody reads."""
        from cnncalc.check.lint.unread import unread

        return tuple(unread(self.network, self.readers, self.traits))

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """What every node sees of every spatial axis of the input."""
        from cnncalc.check.lint.sight import sights

        return sights(self.network, self.traits)

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
