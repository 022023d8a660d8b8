"""A network as a spec file that loads as the same network: its layers one by one, with names and, where needed, inputs."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from cnncalc.errors import SpecError
from cnncalc.layers import KINDS, Layer
from cnncalc.network import Network, Node
from cnncalc.spec.items import GROUPS, INPUT, OPTIONS
from cnncalc.spec.printer import can_be_word, data_as_yaml, layer_as_fields, layer_as_word
from cnncalc.symbolic import names

__all__ = ["network_as_yaml"]


def network_as_yaml(network: Network) -> str:
    """The spec file.

    Raises SpecError for a network with names for numbers: in a file an expression speaks of the size before its layer.
    """
    open_names = {n for node in network.nodes for n in _names(node)} | set(_named(network.input.dims))
    if open_names:
        raise SpecError(
            f"a spec file of layers needs numbers, but {', '.join(sorted(open_names))} "
            f"{'is a name' if len(open_names) == 1 else 'are names'}",
            "give them: --input SIZE, --set NAME=VALUE",
            code="CNN105",
        )
    data: dict[str, Any] = {"cnncalc": 1}
    if network.name is not None:
        data["name"] = network.name
    if network.source is not None:
        data["source"] = network.source
    data["input"] = str(network.input)
    data["layers"] = _Writer(network).layers()
    return data_as_yaml(data)


def _names(node: Node) -> set[str]:
    return set(_named(node.output.dims)) | set(_named(v for _, v in layer_as_fields(node.layer)))


def _named(values: Any) -> list[str]:
    """Names in sizes, and in fields as they are written."""
    found: list[str] = []
    for value in values:
        if isinstance(value, tuple):
            found += _named(value)
        elif isinstance(value, str) and value[:1] == "{":
            found.append(value[1:-1])
        elif not isinstance(value, str | float | bool) and value is not None:
            found += names(value)
    return found


class _Writer:
    """Layers as items, lists under names."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def layers(self) -> list[Any]:
        """The whole network."""
        network = self._network
        written = self._list(network.nodes, 0)
        if network.last != len(network.nodes) - 1:
            # a list without layers gives what it gets
            written.append({self._free("output"): [], "from": self._name(network.last)})
        return written

    def _free(self, name: str) -> str:
        taken = {node.name.split(".")[0] for node in self._network.nodes}
        while name in taken:
            name += "_"
        return name

    def _name(self, index: int, scope: str = "") -> str:
        """What another layer is called within a block, where names are looked up from the inside out."""
        name = INPUT if index < 0 else self._network.nodes[index].name
        blocks = scope.split(".")[:-1]
        inner = [".".join([*blocks[:end], name]) for end in range(1, len(blocks) + 1)]
        for other in inner:
            if other in self._network.names:
                raise SpecError(
                    f"'{scope}' reads '{name}', which would be read as '{other}'",
                    "give one of them another name",
                    code="CNN112",
                )
        return name

    def _list(self, nodes: tuple[Node, ...], depth: int) -> list[Any]:
        """The items of one list: layers, and lists for the blocks among them."""
        written: list[Any] = []
        for head, group in groupby(nodes, key=lambda node: node.name.split(".")[depth]):
            inside = tuple(group)
            if len(inside) == 1 and inside[0].name.count(".") == depth:
                written.append(self._item(inside[0], head))
            else:
                _check_list(head, inside)
                written.append({head: self._list(inside, depth + 1)})
        return written

    def _item(self, node: Node, name: str) -> Any:
        layer = node.layer
        item: dict[str, Any]
        if not can_be_word(layer):
            item = {layer.kind: _plain(layer), "name": name}
        elif _is_free(name):
            item = {name: layer_as_word(layer)}
        else:
            item = {"layer": layer_as_word(layer), "name": name}
        if node.inputs != (node.index - 1,):
            sources = [self._name(i, node.name) for i in node.inputs]
            item["from"] = sources[0] if len(sources) == 1 else sources
        if node.weights_of is not None:
            item["weights"] = self._name(node.weights_of, node.name)
        return item


def _plain(layer: Layer) -> dict[str, Any]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in layer_as_fields(layer)}


def _is_free(name: str) -> bool:
    """Whether a name says nothing else as the key of an item."""
    return name not in KINDS and name not in (*GROUPS, *OPTIONS, "layer")


def _check_list(name: str, inside: tuple[Node, ...]) -> None:
    """Refuse a block whose name would be read as a layer: one that holds no such layer."""
    family = KINDS[name].__module__ if name in KINDS else None
    if not _is_free(name) and all(KINDS[node.layer.kind].__module__ != family for node in inside):
        raise SpecError(
            f"the block '{name}' is called like a layer, which a spec file cannot say",
            "give it another name",
            code="CNN112",
        )
