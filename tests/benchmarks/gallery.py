"""What the zoo costs: all of it in one process, and the largest networks as a person asks for them."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from tests.benchmarks.processes import PROGRAMS, Sample, alternate, cnncalc, instructions, module, output
from tests.benchmarks.tables import Target, items, mebibytes, millions, milliseconds, table

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Gallery", "measure"]

#: processor seconds for all
SECONDS = 3.0
#: how much longer than its floor a question about one of the largest may take
LIMIT = 2.0
LARGEST = ("efficientnet_b7", "densenet201", "resnet152")
WHOLE, FLOOR = "all networks", "floor B"


@dataclass(frozen=True)
class Gallery:
    """Every command: its runs, and its instructions if they could be counted."""

    members: int
    layers: int
    samples: dict[str, Sample]
    instructions: dict[str, int | None]

    def targets(self) -> tuple[Target, ...]:
        return tuple(self._targets())

    def _targets(self) -> Iterator[Target]:
        yield Target(f"processor seconds for {self.members} networks", self.samples[WHOLE].cpu, SECONDS)
        floor = self.instructions[FLOOR]
        for name in LARGEST:
            ours = self.instructions[name]
            counted = ours / floor if ours and floor else None
            yield Target(f"`cnncalc summary {name}` over floor B, instructions", counted, LIMIT)
            spent = self.samples[name].wall / self.samples[FLOOR].wall
            yield Target(f"`cnncalc summary {name}` over floor B, time", spent, LIMIT)

    def markdown(self) -> str:
        rows = [
            [
                name,
                milliseconds(sample.wall),
                milliseconds(sample.cpu),
                mebibytes(sample.peak),
                millions(self.instructions[name]),
            ]
            for name, sample in self.samples.items()
        ]
        return "\n\n".join(
            [
                "## The zoo",
                f"All {self.members} networks with {self.layers:,} layers read, built and analysed in one process, Python's start "
                "included; and `cnncalc summary` of the largest, beside a typer app that prints a rich table and imports PyYAML and "
                "pydantic's BaseModel (floor B).",
                table(("what", "time", "processor time", "peak memory", "instructions"), rows),
                items(self.targets()),
            ]
        )


def measure(runs: int) -> Gallery:
    """All in turn, a third of the runs; instructions once, but not of the whole."""
    commands = {
        WHOLE: module("whole_zoo"),
        FLOOR: [sys.executable, str(PROGRAMS / "floor.py"), "B", "network"],
        **{name: cnncalc("summary", name) for name in LARGEST},
    }
    counts = json.loads(output(commands[WHOLE]))
    samples = alternate(commands, max(3, ceil(runs / 3)))
    counted = {name: None if name == WHOLE else instructions(command) for name, command in commands.items()}
    return Gallery(counts["members"], counts["layers"], samples, counted)
