"""A verification for machines: JSON, and JUnit's XML.

schema_version   1; grows when a field changes its meaning or goes away
network, torch, device, device_name, dtype, seed, notes, ok
checks           quantity, how, expected_from, measured_from, compared, equal, worst (null: not a number), seconds,
                 mismatches, not_checked, and values where all layers are asked for
mismatches       node, what, expected, measured
not_checked      node, what, reason
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from cnncalc.report.junit import Case, Problem, Suite
from cnncalc.report.junit import as_junit as written
from cnncalc.report.verification import shown

if TYPE_CHECKING:
    from cnncalc.verification.model import Check, Compared, Verification

__all__ = ["SCHEMA_VERSION", "as_json", "as_junit"]

SCHEMA_VERSION = 1


def as_json(found: Verification, *, layers: bool = False) -> str:
    """Everything that was found; with `layers` every value that was compared."""
    plain = {
        "schema_version": SCHEMA_VERSION,
        "network": found.network,
        "torch": found.torch,
        "device": found.device,
        "device_name": found.device_name,
        "dtype": found.dtype,
        "seed": found.seed,
        "notes": list(found.notes),
        "ok": found.ok,
        "checks": [_check(c, layers=layers) for c in found.checks],
    }
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def _check(check: Check, *, layers: bool) -> dict[str, Any]:
    plain = {
        "quantity": check.quantity,
        "how": check.how,
        "expected_from": check.expected_from,
        "measured_from": check.measured_from,
        "compared": check.compared,
        "equal": check.equal,
        "worst": None if math.isinf(check.worst) else check.worst,
        "seconds": round(check.seconds, 3),
        "mismatches": [_value(v) for v in check.mismatches],
        "not_checked": [{"node": u.node, "what": u.what, "reason": u.reason} for u in check.not_checked],
    }
    return plain | {"values": [_value(v) for v in check.values]} if layers else plain


def _value(v: Compared) -> dict[str, Any]:
    return {"node": v.node, "what": v.what, "expected": v.expected, "measured": v.measured}


def as_junit(found: Verification) -> str:
    """One test case for each quantity. What could not be checked is an error, as it is no pass."""
    cases = tuple([Case(c.quantity, _problem(c), c.seconds) for c in found.checks])
    return written([Suite(f"cnncalc verify {found.network}", cases, classname="cnncalc.verify")])


def _problem(check: Check) -> Problem | None:
    wrong = [
        f"{v.node or 'network'}: {v.what}: cnncalc {shown(v.expected)}, torch {shown(v.measured)}"
        for v in check.mismatches
    ]
    open_ = [f"{u.node or 'network'}: {u.what}: {u.reason}" for u in check.not_checked]
    if wrong:
        message = f"{len(wrong)} of {check.compared} values differ"
        return Problem("failure", message, (*wrong, *open_))
    return Problem("error", f"{len(open_)} not checked", tuple(open_)) if open_ else None
