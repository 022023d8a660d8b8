"""Proof that a folded network computes the same: both run on the same inputs, in float64 and in float32."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import torch

from cnncalc.network import Network, Node
from cnncalc.record import record
from cnncalc.verification.realise import numbers, readers, twin

__all__ = ["Difference", "Proof", "Tensors", "allowed", "compare", "inputs", "run"]

#: the tensors of a node, by their names within it
Tensors: TypeAlias = Callable[[Node], Mapping[str, torch.Tensor]]


@record
class Difference:
    """How far two outputs lie apart, and how large the first is."""

    dtype: str
    absolute: float
    largest: float

    @property
    def relative(self) -> float:
        """The difference over the largest number of the output."""
        return self.absolute / self.largest if self.largest else self.absolute


@record
class Proof:
    """What both networks were run on, and how far apart they are."""

    input: tuple[int, ...]
    device: str
    seed: int
    #: with the folded weights in float64, as they were computed: this is the algebra
    exact: Difference
    #: with the folded weights as they are written: this is what one gets
    written: Difference
    #: how far apart the first may lie, relatively; None: not at all known, as zeros at the border were given up
    allowed: float | None

    @property
    def ok(self) -> bool:
        """Whether the difference is one of rounding."""
        return self.allowed is None or self.exact.relative <= self.allowed


def allowed(network: Network, tensors: Tensors) -> float:
    """1e-9·(1 + max |μ|/σ): rounding grows where activations lie far from 0, beside their spread."""
    worst = 0.0
    for node in network.nodes:
        own = tensors(node) if node.layer.as_affine(network.input_shapes(node)[0]) is not None else {}
        if "running_mean" in own:
            ratio = own["running_mean"].double().abs() / (own["running_var"].double() + 1e-5).sqrt()
            worst = max(worst, float(ratio.max()))
    return 1e-9 * (1 + worst)


@torch.no_grad()
def run(
    network: Network,
    tensors: Tensors,
    *images: torch.Tensor,
    observe: Callable[[int, torch.Tensor], object] = lambda *_: None,
) -> list[torch.Tensor]:
    """The outputs of a network in inference, each in the type and the place of its input; one layer's weights at a time.

    `observe` is told of every node that has run, and what it gave for the first input.
    """
    uses = readers(network)
    results = {-1: list(images)}
    for node in network.nodes:
        with torch.device("meta"):
            made = twin(node.layer, network.input_shapes(node)).eval()
        own = tensors(node) if made.module is not None else {}
        results[node.index] = []
        for i, x in enumerate(images):
            if made.module is not None:
                made.module.load_state_dict(_moved(own, x), assign=True)
            results[node.index].append(made(*[results[source][i] for source in node.inputs]))
        observe(node.index, results[node.index][0])
        for i in {*node.inputs, node.index}:
            if uses.get(i, -1) <= node.index and i != network.last:
                results.pop(i, None)
    return results[network.last]


def _moved(tensors: Mapping[str, torch.Tensor], x: torch.Tensor) -> dict[str, torch.Tensor]:
    """Tensors in the place of an input, numbers that are not counts in its type."""
    return {
        name: tensor.to(x.device, x.dtype if tensor.is_floating_point() else tensor.dtype)
        for name, tensor in tensors.items()
    }


def inputs(network: Network, *, batch: int, seed: int) -> torch.Tensor:
    """Random inputs in float64, the same for the same seed."""
    made = torch.Generator().manual_seed(seed)
    return torch.randn(batch, *numbers(network.input), dtype=torch.float64, generator=made)


def compare(one: torch.Tensor, other: torch.Tensor) -> Difference:
    """The largest difference of two outputs; infinite where one of them is no number."""
    name = str(one.dtype).removeprefix("torch.")
    apart = float((one - other).abs().max())
    return Difference(name, apart if apart == apart else float("inf"), float(one.abs().max()))  # noqa: PLR0124
