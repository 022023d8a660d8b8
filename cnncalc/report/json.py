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

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cnncalc.analysis import Analysis, Block, Row, Totals
from cnncalc.report.columns import quotient
from cnncalc.report.plain import json_text, number
from cnncalc.shape import Shape

if TYPE_CHECKING:
    from cnncalc.layers import Derivation
    from cnncalc.passes.details import Details
    from cnncalc.passes.initialisation import Initialisation
    from cnncalc.passes.receptive_field import Field

__all__ = ["SCHEMA_VERSION", "as_json", "as_plain"]

SCHEMA_VERSION = 1


def as_json(analysis: Analysis) -> str:
    """The whole analysis, one layer on a line."""
    return json_text(as_plain(analysis))


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
            {"relation": a.relation, "left": number(a.left), "right": number(a.right), "node": a.node}
            for a in analysis.assumptions
        ],
        "substitutions": {name: number(value) for name, value in analysis.substitutions},
    }


def _shape(shape: Shape) -> list[int | str | None]:
    return [number(d) for d in shape.dims]


def _totals(totals: Totals) -> dict[str, int | str | None]:
    return {
        "params": number(totals.params),
        "buffers": number(totals.buffers),
        "macs": number(totals.macs),
        "flops": number(totals.flops),
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
            {"name": w.name, "shape": [number(d) for d in w.shape], "role": w.role, "dtype": w.dtype}
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
            found[name] = number(values[index])
    if details.initialisation is not None:
        found["weights"] = [_weight(one) for one in details.initialisation[index]]
    if details.statistics is not None:
        means = details.statistics[index]
        found["means"] = number(means)
    return found


def _field(field: Field) -> dict[str, Any]:
    numbers = {name: getattr(field, name) for name in ("size", "least", "start", "jump")}
    return {"axis": field.axis, **{k: number(v) for k, v in numbers.items()}}


def _weight(one: Initialisation) -> dict[str, Any]:
    return {
        "tensor": one.fans.tensor,
        "fan_in": number(one.fans.fan_in.value),
        "fan_out": number(one.fans.fan_out.value),
        "kaiming": _quotient(one.kaiming),
        "xavier": _quotient(one.xavier),
    }


def _quotient(derivation: Derivation) -> int | str | None:
    value = quotient(derivation)
    return number(value)


def _blocks(block: Block) -> Iterator[dict[str, Any]]:
    for child in block.children:
        yield {"name": child.name, "first": child.first, "last": child.last, **_totals(child.totals)}
        yield from _blocks(child)
