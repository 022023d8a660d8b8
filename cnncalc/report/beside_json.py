"""Networks side by side, as JSON.

schema_version   1; grows when a field changes its meaning or goes away
title, lesson    of a topic, or null and none
networks         called (as whoever asked did), words (of a topic's, or null), name, batch, input, output
quantities       quantity; values, one for each network, null for what cannot be told; against_first, one for each network but the
                 first, null where there is no ratio: numerator, denominator, cancelled (factors with names), and as fractions
                 ratio, more (by how much of the first one's it is more), first_more (the other way round); null with names
layers           for each network but the first, where --layers asks for it, changes: change ("added", "removed" or "changed"), before,
                 after and changed, as in cnncalc diff
"""

from __future__ import annotations

from typing import Any

from cnncalc.report.beside import Beside, Contrast, Side
from cnncalc.report.difference_json import layer_as_plain, value_as_plain
from cnncalc.report.plain import json_text, number

__all__ = ["SCHEMA_VERSION", "as_json"]

SCHEMA_VERSION = 1


def as_json(found: Beside) -> str:
    """Everything, one network or quantity on a line."""
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "title": found.title,
            "networks": [_network(side) for side in found.sides],
            "quantities": [_quantity(found, quantity) for quantity in found.quantities],
            "layers": [
                {"changes": [layer_as_plain(c) for c in one.layers if c.sign != "="]} for one in found.layers
            ],
            "lesson": list(found.lesson),
        }
    )


def _network(side: Side) -> dict[str, Any]:
    a = side.analysis
    sizes = {"input": value_as_plain(a.input), "output": value_as_plain(a.output)}
    return {"called": side.called, "words": side.words, "name": a.name, "batch": a.batch, **sizes}


def _quantity(found: Beside, quantity: str) -> dict[str, Any]:
    contrasts = [next((c for c in cs if c.quantity == quantity), None) for cs in found.contrasts]
    return {
        "quantity": quantity,
        "values": [value_as_plain(side.values.get(quantity)) for side in found.sides],
        "against_first": [_contrast(c) for c in contrasts],
    }


def _contrast(c: Contrast | None) -> dict[str, Any] | None:
    if c is None or c.ratio is None:
        return None
    share = c.fraction
    return {
        "numerator": number(c.ratio.numerator),
        "denominator": number(c.ratio.denominator),
        "cancelled": [number(factor) for factor in c.ratio.cancelled],
        "ratio": number(share),
        "more": None if share is None else number(share - 1),
        "first_more": number(1 / share - 1) if share else None,
    }
