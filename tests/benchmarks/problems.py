"""What practice problems cost: so many of every kind, drawn in this process, with and without their worked solutions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from math import ceil
from statistics import median
from time import process_time
from typing import Any

from cnncalc.practice.generate import cells, generate
from cnncalc.practice.model import Problem
from cnncalc.practice.solution import solution
from tests.benchmarks.tables import Target, items, table

COUNT = 10_000
SECONDS = 10.0


@dataclass(frozen=True)
class Problems:
    """Processor seconds of every run."""

    kinds: int
    drawn: tuple[float, ...]
    solved: tuple[float, ...]

    def targets(self) -> tuple[Target, ...]:
        return (Target(f"processor seconds for {COUNT:,} problems", median(self.drawn), SECONDS),)

    def markdown(self) -> str:
        rows = [
            (what, f"{median(seconds):.2f}", f"{1000 * median(seconds) / COUNT:.3f}")
            for what, seconds in (("drawn", self.drawn), ("with worked solutions", self.solved))
        ]
        return "\n\n".join(
            [
                "## Practice problems",
                f"{COUNT:,} problems, evenly of {self.kinds} kinds, in one process.",
                table(("what", "processor seconds", "ms each"), rows),
                items(self.targets()),
            ]
        )


def measure(runs: int) -> Problems:
    """A fifth of the runs; other seeds in each."""
    kinds = list(cells())
    drawn, solved = [], []
    for run in range(ceil(runs / 5)):
        names = [
            (topic.name, cell.form, cell.difficulty, COUNT * run + seed)
            for seed, (topic, cell) in enumerate(islice(cycle(kinds), COUNT))
        ]
        seconds, problems = _timed(lambda names=names: [generate(*name) for name in names])
        drawn.append(seconds)
        solved.append(seconds + _timed(lambda problems=problems: _solutions(problems))[0])
    return Problems(len(kinds), tuple(drawn), tuple(solved))


def _solutions(problems: list[Problem]) -> int:
    return sum(len(solution(problem)) for problem in problems)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = process_time()
    found = work()
    return process_time() - start, found
