"""Receptive fields as rows: one for every node that changes what is seen, per axis of the input."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from cnncalc.network import Network
from cnncalc.passes.receptive_field import Field, NodeField
from cnncalc.record import record
from cnncalc.shape import Window
from cnncalc.spec.printer import layer_as_word
from cnncalc.symbolic import Dim, pretty

__all__ = ["AxisRows", "FieldRow", "listed", "remarks", "rows_by_axis", "said"]

_HALF = 2


@record
class FieldRow:
    """One node on one axis: its window, and what its units see."""

    name: str
    word: str
    window: Window | None
    field: Field


@record
class AxisRows:
    """The rows for one axis, or for several on which they are alike."""

    axes: tuple[str, ...]
    size: Dim
    rows: tuple[FieldRow, ...]


def rows_by_axis(
    network: Network, found: Sequence[NodeField], *, every: bool = False
) -> tuple[AxisRows, ...]:
    """The rows of all axes, once where axes are alike. Nodes that see what their only input sees are left out unless `every`."""
    tables: list[AxisRows] = []
    for i, _ in enumerate(found[0].fields if found else ()):
        rows = [
            FieldRow(
                n.node.name,
                layer_as_word(n.node.layer),
                n.windows[i] if len(n.node.inputs) == 1 else None,
                n.fields[i],
            )
            for n in found
            if every or _tells(n, found, i)
        ]
        name, size = found[0].fields[i].axis, network.input.spatial[i]
        for at, other in enumerate(tables):
            scaled = isinstance(size, int) or isinstance(other.size, int)
            if (other.size == size or not scaled) and [_plain(r) for r in other.rows] == [
                _plain(r) for r in rows
            ]:
                tables[at] = AxisRows((*other.axes, name), size, other.rows)
                break
        else:
            tables.append(AxisRows((name,), size, tuple(rows)))
    return tuple(tables)


def _plain(row: FieldRow) -> tuple[object, ...]:
    """The row without the axis' name."""
    f = row.field
    return row.name, row.window, f.size, f.least, f.start, f.jump, f.support, f.basis, f.sees_all


def _tells(n: NodeField, found: Sequence[NodeField], axis: int) -> bool:
    """Whether a node has something to say: its window is more than the position itself, or it sees what its input does not."""
    if len(n.node.inputs) != 1:
        return True
    (before,) = n.node.inputs
    window = n.windows[axis]
    if window is not None and window != Window(1):
        return True
    mine = n.fields[axis]
    if before < 0:
        return (mine.size, mine.start, mine.jump) != (1, 0, 1)
    return _seen(mine) != _seen(found[before].fields[axis])


def _seen(f: Field) -> tuple[object, ...]:
    return f.size, f.least, f.start, f.jump, f.sees_all


def listed(axes: Sequence[str]) -> str:
    """D, H and W"""
    *others, last = axes
    return f"{', '.join(others)} and {last}" if others else last


def said(value: Dim | Fraction | None) -> str:
    """A number, a fraction or an expression for people; nothing where it is not known."""
    if value is None:
        return ""
    if isinstance(value, Fraction):
        return f"{value.numerator:,}" + (f"/{value.denominator:,}" if value.denominator > 1 else "")
    return f"{value:,}" if isinstance(value, int) else pretty(value)


def remarks(rows: AxisRows) -> list[str]:
    """What is to be said of a table."""
    return [text for text in (_smallest(rows), _effective(rows), *_warnings(rows)) if text]


def _smallest(rows: AxisRows) -> str | None:
    """What is said of the last field that has a closed form: its size, and the smallest input that shows all of it."""
    affine = [r for r in rows.rows if r.field.basis == "affine"]
    if not affine:
        return None
    last = next((r for r in reversed(affine) if r.field.smallest is not None), affine[-1])
    field = last.field
    positions = "1 position" if field.size == 1 else f"{said(field.size)} positions"
    apart = "" if field.jump == 1 else f", its neighbours {said(field.jump)} further on"
    text = f"{last.name} sees {positions}{apart}; effective padding {said(field.padding)}"
    if field.smallest is None:
        return f"{text}."
    return (
        f"{text}. The smallest input with a unit that no border cuts is {said(field.smallest.input)} "
        f"(unit {said(field.smallest.unit)})."
    )


def _effective(rows: AxisRows) -> str | None:
    """The effective field of a chain: two standard deviations to each side hold about 95 % of the influence.

    Not of a layer or two, where that is all of the field.
    """
    affine = [r for r in rows.rows if r.field.basis == "affine"]
    last = affine[-1] if affine else None
    variance = last.field.variance if last else None
    if last is None or not variance or not isinstance(last.field.size, int):
        return None
    deviation = float(variance) ** 0.5
    if 2 * _HALF * deviation >= last.field.size:
        return None
    root = said(variance) if variance.denominator == 1 else f"({said(variance)})"
    return (
        f"Effective field of {last.name} with uniform weights: standard deviation √{root} = {deviation:,.2f}, "
        f"so that about 95 % of the influence comes from {2 * _HALF * deviation:,.1f} positions."
    )


def _warnings(rows: AxisRows) -> list[str]:
    """Branches that do not lie one upon the other, and what could not be found out."""
    found = []
    for row in rows.rows:
        if row.field.alignment == "shifted":
            found.append(f"{row.name} joins branches whose centres lie apart: fractions of a jump are lost.")
        elif row.field.alignment == "drifting":
            found.append(
                f"{row.name} joins branches with different jumps: what a unit sees depends on where it is."
            )
    unknown = [r for r in rows.rows if r.field.basis == "unknown" and not r.field.sees_all]
    if unknown:
        first = unknown[0]
        open_ = first.field.why == "names" or not isinstance(rows.size, int)
        cause = "it depends on numbers for the names" if open_ else "there is too much to look at"
        found.append(f"What {first.name} sees is not told: {cause}.")
    return found
