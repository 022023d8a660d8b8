"""The same table of ResNet-50 from other tools, each in a process of its own, torch's import included."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec
from math import ceil

from tests.benchmarks.processes import FailedError, Sample, alternate, cnncalc, module, output
from tests.benchmarks.tables import NOT_MEASURED, Target, mebibytes, milliseconds, ratio, table

__all__ = ["Peers", "measure"]

NETWORK = "resnet50"
OURS = f"cnncalc summary {NETWORK}"
PEERS = ("torchinfo", "fvcore", "ptflops")
NEEDED = ("torch",)

#: the 25.557 M parameters as all of them print it, each to its own precision
PARAMS = re.compile(r"25[.,]5[56]")


@dataclass(frozen=True)
class Peers:
    """Our runs and theirs; of those that could not be measured the reason."""

    ours: Sample
    theirs: dict[str, Sample]
    missing: dict[str, str]

    def targets(self) -> tuple[Target, ...]:
        """None: how much faster we can be is decided by the floor."""
        return ()

    def markdown(self) -> str:
        ours = self.ours
        rows = [[OURS, milliseconds(ours.wall), mebibytes(ours.peak), "1", "1"]]
        for name in PEERS:
            peer = self.theirs.get(name)
            if peer is None:
                rows.append([f"{name}: {self.missing[name]}", *[NOT_MEASURED] * 4])
            else:
                ratios = ratio(peer.wall, ours.wall), ratio(peer.peak, ours.peak)
                rows.append([name, milliseconds(peer.wall), mebibytes(peer.peak), *ratios])
        headings = ("tool", "time", "peak memory", "time, × ours", "memory, × ours")
        return "\n\n".join(["## Peers: ResNet-50, from nothing to the printed table", table(headings, rows)])


def measure(runs: int) -> Peers:
    """All tools in turn; a third of the runs will do, as they take so much longer."""
    commands = {OURS: cnncalc("summary", NETWORK)}
    missing = {}
    for name in PEERS:
        reason = _obstacle(name)
        if reason is None:
            commands[name] = module(f"peer_{name}")
        else:
            missing[name] = reason
    samples = alternate(commands, ceil(runs / 3))
    return Peers(samples.pop(OURS), samples, missing)


def _obstacle(name: str) -> str | None:
    """Why a peer cannot be measured."""
    absent = [package for package in (name, *NEEDED) if find_spec(package) is None]
    if absent:
        return f"{' and '.join(absent)} not installed"
    try:
        printed = output(module(f"peer_{name}"))
    except FailedError as error:
        return str(error)
    return None if PARAMS.search(printed) else "it does not print the parameters of ResNet-50"
