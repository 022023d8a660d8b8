"""Receptive fields by poison: NaN in the input of the untouched network comes out wherever it is read. Recipe B."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn

from cnncalc.verification.fields import Probe
from cnncalc.verification.lab import Lab
from cnncalc.verification.model import Check, Compared, Unchecked
from cnncalc.verification.realise import Realised, Twin, joins_ranks, numbers, readers, realise
from cnncalc.verification.surrogate import weights_of

__all__ = ["measure"]

#: images in a batch
_TOGETHER = 16
#: from where to where nothing is poisoned
_NOWHERE = (0, -1)


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
            apart = joins_ranks(probe.network) or any(map(_mixes_images, model))
            together = 1 if apart else _TOGETHER
            image = torch.rand(1, *numbers(probe.network.input), device=lab.device, dtype=lab.type)
            undefined: set[int] = set()
            for start in range(0, len(places), together):
                values += _run(probe, model, image, places[start : start + together], undefined)
        missing += [
            Unchecked(
                node.name,
                f"units that see {probe.letter}",
                "some of its numbers are NaN anyway",
                inherent=True,
            )
            for node in probe.network.nodes
            if node.index in undefined
        ]
        missing += [
            Unchecked(node.name, f"field on {probe.letter}", "too many units to look at each", inherent=True)
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
        if node.weights_of is not None and step is model.steps[node.weights_of]:
            made.append(made[node.weights_of])
        elif real is not None and real.steps[node.index].call == step.call:
            made.append(real.steps[node.index])
        else:
            with torch.device(lab.device):
                made.append(Twin(step.call).to(lab.type).eval())
    return made


def _places(probe: Probe) -> Iterator[tuple[int, int]]:
    """From where to where the input is poisoned: nowhere; each half, whatever is expected; from the beginning on; up to the end."""
    length = probe.length
    yield _NOWHERE
    yield 0, length // 2
    yield length // 2, length - 1
    extents = probe.extents[probe.deepest]
    if extents is None:
        return
    ends, begins = set(), set()
    dims = extents.first.shape
    along = min(probe.axis, len(dims)) - 1
    whole = probe.whole(probe.deepest)
    centre = dims[along] // 2 if whole is None else whole
    for at in (0, min(centre, dims[along] - 1), dims[along] - 1):
        unit = tuple(at if i == along else d // 2 for i, d in enumerate(dims))
        first, last = int(extents.first[unit]), int(extents.last[unit])
        if last >= first:
            ends |= {first - 1, first}
            begins |= {last, last + 1}
    yield from ((0, end) for end in sorted(ends) if end >= 0)
    yield from ((begin, length - 1) for begin in sorted(begins) if begin < length)


def _mixes_images(step: Twin) -> bool:
    """Whether images of a batch are averaged over in inference, or taken for the channels of a single one."""
    if isinstance(step.module, nn.Softmax2d):
        return True
    return isinstance(step.module, nn.modules.batchnorm._BatchNorm) and step.module.running_mean is None  # noqa: SLF001


def _run(
    probe: Probe,
    steps: Sequence[Twin],
    image: torch.Tensor,
    places: Sequence[tuple[int, int]],
    undefined: set[int],
) -> Iterator[Compared]:
    """The image once for each place that is poisoned, all at once. The first place of all is none.

    Nodes that have NaN even then come to the `undefined` ones, and are not compared.
    """
    network = probe.network
    x = image.repeat(len(places), *[1] * (image.ndim - 1))
    for each, (first, last) in zip(x, places, strict=True):
        each.narrow(probe.axis, first, last - first + 1).fill_(math.nan)
    results = {-1: x}
    uses = readers(network)
    for node, step in zip(network.nodes, steps, strict=True):
        y = _poisoned(step)(*(results[i] for i in node.inputs))
        results[node.index] = y
        extents = probe.extents[node.index]
        # of a number and NaN the larger is NaN
        reached = (y.amax(1) if y.ndim > 2 else y).isnan().cpu()
        if places[0] == _NOWHERE and reached[0].any():
            undefined.add(node.index)
        if extents is not None and node.index not in undefined:
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
    """A node as it is, but that interpolation does not spread poison to where its weight is 0: NaN times 0 is NaN.

    Nor do shuffles of volumes tell channels of one place from each other, which lie along the depth there.
    """
    m: Any = step.module
    if isinstance(m, nn.Upsample) and "nearest" not in m.mode:
        return lambda x: _interpolated(m, x)
    return step


def _interpolated(module: nn.Upsample, x: torch.Tensor) -> torch.Tensor:
    seen = x.isnan().double().cpu()
    for axis in range(2, x.ndim):
        lines = weights_of(module, tuple(x.shape[2:]), axis - 2).double()
        seen = torch.einsum("oi,...i->...o", lines, seen.movedim(axis, -1)).movedim(-1, axis)
    y: torch.Tensor = module(x.nan_to_num(0.5))
    return y.masked_fill((seen > 0).to(y.device), math.nan)
