"""Tables to be filled in: a network layer by layer, with outputs and MACs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnncalc.practice.answers import Answer, Number, Parts, Size, shown
from cnncalc.practice.costs import in_numbers, macs
from cnncalc.practice.model import Grid
from cnncalc.record import record
from cnncalc.symbolic import Formula

__all__ = ["Row", "macs_filled", "macs_grid", "macs_worked"]


@record
class Row:
    """A layer, and what the formula of its kind is of; without a kind it takes no MACs. `output` None: not asked for."""

    name: str
    what: str
    output: Size | None
    kind: str = ""
    given: Mapping[str, int] | None = None


def macs_grid(rows: Sequence[Row]) -> Grid:
    """The question."""
    cells = [(row.name, row.what, "?" if row.output else "", "?" if row.kind else "0") for row in rows]
    return Grid((*cells, ("total", "", "", "?")), ("layer", "what", "output", "MACs"))


def macs_filled(rows: Sequence[Row], **formulas: Formula) -> Parts:
    """The answer; `formulas` are those that a slip takes for the right ones, by the kind of layer."""
    parts: list[tuple[str, Answer]] = []
    total = 0
    for row in rows:
        if row.output:
            parts.append((f"{row.name} output", row.output))
        if row.given:
            count: int = formulas.get(row.kind, macs(row.kind)).evaluate(row.given)
            parts.append((f"{row.name} MACs", Number(count)))
            total += count
    return Parts((*parts, ("total MACs", Number(total))))


def macs_worked(rows: Sequence[Row]) -> tuple[str, ...]:
    """The working: every product, and their sum."""
    counted = [row for row in rows if row.given]
    lines = [in_numbers(f"{row.name} MACs", macs(row.kind), row.given or {}) for row in counted]
    counts = [shown(part) for label, part in macs_filled(rows).parts if label.endswith("MACs")]
    return (*lines, f"total MACs: {' + '.join(counts[:-1])} = {counts[-1]}")
