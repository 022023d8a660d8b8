"""A spec's network and a module of torch's: made comparable, and compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from cnncalc.errors import CnncalcError, SpecError
from cnncalc.network import Network
from cnncalc.verification.lab import fits
from cnncalc.verification.model import Unchecked
from cnncalc.verification.module.differences import compared
from cnncalc.verification.module.inventory import Inventory, inventory
from cnncalc.verification.module.model import Comparison
from cnncalc.verification.module.pairing import paired
from cnncalc.verification.module.sides import Side, side_of_module, side_of_network
from cnncalc.verification.module.theirs import quiet, told
from cnncalc.verification.module.trace import BATCH, Trace, inference, trace
from cnncalc.verification.realise import numbers
from cnncalc.verification.symbolic import names_of

__all__ = ["comparison"]


def comparison(network: Network, module: nn.Module, names: Mapping[str, str]) -> Comparison:
    """See `cnncalc.verification.module.compare`."""
    free = names_of(network)
    if free:
        raise SpecError(
            f"the spec leaves {', '.join(free)} open, which a module cannot",
            "give them numbers: --set NAME=VALUE, or --input SIZE",
            code="CNN417",
        )
    size = numbers(network.input)
    module = _unwrapped(module)
    _settle(module, size)
    parts = inventory(module)
    seen, why = _seen(module, parts, network)
    spec, actual = side_of_network(network), side_of_module(parts, seen)
    pairing = paired(spec, actual, names)
    return Comparison(
        network.name or "network",
        type(module).__name__,
        size,
        pairing.by,
        compared(spec, actual, pairing.pairs),
        spec.sums,
        actual.sums,
        tuple(_not_compared(actual, seen, why, size)),
        tuple(_notes(parts, actual, seen)),
    )


def _unwrapped(module: nn.Module) -> nn.Module:
    """What is within the wrappers that copy a module to several devices, or compile it."""
    while True:
        if isinstance(module, nn.DataParallel | nn.parallel.DistributedDataParallel):
            module = module.module
        elif isinstance(inner := getattr(module, "_orig_mod", None), nn.Module):
            module = inner
        else:
            return module


def _settle(module: nn.Module, size: Sequence[int]) -> None:
    """Give lazy layers their sizes, as the first run of a module does.

    Raises CnncalcError if it does not run.
    """
    tensors = [*module.parameters(), *module.buffers()]
    if not any(map(is_lazy, tensors)):
        return
    x = torch.zeros(BATCH, *size, device=_device(tensors))
    try:
        with quiet(), torch.no_grad(), inference(module):
            module(x)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is their code
        raise CnncalcError(
            f"lazy layers know their sizes after a run on inputs of {_text(size)} only, and that fails:"
            f" {told(error, Path.cwd())}",
            "put it right there, or check the spec's input size",
            code="CNN418",
        ) from None


def _seen(module: nn.Module, parts: Inventory, network: Network) -> tuple[Trace | None, str]:
    """A run without memory, or else a real one; or why there is none."""
    size = numbers(network.input)
    try:
        with quiet():
            return trace(module, parts, size, "meta"), ""
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is their code
        why = told(error, Path.cwd())
    if not fits(network, "float32"):
        return None, f"{why} (without memory; it is too large for a real run)"
    device = _device([held.tensor for held in parts.held]).replace("meta", "cpu")
    try:
        with quiet():
            return trace(module, parts, size, device), ""
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is their code
        return None, told(error, Path.cwd())


def _device(tensors: Sequence[torch.Tensor]) -> str:
    """Where a module is, in part at least; "meta" if it has no memory."""
    return next((str(t.device) for t in tensors if t.device.type != "meta"), "meta")


def _not_compared(side: Side, seen: Trace | None, why: str, size: Sequence[int]) -> Iterator[Unchecked]:
    if seen is None:
        yield Unchecked("", "outputs, wiring and MACs", f"it does not run on inputs of {_text(size)}: {why}")
        return
    if not seen.outputs:
        yield Unchecked("", "the output", "forward returns no tensor")
    unseen = [(layer.name, use.unseen) for layer, use in zip(side.layers, seen.uses, strict=False)]
    for name, products in [*unseen, ("", seen.unseen)]:
        if products:
            yield Unchecked(
                name, "MACs", f"torch's counter does not know {', '.join(dict.fromkeys(products))}"
            )


def _notes(parts: Inventory, side: Side, seen: Trace | None) -> Iterator[str]:
    if seen is not None and len(seen.outputs) > 1:
        yield f"forward returns {len(seen.outputs)} tensors, of which the first is compared"
    if side.sums.frozen:
        yield f"{side.sums.frozen:,} of the module's {side.sums.params:,} parameters are frozen"
    if parts.unsaved:
        yield f"buffers that are in no state dict are left out: {parts.unsaved:,}"


def _text(size: Sequence[int]) -> str:
    return "x".join(map(str, size))
