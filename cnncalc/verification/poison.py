"""Receptive fields by poison: NaN in the input of the untouched network comes out wherever it is read. Recipe B."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import nn

from cnncalc.verification.fields import Probe
from cnncalc.verification.lab import Lab
from cnncalc.verification.model import Check, Compared, Unchecked
from cnncalc.verification.realise import Realised, Twin, numbers, readers, realise
from cnncalc.verification.surrogate import weights_of

__all__ = ["measure"]

#: images in a batch
_TOGETHER = 16


def measure(lab: Lab) -> Check:
    """Which units of every node become NaN when all positions up to some place are, or all from some place on.

    The places are those where the fields of the deepest node's first, middle and last unit begin and end, and the ones just outside.
    """
    values: list[Compared] = []
    missing: list[Unchecked] = []
    sizes = []
    for probe in lab.probes:
        sizes.append(str(probe.network.input))
        model = _with_weights_of(lab.real, realise(probe.network, device="meta"), lab)
        # what is not cuDNN's may multiply neighbours by 0, which is NaN as well
        with torch.no_grad(), torch.backends.cudnn.flags(enabled=False):
            places = list(_places(probe))
            together = 1 if any(map(_mixes_images, model)) else _TOGETHER
            for start in range(0, len(places), together):
                values += _run(probe, model, lab, places[start : start + together])
        missing += [
            Unchecked(node.name, f"field on {probe.letter}", "too many units to look at each")
            for node, extents in zip(probe.network.nodes, probe.extents, strict=True)
            if extents is None
        ]
    where = f", on inputs {' and '.join(sizes)}" if sizes else "; a flat input has no fields"
    return Check(
        "rf-nan",
        f"NaN in the input of the untouched network{where}: which units become NaN",
        "the receptive field pass",
        "NaN in the result",
        tuple(values),
        tuple(missing),
    )


def _with_weights_of(real: Realised | None, model: Realised, lab: Lab) -> list[Twin]:
    """Modules with memory: the real network's where they are the same, else new ones."""
    made: list[Twin] = []
    for node, step in zip(model.network.nodes, model.steps, strict=True):
        if node.weights_of is not None:
            made.append(made[node.weights_of])
        elif real is not None and real.steps[node.index].call == step.call:
            made.append(real.steps[node.index])
        else:
            with torch.device(lab.device):
                made.append(Twin(step.call).to(lab.type).eval())
    return made


def _places(probe: Probe) -> Iterator[tuple[int, int]]:
    """From where to where the input is poisoned: nowhere; from the beginning on; up to the end."""
    length = probe.length
    yield 0, -1
    extents = probe.extents[probe.deepest]
    if extents is None:
        yield 0, length // 2
        yield length // 2, length - 1
        return
    ends, begins = set(), set()
    dims = extents.first.shape
    along = min(probe.axis, len(dims)) - 1
    smallest = probe.fields[probe.deepest].smallest
    centre = smallest.unit if smallest is not None and isinstance(smallest.unit, int) else dims[along] // 2
    for at in (0, min(centre, dims[along] - 1), dims[along] - 1):
        unit = tuple(at if i == along else d // 2 for i, d in enumerate(dims))
        first, last = int(extents.first[unit]), int(extents.last[unit])
        if last >= first:
            ends |= {first - 1, first}
            begins |= {last, last + 1}
    yield from ((0, end) for end in sorted(ends) if end >= 0)
    yield from ((begin, length - 1) for begin in sorted(begins) if begin < length)


def _mixes_images(step: Twin) -> bool:
    """Whether images of a batch are averaged over in inference."""
    return isinstance(step.module, nn.modules.batchnorm._BatchNorm) and step.module.running_mean is None  # noqa: SLF001


def _run(
    probe: Probe, steps: Sequence[Twin], lab: Lab, places: Sequence[tuple[int, int]]
) -> Iterator[Compared]:
    """One image for each place that is poisoned, all at once."""
    network = probe.network
    x = torch.rand(len(places), *numbers(network.input), device=lab.device, dtype=lab.type)
    for image, (first, last) in zip(x, places, strict=True):
        image.narrow(probe.axis, first, last - first + 1).fill_(math.nan)
    results = {-1: x}
    uses = readers(network)
    for node, step in zip(network.nodes, steps, strict=True):
        y = _poisoned(step)(*(results[i] for i in node.inputs))
        results[node.index] = y
        extents = probe.extents[node.index]
        if extents is not None:
            # of a number and NaN the larger is NaN
            reached = (y.amax(1) if y.ndim > 2 else y).isnan().cpu()
            for mask, (first, last) in zip(reached, places, strict=True):
                place = f"{first}–{last}" if last >= first else "nothing"
                what = f"units that see {probe.letter} {place}"
                yield _of_masks(node.name, what, (extents.first <= last) & (extents.last >= first), mask)
        for i in {*node.inputs, node.index}:
            if uses.get(i, -1) <= node.index:
                results.pop(i, None)


def _of_masks(name: str, what: str, expected: torch.Tensor, measured: torch.Tensor) -> Compared:
    number = int(measured.sum())
    same = torch.equal(expected, measured)
    return Compared(name, what, int(expected.sum()), number if same else f"{number}, others")


def _poisoned(step: Twin) -> Callable[..., torch.Tensor]:
    """A node as it is, but that interpolation does not spread poison to where its weight is 0: NaN times 0 is NaN."""
    module = step.module
    if not isinstance(module, nn.Upsample) or "nearest" in module.mode:
        return step

    def interpolated(x: torch.Tensor) -> torch.Tensor:
        seen = x.isnan().double().cpu()
        for axis in range(2, x.ndim):
            lines = weights_of(module, tuple(x.shape[2:]), axis - 2).double()
            seen = torch.einsum("oi,...i->...o", lines, seen.movedim(axis, -1)).movedim(-1, axis)
        y: torch.Tensor = module(x.nan_to_num(0.5))
        return y.masked_fill((seen > 0).to(y.device), math.nan)

    return interpolated
