"""An analysis as JSON: exact integers, expressions as text that parses again, no time stamps.

schema_version   1; grows when a field changes its meaning or goes away
name, source     of the network, or null
batch            MACs and FLOPs are those of the whole batch
input, output    lists of sizes, without the batch
totals           params, buffers, macs, flops
layers           name, kind, word, from, input, output, params, buffers, macs, flops, shares, tensors
layers.fields    of every axis of the input: axis, size, least, start, jump of the receptive field, as in cnncalc rf
layers.memory    bytes of the result in float32, 0 for a view; saved: what training keeps of it; backward: MACs
layers.weights   of every weight that multiplies inputs: tensor, fan_in, fan_out, and kaiming and xavier: variances, or null with names
layers.means     how many means and variances a normalisation takes, or null
layers.tensors   name, shape, role ("parameter" or "buffer"), dtype ("float" or "int64")
blocks           name, first, last (exclusive) rows, and totals, outermost first
assumptions      what names leave open: relation, left, right, node
substitutions    what names stand for
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.analysis import Analysis, Block, Row, Totals
from cnncalc.report.columns import quotient
from cnncalc.shape import Shape
from cnncalc.symbolic import Dim, to_text

if TYPE_CHECKING:
    from cnncalc.layers import Derivation
    from cnncalc.passes.details import Details
    from cnncalc.passes.initialisation import Initialisation
    from cnncalc.passes.receptive_field import Field

__all__ = ["SCHEMA_VERSION", "as_json", "as_plain"]

SCHEMA_VERSION = 1


def as_json(analysis: Analysis) -> str:
    """The whole analysis, one layer on a line."""
    fields = [f"  {_dumped(key)}: {_value(value)}" for key, value in as_plain(analysis).items()]
    return "{\n" + ",\n".join(fields) + "\n}\n"


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _value(value: Any) -> str:
    """A list of objects as one line for each, anything else on one line."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"    {_dumped(item)}" for item in value) + "\n  ]"
    return _dumped(value)


def as_plain(analysis: Analysis) -> dict[str, Any]:
    """The same as nested dictionaries and lists."""
    return {
        "schema_version": SCHEMA_VERSION,
        "name": analysis.name,
        "source": analysis.source,
        "batch": analysis.batch,
        "input": _shape(analysis.input),
        "output": _shape(analysis.output),
        "totals": _totals(analysis.totals),
        "layers": [_layer(row, analysis.details) for row in analysis.rows],
        "blocks": list(_blocks(analysis.root)),
        "assumptions": [
            {"relation": a.relation, "left": _dim(a.left), "right": _dim(a.right), "node": a.node}
            for a in analysis.assumptions
        ],
        "substitutions": {name: _dim(value) for name, value in analysis.substitutions},
    }


def _dim(dim: Dim) -> int | str:
    return dim if isinstance(dim, int) else to_text(dim)


def _shape(shape: Shape) -> list[int | str]:
    return [_dim(d) for d in shape.dims]


def _totals(totals: Totals) -> dict[str, int | str]:
    return {
        "params": _dim(totals.params),
        "buffers": _dim(totals.buffers),
        "macs": _dim(totals.macs),
        "flops": _dim(totals.flops),
    }


def _layer(row: Row, details: Details | None) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind,
        "word": row.word,
        "from": list(row.inputs),
        "input": _shape(row.input),
        "output": _shape(row.output),
        **_totals(row.totals),
        **({} if details is None else _details(details, row.index)),
        "shares": row.shares,
        "tensors": [
            {"name": w.name, "shape": [_dim(d) for d in w.shape], "role": w.role, "dtype": w.dtype}
            for w in row.weights
        ],
    }


def _details(details: Details, index: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if details.fields is not None:
        found["fields"] = [_field(f) for f in details.fields[index]]
    for name in ("memory", "saved", "backward"):
        values = getattr(details, name)
        if values is not None:
            found[name] = _dim(values[index])
    if details.initialisation is not None:
        found["weights"] = [_weight(one) for one in details.initialisation[index]]
    if details.statistics is not None:
        means = details.statistics[index]
        found["means"] = None if means is None else _dim(means)
    return found


def _field(field: Field) -> dict[str, Any]:
    numbers = {name: getattr(field, name) for name in ("size", "least", "start", "jump")}
    return {"axis": field.axis, **{k: None if v is None else _exact(v) for k, v in numbers.items()}}


def _weight(one: Initialisation) -> dict[str, Any]:
    return {
        "tensor": one.fans.tensor,
        "fan_in": _dim(one.fans.fan_in.value),
        "fan_out": _dim(one.fans.fan_out.value),
        "kaiming": _quotient(one.kaiming),
        "xavier": _quotient(one.xavier),
    }


def _quotient(derivation: Derivation) -> int | str | None:
    value = quotient(derivation)
    return None if value is None else _exact(value)


def _exact(value: Dim | Fraction) -> int | str:
    """An integer, a fraction like "2/75", or an expression."""
    return str(value) if isinstance(value, Fraction) else _dim(value)


def _blocks(block: Block) -> Iterator[dict[str, Any]]:
    for child in block.children:
        yield {"name": child.name, "first": child.first, "last": child.last, **_totals(child.totals)}
        yield from _blocks(child)
