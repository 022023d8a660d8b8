"""`cnncalc check` of many specs, as a whole process: specs a second, on all processors and on one, and the peak of memory."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.benchmarks.processes import Sample, alternate, cnncalc
from tests.benchmarks.tables import Target, items, mebibytes, table

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Checking", "measure"]

FEW, MANY = 250, 1_000
#: specs a second; meant for two processors
SPEED = 150
#: how much more memory the many may take than the few
LIMIT = 1.2
#: what is expected of a network
USUAL = 'expect:\n  output: 64\n  params: "<= 4M"\n  macs: ["> 0", "<= 4G"]\n'
MORE = f'{USUAL}  rf: {{jump: 4}}\n  memory: {{peak: "<= 64Mi"}}\n  fold: all\n'
#: how it is checked -> what is expected, and options
WAYS: dict[str, tuple[str, tuple[str, ...]]] = {
    "all processors": (USUAL, ()),
    "one process": (USUAL, ("--jobs", "1")),
    "one process, no advice": (USUAL, ("--jobs", "1", "--ignore", "CNN")),
    "one process, also field, memory, folding": (MORE, ("--jobs", "1")),
}
WIDTHS = (16, 24, 32, 48, 64)


@dataclass(frozen=True)
class Checked:
    """All runs over so many specs."""

    way: str
    files: int
    sample: Sample

    def row(self) -> list[str]:
        wall, cpu = self.sample.wall, self.sample.cpu
        return [
            self.way,
            f"{self.files:,}",
            f"{wall:.2f} s",
            f"{self.files / wall:,.0f}",
            f"{1000 * cpu / self.files:.1f} ms",
            mebibytes(self.sample.peak),
        ]


@dataclass(frozen=True)
class Checking:
    """Every way with every number of specs."""

    runs: tuple[Checked, ...]

    def targets(self) -> tuple[Target, ...]:
        return tuple(self._targets())

    def _targets(self) -> Iterator[Target]:
        found = {(run.way, run.files): run.sample for run in self.runs}
        every, *_ = WAYS
        yield Target("milliseconds a spec", 1000 * found[every, MANY].wall / MANY, round(1000 / SPEED, 2))
        for way in WAYS:
            growth = found[way, MANY].peak / found[way, FEW].peak
            yield Target(f"{way}: memory of {MANY:,} specs over that of {FEW:,}", growth, LIMIT)

    def markdown(self) -> str:
        headings = (
            "checked on",
            "specs",
            "time",
            "specs a second",
            "processor time a spec",
            "peak of a process",
        )
        return "\n\n".join(
            [
                "## Checking",
                "`cnncalc check FOLDER`, specs of 50 layers that all differ, with expectations of output, parameters and "
                "multiply-accumulates, and the advice that is given by default; Python's start included.",
                table(headings, [run.row() for run in self.runs]),
                items(self.targets()),
            ]
        )


def measure(runs: int) -> Checking:
    """Rounds over all ways and sizes; a fifth of the runs, as many specs average out."""
    cases = [(way, files) for files in (FEW, MANY) for way in WAYS]
    with TemporaryDirectory() as folder:
        commands = {}
        for way, files in cases:
            expected, options = WAYS[way]
            home = Path(folder, f"{files}{len(expected)}")
            _write(home, files, expected)
            commands[f"{way} {files}"] = cnncalc("check", str(home), *options)
        samples = alternate(commands, ceil(runs / 5))
    return Checking(tuple(Checked(way, files, samples[f"{way} {files}"]) for way, files in cases))


def _write(home: Path, files: int, expected: str) -> None:
    """So many specs, a hundred in a folder."""
    for number in range(files):
        folder = home / f"{number // 100}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"net{number}.cnn.yaml").write_text(_network(number) + expected, encoding="utf-8")


def _network(number: int) -> str:
    """A network of 50 layers: five stages of residual units, whose widths are the digits of its number."""
    widths = [WIDTHS[number // 5**stage % 5] for stage in range(5)]
    stages = [
        f"  - stage{i}:\n"
        f"      - conv3-{width}/{1 + i % 2},p1,nobias\n"
        "      - bn\n"
        "      - relu\n"
        f"      - res(conv3-{width},p1,nobias bn relu conv3-{width},p1,nobias bn)\n"
        for i, width in enumerate(widths)
    ]
    return (
        f"cnncalc: 1\nname: net{number}\ninput: 3x{32 + number // 100}x32\nlayers:\n{''.join(stages)}"
        "  - gap flatten dropout0.2 fc-64 relu\n"
    )
