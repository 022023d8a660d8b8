"""From a normalisation to the layers that can take it into their weights: backward through a tree, forward along a path."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from cnncalc.layers.folding import Absorbed, Meeting, Need, Passed, Pick, Route
from cnncalc.passes.fold_bn.graph import Graph
from cnncalc.record import record

__all__ = ["Ask", "Blocked", "Goal", "Path", "backward", "forward"]


@record
class Goal:
    """A layer at the end of a path: how it takes the map in, and what lies in between."""

    node: int
    how: Absorbed
    picks: tuple[Pick, ...]
    shift: bool
    through: tuple[int, ...]


@record
class Path:
    """All layers that have to take a map in, and what was found true of the given weights on the way."""

    goals: tuple[Goal, ...]
    given: tuple[str, ...] = ()
    #: what does not hold at the border, in words, and the node where
    borders: tuple[tuple[int, str], ...] = ()


@record
class Blocked:
    """Why a map gets no further."""

    reason: str


#: whether what must hold of the map holds where it has come to: (need, picks so far, with the summand) -> None if unknown
Ask: TypeAlias = Callable[[Need, tuple[Pick, ...], bool], bool | None]

#: what is to be asked next: the node before, the axis, how the map has changed, whether the summand comes along, who
#: reads the node, what was passed, and which input of the first layer with several this belongs to
_End: TypeAlias = tuple[int, int, tuple[Pick, ...], bool, int, tuple[int, ...], int]


class _Checks:
    """What has to hold along the way, as it is met."""

    def __init__(self, ask: Ask, *, border: bool) -> None:
        self._ask = ask
        self._border = border
        self.given: dict[str, None] = {}
        self.borders: dict[tuple[int, str], None] = {}

    def failure(self, need: Need | None, at: int, picks: tuple[Pick, ...], shift: bool) -> str | None:
        """Why the map does not pass, or None."""
        if need is None or (need.what == "fixed" and need.value == 0 and not shift):
            return None
        met = self._ask(need, picks, shift)
        if met:
            self.given.setdefault(_HOLDS[need.what])
            return None
        if need.border and self._border:
            self.borders.setdefault((at, need.why))
            return None
        if met is None and need.what in ("scales", "equal"):
            return f"{need.why}: that depends on the weights"
        return need.why


_HOLDS = {
    "scales": "no factor is negative",
    "fixed": "the summand changes nothing at the border",
    "equal": "factors and summands are equal where they have to be",
}


#: as deep a path may be, lest a long chain of layers be told of for every one of many branches
_MOST_LAYERS = 256
_TOO_FAR = f"more than {_MOST_LAYERS} layers lie in between"
#: so many inputs of one layer are told of
_MOST_REASONS = 3


def backward(graph: Graph, index: int, ask: Ask, *, border: bool = False) -> Path | Blocked:
    """The layers before a normalisation that together can take it in, or what stands in the way."""
    checks = _Checks(ask, border=border)
    goals: list[Goal] = []
    #: the first layer with several inputs, and which of these cannot take it, and why
    join: int | None = None
    failed: dict[int, str] = {}
    open_ends: list[_End] = [(graph.inputs[index][0], 0, (), graph.adds(index), index, (), 0)]
    while open_ends:
        node, axis, picks, shift, reader, through, branch = open_ends.pop()
        if branch in failed:
            continue
        found = _met(graph, node, axis, reader, through)
        if isinstance(found, Passed):
            needs = [checks.failure(route.need, node, picks, shift) for route in found.routes]
            found = next((f"'{graph.name(node)}': {why}" for why in needs if why is not None), found)
        if isinstance(found, str):
            if join is None:
                return Blocked(found)
            failed[branch] = found
        elif isinstance(found, Absorbed):
            goals.append(Goal(node, found, picks, shift, through))
        else:
            first = join is None and len(found.routes) > 1
            join = node if first else join
            passed = (*through, node)
            ends: list[_End] = [
                (
                    source,
                    route.axis,
                    _sent(picks, route),
                    shift and route.shift,
                    node,
                    passed,
                    i if first else branch,
                )
                for i, (source, route) in enumerate(zip(graph.inputs[node], found.routes, strict=False))
            ]
            # the first branch first
            open_ends += reversed(ends)
    if join is not None and failed:
        return Blocked(_of_inputs(graph, join, tuple(failed.values())))
    return Path(tuple(goals), tuple(checks.given), tuple(checks.borders))


def _met(graph: Graph, node: int, axis: int, reader: int, through: tuple[int, ...]) -> Meeting:
    """What becomes of a map that comes from behind, on an axis of what `reader` reads of a node."""
    if len(through) == _MOST_LAYERS:
        return _TOO_FAR
    seen = graph.read_once(node, reader)
    if seen is not None:
        return seen
    found = graph.layers[node].fold_back(axis, *graph.shapes(node))
    return f"'{graph.name(node)}': {found}" if isinstance(found, str) else found


def _of_inputs(graph: Graph, join: int, reasons: tuple[str, ...]) -> str:
    """of the 3 inputs of 'cat1' 1 cannot take it: 'relu1': relu is not linear"""
    more = len(reasons) - _MOST_REASONS
    told = "; ".join([*reasons[:_MOST_REASONS], *([f"and {more} more"] if more > 0 else [])])
    count = len(graph.inputs[join])
    return f"of the {count} inputs of '{graph.name(join)}' {len(reasons)} cannot take it: {told}"


def forward(graph: Graph, index: int, ask: Ask, *, border: bool = False) -> Path | Blocked:
    """The layer behind a normalisation that can take it in, or what stands in the way."""
    checks = _Checks(ask, border=border)
    node, axis, shift = index, 0, graph.adds(index)
    picks: tuple[Pick, ...] = ()
    through: tuple[int, ...] = ()
    while len(through) < _MOST_LAYERS:
        if node == graph.last:
            what = "it is" if node == index else f"'{graph.name(node)}' is"
            return Blocked(f"{what} the network's output")
        count = graph.readers(node)
        if count != 1:
            return Blocked(f"'{graph.name(node)}' is read {_times(count)}")
        reader = graph.reader(node)
        meeting = graph.layers[reader].fold_on(axis, *graph.shapes(reader))
        if isinstance(meeting, str):
            return Blocked(f"'{graph.name(reader)}': {meeting}")
        need = meeting.need if isinstance(meeting, Absorbed) else meeting.routes[0].need
        failed = checks.failure(need, reader, picks, shift)
        if failed is not None:
            return Blocked(f"'{graph.name(reader)}': {failed}")
        if isinstance(meeting, Absorbed):
            goal = Goal(reader, meeting, picks, shift, through)
            return Path((goal,), tuple(checks.given), tuple(checks.borders))
        (route,) = meeting.routes
        axis, picks = route.axis, _sent(picks, route)
        node, through = reader, (*through, reader)
    return Blocked(_TOO_FAR)


def _sent(picks: tuple[Pick, ...], route: Route) -> tuple[Pick, ...]:
    return picks if route.pick.how == "same" else (*picks, route.pick)


def _times(count: int) -> str:
    return {0: "by nobody", 2: "twice"}.get(count, f"{count} times")
