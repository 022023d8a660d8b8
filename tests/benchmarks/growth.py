"""Loading and analysing networks of 1,000 to 100,000 layers: time and memory a layer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count, islice
from math import ceil
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.benchmarks.processes import module, output
from tests.benchmarks.tables import Target, items, table

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Growth", "measure"]

#: layers -> how often a round measures it, as the smallest vary most
SIZES = {1_000: 5, 10_000: 2, 100_000: 1}
SMALL = 12

#: how much longer a layer may take in the largest network than in the smallest
LIMIT = 1.2
#: bytes a layer
MEMORY_LIMIT = 4096

KINDS = {
    "words": "`8x32x32 N*(conv3-8,p1)`",
    "lines": "YAML, N lines that all differ, `input: 8x32x32`",
    "symbols": "the same lines, `input: 8xHxW`",
}


@dataclass(frozen=True)
class Run:
    """One network in one process: seconds of loading and of analysing, processor seconds of both, bytes."""

    layers: int
    load: float
    analyse: float
    cpu: float
    memory: int


@dataclass(frozen=True)
class Size:
    """All runs of one size; medians a layer."""

    layers: int
    runs: tuple[Run, ...]

    @property
    def load(self) -> float:
        return median(run.load for run in self.runs) / self.layers

    @property
    def analyse(self) -> float:
        return median(run.analyse for run in self.runs) / self.layers

    @property
    def time(self) -> float:
        return median(run.load + run.analyse for run in self.runs) / self.layers

    @property
    def cpu(self) -> float:
        return median(run.cpu for run in self.runs) / self.layers

    @property
    def memory(self) -> float:
        return median(run.memory for run in self.runs) / self.layers

    def row(self, kind: str) -> list[str]:
        times = [f"{10**6 * t:.0f} µs" for t in (self.load, self.analyse, self.time, self.cpu)]
        return [kind, f"{self.layers:,}", *times, f"{self.memory:,.0f} B"]


@dataclass(frozen=True)
class Growth:
    """Every network in every size, the smallest first."""

    networks: dict[str, tuple[Size, ...]]

    def targets(self) -> tuple[Target, ...]:
        return tuple(target for kind, sizes in self.networks.items() for target in _targets(kind, sizes))

    def markdown(self) -> str:
        headings = ("a layer", "layers", "load", "analyse", "both", "processor time", "memory")
        rows = [size.row(kind) for kind, sizes in self.networks.items() for size in sizes]
        return "\n\n".join(
            [
                "## Growth",
                items(f"{kind}: {told}" for kind, told in KINDS.items()),
                "Memory is by how much the peak grows: small networks fit into what the imports have left free.",
                table(headings, rows),
                items(self.targets()),
            ]
        )


def _targets(kind: str, sizes: tuple[Size, ...]) -> Iterator[Target]:
    least, most = sizes[0], sizes[-1]
    what = f"{kind}, a layer among {most.layers:,} over one among {least.layers:,}"
    yield Target(f"{what}, time", most.time / least.time, LIMIT)
    yield Target(f"{what}, processor time", most.cpu / least.cpu, LIMIT)
    yield Target(f"{kind}, bytes a layer among {most.layers:,}", most.memory, MEMORY_LIMIT)


def measure(runs: int) -> Growth:
    """Rounds over all networks and sizes, each in a process of its own; a fifth of the runs, as many layers average out."""
    found: dict[str, dict[int, list[Run]]] = {kind: {layers: [] for layers in SIZES} for kind in KINDS}
    with TemporaryDirectory() as folder:
        networks = {
            kind: {layers: _network(kind, layers, Path(folder)) for layers in (SMALL, *SIZES)}
            for kind in KINDS
        }
        for _ in range(ceil(runs / 5)):
            for kind, by_size in networks.items():
                for layers in _round():
                    found[kind][layers].append(_run(by_size[SMALL], by_size[layers]))
    return Growth(
        {
            kind: tuple(Size(layers, tuple(measured)) for layers, measured in by_size.items())
            for kind, by_size in found.items()
        }
    )


def _round() -> list[int]:
    """The sizes of one round: the smaller ones before and after the larger, so that all meet the same weather."""
    before = [layers for layers, times in SIZES.items() for _ in range(times // 2)]
    after = [layers for layers, times in SIZES.items() for _ in range(times - times // 2)]
    return before + after[::-1]


def _run(small: str, network: str) -> Run:
    return Run(**json.loads(output(module("load_and_analyse", small, network))))


def _network(kind: str, layers: int, folder: Path) -> str:
    """NETWORK with that many layers: words, or the path of a file that is written here."""
    if kind == "words":
        return f"8x32x32 {layers}*(conv3-8,p1)"
    size = "8x32x32" if kind == "lines" else "8xHxW"
    path = folder / f"{kind}{layers}.yaml"
    with path.open("w", encoding="utf-8") as file:
        file.write(f"cnncalc: 1\ninput: {size}\nlayers:\n")
        file.writelines(islice(_lines(), layers))
    return str(path)


def _lines() -> Iterator[str]:
    """Residual units, each one channel wider than the last, so that no layer's answers serve for another unit."""
    for i in count():
        width = 8 + i
        yield f"  - x{i}: conv1-{width},nobias\n"
        yield "  - bn\n"
        yield "  - relu\n"
        yield f"  - conv3-{width},p1\n"
        yield f"  - y{i}: bn\n"
        yield f"  - {{layer: add, from: [x{i}, y{i}]}}\n"
