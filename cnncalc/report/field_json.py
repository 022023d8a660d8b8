"""Receptive fields as JSON: exact integers, fractions and expressions as text that parses again.

schema_version   1; grows when a field changes its meaning or goes away
layers           name, and for every axis: basis ("affine", "phases", "units" or "unknown"), size, least, start, jump, support,
                 period, sees_all, alignment ("aligned", "shifted" or "drifting"), variance of the effective field,
                 smallest_input with a unit that no border cuts, and that unit
unit             of one unit: node, unit, axes, hull (first and last position on every axis, or null), seen (positions really
                 read), exact
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cnncalc.network import Network
from cnncalc.passes.receptive_field import Field, NodeField
from cnncalc.passes.receptive_field.unit import UnitField
from cnncalc.report.plain import json_text, number

__all__ = ["fields_as_json", "unit_as_json"]

_VERSION = 1


def fields_as_json(network: Network, found: Sequence[NodeField]) -> str:
    """All nodes, one on a line."""
    return json_text(
        {
            "schema_version": _VERSION,
            "name": network.name,
            "input": [number(d) for d in network.input.dims],
            "layers": [{"name": n.node.name, "axes": [_field(f) for f in n.fields]} for n in found],
        }
    )


def _field(field: Field) -> dict[str, Any]:
    return {
        "axis": field.axis,
        "basis": field.basis,
        "size": number(field.size),
        "least": number(field.least),
        "start": number(field.start),
        "jump": number(field.jump),
        "support": number(field.support),
        "period": field.period,
        "sees_all": field.sees_all,
        "alignment": field.alignment,
        "variance": number(field.variance),
        "smallest_input": number(field.smallest.input) if field.smallest else None,
        "smallest_unit": number(field.smallest.unit) if field.smallest else None,
    }


def unit_as_json(unit: UnitField) -> str:
    """What one unit sees."""
    plain = {
        "schema_version": _VERSION,
        "node": unit.node,
        "unit": list(unit.unit),
        "axes": list(unit.axes),
        "sizes": list(unit.sizes),
        "hull": None if unit.hull is None else [list(span) for span in unit.hull],
        "seen": unit.seen,
        "exact": unit.exact,
    }
    lines = ",\n".join(f'  "{key}": {json.dumps(value, ensure_ascii=False)}' for key, value in plain.items())
    return f"{{\n{lines}\n}}\n"
