"""What makes a finding the same finding tomorrow: its file, its code and its source line, not the number of the line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

from cnncalc.check.model import Run
from cnncalc.errors import Diagnostic

__all__ = ["fingerprinted"]


def fingerprinted(run: Run) -> Iterator[tuple[Diagnostic, str]]:
    """Every finding with a fingerprint of 64 hexadecimal digits, none twice."""
    seen: Counter[tuple[str, ...]] = Counter()
    for checked in run.files:
        lines = dict(checked.lines)
        for d in checked.findings:
            line = lines.get(d.span.line, "") if d.span else ""
            yield d, _fingerprint(seen, (run.path(checked.file), d.code, " ".join(line.split())))
    for d in run.others:
        yield d, _fingerprint(seen, (run.path(d.span.file) if d.span else "", d.code, d.message))


def _fingerprint(seen: Counter[tuple[str, ...]], what: tuple[str, ...]) -> str:
    seen[what] += 1
    return sha256("\0".join([*what, str(seen[what])]).encode()).hexdigest()
