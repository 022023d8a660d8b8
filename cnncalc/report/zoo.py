"""The built-in networks as a table.

JSON: schema_version (1; grows when a field changes its meaning or goes away) and networks: name, family, year, input, params, macs,
rf ("all": a map's units see the whole input), source.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import groupby

from cnncalc.report.grid import Grid, Heading, as_lines
from cnncalc.report.grid import as_csv as grid_as_csv
from cnncalc.report.grid import as_markdown as grid_as_markdown
from cnncalc.report.plain import json_text
from cnncalc.report.style import Style, fold
from cnncalc.zoo.entry import Entry

__all__ = ["as_csv", "as_json", "as_markdown", "as_text"]

_COLUMNS = (
    Heading("name", numeric=False),
    *map(Heading, ("year", "params", "MACs", "input", "rf")),
)


def as_text(entries: Sequence[Entry], style: Style, *, by_family: bool) -> str:
    """A table; by family with where each was published."""
    if not entries:
        return "no network is like that\n"
    rows: list[tuple[str, ...]] = []
    bold = set()
    if by_family:
        for family, members in groupby(entries, key=lambda entry: entry.family):
            bold.add(len(rows))
            several = list(members)
            rows.append((family, *[""] * 5))
            rows += [_row(entry, indent="  ") for entry in several]
    else:
        rows = [_row(entry) for entry in entries]
    lines = as_lines(Grid(_COLUMNS, tuple(rows), frozenset(bold)), style)
    note = "rf: receptive field; all: the units of a map see the whole input. cnncalc zoo show NAME has the source"
    return "\n".join([*lines, "", f"{len(entries):,} networks", *fold(note, style.width)]) + "\n"


def as_markdown(entries: Sequence[Entry]) -> str:
    """A table with sources."""
    columns = (*_COLUMNS, Heading("source", numeric=False))
    return "\n".join(grid_as_markdown(Grid(columns, tuple((*_row(e), e.source) for e in entries)))) + "\n"


def as_csv(entries: Sequence[Entry]) -> str:
    """One network on a line, with exact numbers."""
    names = [f.name for f in dataclasses.fields(Entry)]
    rows = tuple(tuple(str(getattr(entry, name)) for name in names) for entry in entries)
    return grid_as_csv(Grid(tuple(map(Heading, names)), rows))


def as_json(entries: Sequence[Entry]) -> str:
    """Everything that the index has."""
    return json_text({"schema_version": 1, "networks": [dataclasses.asdict(entry) for entry in entries]})


def _row(entry: Entry, indent: str = "") -> tuple[str, ...]:
    numbers = (str(entry.year), f"{entry.params:,}", f"{entry.macs:,}")
    return (f"{indent}{entry.name}", *numbers, entry.input, entry.rf)
