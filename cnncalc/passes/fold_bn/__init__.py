"""What batch-norm folding makes of a network: every normalisation goes into the weights of a layer before or after it.

In inference a batch normalisation is y = s·x + t per channel, s = γ/√(σ² + ε), t = β − μ·s. A layer of weights before it
takes it in by W' = s·W, b' = s·b + t; one after it by W' = W·s, b' = b + Σ W·t, unless it pads zeros. In between may
stand whatever such a map passes: identity, dropout, pooling by averages, flatten, a sum, a concatenation, ….
"""

from __future__ import annotations

from cnncalc.collector import without_collector
from cnncalc.network import Network
from cnncalc.passes.fold_bn.folder import Folder
from cnncalc.passes.fold_bn.model import (
    Absorption,
    Branch,
    Folding,
    Merge,
    Scales,
    Step,
    Target,
    Totals,
    Verdict,
)
from cnncalc.passes.fold_bn.savings import totals

__all__ = [
    "Absorption",
    "Branch",
    "Folding",
    "Merge",
    "Scales",
    "Step",
    "Target",
    "Totals",
    "Verdict",
    "fold_bn",
    "verdicts",
]


@without_collector
def fold_bn(
    network: Network,
    *,
    allow_border_error: bool = False,
    merge_branches: bool = False,
    scales: Scales | None = None,
) -> Folding:
    """Fold every normalisation that can be folded, and say of every other why not.

    Folds are exact but for rounding. `allow_border_error` also makes those that are wrong near the border only, because
    zeros are padded in between. `merge_branches` makes parallel convolutions of a sum one. With `scales`, s and t of
    every normalisation by its node's name, folds that depend on them are decided: max pooling and negative factors.
    """
    folder = Folder(network, scales)
    folder.fold(border=False)
    if allow_border_error:
        folder.fold(border=True)
    if merge_branches:
        folder.merge()
    folded, origins = folder.graph.rebuilt()
    return Folding(
        network,
        folder.verdicts(),
        folded,
        tuple(folder.steps),
        origins,
        totals(network),
        totals(folded),
        tuple(folder.merged),
    )


@without_collector
def verdicts(network: Network) -> tuple[Verdict, ...]:
    """On every normalisation whether it can be folded: what `fold_bn` says of them, without the folded network."""
    folder = Folder(network, None)
    folder.fold(border=False)
    return folder.verdicts()
