"""Two networks beside each other, as JSON.

schema_version   1; grows when a field changes its meaning or goes away
differs          whether anything does
before, after    called (as whoever asked did), name, batch, input, output
totals           quantity, before, after, difference; null for what cannot be told, and for the difference of sizes
layers           those that differ: change ("added", "removed" or "changed"), before, after (name, layer, from, weights, output,
                 params, buffers, macs; or null), and changed: in which of these
same             how many layers do not differ
"""

from __future__ import annotations

from typing import Any

from cnncalc.analysis import Analysis, Row
from cnncalc.report.difference import Change, Difference, LayerChange, Value
from cnncalc.report.plain import json_text, number
from cnncalc.shape import Shape

__all__ = ["SCHEMA_VERSION", "as_json", "layer_as_plain", "value_as_plain"]

SCHEMA_VERSION = 1

_NAMES = {"+": "added", "-": "removed", "~": "changed"}


def as_json(found: Difference) -> str:
    """Everything, one quantity or layer on a line."""
    before, after = zip(found.names, (found.before, found.after), strict=True)
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "differs": found.differs,
            "before": _network(*before),
            "after": _network(*after),
            "totals": [_change(change) for change in found.totals],
            "layers": [layer_as_plain(change) for change in found.layers if change.sign != "="],
            "same": sum(change.sign == "=" for change in found.layers),
        }
    )


def _network(called: str, analysis: Analysis) -> dict[str, Any]:
    sizes = {"input": value_as_plain(analysis.input), "output": value_as_plain(analysis.output)}
    return {"called": called, "name": analysis.name, "batch": analysis.batch, **sizes}


def _change(change: Change) -> dict[str, Any]:
    return {
        "quantity": change.quantity,
        "before": value_as_plain(change.before),
        "after": value_as_plain(change.after),
        "difference": number(change.difference),
    }


def value_as_plain(value: Value) -> Any:
    """A shape as a list of sizes, a number, an expression as text, or null."""
    if isinstance(value, Shape):
        return [number(size) for size in value.dims]
    return value if isinstance(value, str) else number(value)


def layer_as_plain(change: LayerChange) -> dict[str, Any]:
    """What became of one layer."""
    return {
        "change": _NAMES[change.sign],
        "before": change.before and _row(change.before),
        "after": change.after and _row(change.after),
        "changed": list(change.changed),
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "layer": row.word,
        "from": list(row.inputs),
        "weights": row.shares,
        "output": value_as_plain(row.output),
        "params": number(row.totals.params),
        "buffers": number(row.totals.buffers),
        "macs": number(row.totals.macs),
    }
