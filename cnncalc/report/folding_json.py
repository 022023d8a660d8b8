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

import math
from typing import Any

from cnncalc.passes.fold_bn import Totals, Verdict
from cnncalc.report.folding import Apart, FoldingReport, Measured
from cnncalc.report.plain import json_text, number

__all__ = ["SCHEMA_VERSION", "as_json"]

SCHEMA_VERSION = 1


def as_json(report: FoldingReport) -> str:
    """Everything, one normalisation on a line."""
    return json_text(_plain(report))


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
        "params": number(totals.params),
        "buffers": number(totals.buffers),
        "layers": totals.nodes,
        "macs": number(totals.macs),
        "elementwise": number(totals.elementwise),
        "activations": number(totals.activations),
        "peak": number(totals.peak),
    }


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
