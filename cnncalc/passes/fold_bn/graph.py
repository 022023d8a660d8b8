"""A network while nodes are taken out of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from cnncalc.errors import LayerError
from cnncalc.layers import Layer, check
from cnncalc.layers.folding import Affine
from cnncalc.network import Network, Node
from cnncalc.record import replace
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts

__all__ = ["Graph"]


class Graph:
    """Layers and edges that change, by the node numbers of the network that it was made from."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.layers: list[Layer] = [node.layer for node in network.nodes]
        self.inputs: list[list[int]] = [list(node.inputs) for node in network.nodes]
        self.alive = [True] * len(network.nodes)
        #: where a node's result is found: elsewhere, once it is taken out
        self._instead: dict[int, int] = {}
        #: who reads a node, and how many times; of the network's input at the end
        self._readers: list[dict[int, int]] = [{} for _ in range(len(network.nodes) + 1)]
        for node in network.nodes:
            for i in node.inputs:
                self._read(i, node.index)
        #: who is left with the same tensors, by the node that owns them
        self._sharers: dict[int, dict[int, None]] = {}
        for node in network.nodes:
            if node.weights_of is not None:
                self._sharers.setdefault(node.weights_of, {node.weights_of: None})[node.index] = None
        self.last = network.last

    def name(self, index: int) -> str:
        """A node's name; "input" for the network's input."""
        return "input" if index < 0 else self.network.nodes[index].name

    def shape(self, index: int) -> Shape:
        """What a node gives, which folding does not change."""
        return self.network.input if index < 0 else self.network.nodes[index].output

    def shapes(self, index: int) -> tuple[Shape, ...]:
        """What a node reads."""
        return tuple([self.shape(i) for i in self.inputs[index]])

    def readers(self, index: int) -> int:
        """How many times a node's result is read."""
        return sum(self._readers[index].values())

    def adds(self, index: int) -> bool:
        """Whether a normalisation has a summand: a learned factor alone has none."""
        found = self.layers[index].as_affine(self.shapes(index)[0])
        return not isinstance(found, Affine) or found.eps is not None or found.bias

    def reader(self, index: int) -> int:
        """Who reads a node's result that is read."""
        return next(iter(self._readers[index]))

    def owner(self, index: int) -> int:
        """The node whose tensors this one uses."""
        of = self.network.nodes[index].weights_of
        return index if of is None else of

    def sharers(self, index: int) -> Collection[int]:
        """All nodes that are left with the same tensors, this one among them."""
        return self._sharers.get(self.owner(index), (index,))

    def read_once(self, index: int, reader: int) -> str | None:
        """Why a node's result may not be changed for one reader alone; None if nobody else sees it."""
        if index < 0:
            return "the network's input has no weights"
        if index == self.last:
            return f"'{self.name(index)}' is the network's output as well"
        readers = self._readers[index]
        if len(readers) > 1:
            other = next(r for r in readers if r != reader)
            return f"'{self.name(index)}' is also read by '{self.name(other)}'"
        if readers[reader] > 1:
            return f"'{self.name(index)}' is read twice by '{self.name(reader)}'"
        return None

    def remove(self, index: int) -> None:
        """Take a node out: its readers read its first input instead."""
        source = self.inputs[index][0]
        self.drop(index)
        for reader, times in self._readers[index].items():
            self.inputs[reader] = [source if i == index else i for i in self.inputs[reader]]
            self._read(source, reader, times)
        self._readers[index] = {}
        self._instead[index] = source
        if self.last == index:
            self.last = source

    def narrow(self, index: int, dropped: set[int], kept: int) -> None:
        """Let a node read `kept` where it has read the first of several nodes, and the others no more; they go."""
        left: list[int] = []
        for i in self.inputs[index]:
            self._readers[i].pop(index, None)
            if i in dropped or i == kept:
                if kept not in left:
                    left.append(kept)
            else:
                left.append(i)
        self.inputs[index] = left
        for i in left:
            self._read(i, index)

    def drop(self, index: int) -> None:
        """Take out a node that nobody reads."""
        for i in self.inputs[index]:
            self._readers[i].pop(index, None)
        self._sharers.get(self.owner(index), {}).pop(index, None)
        self.alive[index] = False

    def _read(self, index: int, reader: int, times: int = 1) -> None:
        readers = self._readers[index]
        readers[reader] = readers.get(reader, 0) + times

    def rebuilt(self) -> tuple[Network, tuple[int, ...]]:
        """The network that is left, what has changed checked again, and the old number of each node."""
        origins = tuple([i for i, alive in enumerate(self.alive) if alive])
        places = {-1: -1} | {old: new for new, old in enumerate(origins)}
        nodes: list[Node] = []
        owners: dict[int, int] = {}
        answers: dict[tuple[Layer, tuple[Shape, ...]], Shape] = {}
        for old in origins:
            node = self.network.nodes[old]
            layer, shapes = self.layers[old], self.shapes(old)
            if layer is not node.layer or len(shapes) != len(node.inputs):
                found = answers.get((layer, shapes))
                if found is None:
                    check(layer.requires(*shapes), Facts())
                    found = answers[layer, shapes] = layer.output(*shapes)
                if found != node.output:
                    raise LayerError(f"'{node.name}' would give {found}, not {node.output}")
            inputs = tuple([places[i] for i in self.inputs[old]])
            owner = owners.setdefault(self.owner(old), places[old])
            shared = None if owner == places[old] else owner
            nodes.append(replace(node, index=places[old], layer=layer, inputs=inputs, weights_of=shared))
        names = {name: refs for name, refs in self._names(places) if refs is not None}
        network = replace(self.network, nodes=tuple(nodes), last=places[self.last], names=names)
        return network, origins

    def _names(self, places: dict[int, int]) -> Iterator[tuple[str, tuple[int, ...] | None]]:
        """What each name stands for now; None if nothing of it is left."""
        found_at = list(range(len(self.alive)))
        for index, source in sorted(self._instead.items()):
            found_at[index] = found_at[source] if source >= 0 else source
        left: set[str] = set()
        for index in places:
            parts = self.name(index).split(".") if index >= 0 else []
            left.update(".".join(parts[:i]) for i in range(1, len(parts) + 1))
        for name, refs in self.network.names.items():
            found = [places.get(found_at[r] if r >= 0 else r) for r in refs]
            known = tuple([r for r in found if r is not None])
            yield name, known if name in left and len(known) == len(found) else None
