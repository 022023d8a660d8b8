"""A folding as JSON.

schema_version   1; grows when a field changes its meaning or goes away
name             of the network, or null
folded, of       how many normalisations are folded, of how many
exact            whether the folded network computes the same but for rounding
normalisations   name, direction ("backward", "forward", "merged" or null), targets (node, through), exact, reasons, given
merges           sum, into, branches
before, after    params, buffers, layers, macs, elementwise, activations (bytes), peak (bytes, or null)
proof            input, device, seed, equal, allowed, float64 and float32 (absolute, relative; null if infinite), or null
written          the files that were written
"""

from __future__ import annotations

import json
import math
from typing import Any

from cnncalc.passes.fold_bn import Totals, Verdict
from cnncalc.report.folding import Apart, FoldingReport, Measured
from cnncalc.symbolic import Dim, to_text

__all__ = ["SCHEMA_VERSION", "as_json"]

SCHEMA_VERSION = 1


def as_json(report: FoldingReport) -> str:
    """Everything, one normalisation on a line."""
    fields = [f"  {_dumped(key)}: {_value(value)}" for key, value in _plain(report).items()]
    return "{\n" + ",\n".join(fields) + "\n}\n"


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"    {_dumped(item)}" for item in value) + "\n  ]"
    return _dumped(value)


def _plain(report: FoldingReport) -> dict[str, Any]:
    folding = report.folding
    return {
        "schema_version": SCHEMA_VERSION,
        "name": report.analysis.name,
        "folded": folding.count,
        "of": len(folding.verdicts),
        "exact": folding.exact,
        "normalisations": [_verdict(v) for v in folding.verdicts],
        "merges": [{"sum": add, "into": into, "branches": list(gone)} for add, into, gone in folding.merges],
        "before": _totals(folding.before),
        "after": _totals(folding.after),
        "proof": None if report.proof is None else _proof(report.proof),
        "written": list(report.written),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    border = None if verdict.border is None else verdict.border.formula.evaluate(verdict.border.values)
    return {
        "name": verdict.node,
        "direction": verdict.direction,
        "targets": [{"node": t.node, "through": list(t.through)} for t in verdict.targets],
        "exact": verdict.exact,
        "border": None if border is None else str(border),
        "reasons": list(verdict.reasons),
        "given": list(verdict.given),
    }


def _totals(totals: Totals) -> dict[str, Any]:
    return {
        "params": _dim(totals.params),
        "buffers": _dim(totals.buffers),
        "layers": totals.nodes,
        "macs": _dim(totals.macs),
        "elementwise": _dim(totals.elementwise),
        "activations": _dim(totals.activations),
        "peak": _dim(totals.peak),
    }


def _dim(size: Dim | None) -> int | str | None:
    return size if size is None or isinstance(size, int) else to_text(size)


def _proof(proof: Measured) -> dict[str, Any]:
    return {
        "input": list(proof.input),
        "device": proof.device,
        "seed": proof.seed,
        "equal": proof.ok,
        "allowed": proof.allowed,
        "float64": _apart(proof.exact),
        "float32": _apart(proof.written),
    }


def _apart(found: Apart) -> dict[str, float | None]:
    values = {"absolute": found.absolute, "relative": found.relative}
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
