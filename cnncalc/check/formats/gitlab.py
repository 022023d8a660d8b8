"""A run of checks as GitLab's code quality report: https://docs.gitlab.com/ci/testing/code_quality/."""

from __future__ import annotations

import json

from cnncalc.check.formats.fingerprints import fingerprinted
from cnncalc.check.model import Run

__all__ = ["as_gitlab"]

_SEVERITIES = {"error": "major", "warning": "minor"}


def as_gitlab(run: Run) -> str:
    """A list of issues with description, check name, fingerprint, severity and place."""
    issues = [
        {
            "description": d.message,
            "check_name": d.code,
            "fingerprint": fingerprint,
            "severity": _SEVERITIES.get(d.severity, "info"),
            "location": {
                "path": run.path(d.span.file) if d.span else "",
                "lines": {"begin": d.span.line if d.span else 1},
            },
        }
        for d, fingerprint in fingerprinted(run)
    ]
    return json.dumps(issues, ensure_ascii=False, indent=1) + "\n"
