"""What cnncalc expects of receptive fields, and on which inputs they are looked at.

Fields on one axis are looked at on an input that is as long on that axis as the largest field needs, so that a unit sees all of it, and
on the other axes as short as the layers allow. Whether the closed forms of the network are still those there, is made sure of.
"""

from __future__ import annotations

import torch

from cnncalc.network import Network
from cnncalc.passes.receptive_field import Field, NodeField, receptive_fields
from cnncalc.passes.receptive_field.budget import Budget, TooLargeError
from cnncalc.passes.receptive_field.sets import hull
from cnncalc.passes.receptive_field.units import UnitSets, input_units, united, units_through
from cnncalc.record import record
from cnncalc.shape import Shape
from cnncalc.spec.items import AXIS_NAMES
from cnncalc.symbolic import Dim
from cnncalc.verification.realise import numbers
from cnncalc.verification.resize import resized, thinned

__all__ = ["Extents", "Probe", "probes"]

#: longer axes are not looked at
_LONGEST = 8192
#: how far from the smallest length that would do one is looked for that all layers accept
_SEARCHED = 72
#: how much more may be looked at than where nobody compares anything
_BUDGET = 64
_ACROSS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 160, 192, 224, 256)


@record
class Extents:
    """For every unit of a node (channels united) the first and the last position it sees; last < first: none."""

    first: torch.Tensor
    last: torch.Tensor


@record
class Probe:
    """A network on the input on which one axis is looked at, and what is expected there, node by node.

    `centre` is the position on that axis of the first unit whose field no border cuts, where it is known.
    """

    network: Network
    #: counted from the channels, which are 0
    axis: int
    letter: str
    extents: tuple[Extents | None, ...]
    fields: tuple[Field, ...]
    #: the last node with a field of closed form
    deepest: int

    @property
    def length(self) -> int:
        return numbers(self.network.input)[self.axis]


def probes(network: Network) -> list[Probe]:
    """One for every spatial axis."""
    rank = network.input.rank
    letters = AXIS_NAMES.get(rank, ())
    told = receptive_fields(network)
    return [_probe(network, told, axis, letters[axis]) for axis in range(1, rank)]


def _probe(network: Network, told: tuple[NodeField, ...], axis: int, letter: str) -> Probe:
    fields = tuple(node.fields[axis - 1] for node in told)
    chosen = _chosen(network, fields, axis)
    closed = [i for i, f in enumerate(fields) if f.smallest is not None]
    mapped = [n.index for n in network.nodes if n.output.rank > 1]
    deepest = (closed or mapped or [network.last])[-1]
    return Probe(chosen, axis, letter, _all_extents(chosen, axis), fields, deepest)


def _chosen(network: Network, fields: tuple[Field, ...], axis: int) -> Network:
    """The cheapest network that shows whole fields; the network as it is, if there is none."""
    sizes = numbers(network.input)
    lengths = [f.smallest.input for f in fields if f.smallest is not None]
    needed = max((n for n in lengths if isinstance(n, int)), default=1)
    start = max(needed, min(sizes[axis], 16))
    if start > _LONGEST:
        return network
    for length in range(start, start + _SEARCHED):
        for across in sorted({*_ACROSS, *sizes[1:]}):
            size = [length if i == axis else across for i in range(1, len(sizes))]
            found = resized(network, Shape((sizes[0], *size)))
            if found is not None and _closed_forms(found, axis) == _forms(fields):
                return found
    return network


def _closed_forms(network: Network, axis: int) -> list[object]:
    """What does not depend on the number of filters, so that few will do."""
    return _forms(tuple(node.fields[axis - 1] for node in receptive_fields(thinned(network) or network)))


def _forms(fields: tuple[Field, ...]) -> list[object]:
    return [(f.start, f.size, f.jump) if f.smallest is not None else None for f in fields]


def _all_extents(network: Network, axis: int) -> tuple[Extents | None, ...]:
    """Followed through a network with fewer filters where there is one: what a unit of all channels sees is the same."""
    found = _extents(thinned(network) or network, axis)
    sizes = [n.output.spatial if n.output.rank > 1 else n.output.dims for n in network.nodes]
    fitted = [
        e if e is None or e.first.shape == s else _constant(e, s) for e, s in zip(found, sizes, strict=True)
    ]
    if all((a is None) == (b is None) for a, b in zip(found, fitted, strict=True)):
        return tuple(fitted)
    return _extents(network, axis)


def _constant(extents: Extents, sizes: tuple[Dim, ...]) -> Extents | None:
    """What all units see alike, for another number of them; None if they do not."""
    first, last = extents.first.flatten(), extents.last.flatten()
    if bool((first != first[0]).any()) or bool((last != last[0]).any()):
        return None
    dims = [int(str(d)) for d in sizes]
    return Extents(first[0].expand(dims), last[0].expand(dims))


def _extents(network: Network, axis: int) -> tuple[Extents | None, ...]:
    """Unit by unit, by the pass that follows sets of positions; None where that is too much."""
    found: list[UnitSets | None] = []
    budget = Budget(_BUDGET * len(network.nodes))
    try:
        start = input_units(axis, numbers(network.input)[axis], budget)
    except TooLargeError:
        return (None,) * len(network.nodes)
    for node in network.nodes:
        inputs = [start if i < 0 else found[i] for i in node.inputs]
        shapes = network.input_shapes(node)
        known = [u for u in inputs if u is not None]
        if len(known) < len(inputs):
            found.append(None)
            continue
        try:
            parts = zip(known, node.layer.reads(*shapes), shapes, strict=True)
            found.append(united([units_through(u, r, s, node.output, budget) for u, r, s in parts], budget))
        except TooLargeError:
            found.append(None)
    return tuple(
        None if units is None else _united_channels(units, numbers(node.output))
        for units, node in zip(found, network.nodes, strict=True)
    )


def _united_channels(units: UnitSets, dims: tuple[int, ...]) -> Extents:
    ends = [hull(s) or (1 << 60, -1) for s in units.sets]
    form = [1] * len(dims)
    for carrier, size in zip(units.carriers, units.sizes, strict=True):
        form[carrier] = size
    first = torch.tensor([a for a, _ in ends]).view(form)
    last = torch.tensor([b for _, b in ends]).view(form)
    if len(dims) > 1:
        first, last = first.amin(0), last.amax(0)
        dims = dims[1:]
    return Extents(first.expand(dims), last.expand(dims))
