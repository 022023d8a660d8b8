"""Shapes of all results: on the meta device, and of a real run."""

from __future__ import annotations

from cnncalc.shape import Shape
from cnncalc.verification.lab import Lab
from cnncalc.verification.model import Check, Compared, Unchecked, Value

__all__ = ["measure"]


def measure(lab: Lab) -> Check:
    """The output shape of every node on the meta device, then of every node that ran on the device."""
    values = [
        Compared(row.name, "output on meta", sizes(row.output), shape)
        for row, shape in zip(lab.analysis.rows, lab.ghost.shapes, strict=True)
    ]
    missing: list[Unchecked] = []
    network, executed = lab.executed_network, lab.executed
    if network is None or executed is None:
        missing.append(Unchecked("", "output of a real run", "the network is too large to execute"))
    else:
        rows = lab.analyser(network).rows
        ran = len(executed.shapes)
        values += [
            Compared(row.name, "output", sizes(row.output), shape)
            for row, shape in zip(rows[:ran], executed.shapes, strict=True)
        ]
        missing += [Unchecked(row.name, "output of a real run", "it did not run") for row in rows[ran:]]
    return Check(
        "shapes",
        "run on the meta device, then for real",
        "the rule for the output's shape",
        "tensor.shape",
        tuple(values),
        tuple(missing),
    )


def sizes(shape: Shape) -> Value:
    """A shape for comparison; as text if it has names, which torch never has."""
    found = tuple([d for d in shape.dims if isinstance(d, int)])
    return found if len(found) == shape.rank else str(shape)
