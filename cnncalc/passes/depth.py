"""How deep a network is, as papers count: ResNet-50, VGG-16."""

from __future__ import annotations

from cnncalc.network import Network

__all__ = ["depth"]


def depth(network: Network) -> int:
    """The most layers with a weight matrix on one way from the input to the output.

    Convolutions and linear layers have one; normalisation and learned scales, which multiply every number by itself, have not.
    """
    deepest = {-1: 0}
    for node in network.nodes:
        counted = int(bool(node.layer.fans(*network.input_shapes(node))))
        deepest[node.index] = counted + max([deepest[i] for i in node.inputs])
    return deepest[network.last]
