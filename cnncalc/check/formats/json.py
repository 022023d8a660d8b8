"""A run of checks as JSON.

schema_version   1; grows when a field changes its meaning or goes away
ok               whether nothing failed
files            path, networks, broken, and
  expectations   name, preset, layer, quantity, expected, actual, status (met, unmet, unchecked), line, column
  findings       code, severity, message, cure, notes, line, column, length
findings         what is no part of checking one file, like growth beyond a baseline: path, and as above
"""

from __future__ import annotations

import json
from typing import Any

from cnncalc.check.model import Checked, Outcome, Run
from cnncalc.errors import Diagnostic

__all__ = ["SCHEMA_VERSION", "as_json"]

SCHEMA_VERSION = 1


def as_json(run: Run) -> str:
    """Everything that was found."""
    plain = {
        "schema_version": SCHEMA_VERSION,
        "ok": run.exit_code == 0,
        "files": [_file(run, checked) for checked in run.files],
        "findings": [_apart(run, d) for d in run.others],
    }
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def _file(run: Run, checked: Checked) -> dict[str, Any]:
    return {
        "path": run.path(checked.file),
        "networks": list(checked.networks),
        "broken": checked.broken,
        "expectations": [_expectation(outcome) for outcome in checked.outcomes],
        "findings": [_finding(d) for d in checked.findings],
    }


def _expectation(outcome: Outcome) -> dict[str, Any]:
    expected = outcome.expectation
    wanted = expected.wanted
    return {
        "name": outcome.name,
        "preset": expected.preset,
        "layer": expected.layer,
        "quantity": expected.quantity,
        "expected": wanted if isinstance(wanted, str) else wanted.text,
        "actual": outcome.actual or None,
        "status": outcome.status,
        "line": outcome.span.line,
        "column": outcome.span.column,
    }


def _apart(run: Run, d: Diagnostic) -> dict[str, Any]:
    """A finding that does not stand under its file says which it is about."""
    return {"path": run.path(d.span.file) if d.span else None, **_finding(d)}


def _finding(d: Diagnostic) -> dict[str, Any]:
    place = {"line": d.span.line, "column": d.span.column, "length": d.span.length} if d.span else {}
    return {
        "code": d.code,
        "severity": d.severity,
        "message": d.message,
        "cure": d.cure,
        "notes": list(d.notes),
        **place,
    }
