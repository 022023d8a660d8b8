"""What has grown since somebody last agreed to what networks come to."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from cnncalc.check.baseline_file import (
    ANEW,
    KNOWN,
    UNREADABLE,
    Baseline,
    Key,
    Number,
    baseline_text,
    plain,
    read_baseline,
)
from cnncalc.check.measured import Measured, measured
from cnncalc.check.tolerance import MULTIPLES, Tolerance, Tolerances, parse_tolerance
from cnncalc.errors import Diagnostic, Span, SpecError, visible
from cnncalc.record import record
from cnncalc.report.difference import Change, cells
from cnncalc.report.grid import Grid, Heading, as_lines, escape_markdown
from cnncalc.report.grid import as_markdown as grid_as_markdown
from cnncalc.report.style import Style, fold

__all__ = [
    "GROWN",
    "UNREADABLE",
    "Baseline",
    "Growth",
    "Key",
    "Measured",
    "Tolerance",
    "Tolerances",
    "Verdict",
    "as_markdown",
    "as_text",
    "baseline_text",
    "compare",
    "measured",
    "parse_tolerance",
    "read_baseline",
]

GROWN = "CNN503"

#: "grown" and "open" (names leave it open whether it has grown) are failures; "changed" is what nobody limits
Verdict: TypeAlias = Literal["grown", "open", "within", "less", "changed", "new", "gone"]


@record
class Growth:
    """What became of one quantity of a network; of the network itself where the quantity is ""."""

    file: str
    preset: str
    quantity: str
    before: Number
    now: Number
    verdict: Verdict
    tolerance: Tolerance | None = None

    @property
    def failed(self) -> bool:
        return self.verdict in ("grown", "open")

    @property
    def network(self) -> str:
        return f"{self.file} ({self.preset})" if self.preset else self.file

    def diagnostic(self) -> Diagnostic | None:
        """The error that it is; None if it is none."""
        if not self.failed or self.tolerance is None:
            return None
        before, now, *apart = cells(Change(self.quantity, self.before, self.now))
        fact = f"{self.quantity} was {before} and is {now}: whether that is more is open"
        if self.verdict == "grown":
            more = ", ".join(filter(None, apart))
            limit = "" if self.tolerance.text == "0" else f"; allowed is {self.tolerance.text}"
            fact = f"{self.quantity} grew from {before} to {now}{f' ({more})' if more else ''}{limit}"
        member = f"{self.preset}: " if self.preset else ""
        cure = "make it smaller, allow it with --tolerance, or accept it with --write-baseline"
        return Diagnostic(GROWN, f"{member}{fact}", cure, Span(1, 1, 1, self.file))


def compare(
    baseline: Baseline, now: Mapping[Key, Measured], tolerances: Tolerances | None = None
) -> tuple[Growth, ...]:
    """Everything that is not as it was, by network; what has not changed is left out.

    Raises SpecError if the two were not measured alike.
    """
    allowed = tolerances or Tolerances()
    found: list[Growth] = []
    for key in sorted({*baseline.networks, *now}):
        if key not in now:
            found.append(Growth(*key, "", None, None, "gone"))
        elif key not in baseline.networks:
            found.append(Growth(*key, "", None, None, "new"))
        else:
            found += _compared(key, baseline.networks[key], plain(now[key]), allowed)
    return tuple(found)


def _compared(
    key: Key, before: Mapping[str, Number], now: Mapping[str, Number], allowed: Tolerances
) -> Iterator[Growth]:
    for how in ("batch", "dtype"):
        if before[how] != now[how]:
            fact = f"{key[0]}: the baseline was taken with {how} {before[how]}, this is {how} {now[how]}"
            raise SpecError(fact, ANEW, code=UNREADABLE)
    for quantity in (q for q in KNOWN if before.get(q) != now.get(q)):
        name = quantity.partition(".")[0]
        tolerance = allowed.of(name)
        if tolerance is not None or name not in MULTIPLES:
            a, b = before.get(quantity), now.get(quantity)
            yield Growth(*key, quantity, a, b, _verdict(_size(a), _size(b), tolerance), tolerance)


def _size(value: Number) -> int | None:
    """What can be compared: a number, or how many numbers a size like 64x56x56 stands for."""
    if isinstance(value, str) and re.fullmatch("[0-9]{1,40}(x[0-9]{1,40}){0,9}", value):
        return math.prod(map(int, value.split("x")))
    return value if isinstance(value, int) else None


def _verdict(before: int | None, now: int | None, tolerance: Tolerance | None) -> Verdict:
    if before is None or now is None:
        return "changed" if tolerance is None or tolerance.any else "open"
    if now < before:
        return "less"
    if tolerance is None or now == before:
        return "changed"
    return "within" if tolerance.allows(before, now) else "grown"


_COLUMNS = (
    *(Heading("network", numeric=False), Heading("quantity", numeric=False)),
    *map(Heading, ("before", "now", "difference", "%")),
    Heading("", numeric=False),
)
_WHOLE = {"new": "a new network", "gone": "no longer there"}


def _grid(found: tuple[Growth, ...]) -> Grid:
    """One row for each, failures in bold."""
    rows: list[tuple[str, ...]] = []
    last = None
    for growth in found:
        network = "" if growth.network == last else visible(growth.network)
        last = growth.network
        if growth.quantity:
            change = Change(growth.quantity, growth.before, growth.now)
            rows.append((network, growth.quantity, *cells(change), _told(growth)))
        else:
            rows.append((network, _WHOLE[growth.verdict], "", "", "", "", growth.verdict))
    return Grid(_COLUMNS, tuple(rows), frozenset(i for i, growth in enumerate(found) if growth.failed))


def _told(growth: Growth) -> str:
    """TOO MUCH, within 1%, less"""
    limit = "" if growth.tolerance is None else growth.tolerance.text
    match growth.verdict:
        case "grown":
            return "TOO MUCH" if limit == "0" else f"MORE THAN {limit}"
        case "within":
            return "allowed" if limit == "any" else f"within {limit}"
        case "open":
            return "OPEN"
    return growth.verdict


def _headline(found: tuple[Growth, ...]) -> str:
    failed = len({growth.network for growth in found if growth.failed})
    if not found:
        return "nothing has changed since the baseline"
    if not failed:
        return "no network has grown beyond its baseline"
    return f"{failed:,} network{' has' if failed == 1 else 's have'} grown beyond the baseline"


def as_text(found: tuple[Growth, ...], style: Style) -> str:
    """A table for people."""
    lines = [style.bold(text) for text in fold(_headline(found), style.width)]
    return "\n".join([*lines, *(as_lines(_grid(found), style) if found else [])]) + "\n"


def as_markdown(found: tuple[Growth, ...]) -> str:
    """A table for a pull request."""
    lines = [f"**{escape_markdown(_headline(found))}**"]
    return "\n".join([*lines, *(["", *grid_as_markdown(_grid(found))] if found else [])]) + "\n"
