"""Two networks beside each other: totals before and after, and the layers that were added, removed or changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Literal, TypeAlias

from cnncalc.analysis import Analysis, Row
from cnncalc.errors import FormulaError, visible
from cnncalc.record import record
from cnncalc.report import notes
from cnncalc.report.alignment import aligned
from cnncalc.report.cells import for_people
from cnncalc.report.grid import Grid, Heading, as_lines, escape_markdown
from cnncalc.report.grid import as_markdown as grid_as_markdown
from cnncalc.report.style import Style, fold
from cnncalc.shape import Shape
from cnncalc.symbolic import Dim

__all__ = [
    "Change",
    "Difference",
    "LayerChange",
    "Sign",
    "Value",
    "as_markdown",
    "as_text",
    "cells",
    "changes",
    "difference",
    "in_short",
    "label",
    "layer_changes",
    "layer_table",
    "percentage",
    "told",
]

#: added, removed, changed, the same
Sign: TypeAlias = Literal["+", "-", "~", "="]
#: an expression may also be there as text; None: it cannot be told
Value: TypeAlias = Shape | Dim | str | None

_LABELS = {
    "output": "output",
    "params": "parameters",
    "trainable": "trainable",
    "buffers": "buffers",
    "macs": "MACs",
    "flops": "FLOPs",
    "weights_bytes": "weight bytes",
    "activation_bytes": "activation bytes",
    "peak_bytes": "peak bytes",
    "rf": "receptive field",
    "depth": "depth",
    "nonlinearities": "non-linearities",
}
_TOTALS = (
    Heading("", numeric=False),
    Heading("before"),
    Heading("after"),
    Heading("difference"),
    Heading("%"),
)
_UNKNOWN = "?"


@record
class Change:
    """One quantity before and after."""

    quantity: str
    before: Value
    after: Value

    @property
    def difference(self) -> Dim | None:
        """None where there is none: of shapes, of what cannot be told, of expressions that are too large to subtract."""
        if isinstance(self.before, Shape | str | None) or isinstance(self.after, Shape | str | None):
            return None
        try:
            return self.after - self.before
        except FormulaError:
            return None


@record
class LayerChange:
    """One layer before and after; `changed` says in what: name, layer, from, weights, output, params, buffers, macs."""

    sign: Sign
    before: Row | None
    after: Row | None
    changed: tuple[str, ...] = ()


@record
class Difference:
    """All that is printed. `names` are what the two networks were called by whoever asked."""

    names: tuple[str, str]
    before: Analysis
    after: Analysis
    totals: tuple[Change, ...]
    layers: tuple[LayerChange, ...]

    @property
    def differs(self) -> bool:
        return any(c.before != c.after for c in self.totals) or any(c.sign != "=" for c in self.layers)


def difference(
    names: tuple[str, str],
    before: Analysis,
    after: Analysis,
    totals: tuple[Mapping[str, Value], Mapping[str, Value]],
) -> Difference:
    """Two networks, with the totals of both by quantity."""
    return Difference(names, before, after, changes(*totals), layer_changes(before.rows, after.rows))


def changes(before: Mapping[str, Value], after: Mapping[str, Value]) -> tuple[Change, ...]:
    """Every quantity of either, in order."""
    quantities = list(dict.fromkeys([*after, *before]))
    order = list(_LABELS)
    quantities.sort(key=lambda quantity: order.index(quantity.partition(".")[0]))
    return tuple([Change(q, before.get(q), after.get(q)) for q in quantities])


def layer_changes(before: Sequence[Row], after: Sequence[Row]) -> tuple[LayerChange, ...]:
    """Every layer of either, in the order of the second, with what is gone where it was."""
    pairs = aligned(before, after)
    became = {"input": "input", **{before[i].name: after[j].name for i, j in pairs}}
    kept = frozenset(became.values())
    found = []
    i = j = 0
    for i_end, j_end in (*pairs, (len(before), len(after))):
        found += [LayerChange("-", row, None) for row in before[i:i_end]]
        found += [LayerChange("+", None, row) for row in after[j:j_end]]
        if i_end < len(before):
            changed = tuple(_changed(before[i_end], after[j_end], became, kept))
            found.append(LayerChange("~" if changed else "=", before[i_end], after[j_end], changed))
        i, j = i_end + 1, j_end + 1
    return tuple(found)


def _changed(a: Row, b: Row, became: Mapping[str, str], kept: frozenset[str]) -> Iterator[str]:
    """In what two layers differ. A layer that now reads what was added, or no longer what is gone, does not differ by that."""

    def differ(old: str | None, new: str | None) -> bool:
        if old is None or new is None:
            return old is not new
        return old in became and new in kept and became[old] != new

    rewired = len(a.inputs) != len(b.inputs) or any(map(differ, a.inputs, b.inputs))
    facets = {
        "name": a.name != b.name,
        "layer": a.word != b.word,
        "from": rewired,
        "weights": differ(a.shares, b.shares),
        "output": a.output != b.output,
        "params": a.totals.params != b.totals.params,
        "buffers": a.totals.buffers != b.totals.buffers,
        "macs": a.totals.macs != b.totals.macs,
    }
    yield from (name for name, is_so in facets.items() if is_so)


def label(quantity: str) -> str:
    """What people call a quantity: "receptive field H" for rf.H."""
    name, _, axis = quantity.partition(".")
    return f"{_LABELS[name]} {axis}".rstrip()


def cells(change: Change) -> tuple[str, str, str, str]:
    """Before, after, difference and per cent."""
    apart = change.difference
    percent = "" if apart is None else _percent(change.before, apart)
    return told(change.before), told(change.after), "" if apart is None else _signed(apart), percent


def told(value: Value) -> str:
    """The value for people; ? for what cannot be told."""
    return _UNKNOWN if value is None else for_people(value)


def _signed(value: Dim) -> str:
    """+1,200, −9*C^2; 0 for none"""
    if isinstance(value, int) and value:
        return f"{'+' if value > 0 else '−'}{abs(value):,}"
    return for_people(value)


def _percent(before: Value, apart: Dim) -> str:
    """+12.5 %; a small one with the first digit that counts, +0.003 %; nothing for 0, or where there are names."""
    if not isinstance(before, int) or not isinstance(apart, int) or not apart or not before:
        return ""
    return f"{'+' if apart > 0 else '−'}{percentage(abs(Fraction(apart, before)))}"


def percentage(share: Fraction) -> str:
    """12.5 %; 0.003 %"""
    size = 100 * share
    return f"{float(size):,.1f} %" if size >= Fraction(1, 20) else f"{float(size):.1g} %"


def _totals(found: Difference) -> Grid:
    """The receptive field on one line where it is the same on all axes."""
    rows: dict[str, tuple[str, ...]] = {}
    fields = {cells(c) for c in found.totals if c.quantity.startswith("rf.")}
    for change in found.totals:
        square = change.quantity.startswith("rf.") and len(fields) == 1
        rows[label("rf" if square else change.quantity)] = cells(change)
    return Grid(_TOTALS, tuple([(what, *row) for what, row in rows.items()]))


def layer_table(found: Difference) -> Grid:
    """One row for each layer that differs, and one for those between that do not."""
    wired = any("from" in c.changed or "weights" in c.changed for c in found.layers)
    headings = ("name", "layer", "output", "params", "MACs", *(("from", "weights of") if wired else ()))
    rows: list[tuple[str, ...]] = []
    for same, group in groupby(found.layers, lambda c: c.sign == "="):
        if same:
            rows.append(("…", _counted(len(list(group)), "the same"), *([""] * (len(headings) - 1))))
        else:
            rows += [(c.sign, *_row(c, wired=wired)) for c in group]
    numeric = ("output", "params", "MACs")
    return Grid((Heading("", numeric=False), *[Heading(h, h in numeric) for h in headings]), tuple(rows))


def _row(change: LayerChange, *, wired: bool) -> tuple[str, ...]:
    sides = [_texts(row, wired=wired) for row in (change.before, change.after) if row is not None]
    if len(sides) == 1:
        return sides[0]
    return tuple([a if a == b else f"{a} → {b}" for a, b in zip(*sides, strict=True)])


def _texts(row: Row, *, wired: bool) -> tuple[str, ...]:
    numbers = map(for_people, (row.output, row.totals.params, row.totals.macs))
    wires = (", ".join(row.inputs), row.shares or "its own") if wired else ()
    return (row.name, row.word, *numbers, *wires)


def _counted(count: int, what: str) -> str:
    return f"{count:,} layer{'' if count == 1 else 's'} {what}"


def in_short(found: Difference) -> str:
    """3 layers added, 1 layer changed, 50 layers the same"""
    names = {"+": "added", "-": "removed", "~": "changed", "=": "the same"}
    counts = {what: sum(c.sign == sign for c in found.layers) for sign, what in names.items()}
    return ", ".join([_counted(n, what) for what, n in counts.items() if n]) or "no layers"


def _titles(found: Difference) -> list[str]:
    """What each was called, and what it makes of what."""
    titles = []
    for name, analysis in zip(found.names, (found.before, found.after), strict=True):
        batch = f"  batch {analysis.batch}" if analysis.batch > 1 else ""
        shown = visible(" ".join(name.split()))
        titles.append(f"{shown}: {analysis.input.pretty()} → {analysis.output.pretty()}{batch}")
    return titles


def _notes(found: Difference) -> list[str]:
    """What the numbers rest on: of both, or of one."""
    before, after = notes.assumptions(found.before), notes.assumptions(found.after)
    both = [note for note in before if note in after]
    lines = [*both, *(f"before: {n}" for n in before if n not in both)]
    lines += [f"after: {n}" for n in after if n not in both]
    if any(c.before is None or c.after is None for c in found.totals):
        lines.append(f"{_UNKNOWN}: that depends on names, or there is no single number")
    return lines


def as_text(found: Difference, style: Style) -> str:
    """The totals, then the layers."""
    lines: list[str] = []
    for sign, title in zip(("---", "+++"), _titles(found), strict=True):
        lines += map(style.bold, fold(f"{sign} {title}", style.width))
    if found.differs:
        lines += [
            "",
            *as_lines(_totals(found), style),
            "",
            *map(style.bold, fold(in_short(found), style.width)),
        ]
        lines += as_lines(layer_table(found), style)
    else:
        lines += ["", *fold(f"no difference: {in_short(found)}", style.width)]
    remarks = _notes(found)
    if remarks:
        lines += ["", *(style.dim(text) for note in remarks for text in fold(note, style.width))]
    return "\n".join(lines) + "\n"


def as_markdown(found: Difference) -> str:
    """For a pull request: the totals, and the layers in a block that opens on a click."""
    before, after = map(escape_markdown, _titles(found))
    lines = [f"**{before}** became", f"**{after}**", ""]
    if found.differs:
        lines += [*grid_as_markdown(_totals(found)), ""]
        lines += ["<details>", f"<summary>{in_short(found)}</summary>", ""]
        lines += [*grid_as_markdown(layer_table(found)), "", "</details>", ""]
    else:
        lines += [f"No difference: {in_short(found)}.", ""]
    lines += [f"- {escape_markdown(note)}" for note in _notes(found)]
    return "\n".join(lines).rstrip("\n") + "\n"
