"""A million candidates of (depth, width, resolution): expressions over arrays beside a Python loop over `analyse`.

The multiplier of the depth changes the graph, so that there is one expression, and one compiled function, for each depth.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from importlib.util import find_spec
from math import ceil
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

import cnncalc
from cnncalc.symbolic import substitute
from tests.benchmarks.processes import FailedError
from tests.benchmarks.tables import Target, items, milliseconds, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cnncalc.symbolic import Dim

__all__ = ["Sweep", "measure"]

T = TypeVar("T")

#: how many blocks stand at the fourth resolution; 5 in MobileNet
DEPTHS = (1, 3, 5, 7, 9)
#: channels of the first layer: 32 in MobileNet at width 1
WIDTHS = range(1, 251)
RESOLUTIONS = range(32, 832)
SAMPLE = 300
SEED = 0
#: 1,000 candidates compiled take at most as long as this many in the loop: each is at least 20 times as fast
LIMIT = 50

_SEPARABLE = "dwconv3{stride},p1,nobias bn relu conv1-{{{filters}*A}},nobias bn relu"


def words(depth: int) -> str:
    """MobileNet's first version with A channels at first, for images of R×R."""
    steps = [(2, 1), (4, 2), (4, 1), (8, 2), (8, 1), (16, 2), *[(16, 1)] * depth, (32, 2), (32, 1)]
    blocks = [_SEPARABLE.format(stride=f"/{s}" if s > 1 else "", filters=f) for f, s in steps]
    return " ".join(["3xRxR conv3-{A}/2,p1,nobias bn relu", *blocks, "gap flatten fc-1000"])


@dataclass(frozen=True)
class Sweep:
    """Seconds: the whole sweep run by run, expressions and compilation included; and the sample candidate by candidate."""

    candidates: int
    preparing: tuple[float, ...]
    computing: tuple[float, ...]
    looped: tuple[float, ...]
    substituted: tuple[float, ...]

    @property
    def compiled(self) -> float:
        """Seconds a candidate, with what it takes to prepare."""
        return (median(self.preparing) + median(self.computing)) / self.candidates

    def targets(self) -> tuple[Target, ...]:
        share = 1000 * self.compiled / median(self.looped)
        return (Target("sweep, 1,000 candidates compiled over one in the loop", share, LIMIT),)

    def markdown(self) -> str:
        rows = [
            [what, f"{10**6 * seconds:,.2f} µs", f"{seconds / self.compiled:,.0f} ×"]
            for what, seconds in (
                ("compiled, over arrays", self.compiled),
                ("loop: `macs.at(A=…, R=…)`", median(self.substituted)),
                ("loop: `load(…).analyse().macs`", median(self.looped)),
            )
        ]
        return "\n\n".join(
            [
                "## Sweep: MACs of MobileNets",
                f"{self.candidates:,} candidates: {len(DEPTHS)} depths, {len(WIDTHS)} widths, {len(RESOLUTIONS)} resolutions. "
                "A depth changes the graph, so each has a compiled function of its own, called once for all widths and resolutions. "
                f"The loops are measured over {SAMPLE} candidates drawn with the seed {SEED}, and all answers of the sample are equal.",
                table(("way", "a candidate", "compared"), rows),
                f"The whole sweep: {milliseconds(median(self.preparing))} to analyse and compile {len(DEPTHS)} networks, "
                f"{milliseconds(median(self.computing))} to compute.",
                items(self.targets()),
            ]
        )


def measure(runs: int) -> Sweep:
    """A fifth of the runs, in this process: what is compared are functions, not commands."""
    if find_spec("numpy") is None:
        raise FailedError("numpy is not installed")
    import numpy as np

    widths, resolutions = np.array(WIDTHS)[:, None], np.array(RESOLUTIONS)[None, :]
    preparing, computing = [], []
    for _ in range(ceil(runs / 5)):
        seconds, expressions = _timed(_expressions)
        more, functions = _timed(_compiled, expressions)
        preparing.append(seconds + more)
        seconds, swept = _timed(_swept, functions, widths, resolutions)
        computing.append(seconds)
    looped, substituted = [], []
    for depth, width, resolution in _sample():
        settings = {"A": width, "R": resolution}
        seconds, expected = _timed(_analysed, depth, settings)
        looped.append(seconds)
        seconds, at = _timed(substitute, expressions[depth], settings)
        substituted.append(seconds)
        found = swept[depth][WIDTHS.index(width), RESOLUTIONS.index(resolution)]
        if not expected == at == found:
            raise FailedError(
                f"depth {depth}, {settings}: {expected} in the loop, {at} put in, {found} compiled"
            )
    candidates = sum(answers.size for answers in swept.values())
    return Sweep(candidates, tuple(preparing), tuple(computing), tuple(looped), tuple(substituted))


def _expressions() -> dict[int, Dim]:
    return {depth: cnncalc.load(words(depth)).analyse().macs for depth in DEPTHS}


def _compiled(expressions: dict[int, Dim]) -> dict[int, cnncalc.Compiled]:
    return {depth: cnncalc.compiled(macs) for depth, macs in expressions.items()}


def _swept(functions: dict[int, cnncalc.Compiled], widths: Any, resolutions: Any) -> dict[int, Any]:
    return {depth: function(A=widths, R=resolutions) for depth, function in functions.items()}


def _analysed(depth: int, settings: dict[str, int]) -> Dim:
    return cnncalc.load(words(depth), settings=settings).analyse().macs


def _sample() -> Iterator[tuple[int, int, int]]:
    drawn = random.Random(SEED)
    for _ in range(SAMPLE):
        yield drawn.choice(DEPTHS), drawn.choice(WIDTHS), drawn.choice(RESOLUTIONS)


def _timed(function: Callable[..., T], *arguments: Any) -> tuple[float, T]:
    start = perf_counter()
    result = function(*arguments)
    return perf_counter() - start, result
