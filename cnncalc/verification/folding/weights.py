"""Folding done to tensors, in float64, layer by layer: no more than one layer's weights are in memory at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import torch

from cnncalc.errors import SpecError
from cnncalc.layers.folding import Absorbed, Affine, Pick
from cnncalc.network import Network, Node
from cnncalc.passes.fold_bn import Absorption, Branch, Folding, Merge
from cnncalc.record import record
from cnncalc.verification.folding.checkpoint import Checkpoint

__all__ = ["FoldedWeights", "Own", "affine_of", "own_tensors", "scales_of"]

#: the tensors of one layer, by their names within it
Own: TypeAlias = dict[str, torch.Tensor]


@record
class _Taken:
    """What a layer takes in: a normalisation's s and t where they have come to."""

    direction: Literal["backward", "forward"]
    how: Absorbed
    s: torch.Tensor
    t: torch.Tensor


@record
class _Joined:
    """Branches that become one kernel, with s and t of those that are normalisations."""

    merge: Merge
    maps: tuple[tuple[torch.Tensor, torch.Tensor] | None, ...]


def own_tensors(network: Network, node: Node, checkpoint: Checkpoint) -> Own:
    """The tensors of a node, or of the one whose weights it shares, as they are in the file."""
    owner = node if node.weights_of is None else network.nodes[node.weights_of]
    found = {}
    for weight in owner.layer.weights(*network.input_shapes(owner)):
        name = weight.named(owner.name)
        if name in checkpoint.names():
            found[weight.name] = checkpoint.tensor(name)
        else:
            found[weight.name] = torch.zeros(weight.shape, dtype=torch.int64)  # type: ignore[arg-type]
    return found


