"""A run of random networks for machines: JSON, and JUnit's XML.

schema_version   1; grows when a field changes its meaning or goes away
count, seed, torch, device, device_name, dtype, seconds, ok
valid, refused   networks that were compared with torch, and those that cnncalc and torch refuse
unasked          networks that torch cannot judge: reason -> how many
failed           how many fail
quantities       quantity, networks, compared, equal, seconds
kinds            kind, valid, refused, fields (that can have other values), never_set (of those, which never had)
not_checked      quantity, reason, values
wrong            area (a quantity, "refusal" or "error"), kind, networks, first (its number)
failures         number, area, layers, layers_drawn, spec, command, and differences: node, what, expected, measured
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cnncalc.report.junit import Case, Problem, Suite
from cnncalc.report.junit import as_junit as written
from cnncalc.report.verification_random import command, difference_of, wrong_told

if TYPE_CHECKING:
    from cnncalc.verification.random.model import Failure, RandomRun

__all__ = ["SCHEMA_VERSION", "as_json", "as_junit"]

SCHEMA_VERSION = 1


def as_json(run: RandomRun) -> str:
    """Everything that was found."""
    plain = {
        "schema_version": SCHEMA_VERSION,
        "count": run.count,
        "seed": run.seed,
        "torch": run.torch,
        "device": run.device,
        "device_name": run.device_name,
        "dtype": run.dtype,
        "seconds": round(run.seconds, 3),
        "ok": run.ok,
        "valid": run.valid,
        "refused": run.refused,
        "unasked": run.unasked,
        "failed": run.failed,
        "quantities": [
            {
                "quantity": t.quantity,
                "networks": t.networks,
                "compared": t.compared,
                "equal": t.equal,
                "seconds": round(t.seconds, 3),
            }
            for t in run.quantities
        ],
        "kinds": [
            {
                "kind": k.kind,
                "valid": k.valid,
                "refused": k.refused,
                "fields": k.fields,
                "never_set": list(k.never_set),
            }
            for k in run.kinds
        ],
        "not_checked": [
            {"quantity": quantity, "reason": reason, "values": values}
            for (quantity, reason), values in run.not_checked.items()
        ],
        "wrong": [
            {"area": w.area, "kind": w.kind, "networks": w.networks, "first": w.first} for w in run.wrong
        ],
        "failures": [_failure(run, failure) for failure in run.failures],
    }
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def _failure(run: RandomRun, failure: Failure) -> dict[str, Any]:
    return {
        "number": failure.number,
        "area": failure.area,
        "layers": failure.layers,
        "layers_drawn": failure.layers_drawn,
        "spec": failure.spec,
        "command": command(run, failure),
        "differences": [
            {"node": v.node, "what": v.what, "expected": v.expected, "measured": v.measured}
            for v in failure.differences
        ],
    }


def as_junit(run: RandomRun) -> str:
    """One test case for each quantity, one for refusals and one for errors; what fails is told as in the text."""
    areas = dict.fromkeys(
        [*(t.quantity for t in run.quantities), "refusal", "error", *(w.area for w in run.wrong)]
    )
    seconds = {t.quantity: t.seconds for t in run.quantities}
    cases = tuple([Case(area, _problem(run, area), seconds.get(area, 0.0)) for area in areas])
    name = f"cnncalc verify --random {run.count} --seed {run.seed}"
    return written([Suite(name, cases, classname="cnncalc.verify.random", seconds=run.seconds)])


def _problem(run: RandomRun, area: str) -> Problem | None:
    wrong = [w for w in run.wrong if w.area == area]
    if not wrong:
        return None
    details: list[str] = []
    for failure in run.failures:
        if failure.area == area:
            details += [*map(difference_of, failure.differences), command(run, failure)]
            details += [] if failure.is_words else failure.spec.splitlines()
    return Problem("failure", "; ".join(map(wrong_told, wrong)), tuple(details))
