"""Receptive fields of networks of 1,000 to 100,000 layers: time and memory a layer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import ceil
from statistics import median

from tests.benchmarks.growth import LIMIT, MEMORY_LIMIT, SIZES, SMALL
from tests.benchmarks.processes import module, output
from tests.benchmarks.tables import Target, items, table

__all__ = ["Fields", "measure"]

#: what is measured -> its words; the last needs the sets of positions that every unit sees
KINDS = {
    "numbers": "16x32x32 {}*(conv3-8,p1)",
    "symbols": "16xHxW {}*(conv3-8,p1)",
    "unit by unit": "8x32x32 {}*(conv3-8,p1) gap",
}


@dataclass(frozen=True)
class Run:
    """One network in one process: seconds on the clock and on processors, bytes."""

    layers: int
    wall: float
    cpu: float
    memory: int


@dataclass(frozen=True)
class Size:
    """All runs of one size; medians a layer."""

    runs: tuple[Run, ...]

    @property
    def layers(self) -> int:
        return self.runs[0].layers

    @property
    def wall(self) -> float:
        return median(run.wall for run in self.runs) / self.layers

    @property
    def cpu(self) -> float:
        return median(run.cpu for run in self.runs) / self.layers

    @property
    def memory(self) -> float:
        return median(run.memory for run in self.runs) / self.layers

    def row(self, kind: str) -> list[str]:
        times = [f"{10**6 * t:.0f} µs" for t in (self.wall, self.cpu)]
        return [kind, f"{self.layers:,}", *times, f"{self.memory:,.0f} B"]


@dataclass(frozen=True)
class Fields:
    """Every network in every size, the smallest first."""

    networks: dict[str, tuple[Size, ...]]

    def targets(self) -> tuple[Target, ...]:
        found = []
        for kind, (least, *_, most) in self.networks.items():
            what = f"fields, {kind}, a layer among {most.layers:,} over one among {least.layers:,}"
            found += [
                Target(f"{what}, time", most.wall / least.wall, LIMIT),
                Target(f"{what}, processor time", most.cpu / least.cpu, LIMIT),
                Target(f"fields, {kind}, bytes a layer among {most.layers:,}", most.memory, MEMORY_LIMIT),
            ]
        return tuple(found)

    def markdown(self) -> str:
        headings = ("a layer", "layers", "time", "processor time", "memory")
        rows = [size.row(kind) for kind, sizes in self.networks.items() for size in sizes]
        return "\n\n".join(
            [
                "## Receptive fields",
                items(f"{kind}: `{words.format('N')}`" for kind, words in KINDS.items()),
                "Networks are loaded before; memory is by how much the peak grows.",
                table(headings, rows),
                items(self.targets()),
            ]
        )


def measure(runs: int) -> Fields:
    """Rounds over all networks and sizes, each in a process of its own; a fifth of the runs, as many layers average out."""
    found: dict[str, dict[int, list[Run]]] = {kind: {layers: [] for layers in SIZES} for kind in KINDS}
    for _ in range(ceil(runs / 5)):
        for kind, words in KINDS.items():
            for layers, times in SIZES.items():
                for _ in range(times):
                    command = module("see", words.format(SMALL), words.format(layers))
                    found[kind][layers].append(Run(**json.loads(output(command))))
    return Fields({kind: tuple(Size(tuple(m)) for m in by_size.values()) for kind, by_size in found.items()})
