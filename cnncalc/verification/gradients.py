"""Receptive fields by gradients of the positive surrogate: recipe A."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from cnncalc.network import Network
from cnncalc.passes.receptive_field.unit import unit_field
from cnncalc.record import record
from cnncalc.verification.fields import Extents, Probe
from cnncalc.verification.lab import Lab
from cnncalc.verification.model import Check, Compared, Unchecked
from cnncalc.verification.realise import Realised, joins_ranks, readers, realise
from cnncalc.verification.surrogate import Signal, Step, surrogate

__all__ = ["measure"]

#: input elements of one batch
_MOST_ELEMENTS = 1 << 22


@record
class _Asked:
    """One unit of one node: where it is, and what it is called."""

    node: int
    unit: tuple[int, ...]
    place: str


def measure(lab: Lab) -> Check:
    """The first and the last position that the first, a middle and the last unit of every node see, axis by axis."""
    values: list[Compared] = []
    missing: list[Unchecked] = []
    sizes = []
    for probe in lab.probes:
        sizes.append(str(probe.network.input))
        found, left = _on_axis(probe)
        values += found
        missing += left
    where = f"; on inputs {' and '.join(sizes)}" if sizes else "; a flat input has no fields"
    return Check(
        "rf",
        f"float64 gradients of a positive linear surrogate{where}",
        "the receptive field pass",
        "gradients that are not 0",
        tuple(values),
        tuple(missing),
    )


def _on_axis(probe: Probe) -> tuple[list[Compared], list[Unchecked]]:
    network = probe.network
    missing = [
        Unchecked(node.name, f"field on {probe.letter}", "too many units to look at each", inherent=True)
        for node, extents in zip(network.nodes, probe.extents, strict=True)
        if extents is None
    ]
    model = realise(network, device="meta")
    same = _same_tensors(model)
    asked = [
        a
        for node in network.nodes
        if probe.extents[node.index] is not None
        for a in _asked(probe, node.index)
    ]
    wanted = {(same[a.node], a.unit): None for a in asked}
    found = _hulls(model, list(wanted))
    values = [v for a in asked for v in _compared(probe, a, found[same[a.node], a.unit])]
    values += _missing_units(probe)
    edge = [a for a in asked if a.node == probe.deepest][-1:]
    for a in edge:
        told = unit_field(network, network.nodes[a.node], a.unit).hull
        seen = found[same[a.node], a.unit]
        name = network.nodes[a.node].name
        values.append(Compared(name, f"{a.place}, all axes", _text(told), _text(seen)))
    return values, missing


def _same_tensors(model: Realised) -> dict[int, int]:
    """For every node the first one whose surrogate gives the very same tensor, as identities do."""
    steps = surrogate(model)
    results = {-1: Signal.of(torch.zeros(1, *model.input, dtype=torch.float64))}
    first: dict[int, int] = {}
    same: dict[int, int] = {}
    for node in model.network.nodes:
        y = steps[node.index]([results[i] for i in node.inputs])
        results[node.index] = y
        same[node.index] = first.setdefault(id(y), node.index)
    return same


def _asked(probe: Probe, index: int) -> Iterator[_Asked]:
    """The first, a middle and the last unit along the axis, in the middle of the others; of flat results along that."""
    node = probe.network.nodes[index]
    dims = [int(str(d)) for d in (node.output.spatial if node.output.rank > 1 else node.output.dims)]
    along = min(probe.axis, len(dims)) - 1
    centre = dims[along] // 2
    whole = probe.whole(index)
    if whole is not None and len(dims) >= probe.axis:
        centre = min(whole, dims[along] - 1)
    for at in dict.fromkeys([0, centre, dims[along] - 1]):
        unit = tuple(at if i == along else d // 2 for i, d in enumerate(dims))
        yield _Asked(index, unit, f"unit {','.join(map(str, unit))}")


def _missing_units(probe: Probe) -> Iterator[Compared]:
    """Units that there would have to be by a closed form."""
    for node in probe.network.nodes:
        unit, axis = probe.whole(node.index), probe.carriers[node.index]
        if unit is not None and axis and int(str(node.output.dims[axis])) <= unit:
            yield Compared(node.name, f"unit {unit} on {probe.letter}, closed form", "whole", "no such unit")


def _hulls(
    model: Realised, wanted: Sequence[tuple[int, tuple[int, ...]]]
) -> dict[tuple[int, tuple[int, ...]], tuple[tuple[int, int], ...] | None]:
    """What units see on every axis: each unit has an image of its own in a batch, so that one pass back does for all."""
    steps = surrogate(model)
    most = 1 if joins_ranks(model.network) else max(1, _MOST_ELEMENTS // torch.Size(model.input).numel())
    found = {}
    for start in range(0, len(wanted), most):
        part = wanted[start : start + most]
        gradient = _gradient(model.network, steps, part, model.input)
        seen = gradient.abs().sum(1) != 0
        for (node, unit), mask in zip(part, seen, strict=True):
            found[node, unit] = _hull(mask)
    return found


def _gradient(
    network: Network,
    steps: Sequence[Step],
    part: Sequence[tuple[int, tuple[int, ...]]],
    size: tuple[int, ...],
) -> torch.Tensor:
    x = torch.ones(len(part), *size, dtype=torch.float64, requires_grad=True)
    results = {-1: Signal.of(x)}
    last = readers(network)
    end = max(index for index, _ in part)
    by_node: dict[int, list[tuple[int, tuple[int, ...]]]] = {}
    for image, (index, unit) in enumerate(part):
        by_node.setdefault(index, []).append((image, unit))
    total = torch.zeros((), dtype=torch.float64)
    for node in network.nodes[: end + 1]:
        signal = results[node.index] = steps[node.index]([results[i] for i in node.inputs])
        if node.index in by_node:
            total = total + _sum_of_units(signal, by_node[node.index])
        for i in {*node.inputs, node.index}:
            if last.get(i, -1) <= node.index:
                results.pop(i, None)
    (gradient,) = torch.autograd.grad(total, x, allow_unused=True) if total.requires_grad else (None,)
    return torch.zeros_like(x) if gradient is None else gradient


def _sum_of_units(signal: Signal, units: Sequence[tuple[int, tuple[int, ...]]]) -> torch.Tensor:
    """The sum of one unit for each image, all channels of a map."""
    images = torch.tensor([image for image, _ in units])
    places = [torch.tensor(axis) for axis in zip(*(unit for _, unit in units), strict=True)]
    if signal.x.ndim == 2:
        return signal.full[images, places[0]].sum()
    x = signal.x if signal.axis == 1 else signal.full
    return x.movedim(1, -1)[(images, *places)].sum()


def _hull(mask: torch.Tensor) -> tuple[tuple[int, int], ...] | None:
    """The first and the last position on every axis."""
    if not mask.any():
        return None
    ends = []
    for axis in range(mask.ndim):
        lines = mask.movedim(axis, 0).reshape(mask.shape[axis], -1).any(1).nonzero().flatten()
        ends.append((int(lines[0]), int(lines[-1])))
    return tuple(ends)


def _compared(probe: Probe, asked: _Asked, seen: tuple[tuple[int, int], ...] | None) -> Iterator[Compared]:
    extents = probe.extents[asked.node]
    if extents is None:
        return
    name = probe.network.nodes[asked.node].name
    what = f"{asked.place} on {probe.letter}"
    measured = None if seen is None else (seen[probe.axis - 1],)
    first, last = int(extents.first[asked.unit]), int(extents.last[asked.unit])
    yield Compared(name, what, _text(((first, last),) if last >= first else None), _text(measured))
    whole = _closed_form(probe, asked, extents)
    if whole is not None and last >= first:
        yield Compared(name, f"{what}, closed form", _text((whole,)), _text(measured))


def _closed_form(probe: Probe, asked: _Asked, extents: Extents) -> tuple[int, int] | None:
    """From where to where the closed form says that a unit sees, if no border cuts that.

    Nothing is said where the axis has become the channels, all of which are looked at together.
    """
    field = probe.fields[asked.node]
    start, size, jump = field.start, field.size, field.jump
    axis = probe.carriers[asked.node]
    clear = probe.clear(asked.node)
    if not clear or not axis or asked.unit[axis - 1] not in clear:
        return None
    if not (isinstance(start, int) and isinstance(size, int) and isinstance(jump, int)):
        return None
    lines = extents.first.movedim(axis - 1, 0)
    lines = lines.reshape(len(lines), -1)
    if not torch.equal(lines.amin(1), lines.amax(1)):
        return None
    first = start + jump * asked.unit[axis - 1]
    return first, first + size - 1


def _text(ends: tuple[tuple[int, int], ...] | None) -> str:
    return "nothing" if ends is None else " x ".join(f"{a}–{b}" for a, b in ends)
