"""From a normalisation to the layers that can take it into their weights: backward through a tree, forward along a path."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from cnncalc.layers.folding import Absorbed, Need, Pick, Route
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
#: reads the node, and what was passed
_End: TypeAlias = tuple[int, int, tuple[Pick, ...], bool, int, tuple[int, ...]]


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


#: so many layers are looked at for one normalisation, lest a long chain of them be gone through for every one
_MOST_LAYERS = 256
_TOO_FAR = f"more than {_MOST_LAYERS} layers lie in between"


def backward(graph: Graph, index: int, ask: Ask, *, border: bool = False) -> Path | Blocked:
    """The layers before a normalisation that together can take it in, or what stands in the way."""
    checks = _Checks(ask, border=border)
    goals: list[Goal] = []
    asked = 0
    open_ends: list[_End] = [(graph.inputs[index][0], 0, (), True, index, ())]
    while open_ends:
        node, axis, picks, shift, reader, through = open_ends.pop()
        asked += 1
        if asked > _MOST_LAYERS:
            return Blocked(_TOO_FAR)
        blocked = graph.read_once(node, reader)
        if blocked is not None:
            return Blocked(blocked)
        meeting = graph.layers[node].fold_back(axis, *graph.shapes(node))
        if isinstance(meeting, str):
            return Blocked(f"'{graph.name(node)}': {meeting}")
        if isinstance(meeting, Absorbed):
            if any(goal.node == node for goal in goals):
                return Blocked(f"'{graph.name(node)}' is reached twice")
            goals.append(Goal(node, meeting, picks, shift, through))
            continue
        sources = zip(graph.inputs[node], meeting.routes, strict=True)
        ends: list[_End] = []
        for source, route in sources:
            failed = checks.failure(route.need, node, picks, shift)
            if failed is not None:
                return Blocked(f"'{graph.name(node)}': {failed}")
            ends.append(
                (source, route.axis, _sent(picks, route), shift and route.shift, node, (*through, node))
            )
        # the first branch first
        open_ends += reversed(ends)
    return Path(tuple(goals), tuple(checks.given), tuple(checks.borders))


def forward(graph: Graph, index: int, ask: Ask, *, border: bool = False) -> Path | Blocked:
    """The layer behind a normalisation that can take it in, or what stands in the way."""
    checks = _Checks(ask, border=border)
    node, axis = index, 0
    picks: tuple[Pick, ...] = ()
    through: tuple[int, ...] = ()
    while len(through) < _MOST_LAYERS:
        if node == graph.last:
            what = "it is" if node == index else f"'{graph.name(node)}' is"
            return Blocked(f"{what} the network's output")
        readers = graph.readers(node)
        if len(readers) != 1:
            return Blocked(f"'{graph.name(node)}' is read {_times(len(readers))}")
        (reader,) = readers
        meeting = graph.layers[reader].fold_on(axis, *graph.shapes(reader))
        if isinstance(meeting, str):
            return Blocked(f"'{graph.name(reader)}': {meeting}")
        need = meeting.need if isinstance(meeting, Absorbed) else meeting.routes[0].need
        failed = checks.failure(need, reader, picks, shift=True)
        if failed is not None:
            return Blocked(f"'{graph.name(reader)}': {failed}")
        if isinstance(meeting, Absorbed):
            goal = Goal(reader, meeting, picks, shift=True, through=through)
            return Path((goal,), tuple(checks.given), tuple(checks.borders))
        (route,) = meeting.routes
        axis, picks = route.axis, _sent(picks, route)
        node, through = reader, (*through, reader)
    return Blocked(_TOO_FAR)


def _sent(picks: tuple[Pick, ...], route: Route) -> tuple[Pick, ...]:
    return picks if route.pick.how == "same" else (*picks, route.pick)


def _times(count: int) -> str:
    return {0: "by nobody", 2: "twice"}.get(count, f"{count} times")
