"""What the zoo costs: every spec file read, every member built and analysed, in one process."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from time import process_time

from cnncalc.analysis import analyse
from cnncalc.collector import without_collector
from cnncalc.loader import zoo_members
from cnncalc.network import build
from tests.benchmarks.tables import Target, items, table

__all__ = ["Gallery", "measure"]

SECONDS = 3.0


@dataclass(frozen=True)
class Gallery:
    """Processor seconds of every run."""

    members: int
    layers: int
    reading: tuple[float, ...]
    analysing: tuple[float, ...]

    def targets(self) -> tuple[Target, ...]:
        both = [sum(pair) for pair in zip(self.reading, self.analysing, strict=True)]
        return (Target(f"processor seconds for {self.members} networks", median(both), SECONDS),)

    def markdown(self) -> str:
        rows = [
            (what, f"{median(seconds):.2f}", f"{min(seconds):.2f}")
            for what, seconds in (("read", self.reading), ("built and analysed", self.analysing))
        ]
        return "\n\n".join(
            [
                "## The zoo",
                f"All {self.members} networks with {self.layers:,} layers, in one process.",
                table(("what", "processor seconds", "at best"), rows),
                items(self.targets()),
            ]
        )


def measure(runs: int) -> Gallery:
    """A third of the runs, in this process, after one that is not counted."""
    found = [_once() for _ in range(1 + max(3, runs // 3))][1:]
    members, layers = found[0][:2]
    return Gallery(members, layers, tuple(f[2] for f in found), tuple(f[3] for f in found))


@without_collector
def _once() -> tuple[int, int, float, float]:
    start = process_time()
    documents = list(zoo_members())
    read = process_time()
    layers = 0
    for name, document in documents:
        network = build(document, preset=name if document.presets else None)
        layers += len(analyse(network).rows)
    return len(documents), layers, read - start, process_time() - read
