"""From a document to a network with every shape known."""

from cnncalc.network.build import build
from cnncalc.network.model import Assumption, Network, Node

__all__ = ["Assumption", "Network", "Node", "build"]
