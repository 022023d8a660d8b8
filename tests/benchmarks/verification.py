"""Verifying ResNet-50 against the least that torch takes for it, and what each quantity costs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.util import find_spec
from math import ceil
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks.processes import FailedError, Sample, alternate, cnncalc, module, output
from tests.benchmarks.tables import Target, items, mebibytes, milliseconds, table

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Verified", "measure"]

ARGUMENTS = ("verify", "resnet50")
FLOOR = "import torch, build ResNet-50, one forward pass"
OURS = f"cnncalc {' '.join(ARGUMENTS)}"

#: how many times as long as its floor verifying may take
LIMIT = 4


@dataclass(frozen=True)
class Verified:
    """Both commands, and the median seconds of each quantity."""

    floor: Sample
    ours: Sample
    quantities: Mapping[str, float]

    def targets(self) -> tuple[Target, ...]:
        ours, floor = self.ours, self.floor
        return (
            Target(f"`{OURS}` over its floor, time", ours.wall / floor.wall, LIMIT),
            Target(f"`{OURS}` over its floor, processor time", ours.cpu / floor.cpu, LIMIT),
        )

    def markdown(self) -> str:
        rows = [
            [name, milliseconds(sample.wall), milliseconds(sample.cpu), mebibytes(sample.peak)]
            for name, sample in ((FLOOR, self.floor), (OURS, self.ours))
        ]
        parts = [[name, milliseconds(seconds)] for name, seconds in self.quantities.items()]
        return "\n\n".join(
            [
                "## Verification: ResNet-50",
                table(("command", "time", "processor time", "peak memory"), rows),
                "Runs that several quantities share count for the first of them, and so does what torch imports late.",
                table(("quantity", "time"), parts),
                items(self.targets()),
            ]
        )


def measure(runs: int) -> Verified:
    """Both in turn; a fifth of the runs, as they take seconds."""
    if find_spec("torch") is None:
        raise FailedError("torch is not installed")
    times = ceil(runs / 5)
    samples = alternate({FLOOR: module("torch_floor"), OURS: cnncalc(*ARGUMENTS)}, times)
    found: dict[str, list[float]] = {}
    for _ in range(times):
        for check in json.loads(output(cnncalc(*ARGUMENTS, "--format", "json")))["checks"]:
            found.setdefault(check["quantity"], []).append(check["seconds"])
    return Verified(samples[FLOOR], samples[OURS], {name: median(times) for name, times in found.items()})
