"""Every fold of a network proven: what it gives as it is, and folded, with weights that try what may go wrong."""

from __future__ import annotations

import math
from itertools import chain
from typing import Any, TypeAlias

import torch

from cnncalc.analysis import analyse
from cnncalc.layers.folding import Affine
from cnncalc.network import Network, Node
from cnncalc.passes.fold_bn import Folding, Verdict, fold_bn
from cnncalc.verification.folding.drawn import Drawn
from cnncalc.verification.folding.proof import allowed, compare, inputs, run
from cnncalc.verification.folding.weights import FoldedWeights, Own, own_tensors
from cnncalc.verification.lab import Lab
from cnncalc.verification.model import Check, Compared, Unchecked
from cnncalc.verification.resize import smaller

__all__ = ["has_normalisations", "measure"]

#: numbers of the network as it is and of the folded one, and the largest beside them
_Pair: TypeAlias = tuple[float, float, float]

_BATCH = 2
#: where a network takes more, its input is made smaller, if then the same normalisations fold into the same layers
_MOST_MACS = 10**8


def has_normalisations(network: Network) -> bool:
    """Whether there is anything that might fold."""
    maps = [node.layer.as_affine(network.input_shapes(node)[0]) for node in network.nodes]
    return any(isinstance(found, Affine) for found in maps)


def measure(lab: Lab) -> Check:
    """What every normalisation that folds gives, where it is seen again, and the output: in the network and folded."""
    how = "no normalisation folds"
    values: tuple[Compared, ...] = ()
    missing: tuple[Unchecked, ...] = ()
    if lab.executed_network is None:
        missing = (Unchecked("", "fold", "the network is too large to execute"),)
    elif torch.device(lab.device).type == "mps":
        missing = (Unchecked("", "fold", "the device mps has no float64"),)
    else:
        folding = _folding(lab.network, lab.executed_network)
        if folding is None:
            missing = (Unchecked("", "fold", "on an input that can be executed, others fold"),)
        elif folding.count:
            how, found = _compared(folding, lab)
            values = tuple([v for v in found if isinstance(v, Compared)])
            missing = tuple([v for v in found if isinstance(v, Unchecked)])
    return Check("fold", how, "the folded network", "the network as it is", values, missing)


def _folding(network: Network, executed: Network) -> Folding | None:
    """What folds, on the smallest of a few inputs on which the same does; None if it does on none that can be executed."""
    whole = fold_bn(network)
    if not whole.count:
        return whole
    tried: list[Network] = []
    for plain in chain([executed], smaller(executed)):
        tried.append(plain)
        if _macs(plain) <= _MOST_MACS:
            break
    found = (whole if plain is network else fold_bn(plain) for plain in reversed(tried))
    return next((f for f in found if _told(f) == _told(whole)), None)


def _told(folding: Folding) -> list[object]:
    return [(v.direction, v.targets) for v in folding.verdicts]


def _macs(network: Network) -> int:
    found: Any = analyse(network).totals.macs
    return int(found)


def _compared(folding: Folding, lab: Lab) -> tuple[str, tuple[Compared | Unchecked, ...]]:
    """How it was measured, and for every fold the two numbers that lie furthest apart, in float64."""
    network, folded = folding.network, folding.folded
    assert lab.real is not None  # noqa: S101 - what can be executed can be made
    drawn = Drawn(network, lab.real, lab.seed)
    weights = FoldedWeights(folding, drawn)
    x = inputs(network, batch=_BATCH, seed=lab.seed).to(lab.device)

    def tensors(node: Node) -> Own:
        return own_tensors(network, node, drawn)

    left = _left(folding)
    ends = _ends(folding, left)
    wanted = {left[end]: end for end in (*ends.values(), network.last)}
    kept = set(wanted.values())
    before: dict[int, torch.Tensor] = {}
    pairs: dict[int, _Pair] = {}

    def keep(index: int, y: torch.Tensor) -> None:
        if index in kept:
            before[index] = y

    def pair(index: int, y: torch.Tensor) -> None:
        end = wanted.get(folding.origins[index])
        if end is not None:
            pairs[end] = _furthest(before.pop(end), y)

    images = (x, x.float())
    _, plain = run(network, tensors, *images, observe=keep)
    _, other = run(folded, weights.of, *images, observe=pair)
    bound = allowed(network, tensors)
    values = [_value(v.node, _what(v), pairs[ends[v.index]], bound) for v in folding.verdicts if v.folded]
    how = (
        f"as it is and folded, on {'x'.join(map(str, x.shape))} random numbers in float64, variances and factors 0 among the weights;"
        f" in float32 the outputs differ by {compare(plain, other).relative:.0e}"
    )
    return how, (*values, _value("", "output", pairs[network.last], bound))


def _what(verdict: Verdict) -> str:
    """result, folded backward into conv1"""
    return f"result, folded {verdict.direction} into {', '.join(t.node for t in verdict.targets)}"


def _value(node: str, what: str, pair: _Pair, bound: float) -> Compared | Unchecked:
    plain, folded, largest = pair
    if math.isnan(plain) and math.isnan(folded):
        return Unchecked(node, what, "torch gives no number there, folded or not", inherent=True)
    return Compared(node, what, folded, plain, bound, largest)


def _furthest(plain: torch.Tensor, folded: torch.Tensor) -> _Pair:
    """The numbers of two results that lie furthest apart, and the largest of the first; NaN if they have no number."""
    # a root of a negative number is NaN on both sides, which is the same; NaN on one side is the largest difference
    defined = ~(plain.isnan() & folded.isnan())
    if defined.any():
        plain, folded = plain[defined], folded[defined]
    at = (plain - folded).abs().argmax()
    return float(plain.flatten()[at]), float(folded.flatten()[at]), float(plain.abs().max())


def _left(folding: Folding) -> list[int]:
    """For every node the one that now gives what it gave, if it is taken out."""
    alive = set(folding.origins)
    found: list[int] = []
    for node in folding.network.nodes:
        first = node.inputs[0]
        found.append(node.index if node.index in alive or first < 0 else found[first])
    return found


def _ends(folding: Folding, left: list[int]) -> dict[int, int]:
    """For every normalisation that folds the first node from there on that gives the same in both networks.

    Whatever lies between a normalisation and the layer that takes it in gives something else than it gave.
    """
    numbers = {node.name: node.index for node in folding.network.nodes}
    seen: dict[int, int] = {}
    later: dict[int, int] = {}
    for verdict in folding.verdicts:
        for target in verdict.targets:
            first, last = sorted((verdict.index, numbers[target.node]))
            seen[verdict.index] = last
            for i in (first, *(numbers[name] for name in target.through)):
                later[i] = max(last, later.get(i, last))
    for node in folding.network.nodes:
        if left[node.index] != node.index:
            later[node.index] = max(later.get(i, -1) for i in (node.index, node.inputs[0]))
    ends = list(range(len(left)))
    for i in reversed(ends):
        ends[i] = ends[max(i, later.get(i, i))]
    return {of: ends[at] for of, at in seen.items()}