def affine_of(affine: Affine, own: Own, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """s and t of a normalisation, in float64.

    Raises SpecError if its variance is no positive number.
    """
    some = next(iter(own.values()))
    weight = (
        own["weight"].double().flatten() if "weight" in own else torch.ones(some.shape, dtype=torch.float64)
    )
    if affine.eps is None:
        bias = own["bias"].double() if "bias" in own else torch.zeros_like(weight)
        return weight, bias
    mean, variance = own["running_mean"].double(), own["running_var"].double()
    spread = variance + affine.eps
    if not bool((spread > 0).all()):
        raise SpecError(
            f"'{name}.running_var' has a number that is not positive with eps={affine.eps:g}, so no factor is known",
            "fold a network that has been trained, or give it a larger eps",
            code="CNN413",
        )
    s = weight / spread.sqrt()
    bias = own["bias"].double() if "bias" in own else torch.zeros_like(s)
    return s, bias - mean * s


def scales_of(network: Network, checkpoint: Checkpoint) -> dict[str, tuple[list[float], list[float]]]:
    """s and t of every normalisation that owns tensors, by its name."""
    found = {}
    for node in network.nodes:
        affine = node.layer.as_affine(network.input_shapes(node)[0])
        if isinstance(affine, Affine) and node.weights_of is None:
            s, t = affine_of(affine, own_tensors(network, node, checkpoint), node.name)
            found[node.name] = s.tolist(), t.tolist()
    return found


class FoldedWeights:
    """The tensors of a folded network."""

    def __init__(self, folding: Folding, checkpoint: Checkpoint) -> None:
        self.folding = folding
        self._network = folding.network
        self._checkpoint = checkpoint
        #: normalisations as they are now, after what they have taken in; all that is kept in memory
        self._small: dict[int, Own] = {}
        self._work: dict[int, list[_Taken | _Joined]] = {}
        for step in folding.steps:
            if isinstance(step, Merge):
                maps = tuple(
                    [self._map_of(b.of) if b.what == "normalisation" else None for b in step.branches]
                )
                self._work.setdefault(step.into, []).append(_Joined(step, maps))
            else:
                self._absorb(step)

    def of(self, node: Node) -> Own:
        """The tensors of a node of the folded network: those that were computed in float64, others as in the file."""
        origin = self.folding.origins[node.index]
        shared = self._network.nodes[origin].weights_of
        return self._of(origin if shared is None else shared)

    def _of(self, index: int) -> Own:
        if index in self._small:
            return self._small[index]
        own = own_tensors(self._network, self._network.nodes[index], self._checkpoint)
        work = self._work.get(index)
        if not work:
            return own
        own = {name: tensor.double() for name, tensor in own.items()}
        for task in work:
            own = _taken(own, task) if isinstance(task, _Taken) else self._merged(own, task)
        return own

    def _affine(self, index: int) -> Affine | None:
        node = self._network.nodes[index]
        found = node.layer.as_affine(self._network.input_shapes(node)[0])
        return found if isinstance(found, Affine) else None

    def _map_of(self, index: int | None) -> tuple[torch.Tensor, torch.Tensor]:
        """s and t of a normalisation as it is now."""
        assert index is not None  # noqa: S101 - a normalisation is a node
        affine = self._affine(index)
        assert affine is not None  # noqa: S101 - only those are folded
        node = self._network.nodes[index]
        own = self._small.get(index) or own_tensors(self._network, node, self._checkpoint)
        return affine_of(affine, own, node.name)

    def _absorb(self, step: Absorption) -> None:
        s, t = self._map_of(step.of)
        t = t if step.shift else torch.zeros_like(t)
        s, t = _sent(s, step.picks), _sent(t, step.picks)
        taken = _Taken(step.direction, step.how, s, t)
        if self._affine(step.into) is None:
            self._work.setdefault(step.into, []).append(taken)
            return
        node = self._network.nodes[step.into]
        own = self._small.get(step.into) or own_tensors(self._network, node, self._checkpoint)
        counted = {k: v for k, v in own.items() if not v.is_floating_point()}
        floats = {k: v.double() for k, v in own.items() if v.is_floating_point()}
        self._small[step.into] = {**_taken(floats, taken), **counted}

    def _merged(self, own: Own, task: _Joined) -> Own:
        """W = Σ W_i, each in its place, b = Σ b_i"""
        weight = torch.zeros_like(own["weight"])
        bias = torch.zeros(weight.shape[0], dtype=torch.float64)
        for branch, known in zip(task.merge.branches, task.maps, strict=True):
            if branch.what == "kernel":
                part = own if branch.of == task.merge.into else self._of(branch.of or 0)
                _place(weight, branch, part["weight"].double())
                bias += part["bias"].double() if "bias" in part else 0
            else:
                ones = torch.ones(len(bias), dtype=torch.float64)
                s, t = known or (ones, torch.zeros_like(ones))
                channels = torch.arange(len(bias))
                tap: Any = (slice(None), slice(None), *branch.offsets)
                weight[tap][channels, channels % weight.shape[1]] += s
                bias += t
        return {"weight": weight, "bias": bias}


def _place(weight: torch.Tensor, branch: Branch, part: torch.Tensor) -> None:
    """Add a kernel to a larger one, in its place."""
    slices = [
        slice(offset, offset + (taps - 1) * step + 1, step)
        for offset, step, taps in zip(branch.offsets, branch.steps, part.shape[2:], strict=True)
    ]
    weight[:, :, *slices] += part


def _sent(values: torch.Tensor, picks: Sequence[Pick]) -> torch.Tensor:
    for pick in picks:
        values = values[torch.tensor(pick.indices())]
    return values


def _taken(own: Own, task: _Taken) -> Own:
    """Backward W' = s·W, b' = s·b + t; forward W' = W·s, b' = b + Σ W·t. The tensors may be changed in place."""
    how = task.how
    weight = own["weight"].clone() if "weight" in own else torch.ones_like(task.s)
    matrix = _as_matrices(weight, how)
    groups, outputs, inputs, _ = matrix.shape
    bias = own["bias"] if "bias" in own else torch.zeros(groups * outputs, dtype=torch.float64)
    if task.direction == "backward":
        matrix *= task.s.view(groups, outputs, 1, 1)
        bias = task.s * bias + task.t
    else:
        bias = bias + (matrix.sum(3) @ task.t.view(groups, inputs, 1)).reshape(-1)
        matrix *= task.s.view(groups, 1, inputs, 1)
    return {**own, "weight": weight, "bias": bias}


def _as_matrices(weight: torch.Tensor, how: Absorbed) -> torch.Tensor:
    """A view of a weight as (groups, outputs of a group, inputs of a group, taps)."""
    if how.layout == "channels":
        return weight.view(-1, 1, 1, 1)
    assert isinstance(how.groups, int)  # noqa: S101 - tensors have numbers for sizes
    first, second = weight.shape[0] // how.groups, weight.shape[1]
    parted = weight.view(how.groups, first, second, -1)
    return parted if how.layout == "outputs first" else parted.transpose(1, 2)
