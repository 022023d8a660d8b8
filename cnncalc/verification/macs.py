"""Multiply-accumulates, forward and backward: torch's counter on the meta device, halved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from cnncalc.passes.training_cost import training_cost
from cnncalc.verification.lab import Lab
from cnncalc.verification.model import Check, Compared, Unchecked
from cnncalc.verification.realise import Realised, Twin, joins_ranks, readers

__all__ = ["measure_backward", "measure_forward"]

#: one image is too few for some normalisations
_BATCH = 2


def measure_forward(lab: Lab) -> Check:
    """MACs of every node, and their sum. On the meta device no product hides from the counter behind a fused kernel."""
    values, missing = [], []
    found, told = lab.ghost, lab.analysis
    ran = len(found.flops)
    for row, flops, unseen in zip(told.rows[:ran], found.flops, found.unseen, strict=True):
        if unseen:
            reason = f"torch's counter does not know {', '.join(unseen)}"
            missing.append(Unchecked(row.name, "MACs", reason, inherent=True))
        else:
            values.append(Compared(row.name, "MACs", _number(row.totals.macs), _halved(flops)))
    missing += [Unchecked(row.name, "MACs", "it did not run") for row in told.rows[ran:]]
    if found.raised is None:
        values.append(Compared("", "all MACs", _number(told.totals.macs), _halved(sum(found.flops))))
    return Check(
        "macs",
        "torch.utils.flop_counter on the meta device, halved, node by node",
        "the rule for MACs",
        "FlopCounterMode",
        tuple(values),
        tuple(missing),
    )


def measure_backward(lab: Lab) -> Check:
    """MACs of the backward pass of every node, where torch itself lets gradients flow."""
    batch = 1 if joins_ranks(lab.network) else _BATCH
    told = training_cost(lab.network, batch=batch)
    found = _backward_flops(lab.meta, batch)
    values, missing = [], []
    for node, flops in zip(told.nodes, found, strict=True):
        if isinstance(flops, str):
            reason = f"torch cannot train it: {flops}"
            missing.append(Unchecked(node.name, "backward MACs", reason, inherent=not lab.trains(batch)))
        else:
            values.append(Compared(node.name, "backward MACs", _number(node.backward), _halved(flops)))
    if not missing:
        total = sum(flops for flops in found if isinstance(flops, int))
        values.append(Compared("", "all backward MACs", _number(told.backward), _halved(total)))
    return Check(
        "backward-macs",
        f"torch.utils.flop_counter over the backward pass on the meta device, batch {batch}, halved; grouped weights'"
        " gradients corrected",
        "the rule for backward MACs",
        "FlopCounterMode",
        tuple(values),
        tuple(missing),
    )


def _number(value: object) -> int | str:
    return value if isinstance(value, int) else str(value)


def _halved(flops: int) -> int | float:
    return flops // 2 if flops % 2 == 0 else flops / 2


def _convolution_backward(grad: Any, x: Any, weight: Any, *rest: Any, out_shape: Any = None, **_: Any) -> int:
    """2·N·|W|·positions for each gradient wanted; torch's own rule takes the gradient of grouped weights for that of full ones."""
    del out_shape
    transposed, mask = rest[4], rest[-1]
    positions = (x if transposed else grad)[2:]
    return int(2 * x[0] * prod(weight) * prod(positions) * (int(mask[0]) + int(mask[1])))


def _backward_flops(model: Realised, batch: int) -> list[int | str]:
    """FLOPs of every node's own backward pass; why torch cannot train it. An input takes part if torch wants its gradient."""
    network = model.network
    last = readers(network)
    results: dict[int, torch.Tensor] = {-1: model.image(batch, device="meta")}
    found: list[int | str] = []
    mapping = {torch.ops.aten.convolution_backward: _convolution_backward}
    for node, step in zip(network.nodes, model.steps, strict=True):
        inputs = [_leaf(results[i]) for i in node.inputs]
        try:
            with _training(step):
                y = step(*inputs)
            found.append(_of_node(y, [*inputs, *step.parameters()], mapping))
        except (RuntimeError, ValueError) as error:
            found.append(" ".join(str(error).split()))
            y = step(*inputs)
        results[node.index] = y.detach().requires_grad_(y.requires_grad)
        for i in {*node.inputs, node.index}:
            if last.get(i, -1) <= node.index:
                results.pop(i, None)
    return found


@contextmanager
def _training(step: Twin) -> Iterator[None]:
    """Training, in which the mean of all batches so far asks for their number, which nothing without memory can tell."""
    counts = getattr(step.module, "momentum", 0) is None
    if counts:
        step.module.momentum = 0.1
    step.train()
    try:
        yield
    finally:
        step.eval()
        if counts:
            step.module.momentum = None


def _leaf(x: torch.Tensor) -> torch.Tensor:
    return x.detach().requires_grad_(x.requires_grad)


def _of_node(y: torch.Tensor, sources: Sequence[torch.Tensor], mapping: Any) -> int:
    """FLOPs of computing the gradients that are wanted. The forward pass stays outside, where the counter would be slow."""
    wanted = [t for t in sources if t.requires_grad]
    if not wanted or not y.requires_grad:
        return 0
    with FlopCounterMode(display=False, custom_mapping=mapping) as counter:
        torch.autograd.grad(y, wanted, torch.empty_like(y), allow_unused=True)
    return int(counter.get_total_flops())
