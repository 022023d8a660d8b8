"""All quantities in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch

from cnncalc.analysis import analyse
from cnncalc.errors import CnncalcError, SpecError, nearest
from cnncalc.layers.storage import DType
from cnncalc.network import Network
from cnncalc.record import replace
from cnncalc.verification import (
    QUANTITIES,
    acceptance,
    activations,
    gradients,
    initialisation,
    macs,
    poison,
    shapes,
    statistics,
    symbolic,
    tensors,
    training,
)
from cnncalc.verification.environment import device_name
from cnncalc.verification.folding import measure as fold
from cnncalc.verification.lab import Analyser, Lab
from cnncalc.verification.model import Check, Compared, Unchecked, Verification

__all__ = ["quantities_asked", "verified"]

_MEASURES: Mapping[str, Callable[[Lab], Check]] = {
    "acceptance": acceptance.measure,
    "shapes": shapes.measure,
    "parameters": tensors.measure_parameters,
    "buffers": tensors.measure_buffers,
    "macs": macs.measure_forward,
    "backward-macs": macs.measure_backward,
    "activations": activations.measure,
    "training": training.measure,
    "rf": gradients.measure,
    "rf-nan": poison.measure,
    "initialisation": initialisation.measure,
    "statistics": statistics.measure,
    "fold": fold.measure,
}

_SMALL = ("rf", "rf-nan", "initialisation", "statistics")


def verified(
    network: Network,
    *,
    device: str,
    dtype: DType,
    seed: int,
    only: Sequence[str] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    analyser: Analyser = analyse,
) -> Verification:
    """See `cnncalc.verification.verify`. `analyser` says what is expected of shapes, tensors and MACs."""
    chosen = quantities_asked(only)
    plain, notes = _with_numbers(network, seed)
    lab = Lab(plain, device=device, dtype=dtype, seed=seed, analyser=analyser)
    pointless = {"symbolic"} if plain is network else set()
    pointless |= set() if fold.has_normalisations(plain) else {"fold"}
    chosen = [q for q in chosen if q not in pointless] or chosen
    checks = []
    devices = [torch.device(device)] if device.startswith("cuda") else []
    with torch.random.fork_rng(devices=devices):
        for number, quantity in enumerate(chosen):
            if progress is not None:
                progress(quantity, number, len(chosen))
            began = time.perf_counter()
            with _threads(quantity):
                check = _measured(quantity, network, lab)
            checks.append(replace(check, seconds=time.perf_counter() - began))
    if progress is not None:
        progress("", len(chosen), len(chosen))
    return Verification(
        f"{network.name or 'network'}  {network.input.pretty()} → {network.output.pretty()}",
        tuple(checks),
        str(torch.__version__),
        device,
        device_name(device),
        dtype,
        seed,
        (*notes, *lab.notes),
    )


@contextmanager
def _threads(quantity: str) -> Iterator[None]:
    """One thread where tensors are so small that several would mostly wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1 if quantity in _SMALL else before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _measured(quantity: str, network: Network, lab: Lab) -> Check:
    try:
        return symbolic.measure(network, lab) if quantity == "symbolic" else _MEASURES[quantity](lab)
    except torch.OutOfMemoryError:
        raise CnncalcError(
            f"the device {lab.device} ran out of memory during {quantity}",
            "give a smaller --input, another --device or --dtype, or leave it out with --only",
            code="CNN403",
        ) from None
    except CnncalcError:
        raise
    except Exception:
        if lab.refused is None:
            raise
        return _refused(quantity, *lab.refused)


def _refused(quantity: str, node: str, said: str) -> Check:
    """Of a network that torch refuses so that the quantity cannot be measured."""
    seen = quantity == "acceptance"
    return Check(
        quantity,
        "torch refuses the network",
        "the conditions of every layer",
        "the module's call",
        (Compared(node, "run", "accepted", said),) if seen else (),
        () if seen else (Unchecked(node, quantity, f"torch refuses it: {said}"),),
    )


def quantities_asked(only: Sequence[str] | None) -> list[str]:
    """The quantities asked for, in our order.

    Raises SpecError for one that there is not.
    """
    for name in only or ():
        if name not in QUANTITIES:
            close = nearest(name, QUANTITIES)
            cure = f"did you mean {close}?" if close else f"choose from {', '.join(QUANTITIES)}"
            raise SpecError(f"--only {name}: nothing is called so", cure, code="CNN105")
    return [q for q in QUANTITIES if only is None or q in only]


def _with_numbers(network: Network, seed: int) -> tuple[Network, tuple[str, ...]]:
    """A network that torch can make: with random numbers for names.

    Raises SpecError if none are found.
    """
    if not symbolic.names_of(network):
        return network, ()
    for values, plain in symbolic.drawn(network, seed):
        place = ", ".join(f"{name}={value}" for name, value in values.items())
        return plain, (f"names stand for {place}, where nothing else is said",)
    raise SpecError(
        "no numbers were found that the names could stand for",
        "give them numbers: --set NAME=VALUE, or --input SIZE",
        code="CNN141",
    )
