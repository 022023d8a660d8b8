"""The receptive field of every node: what one unit of its output sees of the network's input, axis by axis.

Three ways lead there, each as far as it goes: `forward` for units away from the borders, in closed form and also with names;
`units` for every unit with its borders, where no closed form exists; `boxes` backwards from one unit, with all axes at once.

Definitions: the field is structural, as if every weight counted; padding is not seen; a tensor's field is the union over its
channels. Source: Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks, Distill 2019; effective field:
Luo et al.: Understanding the Effective Receptive Field in Deep Convolutional Neural Networks, NeurIPS 2016.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Literal, TypeAlias, TypeVar

from cnncalc.collector import without_collector
from cnncalc.layers.reach import Reads, Regroup
from cnncalc.network import Network, Node
from cnncalc.passes.receptive_field.budget import Budget, TooLargeError
from cnncalc.passes.receptive_field.forward import Alignment, Seen, axes_are_alike, seen_at_input, seen_by
from cnncalc.passes.receptive_field.interior import Affine, All, Phases, Units
from cnncalc.passes.receptive_field.sets import Positions, hull, number
from cnncalc.passes.receptive_field.units import UnitSets, input_units, units_of
from cnncalc.record import record, replace
from cnncalc.shape import Shape, Window
from cnncalc.spec.items import AXIS_NAMES
from cnncalc.symbolic import Dim, ceildiv, maximum

__all__ = ["Field", "NodeField", "Smallest", "receptive_fields"]

#: affine: start + jump·o, with names too; phases: repeats; units: unit by unit, borders included; unknown: see `why`
Basis: TypeAlias = Literal["affine", "phases", "units", "unknown"]

_T = TypeVar("_T")

#: so many sets of positions, of 64 bits or less, are kept at a time
_MOST_KEPT = 1 << 22


@record
class Smallest:
    """The smallest input with a unit that no border cuts, and that unit's position."""

    input: Dim
    unit: Dim


@record
class Field:
    """What a node's units see of one axis of the network's input.

    `size` counts from the first to the last position that a unit sees, `support` those really read. Where it depends on the unit,
    `least` is the smallest size, `size` the largest. Unit o of an affine field sees start + jump·o to start + jump·o + size − 1.
    """

    axis: str
    basis: Basis
    size: Dim | None = None
    least: Dim | None = None
    start: Dim | None = None
    jump: Dim | Fraction | None = None
    support: Dim | None = None
    period: int = 1
    #: whether every unit sees the same
    sees_all: bool = False
    alignment: Alignment = "aligned"
    #: variance of the effective field on a chain of layers with uniform weights
    variance: Fraction | None = None
    smallest: Smallest | None = None
    why: str = ""

    @property
    def padding(self) -> Dim | None:
        """The effective padding: how far the field of unit 0 starts before the input."""
        return None if self.start is None else -self.start


@record
class NodeField:
    """The fields of one node on all axes of the network's input, and its layer's own windows on them."""

    node: Node
    fields: tuple[Field, ...]
    windows: tuple[Window | None, ...]


@without_collector
def receptive_fields(network: Network) -> tuple[NodeField, ...]:
    """The receptive field of every node, in order. Linear in the layers where the fields are affine.

    A flat input has no axes, and its nodes have no fields.
    """
    rank = network.input.rank
    names = AXIS_NAMES.get(rank, ())
    reads = _all_reads(network)
    last_reader = {i: node.index for node in network.nodes for i in node.inputs}
    distinct = {id(how): how for of_node in reads for how in of_node}.values()
    alike = axes_are_alike(network.input, distinct) and not _moves_positions(network, distinct)
    found = [
        _along_axis(network, reads, last_reader, axis, names[axis]) for axis in range(1, 2 if alike else rank)
    ]
    if alike:
        ((fields, sliding),) = found
        found.append(([replace(field, axis=names[2]) for field in fields], sliding))
    windows = [w for _, w in found]
    return tuple(
        NodeField(node, tuple(f[node.index] for f, _ in found), tuple(w[node.index] for w in windows))
        for node in network.nodes
    )


def _moves_positions(network: Network, reads: Iterable[Reads]) -> bool:
    """Whether positions become channels, or lie in a row: units then see one axis by other rules than the other."""
    return any(isinstance(how, Regroup) and any(size != 1 for size in how.read[1:]) for how in reads) or any(
        node.layer.steps(network.input_shapes(node)[0]) for node in network.nodes
    )


def _all_reads(network: Network) -> list[tuple[Reads, ...]]:
    """What every node reads; a layer on the same shapes is asked once."""
    known: dict[object, tuple[Reads, ...]] = {}
    found = []
    for node in network.nodes:
        shapes = network.input_shapes(node)
        key = (node.layer, shapes)
        if key not in known:
            known[key] = node.layer.reads(*shapes)
        found.append(known[key])
    return found


