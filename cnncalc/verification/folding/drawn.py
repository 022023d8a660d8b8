"""Weights in memory that try what folding may get wrong."""

from __future__ import annotations

import math
from typing import Any

import torch

from cnncalc.layers.folding import Affine
from cnncalc.network import Network
from cnncalc.shape import Weight
from cnncalc.verification.folding.weights import Own
from cnncalc.verification.realise import Realised

__all__ = ["Drawn"]

_LEAST, _MOST = 1e-12, 10.0


class Drawn:
    """Weights of a network: those of a model of it, which may stand on a larger input, but for normalisations others.

    Their variances go from 1e-12 to 10, a fifth is 0 (which has no factor where eps is 0, too), and their factors are negative and 0 as well. A factor is drawn
    beside the deviation that it is divided by, so that results do not grow layer by layer.
    """

    def __init__(self, network: Network, model: Realised, seed: int) -> None:
        random = torch.Generator().manual_seed(seed)
        self._tensors: dict[str, torch.Tensor] = {}
        for node, step in zip(network.nodes, model.steps, strict=True):
            shapes = network.input_shapes(node)
            weights = node.layer.weights(*shapes)
            if node.weights_of is not None or not weights:
                continue
            affine = node.layer.as_affine(shapes[0])
            own: Own = (
                _difficult(affine, weights, random)
                if isinstance(affine, Affine)
                else step.module.state_dict()
            )
            for weight in weights:
                fits = tuple(own[weight.name].shape) == weight.shape
                tensor = own[weight.name] if fits else _normal(weight, random) / _root_of_inputs(weight)
                self._tensors[weight.named(node.name)] = tensor

    def names(self) -> tuple[str, ...]:
        """The names of all tensors."""
        return tuple(self._tensors)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor."""
        return tuple(self._tensors[name].shape)

    def dtype(self, name: str) -> torch.dtype:
        """The number type of a tensor."""
        return self._tensors[name].dtype

    def tensor(self, name: str) -> torch.Tensor:
        """The tensor itself, on the CPU."""
        return self._tensors[name].cpu()


def _difficult(affine: Affine, weights: tuple[Weight, ...], random: torch.Generator) -> Own:
    """The tensors of a normalisation."""
    own = {w.name: _normal(w, random) for w in weights if w.dtype == "float"}
    if affine.weight:
        own["weight"].view(-1)[1::4] = 0
    if affine.eps is not None:
        # where no factor makes up for a tiny variance, there is none
        least = _LEAST if affine.weight else _MOST / 100
        even = torch.rand(own["running_var"].shape, dtype=torch.float64, generator=random)
        own["running_var"] = _MOST * (least / _MOST) ** even
        if affine.weight and affine.eps > 0:
            own["running_var"][::5] = 0
        deviation = (own["running_var"] + affine.eps).sqrt()
        own["running_mean"] *= deviation
        if affine.weight:
            own["weight"] *= deviation
    return own | {w.name: torch.zeros((), dtype=torch.int64) for w in weights if w.dtype != "float"}


def _normal(weight: Weight, random: torch.Generator) -> torch.Tensor:
    size: Any = weight.shape
    return torch.randn(size, dtype=torch.float64, generator=random)


def _root_of_inputs(weight: Weight) -> float:
    sizes: Any = weight.shape[1:]
    return math.sqrt(math.prod(sizes))
