"""Measure, and print one Markdown report: python -m tests.benchmarks [--runs N] [--part PART] [--json FILE]"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.benchmarks import checking, fields, gallery, growth, peers, problems, startup, sweep, verification
from tests.benchmarks.processes import FailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


Part: TypeAlias = (
    startup.StartUp
    | peers.Peers
    | growth.Growth
    | fields.Fields
    | verification.Verified
    | checking.Checking
    | sweep.Sweep
    | problems.Problems
    | gallery.Gallery
)

PARTS: Mapping[str, Callable[[int], Part]] = {
    "startup": startup.measure,
    "peers": peers.measure,
    "growth": growth.measure,
    "verify": verification.measure,
    "fields": fields.measure,
    "check": checking.measure,
    "sweep": sweep.measure,
    "practice": problems.measure,
    "zoo": gallery.measure,
}
PACKAGES = (
    "cnncalc",
    "typer",
    "rich",
    "pydantic",
    "PyYAML",
    "numpy",
    "torch",
    "torchinfo",
    "fvcore",
    "ptflops",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="What cnncalc costs.")
    parser.add_argument("--runs", type=_positive, default=15, help="runs of the short commands (%(default)s)")
    parser.add_argument("--part", action="append", choices=PARTS, help="measure only this; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures, run by run")
    arguments = parser.parse_args()
    before = os.getloadavg()[0]
    found: dict[str, Part] = {}
    for name in arguments.part or PARTS:
        sys.stderr.write(f"measuring: {name}\n")
        try:
            found[name] = PARTS[name](arguments.runs)
        except FailedError as error:
            sys.exit(f"{name}: {error}")
    machine = _machine() | {"load before": before, "load after": os.getloadavg()[0]}
    print("\n\n".join([_heading(machine, arguments.runs), *(part.markdown() for part in found.values())]))
    if arguments.json:
        figures = {
            "runs": arguments.runs,
            "machine": machine,
            "targets": [asdict(target) for part in found.values() for target in part.targets()],
            **{name: asdict(part) for name, part in found.items()},
        }
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _positive(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return int(text)


def _machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _heading(machine: Mapping[str, Any], runs: int) -> str:
    packages = ", ".join(f"{name} {found or 'not installed'}" for name, found in machine["packages"].items())
    return "\n\n".join(
        [
            "# Benchmark",
            f"Python {machine['python']} on {machine['system']} with {machine['processors']} processors, whose load was "
            f"{machine['load before']:.1f} before and {machine['load after']:.1f} after. {packages}.",
            f"Medians; runs alternate ({runs} of short commands). Times of one machine are comparable with each other "
            "only: judge by the ratios.",
        ]
    )


main()
