"""Which layers are trained when some are frozen, and where gradients have to flow."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from cnncalc.errors import SpecError, nearest
from cnncalc.network import Network
from cnncalc.passes.cost import Cost
from cnncalc.record import record

__all__ = ["Gradients", "gradients"]


@record
class Gradients:
    """For one node: whether its own parameters are trained, and which of its inputs need a gradient."""

    trained: bool
    inputs: tuple[bool, ...]

    @property
    def needed(self) -> bool:
        """Whether its result needs a gradient: something that is trained lies before it, or in it."""
        return self.trained or any(self.inputs)


def gradients(network: Network, found: Sequence[Cost], frozen: Sequence[str] = ()) -> tuple[Gradients, ...]:
    """What every node has to do with gradients. The network's input needs none.

    `frozen` are patterns like `layer1.*` on the names of layers, and of the blocks around them. Weights that layers
    share are frozen if one of the layers is.

    Raises SpecError for a pattern that no name matches.
    """
    cold = _frozen(network, frozen)
    needed = {-1: False}
    flows = []
    for node, cost in zip(network.nodes, found, strict=True):
        owner = node.index if node.weights_of is None else node.weights_of
        owns = any(w.role == "parameter" for w in cost.weights)
        flow = Gradients(owns and owner not in cold, tuple([needed[i] for i in node.inputs]))
        needed[node.index] = flow.needed
        flows.append(flow)
    return tuple(flows)


def _frozen(network: Network, patterns: Sequence[str]) -> set[int]:
    """The nodes whose weights are frozen, by the node that owns them."""
    cold: set[int] = set()
    for pattern in patterns:
        hit = [n for n in network.nodes if any(fnmatchcase(name, pattern) for name in _names(n.name))]
        if not hit:
            names = list(dict.fromkeys(name for n in network.nodes for name in _names(n.name)))
            close = nearest(pattern, names)
            cure = (
                f"did you mean '{close}'?"
                if close
                else "cnncalc summary lists the names; * stands for any text"
            )
            raise SpecError(f"--freeze {pattern}: no layer is called so", cure, code="CNN105")
        cold.update(n.index if n.weights_of is None else n.weights_of for n in hit)
    return cold


def _names(name: str) -> list[str]:
    """A layer's name, and those of the blocks around it: layer1.0.conv1, layer1.0, layer1."""
    parts = name.split(".")
    return [".".join(parts[:i]) for i in range(len(parts), 0, -1)]
