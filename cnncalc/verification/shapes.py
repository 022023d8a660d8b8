"""Shapes of all results: on the meta device, and of a real run."""

from __future__ import annotations

from cnncalc.analysis import Row
from cnncalc.network import Network
from cnncalc.shape import Shape
from cnncalc.verification.lab import Lab
from cnncalc.verification.model import Check, Compared, Unchecked, Value

__all__ = ["measure"]


def measure(lab: Lab) -> Check:
    """The output shape of every node on the meta device, then of every node that ran on the device."""
    told = lab.analysis.rows
    ran = len(lab.ghost.shapes)
    values = [
        Compared(row.name, "output on meta", _by_formulas(lab.network, row), shape)
        for row, shape in zip(told[:ran], lab.ghost.shapes, strict=True)
    ]
    missing = [Unchecked(row.name, "output on meta", "it did not run") for row in told[ran:]]
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


def _by_formulas(network: Network, row: Row) -> Value:
    """The output; if the formulas for its sizes say something else, both."""
    node = network.nodes[row.index]
    axes = node.layer.axes(*network.input_shapes(node))
    dims = tuple([d if axis is None else axis.value for d, axis in zip(row.output.dims, axes, strict=True)])
    return sizes(row.output) if dims == row.output.dims else f"{row.output}, by its formulas {Shape(dims)}"


def sizes(shape: Shape) -> Value:
    """A shape for comparison; as text if it has names, which torch never has."""
    found = tuple([d for d in shape.dims if isinstance(d, int)])
    return found if len(found) == shape.rank else str(shape)
