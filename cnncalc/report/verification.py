"""A verification for people: one line per quantity, then what differs, then the verdict."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cnncalc.errors import visible
from cnncalc.report.grid import Grid, Heading, as_lines
from cnncalc.report.grid import as_markdown as markdown_of
from cnncalc.report.style import Style, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.verification.model import Check, Compared, Value, Verification

__all__ = ["as_markdown", "as_text", "difference", "shown", "verdict"]

#: more than so many differences of one quantity are not told one by one
_TOLD = 20
_COLUMNS = (
    Heading("quantity", numeric=False),
    Heading("compared"),
    Heading("equal"),
    Heading("worst difference"),
    Heading("seconds"),
    Heading("how", numeric=False),
)
_BOTH = (
    Heading("layer", numeric=False),
    Heading("what", numeric=False),
    Heading("cnncalc"),
    Heading("torch"),
    Heading("", numeric=False),
)


def as_text(found: Verification, style: Style, *, layers: bool = False) -> str:
    """The table between the network's line and torch's; with `layers` both numbers of everything before it."""
    lines = [style.bold(text) for text in fold(_title(found), style.width)]
    for check in found.checks if layers else ():
        lines += [style.bold(_heading(check)), *as_lines(_both(check), style), ""]
    lines += as_lines(_grid(found), style)
    for text in [*found.notes, _environment(found)]:
        lines += map(style.dim, fold(text, style.width))
    for text in _findings(found):
        lines += fold(text, style.width)
    lines.append(style.bold(verdict(found)))
    return "\n".join(lines) + "\n"


def as_markdown(found: Verification, *, layers: bool = False) -> str:
    """The same for Git hosts."""
    lines = [f"## {_title(found)}", ""]
    for check in found.checks if layers else ():
        lines += [f"### {_heading(check)}", "", *markdown_of(_both(check)), ""]
    lines += [*markdown_of(_grid(found)), ""]
    lines += [f"- {text}" for text in [*found.notes, _environment(found), *_findings(found)]]
    return "\n".join([*lines, "", f"**{verdict(found)}**"]) + "\n"


def verdict(found: Verification) -> str:
    """verified: all 6,799 values are equal"""
    if found.ok:
        return f"verified: all {found.compared:,} values are equal"
    parts = [f"{found.mismatched:,} of {found.compared:,} values differ"] if found.mismatched else []
    if found.not_checked:
        parts.append(f"{found.not_checked:,} not checked")
    return f"not verified: {', '.join(parts)}"


def shown(value: Value) -> str:
    """64x112x112; 9,408; 0.0816; none"""
    match value:
        case None:
            return "none"
        case tuple():
            return "x".join(map(str, value)) or "a single number"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:.4g}"
    return visible(value)


def difference(value: float) -> str:
    """0; 0.32 %; 2.1e+02 times; of what is not a number: differs"""
    if value == 0:
        return "0"
    if math.isinf(value):
        return "differs"
    return f"{100 * value:.2g} %" if value < 10 else f"{value:.2g} times"


def _title(found: Verification) -> str:
    return visible(" ".join(found.network.split()))


def _heading(check: Check) -> str:
    return f"{check.quantity}: {check.expected_from}, and {check.measured_from}"


def _environment(found: Verification) -> str:
    name = f" ({found.device_name})" if found.device_name else ""
    return f"torch {found.torch} on {found.device}{name}, {found.dtype}, seed {found.seed}"


def _grid(found: Verification) -> Grid:
    rows = [
        (c.quantity, f"{c.compared:,}", f"{c.equal:,}", difference(c.worst), f"{c.seconds:.2f}", c.how)
        for c in found.checks
    ]
    seconds = sum(c.seconds for c in found.checks)
    equal = sum(c.equal for c in found.checks)
    total = ("total", f"{found.compared:,}", f"{equal:,}", "", f"{seconds:.2f}", "")
    return Grid(_COLUMNS, tuple(rows), total=total)


def _both(check: Check) -> Grid:
    rows = [
        (
            visible(v.node) or "network",
            visible(v.what),
            shown(v.expected),
            shown(v.measured),
            "" if v.equal else "differs",
        )
        for v in check.values
    ]
    return Grid(_BOTH, tuple(rows), frozenset(i for i, v in enumerate(check.values) if not v.equal))


def _findings(found: Verification) -> Iterator[str]:
    for check in found.checks:
        wrong = check.mismatches
        yield from (_told(check, v) for v in wrong[:_TOLD])
        if len(wrong) > _TOLD:
            yield f"{check.quantity}: {len(wrong) - _TOLD:,} more differ; --layers shows all"
        for one in check.not_checked:
            place = f"{visible(one.node)}: " if one.node else ""
            yield f"not checked: {place}{visible(one.what)}: {visible(one.reason)}"


def _told(check: Check, v: Compared) -> str:
    place = visible(v.node) or "network"
    return (
        f"differs: {place}: {visible(v.what)}: cnncalc {shown(v.expected)} ({check.expected_from}), "
        f"torch {shown(v.measured)} ({check.measured_from})"
    )
