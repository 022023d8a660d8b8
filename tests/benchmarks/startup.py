"""Short commands against the least that such a command can cost."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks.processes import PROGRAMS, Sample, alternate, cnncalc, instructions
from tests.benchmarks.tables import Target, items, mebibytes, millions, milliseconds, ratio, table

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["StartUp", "measure"]

#: how much longer than its floor a command may take
LIMIT = 1.25

#: floor -> the arguments of the command that it is the floor of
PAIRS = {
    "A": ("summary", "3x224x224", "conv7-64/2,p3", "bn", "relu", "maxpool3/2,p1"),
    "B": ("summary", "resnet50"),
}


@dataclass(frozen=True)
class Cost:
    """One command: its runs, and its instructions if they could be counted."""

    command: str
    sample: Sample
    instructions: int | None

    def row(self) -> list[str]:
        sample = self.sample
        times = milliseconds(sample.wall), milliseconds(sample.cpu)
        return [self.command, *times, mebibytes(sample.peak), millions(self.instructions)]


@dataclass(frozen=True)
class Pair:
    """A floor and the command above it."""

    floor: Cost
    ours: Cost

    def targets(self) -> Iterator[Target]:
        ours, floor = self.ours, self.floor
        what = f"`{ours.command}` over {floor.command}"
        counted = ours.instructions and floor.instructions and ours.instructions / floor.instructions
        yield Target(f"{what}, instructions", counted, LIMIT)
        yield Target(f"{what}, time", ours.sample.wall / floor.sample.wall, LIMIT)

    def rows(self) -> list[list[str]]:
        ours, floor = self.ours.sample, self.floor.sample
        ratios = (
            ratio(ours.wall, floor.wall),
            ratio(ours.cpu, floor.cpu),
            ratio(ours.peak, floor.peak),
            ratio(self.ours.instructions, self.floor.instructions),
        )
        return [self.floor.row(), self.ours.row(), ["**ratio**", *(f"**{r}**" for r in ratios)]]


@dataclass(frozen=True)
class StartUp:
    """Every pair."""

    pairs: tuple[Pair, ...]

    def targets(self) -> tuple[Target, ...]:
        return tuple(target for pair in self.pairs for target in pair.targets())

    def markdown(self) -> str:
        headings = ("command", "time", "processor time", "peak memory", "instructions")
        return "\n\n".join(
            [
                "## Start-up",
                "Floor A is a typer app with one command that prints one rich table; floor B also imports PyYAML "
                "and pydantic's BaseModel.",
                table(headings, [row for pair in self.pairs for row in pair.rows()]),
                items(self.targets()),
            ]
        )


def measure(runs: int) -> StartUp:
    """All floors and commands in turn, `runs` times; their instructions once."""
    commands = {}
    for floor, arguments in PAIRS.items():
        commands[f"floor {floor}"] = [sys.executable, str(PROGRAMS / "floor.py"), floor, *arguments[1:]]
        commands[_shown(arguments)] = cnncalc(*arguments)
    samples = alternate(commands, runs)
    costs = {name: Cost(name, samples[name], instructions(command)) for name, command in commands.items()}
    return StartUp(
        tuple(Pair(costs[f"floor {floor}"], costs[_shown(arguments)]) for floor, arguments in PAIRS.items())
    )


def _shown(arguments: tuple[str, ...]) -> str:
    return " ".join(("cnncalc", *arguments))
