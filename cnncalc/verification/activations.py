"""Bytes of activations in inference: of every result, and the most that is alive at once."""

from __future__ import annotations

from cnncalc.passes.memory import inference
from cnncalc.verification.lab import Lab
from cnncalc.verification.model import Check, Compared, Unchecked

__all__ = ["measure"]


def measure(lab: Lab) -> Check:
    """Every result's own bytes (0 for a view), their sum, and the peak while a node runs with its inputs and its output."""
    network, executed = lab.executed_network, lab.executed
    values, missing = [], []
    if network is None or executed is None:
        missing.append(Unchecked("", "bytes", "the network is too large to execute"))
    else:
        told = inference(network, dtype=lab.dtype)
        ran = len(executed.own_bytes)
        for node, own in zip(told.nodes[:ran], executed.own_bytes, strict=True):
            values.append(Compared(node.name, "bytes", _int(node.bytes), own))
        missing += [Unchecked(n.name, "bytes", "it did not run") for n in told.nodes[ran:]]
        if executed.raised is None:
            peak = None if told.peak is None else told.peak.bytes
            values.append(Compared("", "all bytes", _int(told.activations), sum(executed.own_bytes)))
            values.append(Compared("", "peak bytes", peak, executed.peak))
    return Check(
        "activations",
        "storages that a TorchDispatchMode sees made and freed in a real run, batch 1",
        "the memory pass",
        "untyped_storage().nbytes()",
        tuple(values),
        tuple(missing),
    )


def _int(value: object) -> int | str:
    return value if isinstance(value, int) else str(value)
