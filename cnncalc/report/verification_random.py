"""A run of random networks for people: what became of them, every quantity, every kind, and what failed as it can be run again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from cnncalc.errors import visible
from cnncalc.report.grid import Grid, Heading, as_lines
from cnncalc.report.grid import as_markdown as markdown_of
from cnncalc.report.style import Style, fold
from cnncalc.report.verification import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.verification.model import Compared
    from cnncalc.verification.random.model import Failure, RandomRun, Wrong

__all__ = ["as_markdown", "as_text", "command", "difference_of", "verdict", "wrong_told"]

#: more than so many differences of one network, or reasons of one sort, are not told one by one
_TOLD = 5
_MOST_REASONS = 12
_QUANTITIES = (
    Heading("quantity", numeric=False),
    Heading("networks"),
    Heading("compared"),
    Heading("equal"),
    Heading("seconds"),
)
_KINDS = (
    Heading("kind", numeric=False),
    Heading("valid"),
    Heading("refused"),
    Heading("fields"),
    Heading("never other than by default", numeric=False),
)


def as_text(run: RandomRun, style: Style) -> str:
    """What became of the networks, the two tables, what could not be checked, what failed, and the verdict."""
    lines = [style.bold(f"{run.count:,} random networks of seed {run.seed}")]
    for text in _counts(run):
        lines += fold(text, style.width)
    lines += ["", *as_lines(_kinds(run), style), "", *as_lines(_quantities(run), style)]
    for text in [*_not_checked(run), _environment(run)]:
        lines += map(style.dim, fold(text, style.width))
    for text in _wrong(run):
        lines += fold(text, style.width)
    for failure in run.failures:
        lines += ["", style.bold(_heading(failure)), *_differences(failure)]
        lines += ["", *(f"    {line}".rstrip() for line in _again(run, failure))]
    lines += [""] if run.failures else []
    lines.append(style.bold(verdict(run)))
    return "\n".join(lines) + "\n"


def as_markdown(run: RandomRun) -> str:
    """The same for Git hosts."""
    lines = [f"## {run.count:,} random networks of seed {run.seed}", ""]
    lines += [f"- {text}" for text in _counts(run)]
    lines += ["", *markdown_of(_kinds(run)), "", *markdown_of(_quantities(run)), ""]
    lines += [f"- {text}" for text in (*_not_checked(run), _environment(run), *_wrong(run))]
    for failure in run.failures:
        lines += ["", f"### {_heading(failure)}", "", *(f"- {text}" for text in _differences(failure))]
        lines += ["", "```", *_again(run, failure), "```"]
    return "\n".join([*lines, "", f"**{verdict(run)}**"]) + "\n"


def verdict(run: RandomRun) -> str:
    """verified: all 6,799 values are equal, and torch refuses what cnncalc refuses"""
    if run.ok:
        return f"verified: all {run.compared:,} values are equal, and torch refuses what cnncalc refuses"
    return f"not verified: {run.failed:,} of {run.count:,} networks fail"


def command(run: RandomRun, failure: Failure) -> str:
    """The command line that verifies the network again; words in it, or the name of a file."""
    network = failure.spec if failure.is_words else _file(failure)
    parts = [network if all(shlex.quote(word) == word for word in network.split()) else shlex.quote(network)]
    if any(failure.area == tally.quantity for tally in run.quantities):
        parts.append(f"--only {failure.area}")
    defaults = {"seed": 0, "device": "cpu", "dtype": "float32"}
    parts += [f"--{k} {getattr(run, k)}" for k, default in defaults.items() if getattr(run, k) != default]
    return " ".join(["cnncalc verify", *parts])


def difference_of(v: Compared) -> str:
    """conv1: MACs: cnncalc 2,304, torch 1,152"""
    place = visible(v.node) or "network"
    return f"{place}: {visible(v.what)}: cnncalc {shown(v.expected)}, torch {shown(v.measured)}"


def _file(failure: Failure) -> str:
    return f"random-{failure.number}.cnn.yaml"


def _counts(run: RandomRun) -> Iterator[str]:
    yield f"{run.valid:,} valid: every quantity was compared with torch"
    yield f"{run.refused:,} refused: by cnncalc, and by torch as well"
    if run.unasked:
        yield f"{sum(run.unasked.values()):,} that torch cannot judge: {_reasons(run.unasked)}"
    if run.failed:
        yield f"{run.failed:,} failed"
    never = [kind.kind for kind in run.kinds if not kind.valid]
    if never:
        yield f"kinds in none of them, which takes more networks: {', '.join(never)}"


def _reasons(counts: dict[str, int]) -> str:
    told = [f"{visible(why)} ({n:,})" for why, n in list(counts.items())[:_MOST_REASONS]]
    rest = sum(list(counts.values())[_MOST_REASONS:])
    return ", ".join([*told, *([f"others ({rest:,})"] if rest else [])])


def _kinds(run: RandomRun) -> Grid:
    rows = [
        (
            k.kind,
            f"{k.valid:,}",
            f"{k.refused:,}",
            f"{k.fields - len(k.never_set)} of {k.fields}" if k.fields else "",
            ", ".join(k.never_set) if k.valid else "",
        )
        for k in run.kinds
    ]
    total = (
        "total",
        f"{sum(k.valid for k in run.kinds):,}",
        f"{sum(k.refused for k in run.kinds):,}",
        "",
        "",
    )
    return Grid(_KINDS, tuple(rows), total=total)


def _quantities(run: RandomRun) -> Grid:
    rows = [
        (t.quantity, f"{t.networks:,}", f"{t.compared:,}", f"{t.equal:,}", f"{t.seconds:.1f}")
        for t in run.quantities
    ]
    equal = sum(t.equal for t in run.quantities)
    seconds = sum(t.seconds for t in run.quantities)
    return Grid(
        _QUANTITIES, tuple(rows), total=("total", "", f"{run.compared:,}", f"{equal:,}", f"{seconds:.1f}")
    )


def _not_checked(run: RandomRun) -> Iterator[str]:
    for (quantity, reason), values in run.not_checked.items():
        yield f"not checked: {quantity}, {values:,} times: {visible(reason)}"


def _environment(run: RandomRun) -> str:
    name = f" ({run.device_name})" if run.device_name else ""
    return f"torch {run.torch} on {run.device}{name}, {run.dtype}, seed {run.seed}, {run.seconds:.0f} seconds"


def _wrong(run: RandomRun) -> Iterator[str]:
    yield from (f"fails: {wrong_told(w)}" for w in run.wrong)


def wrong_told(w: Wrong) -> str:
    """macs at conv: 12 networks, the first is number 7 (conv1: MACs: cnncalc 2,304, torch 1,152)"""
    at = f" at {w.kind}" if w.kind else ""
    networks = "1 network" if w.networks == 1 else f"{w.networks:,} networks"
    return f"{w.area}{at}: {networks}, the first is number {w.first} ({difference_of(w.difference)})"


def _heading(failure: Failure) -> str:
    before = f"{failure.layers_drawn} layer{'s' if failure.layers_drawn > 1 else ''}"
    return f"network {failure.number}, made smaller from {before} to {failure.layers}: {failure.area}"


def _differences(failure: Failure) -> list[str]:
    told = [f"differs: {difference_of(v)}" for v in failure.differences[:_TOLD]]
    rest = len(failure.differences) - _TOLD
    return [*told, *([f"{rest:,} more differ"] if rest > 0 else [])]


def _again(run: RandomRun, failure: Failure) -> list[str]:
    """What to paste: the command, below the file that it reads, if there has to be one."""
    if failure.is_words:
        return [command(run, failure)]
    return [f"# {_file(failure)}", *failure.spec.splitlines(), "", command(run, failure)]
