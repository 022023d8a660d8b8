"""A run of checks as SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from cnncalc import __version__
from cnncalc.check.formats.fingerprints import fingerprinted
from cnncalc.check.formats.text import told
from cnncalc.check.model import Run
from cnncalc.errors import Diagnostic, Span

__all__ = ["as_sarif"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning"}


def as_sarif(run: Run, summaries: Mapping[str, str]) -> str:
    """One run of the tool, with the rules that were broken; `summaries` says what each code means."""
    codes = sorted({d.code for d in run.findings})
    driver = {
        "name": "cnncalc",
        "semanticVersion": __version__,
        "rules": [_rule(code, summaries.get(code)) for code in codes],
    }
    results = [_result(run, d, codes.index(d.code), mark) for d, mark in fingerprinted(run)]
    plain = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"SRCROOT": {"description": {"text": "the root of the repository"}}},
                "results": results,
            }
        ],
    }
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def _rule(code: str, summary: str | None) -> dict[str, Any]:
    return {"id": code} | ({"shortDescription": {"text": summary}} if summary else {})


def _result(run: Run, d: Diagnostic, rule: int, fingerprint: str) -> dict[str, Any]:
    return {
        "ruleId": d.code,
        "ruleIndex": rule,
        "level": _LEVELS.get(d.severity, "note"),
        "message": {"text": told(d)},
        "locations": [_location(run, d.span)] if d.span and d.span.file else [],
        "partialFingerprints": {"cnncalc/v1": fingerprint},
    }


def _location(run: Run, span: Span) -> dict[str, Any]:
    region = {"startLine": span.line, "startColumn": span.column, "endColumn": span.column + span.length}
    artifact = {"uri": quote(run.path(span.file)), "uriBaseId": "SRCROOT"}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}
