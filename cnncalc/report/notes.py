"""The lines around a table: what the network is called, where it is from, what was assumed."""

from __future__ import annotations

from cnncalc.analysis import Analysis
from cnncalc.errors import visible
from cnncalc.symbolic import names, pretty

__all__ = ["assumptions", "title"]


def title(analysis: Analysis) -> str:
    """What is looked at: "resnet50  3x224x224 → 1000"."""
    # a spec is untrusted: its name must not start a line of its own, nor steer the terminal
    name = f"{visible(' '.join(analysis.name.split()))}  " if analysis.name else ""
    batch = f"  batch {analysis.batch}" if analysis.batch > 1 else ""
    return f"{name}{analysis.input.pretty()} → {analysis.output.pretty()}{batch}"


def assumptions(analysis: Analysis) -> list[str]:
    """Everything that names leave open and that the numbers rest on."""
    lines = [f"where {name} = {pretty(value)}" for name, value in analysis.substitutions]
    lines += [
        f"assuming {a}" + (f"  (needed by {a.node})" if a.node is not None else "")
        for a in analysis.assumptions
    ]
    if _is_symbolic(analysis):
        lines.append("names stand for integers of at least 1")
    return lines


def _is_symbolic(analysis: Analysis) -> bool:
    dims = (*analysis.input.dims, *analysis.output.dims, analysis.totals.params, analysis.totals.macs)
    return any(names(d) for d in dims)