def _along_axis(
    network: Network, reads: list[tuple[Reads, ...]], last_reader: dict[int, int], axis: int, name: str
) -> tuple[list[Field], list[Window | None]]:
    """The fields of all nodes on one axis of the input, and the windows on it."""
    fields: list[Field] = []
    windows: list[Window | None] = []
    live = {-1: seen_at_input(axis)}
    for node in network.nodes:
        inputs = [live[i] for i in node.inputs]
        windows.append(_window(inputs[0], reads[node.index][0]))
        seen, alignment = seen_by(inputs, reads[node.index], network.input_shapes(node), node.output)
        fields.append(_field(name, seen, alignment))
        live[node.index] = seen
        _forgotten(live, node, last_reader)
    for i, units in _by_unit(network, reads, axis, [f.basis == "unknown" for f in fields]):
        fields[i] = _told_by(units, fields[i])
    return fields, windows


def _forgotten(live: dict[int, _T], node: Node, last_reader: dict[int, int]) -> list[_T]:
    """Let go of what no later node reads."""
    done = [i for i in {*node.inputs, node.index} if last_reader.get(i, -1) <= node.index]
    return [live.pop(i) for i in done if i in live]


def _window(seen: Seen, reads: Reads) -> Window | None:
    """The window that slides over the axis that carries the field."""
    if isinstance(reads, tuple) and not seen.folded and not isinstance(seen.field, All):
        return reads[seen.axes[0]].taps.sliding
    return None


def _by_unit(
    network: Network, reads: list[tuple[Reads, ...]], axis: int, wanted: list[bool]
) -> Iterator[tuple[int, UnitSets]]:
    """What every unit of the wanted nodes sees; nothing of those where that is too much to look at, or needs numbers."""
    size = network.input.dims[axis]
    if True not in wanted or not isinstance(size, int):
        return
    needed = _ancestors(network, wanted)
    last_reader = {i: node.index for node in network.nodes if needed[node.index] for i in node.inputs}
    budget = Budget(len(network.nodes))
    try:
        live: dict[int, UnitSets | None] = {-1: input_units(axis, size, budget)}
    except TooLargeError:
        return
    weights = {-1: size}
    kept = size
    for node in network.nodes:
        if not needed[node.index]:
            continue
        units = _units_of(network, node, reads[node.index], [live[i] for i in node.inputs], budget)
        if units is not None and wanted[node.index]:
            yield node.index, units
        weight = 0 if units is None else units.weight
        if kept + weight > _MOST_KEPT:
            units, weight = None, 0
        live[node.index], weights[node.index] = units, weight
        _forgotten(live, node, last_reader)
        kept += weight - sum(_forgotten(weights, node, last_reader))


def _units_of(
    network: Network,
    node: Node,
    reads: tuple[Reads, ...],
    inputs: list[UnitSets | None],
    budget: Budget,
) -> UnitSets | None:
    known = [u for u in inputs if u is not None]
    if len(known) < len(inputs):
        return None
    shapes: tuple[Shape, ...] = network.input_shapes(node)
    try:
        return units_of(node.layer, known, reads, shapes, node.output, budget)
    except (TooLargeError, TypeError):
        return None


def _ancestors(network: Network, wanted: list[bool]) -> list[bool]:
    """Which nodes the wanted ones depend on, themselves included."""
    needed = list(wanted)
    for node in reversed(network.nodes):
        if needed[node.index]:
            for i in node.inputs:
                if i >= 0:
                    needed[i] = True
    return needed


def _field(name: str, seen: Seen, alignment: Alignment) -> Field:
    """The field as far as there is a closed form."""
    match seen.field:
        case Affine() as f:
            return Field(
                axis=name,
                basis="affine",
                size=f.size,
                least=f.size,
                start=f.start,
                jump=f.jump,
                support=f.support,
                alignment=alignment,
                variance=f.variance,
                smallest=_smallest(f),
            )
        case Phases() as f:
            least, most = _extremes(f.sets)
            return Field(
                axis=name,
                basis="phases",
                size=most,
                least=least,
                jump=Fraction(f.shift, f.period),
                support=max(map(number, f.sets)),
                period=f.period,
                alignment=alignment,
            )
        case All():
            return Field(name, "unknown", sees_all=True, alignment=alignment)
        case Units(why):
            return Field(name, "unknown", alignment=alignment, why=why)


def _told_by(units: UnitSets, field: Field) -> Field:
    """The field, told by what every unit sees."""
    least, most = _extremes(units.sets)
    return replace(
        field,
        basis="units",
        size=most,
        least=least,
        support=max(map(number, units.sets)),
        sees_all=field.sees_all and len(set(units.sets)) == 1,
    )


def _extremes(sets: tuple[Positions, ...]) -> tuple[int, int]:
    """The smallest and the largest size; 0 for a unit that sees nothing."""
    hulls = [hull(s) for s in set(sets)]
    sizes = [0 if h is None else h[1] - h[0] + 1 for h in hulls]
    return min(sizes), max(sizes)


def _smallest(field: Affine) -> Smallest | None:
    """n = b + 1 + j·o, at the first unit o >= −a/j whose field does not start before the input. Not behind a crop."""
    if field.cropped:
        return None
    if isinstance(field.jump, int) and field.jump < 1:
        unit: Dim = 0
    else:
        unit = maximum(0, ceildiv(-field.start, field.jump))
    return Smallest(field.start + field.size + field.jump * unit, unit)
