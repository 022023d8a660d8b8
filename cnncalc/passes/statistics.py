"""What every normalisation averages over, and how many means and variances that makes."""

from __future__ import annotations

from cnncalc.layers.facts import Statistics
from cnncalc.network import Network
from cnncalc.record import record
from cnncalc.symbolic import Dim, symbol

__all__ = ["Normalised", "statistics"]


@record
class Normalised:
    """One node that normalises. A biased variance is divided by the count, an unbiased one by the count − 1."""

    node: int
    statistics: Statistics

    @property
    def training(self) -> str:
        """What training normalises by."""
        return "the batch's own, biased" if "N" in self.statistics.over else "each image's own, biased"

    @property
    def inference(self) -> str:
        """What inference normalises by."""
        return "the running ones, unbiased" if self.statistics.running else self.training


def statistics(network: Network, batch: Dim | None = None) -> tuple[Normalised, ...]:
    """The normalisations in order, for a batch of N images unless it is given."""
    size = symbol("N") if batch is None else batch
    found = []
    for node in network.nodes:
        answer = node.layer.statistics(network.input_shapes(node)[0], size)
        if answer is not None:
            found.append(Normalised(node.index, answer))
    return tuple(found)
