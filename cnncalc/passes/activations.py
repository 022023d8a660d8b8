"""How often a network bends: its nonlinearities."""

from __future__ import annotations

from cnncalc.network import Network

__all__ = ["nonlinearities"]


def nonlinearities(network: Network) -> int:
    """The number of activation layers, wherever they stand. Pooling and the softmax within attention are not counted."""
    return sum(node.layer.activates() for node in network.nodes)
