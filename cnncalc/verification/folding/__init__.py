"""Folding of real weights: read, matched, folded, written and proven."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

import torch

from cnncalc.errors import SpecError
from cnncalc.network import Network
from cnncalc.passes.fold_bn import Folding, fold_bn
from cnncalc.symbolic import names
from cnncalc.verification.folding.checkpoint import Checkpoint, form_of, match, opened
from cnncalc.verification.folding.proof import Difference, Proof, Tensors, allowed, compare, inputs, run
from cnncalc.verification.folding.weights import FoldedWeights, own_tensors, scales_of
from cnncalc.verification.folding.write import entries, write

__all__ = ["Difference", "Proof", "fold_weights", "form_of"]

_BATCH = 2
_SEED = 0


def fold_weights(
    network: Network,
    path: str,
    file: BinaryIO,
    name: str,
    *,
    allow_border_error: bool = False,
    merge_branches: bool = False,
    device: str = "cpu",
    step: Callable[[str, int], Callable[[], None]] = lambda _what, _total: lambda: None,
) -> tuple[Folding, Proof]:
    """Fold the weights in the file at `path` into an open `file`, of the format that `name` tells; and prove it.

    `step` is told what is done and in how many steps, and gives what is called after each.

    Raises SpecError if the weights cannot be read, or are not those of the network.
    """
    form = form_of(name)
    _check_numbers(network)
    where = torch.device(device)
    with opened(path) as checkpoint:
        match(network, checkpoint, path)
        folding = fold_bn(
            network,
            allow_border_error=allow_border_error,
            merge_branches=merge_branches,
            scales=scales_of(network, checkpoint),
        )
        weights = FoldedWeights(folding, checkpoint)
        planned = entries(folding.folded, weights, checkpoint)
        write(file, form, planned, weights, step("folding", len({e.node.index for e in planned})))
        return folding, _proof(folding, checkpoint, weights, {e.name: e.dtype for e in planned}, where, step)


def _proof(
    folding: Folding,
    checkpoint: Checkpoint,
    weights: FoldedWeights,
    dtypes: dict[str, torch.dtype],
    device: torch.device,
    step: Callable[[str, int], Callable[[], None]],
) -> Proof:
    network, folded = folding.network, folding.folded
    advance = step("proving", len(network.nodes) + 2 * len(folded.nodes))
    x = inputs(network, batch=_BATCH, seed=_SEED).to(device)
    single = x.float()

    def done(*_: object) -> None:
        advance()

    def before(node: object) -> dict[str, torch.Tensor]:
        return own_tensors(network, node, checkpoint)  # type: ignore[arg-type]

    def stored(node: object) -> dict[str, torch.Tensor]:
        own = weights.of(node)  # type: ignore[arg-type]
        name = folded.nodes[node.index if node.weights_of is None else node.weights_of].name  # type: ignore[attr-defined]
        return {k: v.to(dtypes[f"{name}.{k}"]) for k, v in own.items()}

    plain = run(network, before, x, single, observe=done)
    if not bool(plain[0].isfinite().all()):
        raise _not_finite(network, before)
    exact = compare(plain[0], *run(folded, weights.of, x, observe=done))
    written = compare(plain[1], *run(folded, stored, single, observe=done))
    return Proof(
        tuple(x.shape),
        str(device),
        _SEED,
        exact,
        written,
        allowed(network, before) if folding.exact else None,
    )


def _not_finite(network: Network, tensors: Tensors) -> SpecError:
    found = (
        f"{node.name}.{name}"
        for node in network.nodes
        for name, t in tensors(node).items()
        if not t.isfinite().all()
    )
    first = next(found, None)
    return SpecError(
        "with these weights the network does not give finite numbers"
        + (f": '{first}' has NaN or inf" if first else ""),
        "nothing is written; fold weights from before training diverged",
        code="CNN413",
    )


def _check_numbers(network: Network) -> None:
    """Refuse a network with names for sizes.

    Raises SpecError.
    """
    sizes = [d for shape in (network.input, *(n.output for n in network.nodes)) for d in shape.dims]
    found = sorted({name for size in sizes for name in names(size)})
    if found:
        raise SpecError(
            f"weights have numbers for sizes, but the network has names: {', '.join(found)}",
            "give them numbers: --input SIZE, --set NAME=VALUE",
            code="CNN105",
        )
