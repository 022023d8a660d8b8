"""Whether torch takes what cnncalc takes, and refuses what it refuses."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from cnncalc.errors import LayerError
from cnncalc.layers import Layer
from cnncalc.shape import Shape
from cnncalc.verification.lab import Lab
from cnncalc.verification.model import Check, Compared, Unchecked
from cnncalc.verification.realise import Twin, numbers, twin

__all__ = ["measure", "refusal"]

_ACCEPTED = "accepted"


def measure(lab: Lab) -> Check:
    """Every node really runs and gives something. The meta device is not asked: it takes layers that cannot run."""
    network, executed = lab.executed_network, lab.executed
    values, missing = [], []
    if network is None or executed is None:
        missing.append(Unchecked("", "a real run", "the network is too large to execute"))
    else:
        ran = len(executed.shapes)
        for node in network.nodes[:ran]:
            said = _ACCEPTED if executed.shapes[node.index] else "nothing comes out"
            values.append(Compared(node.name, "run", _ACCEPTED, said))
        if executed.raised is not None:
            values.append(Compared(network.nodes[ran].name, "run", _ACCEPTED, executed.raised))
            missing += [
                Unchecked(n.name, "a real run", "torch stopped before") for n in network.nodes[ran + 1 :]
            ]
    return Check(
        "acceptance",
        "run for real: nothing raises, nothing is empty",
        "the conditions of every layer",
        "the module's call",
        tuple(values),
        tuple(missing),
    )


def refusal(
    layer: Layer, shapes: Sequence[Shape], owner: Layer | None = None, theirs: Sequence[Shape] = ()
) -> str | None:
    """What torch says to a layer on such inputs, in float64 on the CPU: why not, or None if it runs and gives something.

    With an `owner` on `theirs`, whose weights the layer is to use: whether the modules of the two have the same tensors.

    Raises TypeError where sizes have names, LayerError for a layer that has no twin there.
    """
    inputs = [numbers(s) for s in shapes]
    if owner is not None:
        return _unshared(*(_tensors(twin(*of)) for of in ((layer, shapes), (owner, theirs))))
    try:
        made = twin(layer, shapes).double().eval()
        with torch.no_grad():
            y = made(*(torch.zeros(1, *s, dtype=torch.float64) for s in inputs))
    except LayerError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever torch raises is its answer
        return f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")
    return None if y.numel() else "nothing comes out"


def _tensors(module: Twin) -> dict[str, tuple[int, ...]]:
    """Every tensor of a module by name."""
    named = (*module.named_parameters(), *module.named_buffers())
    return {name.removeprefix("module."): tuple(tensor.shape) for name, tensor in named}


def _unshared(ours: dict[str, tuple[int, ...]], theirs: dict[str, tuple[int, ...]]) -> str | None:
    """Why the tensors of one module cannot be those of another."""
    if not ours:
        return "the module has no tensors"
    different = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
    return f"the modules differ in {', '.join(different)}" if different else None
