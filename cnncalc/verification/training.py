"""Bytes of training: what autograd keeps for the backward pass, gradients, and optimizers' state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from cnncalc.errors import LayerError
from cnncalc.network import Network
from cnncalc.passes.memory import Optimizer, TrainingMemory, training
from cnncalc.verification.lab import CUT, Lab, Trained
from cnncalc.verification.model import Check, Compared, Unchecked

__all__ = ["measure"]

#: fewer parameters than this may have memory where only sizes matter
_FEW = 1 << 16
_OPTIMIZERS: Mapping[Optimizer, Callable[[Any], torch.optim.Optimizer]] = {
    "sgd": lambda weights: torch.optim.SGD(weights, 0.1),
    "momentum": lambda weights: torch.optim.SGD(weights, 0.1, momentum=0.9),
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}


def measure(lab: Lab) -> Check:
    """What every node makes that autograd keeps, in a real forward pass; gradients; the state after a step without memory."""
    network, found = lab.executed_network, lab.trained
    values, missing = [], []
    if network is None or found is None:
        missing.append(Unchecked("", "bytes kept", "the network is too large to execute"))
    else:
        values += _kept(network, lab, found)
        cut = [network.nodes[i].name for i in sorted(found.cut)]
        missing += [
            Unchecked(name, "bytes kept", CUT, inherent=True) for name in (*cut, *([""] if cut else []))
        ]
        if found.raised is not None and not _refused(network, lab, found):
            missing.append(Unchecked("", "bytes kept", f"torch cannot train it: {found.raised}"))
    values += _states(lab)
    return Check(
        "training",
        f"saved_tensors_hooks in a real forward pass, batch {found.batch if found else 1}; optimizers on the meta device",
        "the memory pass",
        "what autograd saves",
        tuple(values),
        tuple(missing),
    )


def _told(network: Network, lab: Lab, batch: int, optimizer: Optimizer = "sgd") -> TrainingMemory | None:
    """What cnncalc expects; None if it refuses to train on such a batch."""
    try:
        return training(network, dtype=lab.dtype, batch=batch, optimizer=optimizer)
    except LayerError:
        return None


def _refused(network: Network, lab: Lab, found: Trained) -> bool:
    return _told(network, lab, found.batch) is None


def _kept(network: Network, lab: Lab, found: Trained) -> list[Compared]:
    told = _told(network, lab, found.batch)
    trains = [Compared("", f"training on batch {found.batch}", told is not None, found.raised is None)]
    if found.batch > 1:
        trains.append(Compared("", "training on batch 1", _told(network, lab, 1) is not None, False))
    if told is None or found.raised is not None:
        return trains
    kept: dict[str, int] = {}
    for tensor in told.saved:
        kept[tensor.of] = kept.get(tensor.of, 0) + int(str(tensor.bytes))
    names = {-1: "input", **{n.index: n.name for n in network.nodes}}
    values = [
        Compared(name, "bytes kept", kept.get(name, 0), found.kept.get(index, 0))
        for index, name in names.items()
        if index not in found.cut
    ]
    if found.cut:
        return [*trains, *values]
    all_kept = sum(found.kept.values())
    values.append(Compared("", "all bytes kept", _int(told.activations), all_kept))
    if lab.real is not None:
        weights, buffers = lab.real.owned
        whole = weights + buffers + all_kept + weights
        values.append(Compared("", "weights, buffers, all kept and gradients", _int(told.total), whole))
    return [*trains, *values]


def _states(lab: Lab) -> list[Compared]:
    """Gradients and state as tensors without memory, on the meta device; small ones on the CPU, which is faster."""
    small = sum(p.numel() for p in lab.meta.parameters()) < _FEW
    place = "cpu" if small else "meta"
    weights = [
        torch.nn.Parameter(torch.zeros(p.shape, dtype=lab.type, device=place))
        for p in lab.meta.parameters()
        if p.requires_grad
    ]
    told = {name: _told(lab.network, lab, 2, name) for name in _OPTIMIZERS}
    sgd = told["sgd"]
    if sgd is None:
        return []
    values = [Compared("", "gradients", _int(sgd.gradients), sum(p.nbytes for p in weights))]
    for p in weights:
        p.grad = torch.zeros_like(p)
    for name, make in _OPTIMIZERS.items():
        expected = told[name]
        state = _state(make(weights)) if weights else 0
        values.append(
            Compared("", f"state of {name}", None if expected is None else _int(expected.state), state)
        )
    return values


def _state(optimizer: torch.optim.Optimizer) -> int:
    optimizer.step()
    return sum(
        t.nbytes for kept in optimizer.state.values() for t in kept.values() if isinstance(t, torch.Tensor)
    )


def _int(value: object) -> int | str:
    return value if isinstance(value, int) else str(value)
