"""Advice on a few words, as the tests of the rules ask for it."""

from __future__ import annotations

from typing import Any

import torch

from cnncalc.check.lint import advise, config_of
from cnncalc.errors import Diagnostic
from cnncalc.loader import load
from cnncalc.network import Network
from cnncalc.verification.realise import Realised

__all__ = ["doubles", "found", "says", "seeded"]

torch.set_num_threads(1)


def found(network: Network | str, code: str, **settings: Any) -> tuple[Diagnostic, ...]:
    """What one rule says of a network."""
    net = load(network) if isinstance(network, str) else network
    table = {key.replace("_", "-"): value for key, value in settings.items()}
    return advise(net, config_of({"select": [code], **table}))


def says(network: Network | str, code: str, **settings: Any) -> list[str]:
    """The messages of one rule."""
    return [d.message for d in found(network, code, **settings)]


def seeded(network: Network | str, *, training: bool) -> Realised:
    """The network in torch, in 64 bits, with random weights and statistics of which none is 0 or 1."""
    net = load(network) if isinstance(network, str) else network
    torch.manual_seed(0)
    model = Realised(net).double().train(training)
    for tensor in (*model.parameters(), *model.buffers()):
        if tensor.is_floating_point():
            tensor.data.uniform_(0.2, 1.7)
    return model


def doubles(network: Network, batch: int = 2) -> torch.Tensor:
    """A random input."""
    sizes: Any = network.input.dims
    return torch.randn(batch, *sizes, dtype=torch.float64)
