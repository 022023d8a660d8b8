"""Short commands against the least that such a command can cost."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from tests.benchmarks.processes import PROGRAMS, Sample, alternate, cnncalc, instructions
from tests.benchmarks.tables import judged, mebibytes, millions, milliseconds, ratio, table

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

    @property
    def time(self) -> float:
        return self.ours.sample.wall / self.floor.sample.wall

    @property
    def instructions(self) -> float | None:
        ours, floor = self.ours.instructions, self.floor.instructions
        return None if ours is None or floor is None else ours / floor

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

    def markdown(self) -> str:
        headings = ("command", "time", "processor time", "peak memory", "instructions")
        verdicts = [
            f"`{pair.ours.command}` ≤ {LIMIT} × {pair.floor.command}: by time {judged(pair.time, LIMIT)}, "
            f"by instructions {judged(pair.instructions, LIMIT)}."
            for pair in self.pairs
        ]
        return "\n\n".join(
            [
                "## Start-up",
                "Floor A is a typer app with one command that prints one rich table; floor B also imports PyYAML "
                "and pydantic's BaseModel.",
                table(headings, [row for pair in self.pairs for row in pair.rows()]),
                "\n".join(f"- {verdict}" for verdict in verdicts),
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
