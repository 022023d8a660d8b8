"""A network while nodes are taken out of it."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.errors import LayerError
from cnncalc.layers import Layer, check
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
        #: who reads a node, once for every edge
        self._readers: list[list[int]] = [[] for _ in range(len(network.nodes) + 1)]
        for node in network.nodes:
            for i in node.inputs:
                self._readers[i].append(node.index)
        self._sharers: dict[int, list[int]] = {}
        for node in network.nodes:
            if node.weights_of is not None:
                self._sharers.setdefault(node.weights_of, [node.weights_of]).append(node.index)
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

    def readers(self, index: int) -> list[int]:
        """Who reads a node's result, once for every edge."""
        return self._readers[index]

    def owner(self, index: int) -> int:
        """The node whose tensors this one uses."""
        of = self.network.nodes[index].weights_of
        return index if of is None else of

    def sharers(self, index: int) -> list[int]:
        """All nodes that are left with the same tensors, this one among them."""
        return [i for i in self._sharers.get(self.owner(index), [index]) if self.alive[i]]

    def read_once(self, index: int, reader: int) -> str | None:
        """Why a node's result may not be changed for one reader alone; None if nobody else sees it."""
        if index < 0:
            return "stands on the network's input"
        if index == self.last:
            return f"'{self.name(index)}' is the network's output as well"
        others = [r for r in self._readers[index] if r != reader]
        if others:
            return f"'{self.name(index)}' is also read by '{self.name(others[0])}'"
        if len(self._readers[index]) > 1:
            return f"'{self.name(index)}' is read twice by '{self.name(reader)}'"
        return None

    def remove(self, index: int) -> None:
        """Take a node out: its readers read its first input instead."""
        source = self.inputs[index][0]
        for i in self.inputs[index]:
            self._readers[i].remove(index)
        for reader in self._readers[index]:
            self.inputs[reader] = [source if i == index else i for i in self.inputs[reader]]
            self._readers[source].append(reader)
        self._readers[index] = []
        self._instead[index] = source
        self.alive[index] = False
        if self.last == index:
            self.last = source

    def narrow(self, index: int, dropped: set[int], kept: int) -> None:
        """Let a node read `kept` where it has read the first of several nodes, and the others no more; they go."""
        left: list[int] = []
        for i in self.inputs[index]:
            self._readers[i].remove(index)
            if i in dropped or i == kept:
                if kept not in left:
                    left.append(kept)
            else:
                left.append(i)
        self.inputs[index] = left
        for i in left:
            self._readers[i].append(index)

    def drop(self, index: int) -> None:
        """Take out a node that nobody reads."""
        for i in self.inputs[index]:
            self._readers[i].remove(index)
        self.alive[index] = False

    def _resolved(self, index: int) -> int:
        while index in self._instead:
            index = self._instead[index]
        return index

    def rebuilt(self) -> tuple[Network, tuple[int, ...]]:
        """The network that is left, every shape checked again, and the old number of each node."""
        origins = tuple([i for i, alive in enumerate(self.alive) if alive])
        places = {-1: -1} | {old: new for new, old in enumerate(origins)}
        nodes: list[Node] = []
        owners: dict[int, int] = {}
        for old in origins:
            node = self.network.nodes[old]
            layer, shapes = self.layers[old], self.shapes(old)
            check(layer.requires(*shapes), Facts())
            if layer.output(*shapes) != node.output:
                raise LayerError(f"'{node.name}' would give {layer.output(*shapes)}, not {node.output}")
            inputs = tuple([places[i] for i in self.inputs[old]])
            owner = owners.setdefault(self.owner(old), places[old])
            shared = None if owner == places[old] else owner
            nodes.append(replace(node, index=places[old], layer=layer, inputs=inputs, weights_of=shared))
        names = {name: refs for name, refs in self._names(places) if refs is not None}
        network = replace(self.network, nodes=tuple(nodes), last=places[self.last], names=names)
        return network, origins

    def _names(self, places: dict[int, int]) -> Iterator[tuple[str, tuple[int, ...] | None]]:
        """What each name stands for now; None if nothing of it is left."""
        left: set[str] = set()
        for index in places:
            parts = self.name(index).split(".") if index >= 0 else []
            left.update(".".join(parts[:i]) for i in range(1, len(parts) + 1))
        for name, refs in self.network.names.items():
            found = [places.get(self._resolved(r)) for r in refs]
            known = tuple([r for r in found if r is not None])
            yield name, known if name in left and len(known) == len(found) else None
