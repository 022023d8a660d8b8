"""What cnncalc expects of receptive fields, and on which inputs they are looked at.

Fields on one axis are looked at on an input that is as long on that axis as the largest field needs, so that a unit sees all of it, and
on the other axes as short as the layers allow. Whether the closed forms of the network are still those there, is made sure of.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise

import torch

from cnncalc.network import Network
from cnncalc.passes.receptive_field import Field, NodeField, receptive_fields
from cnncalc.passes.receptive_field.budget import Budget, TooLargeError
from cnncalc.passes.receptive_field.forward import seen_at_input, seen_by
from cnncalc.passes.receptive_field.sets import hull
from cnncalc.passes.receptive_field.units import UnitSets, input_units, units_of
from cnncalc.record import record
from cnncalc.shape import Shape
from cnncalc.spec.items import AXIS_NAMES
from cnncalc.symbolic import Dim
from cnncalc.verification.realise import numbers
from cnncalc.verification.resize import resized, thinned

__all__ = ["Extents", "Probe", "probes"]

#: longer axes are not looked at
_LONGEST = 8192
#: so many inputs are tried on which the layers can stand, but the closed forms are others
_MOST_TRIES = 32
#: so many inputs on which the closed forms are the same are looked at more closely
_MOST_PROBES = 6
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
    #: which axis of each result the looked-at one has become; None: several, or none
    carriers: tuple[int | None, ...]
    #: the last node with a field of closed form
    deepest: int

    @property
    def length(self) -> int:
        return numbers(self.network.input)[self.axis]

    def whole(self, index: int) -> int | None:
        """The second unit of a node whose field no border cuts, by its closed form: with room for more at both ends."""
        smallest = self.fields[index].smallest
        fits = smallest is not None and _room_for(self.fields[index]) <= self.length
        return smallest.unit + 1 if fits and smallest and isinstance(smallest.unit, int) else None

    def clear(self, index: int) -> tuple[int, ...]:
        """Positions of a node's units, along the axis that the looked-at one has become, whose fields no border cuts there.

        Behind a crop it is the middle one, if its neighbours see as much as it does, and go on as it does.
        """
        extents, axis, whole = self.extents[index], self.carriers[index], self.whole(index)
        if self.fields[index].basis != "affine" or extents is None or not axis:
            return ()
        count = extents.first.shape[axis - 1]
        if self.fields[index].smallest is not None:
            return () if whole is None else tuple(at for at in (whole - 1, whole) if at < count)
        middle = count // 2
        if not 0 < middle < count - 1 or not self._holds(self.fields[index], middle):
            return ()
        around = [
            (int(extents.first[u]), int(extents.last[u]))
            for u in (_unit(extents, axis, at) for at in (middle - 1, middle, middle + 1))
        ]
        steps = {(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(around)}
        return (middle,) if len(steps) == 1 and all(0 < a == b for a, b in steps) else ()

    def _holds(self, field: Field, at: int) -> bool:
        """Whether the field of a unit lies within the input: a field with holes may go on evenly although a border cuts it."""
        start, jump, size = field.start, field.jump, field.size
        if not isinstance(start, int) or not isinstance(jump, int) or not isinstance(size, int):
            return False
        first = start + jump * at
        return first >= 0 and first + size <= self.length


def _unit(extents: Extents, axis: int, at: int) -> tuple[int, ...]:
    """A unit at this position along an axis, in the middle of the others."""
    return tuple(at if i == axis - 1 else n // 2 for i, n in enumerate(extents.first.shape))


def _room_for(field: Field) -> int:
    """How long an input has to be to have such a unit; 1 for what has no closed form."""
    smallest, jump = field.smallest, field.jump
    if smallest is None or not isinstance(smallest.input, int) or not isinstance(jump, int):
        return 1
    return smallest.input + jump + 1


def probes(network: Network) -> list[Probe]:
    """One for every spatial axis."""
    rank = network.input.rank
    letters = AXIS_NAMES.get(rank, ())
    told = receptive_fields(network)
    return [_probe(network, told, axis, letters[axis]) for axis in range(1, rank)]


def _probe(network: Network, told: tuple[NodeField, ...], axis: int, letter: str) -> Probe:
    """On the first input that shows whole fields: across the axis, a border can cut off all that is read along it."""
    fields = tuple(node.fields[axis - 1] for node in told)
    closed = [i for i, f in enumerate(fields) if f.smallest is not None]
    mapped = [n.index for n in network.nodes if n.output.rank > 1]
    deepest = (closed or mapped or [network.last])[-1]
    found = []
    for chosen in islice(_suitable(network, fields, axis), _MOST_PROBES):
        # those behind a crop may have another closed form there
        there = tuple(node.fields[axis - 1] for node in receptive_fields(thinned(chosen) or chosen))
        extents, carriers = _all_extents(chosen, axis), _carriers(chosen, axis)
        found.append(Probe(chosen, axis, letter, extents, there, carriers, deepest))
        if _shows_whole_fields(found[-1]):
            return found[-1]
    if found:
        return found[0]
    extents, carriers = _all_extents(network, axis), _carriers(network, axis)
    return Probe(network, axis, letter, extents, fields, carriers, deepest)


def _shows_whole_fields(probe: Probe) -> bool:
    """Whether the units whose fields no border cuts along the axis see what the closed forms say."""
    for index, (field, extents, axis) in enumerate(
        zip(probe.fields, probe.extents, probe.carriers, strict=True)
    ):
        start, jump = field.start, field.jump
        if extents is None or axis is None or not isinstance(start, int) or not isinstance(jump, int):
            continue
        for at in probe.clear(index):
            unit = _unit(extents, axis, at)
            first, last = int(extents.first[unit]), int(extents.last[unit])
            if (first, last - first + 1) != (start + jump * at, field.size):
                return False
    return True


def _carriers(network: Network, axis: int) -> tuple[int | None, ...]:
    seen = {-1: seen_at_input(axis)}
    for node in network.nodes:
        shapes = network.input_shapes(node)
        inputs = [seen[i] for i in node.inputs]
        seen[node.index], _ = seen_by(inputs, node.layer.reads(*shapes), shapes, node.output)
    single = {i: s.axes[0] if len(s.axes) == 1 and not s.folded else None for i, s in seen.items()}
    return tuple(single[node.index] for node in network.nodes)


def _suitable(network: Network, fields: tuple[Field, ...], axis: int) -> Iterator[Network]:
    """The network on inputs with room for whole fields, on which the closed forms are the same, the cheapest first."""
    sizes = numbers(network.input)
    start = max(min(sizes[axis], 16), *map(_room_for, fields))
    if start > _LONGEST:
        return
    tries = 0
    for length in range(start, start + _SEARCHED):
        for across in sorted({*_ACROSS, *sizes[1:]}):
            size = [length if i == axis else across for i in range(1, len(sizes))]
            found = resized(network, Shape((sizes[0], *size)))
            if found is None:
                continue
            if _closed_forms(found, axis) == _forms(fields):
                yield found
                continue
            tries += 1
            if tries == _MOST_TRIES:
                return


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
            reads = node.layer.reads(*shapes)
            found.append(units_of(node.layer, known, reads, shapes, node.output, budget))
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
