"""Child processes and what they cost: time, peak memory, instructions."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["PROGRAMS", "FailedError", "Sample", "alternate", "cnncalc", "instructions", "module", "output"]

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = Path(__file__).parent / "programs"
_WARM_UPS = 2
#: how much of what a failed child said is told
_LAST_LINES = 2

#: the unit of `ru_maxrss` in bytes
_MAXRSS = 1 if sys.platform == "darwin" else 1024


class FailedError(RuntimeError):
    """A child process that did not end well."""


@dataclass(frozen=True)
class Usage:
    """What one run took: seconds on the clock and on processors, bytes of memory at the peak."""

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True)
class Sample:
    """All runs of one command."""

    runs: tuple[Usage, ...]

    @property
    def wall(self) -> float:
        return median(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        return median(run.cpu for run in self.runs)

    @property
    def peak(self) -> float:
        return median(run.peak for run in self.runs)


def cnncalc(*arguments: str) -> list[str]:
    """The installed command. The interpreter is named, so that it starts as the floors do, under valgrind too."""
    script = Path(sys.executable).with_name("cnncalc")
    if not script.exists():
        raise FailedError(
            "there is no cnncalc beside this python: pip install -c constraints.txt -e '.[bench]'"
        )
    return [sys.executable, str(script), *arguments]


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs one of the programs as a module, which may import from the checkout."""
    return [sys.executable, "-m", f"{__package__}.{PROGRAMS.name}.{name}", *arguments]


def alternate(commands: Mapping[str, Sequence[str]], runs: int) -> dict[str, Sample]:
    """Run commands in turn, a, b, c, a, b, c …, so that whatever else the machine does befalls all alike.

    The first rounds are not counted: they leave compiled modules and warm caches behind.
    """
    rounds = [{name: measure(command) for name, command in commands.items()} for _ in range(_WARM_UPS + runs)]
    return {name: Sample(tuple(measured[name] for measured in rounds[_WARM_UPS:])) for name in commands}


def measure(command: Sequence[str]) -> Usage:
    """Run a command, and ask the system what this very child has used.

    Linux counts the peak of a child from that of its parent, so this process has to stay small: it imports the
    standard library only.
    """
    with TemporaryFile() as errors:
        start = perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            cwd=ROOT,
            env=_environment(),
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise _failed(command, process.returncode, errors.read())
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * _MAXRSS)


def output(command: Sequence[str]) -> str:
    """What a command prints."""
    ran = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, cwd=ROOT, env=_environment(), check=False
    )
    if ran.returncode:
        raise _failed(command, ran.returncode, ran.stderr)
    return ran.stdout.decode()


def instructions(command: Sequence[str]) -> int | None:
    """How many instructions a command executes, by valgrind's count; None where there is no valgrind.

    One run is enough: with hashes that are not random, the count hardly varies.
    """
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        return None
    counted = [valgrind, "--tool=callgrind", f"--callgrind-out-file={os.devnull}", *command]
    ran = subprocess.run(
        counted,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=ROOT,
        env=_environment() | {"PYTHONHASHSEED": "0"},
        check=False,
    )
    found = re.search(rb"Collected : (\d+)", ran.stderr)
    if ran.returncode or found is None:
        raise _failed(counted, ran.returncode, ran.stderr)
    return int(found[1])


def _environment() -> dict[str, str]:
    """The environment without what changes how Python runs.

    PYTHONDONTWRITEBYTECODE above all: with it every run would compile our modules anew, as no installed program does.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _failed(command: Sequence[str], code: int, errors: bytes) -> FailedError:
    said = " ".join(errors.decode(errors="replace").splitlines()[-_LAST_LINES:])
    return FailedError(f"{' '.join(command)}: exit code {code}: {said}")
