"""Networks as modules of somebody's own, with other names and in another order; and what tests of comparisons share."""

from __future__ import annotations

import json
import random
from typing import Any

import torch
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from torch import nn

from cnncalc import load
from cnncalc.network import Network
from cnncalc.report.comparison import as_diagnostic, plain
from cnncalc.report.comparison_text import as_text
from cnncalc.report.style import Style
from cnncalc.verification.module import Comparison, compare
from tests.layers.twin import Twin

__all__ = ["ByHand", "assert_equal", "assert_reported", "by_hand", "differences", "quick", "seeds"]

quick = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.none() | st.integers(0, 99)


class ByHand(nn.Module):
    """A network of twins. With a seed under names of their own, called in any order in which it can run."""

    def __init__(self, network: Network, seed: int | None = None) -> None:
        super().__init__()
        self.network = network
        self.order = [node.index for node in network.nodes]
        if seed is not None:
            self.order = _shuffled(network, random.Random(seed))
        calls: dict[int, Any] = {}
        for place, index in enumerate(sorted(self.order)):
            node = network.nodes[index]
            name = node.name if seed is None else f"part{(7 * place + seed) % 97}_{place}"
            step: Any = Twin(node.layer.torch_call(*network.input_shapes(node)))
            if node.weights_of is not None:
                step = calls[node.weights_of]
            elif any(w.bare for w in node.layer.weights(*network.input_shapes(node))):
                self.register_parameter(name, step.module.weight)
                step = Bare(self, name)
            elif step.module is not None:
                self.add_module(name, step.module)
            calls[index] = step
        # in a dictionary, as what is registered has a name
        self.calls = calls

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        results = {-1: x}
        for index in self.order:
            node = self.network.nodes[index]
            results[index] = self.calls[index](*[results[i] for i in node.inputs])
        return results[self.network.last]


class Bare:
    """A product with a parameter of the enclosing module."""

    def __init__(self, module: nn.Module, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return x * getattr(self.module, self.name)  # type: ignore[no-any-return]


def _shuffled(network: Network, generator: random.Random) -> list[int]:
    """An order in which everything comes behind what it reads, and behind the layer whose weights it shares."""
    done: list[int] = []
    left = [node.index for node in network.nodes]
    while left:
        ready = [
            i
            for i in left
            if all(j in done or j < 0 for j in network.nodes[i].inputs)
            and (network.nodes[i].weights_of in done or network.nodes[i].weights_of is None)
        ]
        done.append(generator.choice(ready))
        left.remove(done[-1])
    return done


def by_hand(network: Network, seed: int | None) -> nn.Module:
    with torch.device("meta"):
        return ByHand(network, seed)


def differences(found: Comparison) -> list[tuple[str | None, str | None, str, str, Any, Any]]:
    """Everything that differs: the layer's name in the spec and in the module, in what, and both values."""
    return [
        (p.spec and p.spec.name, p.module and p.module.name, d.what, d.name, d.expected, d.actual)
        for p in found.pairs
        for d in p.differences
    ]


def assert_equal(network: Network | str, module: nn.Module, **how: Any) -> Comparison:
    found = compare(load(network) if isinstance(network, str) else network, module, **how)
    assert (differences(found), found.not_compared, found.ok) == ([], (), True)
    assert as_diagnostic(found) is None
    return found


def assert_reported(found: Comparison) -> None:
    """It fits 80 columns, is JSON, and names the place."""
    text = as_text(found, Style(80))
    assert max(map(len, text.splitlines())) <= 80
    assert json.loads(json.dumps(plain(found)))["ok"] is False
    diagnostic = as_diagnostic(found)
    assert diagnostic is not None
    assert diagnostic.severity == "error"
    assert diagnostic.span is not None
