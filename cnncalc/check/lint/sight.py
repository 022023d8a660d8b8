"""What the units of every node see of the network's input, axis by axis, as far as a formula says it: in time linear in the nodes.

`cnncalc.passes.receptive_field` also looks at units one by one where there is no formula, which takes longer than advice should.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.check.lint.traits import Traits
from cnncalc.network import Network
from cnncalc.passes.receptive_field.forward import Alignment, Seen, axes_are_alike, seen_at_input, seen_by
from cnncalc.passes.receptive_field.interior import Affine, All, Phases
from cnncalc.passes.receptive_field.sets import hull
from cnncalc.record import record, replace
from cnncalc.spec.items import AXIS_NAMES

__all__ = ["Axis", "Sight", "sights"]


@record
class Sight:
    """What one node's units see of one axis of the input, where it is known in numbers.

    Unit o sees positions from start + jump·o on, `size` from the first to the last, of which it reads `support`.
    """

    size: int
    start: int | None = None
    jump: int | None = None
    support: int | None = None


@record
class Axis:
    """One spatial axis of the network's input: its letter, and for every node what its units see."""

    name: str
    #: by node; None: everything, or nothing that is known
    sights: tuple[Sight | None, ...]
    #: by node: whether its units see everything
    everything: tuple[bool, ...]
    #: by node: how its inputs lie to each other
    alignments: tuple[Alignment, ...]


def sights(network: Network, traits: Sequence[Traits]) -> tuple[Axis, ...]:
    """All spatial axes of the input; none of a flat one. `traits`: by node."""
    names = AXIS_NAMES.get(network.input.rank, ())
    if axes_are_alike(network.input, (how for of in dict.fromkeys(traits) for how in of.reads)):
        height = _along(network, traits, 1, names[1])
        return height, replace(height, name=names[2])
    return tuple([_along(network, traits, axis, name) for axis, name in enumerate(names[1:], start=1)])


def _along(network: Network, traits: Sequence[Traits], axis: int, name: str) -> Axis:
    seen = {-1: seen_at_input(axis)}
    alignments: list[Alignment] = []
    for node in network.nodes:
        if traits[node.index].keeps_places:
            seen[node.index] = seen[node.inputs[0]]
            alignments.append("aligned")
            continue
        inputs = [seen[i] for i in node.inputs]
        shapes = network.input_shapes(node)
        seen[node.index], alignment = seen_by(inputs, traits[node.index].reads, shapes, node.output)
        alignments.append(alignment)
    found = [seen[node.index] for node in network.nodes]
    return Axis(
        name,
        tuple(map(_sight, found)),
        tuple([isinstance(s.field, All) for s in found]),
        tuple(alignments),
    )


def _sight(seen: Seen) -> Sight | None:
    match seen.field:
        case Affine(int() as start, int() as size, int() as jump, support):
            known = support if isinstance(support, int) else None
            # numbers in a row lie no more where they look
            return Sight(size, support=known) if seen.folded else Sight(size, start, jump, known)
        case Phases():
            ends = [hull(positions) for positions in seen.field.sets]
            return Sight(max([last - first + 1 for first, last in filter(None, ends)], default=0))
    return None
