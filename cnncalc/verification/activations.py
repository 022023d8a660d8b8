"""Bytes of activations in inference: of every result, and the most that is alive at once."""

from __future__ import annotations

from cnncalc.passes.memory import inference
from cnncalc.verification.lab import CUT, Lab
from cnncalc.verification.model import Check, Compared, Unchecked

__all__ = ["measure"]


def measure(lab: Lab) -> Check:
    """Every result's own bytes (0 for a view), their sum, the peak while a node runs with its inputs and its output, and weights."""
    network, executed = lab.executed_network, lab.executed
    values, missing = [], []
    if network is None or lab.real is None or executed is None:
        missing.append(Unchecked("", "bytes", "the network is too large to execute"))
    else:
        told = inference(network, dtype=lab.dtype)
        ran = len(executed.own_bytes)
        for node, own in zip(network.nodes, executed.own_bytes, strict=False):
            if node.index in executed.cut:
                missing.append(Unchecked(node.name, "bytes", CUT, inherent=True))
            else:
                values.append(Compared(node.name, "bytes", _int(told.nodes[node.index].bytes), own))
        missing += [Unchecked(n.name, "bytes", "it did not run") for n in told.nodes[ran:]]
        if executed.cut:
            missing.append(Unchecked("", "all bytes, and the peak", CUT, inherent=True))
        elif executed.raised is None:
            peak = None if told.peak is None else told.peak.bytes
            values.append(Compared("", "all bytes", _int(told.activations), sum(executed.own_bytes)))
            values.append(Compared("", "peak bytes", peak, executed.peak))
            weights, buffers = lab.real.owned
            values.append(Compared("", "bytes of weights", _int(told.weights), weights))
            values.append(Compared("", "bytes of buffers", _int(told.buffers), buffers))
            whole = weights + buffers + executed.peak
            values.append(Compared("", "weights, buffers and the peak", _int(told.total), whole))
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
