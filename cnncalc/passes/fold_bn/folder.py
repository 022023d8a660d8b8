"""Folding, normalisation by normalisation, until nothing more folds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from cnncalc.layers.folding import Need, Pick
from cnncalc.network import Network
from cnncalc.passes.fold_bn.branches import merges
from cnncalc.passes.fold_bn.graph import Graph
from cnncalc.passes.fold_bn.model import Absorption, Direction, Scales, Step, Target, Verdict
from cnncalc.passes.fold_bn.paths import Blocked, Goal, Path, backward, forward
from cnncalc.passes.fold_bn.savings import border_share
from cnncalc.record import replace

__all__ = ["Folder"]


class Folder:
    """The state of folding: the graph, what was done to it, and the verdicts."""

    def __init__(self, network: Network, scales: Scales | None) -> None:
        self.network = network
        self.graph = Graph(network)
        self.steps: list[Step] = []
        self.merged: list[tuple[str, str, tuple[str, ...]]] = []
        self._verdicts: dict[int, Verdict] = {}
        #: s and t by the node that owns the tensors
        self._scales: dict[int, tuple[list[float], list[float]]] = {}
        #: by the node that owns shared tensors: who was last found to be used otherwise
        self._odd: dict[int, int] = {}
        for node in network.nodes:
            found = node.layer.as_affine(network.input_shapes(node)[0])
            if found is None:
                continue
            reasons = (f"it {found}",) if isinstance(found, str) else ()
            self._verdicts[node.index] = Verdict(node.name, node.index, None, reasons=reasons)
            owner = network.nodes[self.graph.owner(node.index)].name
            if scales is not None and owner in scales:
                s, t = scales[owner]
                self._scales[self.graph.owner(node.index)] = (list(s), list(t))
        self._candidates = [i for i, v in self._verdicts.items() if not v.reasons]

    def verdicts(self) -> tuple[Verdict, ...]:
        """On every normalisation, in order."""
        return tuple(self._verdicts.values())

    def fold(self, *, border: bool) -> None:
        """Fold what can be folded, again and again: what is folded may clear the way for others.

        From the end, so that a normalisation goes into the one before it rather than through all that was between;
        then from the start, as of calls that share their weights the first may have to go first.
        """
        order = list(reversed(self._candidates))
        while [i for i in order if self.graph.alive[i] and self._try(i, border=border)]:
            order.reverse()

    def _try(self, index: int, *, border: bool) -> bool:
        """Fold one normalisation, backward if possible; whether it is folded."""

        def ask(need: Need, picks: tuple[Pick, ...], shift: bool) -> bool | None:
            return self._holds(index, need, picks, shift)

        before = self._whole(index, backward(self.graph, index, ask, border=border), "backward")
        if isinstance(before, Path):
            self._accept(index, before, "backward", ())
            return True
        after = self._whole(index, forward(self.graph, index, ask, border=border), "forward")
        if isinstance(after, Path):
            self._accept(index, after, "forward", (before.reason,))
            return True
        self._verdicts[index] = replace(self._verdicts[index], reasons=(before.reason, after.reason))
        return False

    def _holds(self, index: int, need: Need, picks: Sequence[Pick], shift: bool) -> bool | None:
        known = self._scales.get(self.graph.owner(index))
        if known is None:
            return True if need.what == "scales" and self._is_positive(index) else None
        s, t = (self._sent(values, picks) for values in known)
        return need.met(s, t if shift else [0.0] * len(t))

    def _is_positive(self, index: int) -> bool:
        """Whether a normalisation has no factors of its own: then it divides, and that by a positive number."""
        layer, (x, *_) = self.graph.layers[index], self.network.input_shapes(self.network.nodes[index])
        return all(w.name != "weight" for w in layer.weights(x))

    @staticmethod
    def _sent(values: list[float], picks: Sequence[Pick]) -> list[float]:
        for pick in picks:
            values = pick.of(values)
        return values

    def _whole(self, index: int, path: Path | Blocked, direction: Direction) -> Path | Blocked:
        """The path, unless a layer at its end shares its weights with one that has no such normalisation."""
        if isinstance(path, Blocked):
            return path
        for goal in path.goals:
            if len(self.graph.sharers(goal.node)) == 1:
                continue
            if len(path.goals) > 1:
                return Blocked(f"'{self.graph.name(goal.node)}' shares its weights")
            odd = self._without_partner(index, goal, direction)
            if odd is not None:
                return Blocked(
                    f"'{self.graph.name(goal.node)}' shares its weights with '{self.graph.name(odd)}', "
                    f"which no such normalisation {'follows' if direction == 'backward' else 'precedes'}"
                )
        return path

    def _without_partner(self, index: int, goal: Goal, direction: Direction) -> int | None:
        """A call of a shared layer that has no such normalisation in the place where this one is, if there is one."""
        owner, sharers = self.graph.owner(goal.node), self.graph.sharers(goal.node)
        # what stood in the way of one normalisation most likely stands in the way of the next
        last = self._odd.get(owner, goal.node)
        for sharer in chain([last] if last in sharers else [], sharers):
            if sharer != goal.node and self._partner(index, goal, sharer, direction) is None:
                self._odd[owner] = sharer
                return sharer
        return None

    def _partner(self, index: int, goal: Goal, sharer: int, direction: Direction) -> int | None:
        """The normalisation that another call of a shared layer has in the place where this one is."""
        node = sharer
        seeking = range(len(goal.through) + 1)
        for _ in seeking:
            near = self._next(node, direction)
            if near is None:
                return None
            node = near
        if node not in self._verdicts or not self._same_map(index, node):
            return None
        find = backward if direction == "backward" else forward
        path = find(self.graph, node, lambda need, picks, shift: self._holds(node, need, picks, shift))
        if isinstance(path, Blocked) or len(path.goals) != 1:
            return None
        (other,) = path.goals
        fits = other.node == sharer and (other.picks, other.shift) == (goal.picks, goal.shift)
        return node if fits else None

    def _next(self, node: int, direction: Direction) -> int | None:
        """The only node that reads this one or, of one that is folded forward, that it reads."""
        if direction == "backward":
            return self.graph.reader(node) if self.graph.readers(node) == 1 else None
        (first, *more) = self.graph.inputs[node]
        return first if first >= 0 and not more else None

    def _same_map(self, one: int, other: int) -> bool:
        """Whether two normalisations have the same tensors, or the same known numbers."""
        a, b = self.graph.owner(one), self.graph.owner(other)
        return a == b or (a in self._scales and self._scales[a] == self._scales.get(b))

    def _accept(self, index: int, path: Path, direction: Direction, reasons: tuple[str, ...]) -> None:
        """Take the normalisation out, and note what is done to the weights."""
        graph = self.graph
        for goal in path.goals:
            found = [(index, goal)]
            for sharer in tuple(graph.sharers(goal.node)):
                if sharer != goal.node:
                    partner = self._partner(index, goal, sharer, direction)
                    assert partner is not None  # noqa: S101 - `_whole` has found it
                    found.append((partner, replace(goal, node=sharer)))
            self._note(index, goal, direction)
            for normalisation, own in found[1:]:
                graph.layers[own.node] = goal.how.layer
                self._verdicts[normalisation] = self._verdict(normalisation, (own,), path, direction, reasons)
                graph.remove(normalisation)
            graph.layers[goal.node] = goal.how.layer
        self._verdicts[index] = self._verdict(index, path.goals, path, direction, reasons)
        graph.remove(index)

    def _note(self, index: int, goal: Goal, direction: Direction) -> None:
        into, of = self.graph.owner(goal.node), self.graph.owner(index)
        assert direction != "merged"  # noqa: S101 - merging absorbs nothing
        self.steps.append(Absorption(into, of, direction, goal.how, goal.picks, goal.shift))
        if into in self._scales and of in self._scales:
            (s, t), (old_s, old_t) = self._scales[of], self._scales[into]
            s, t = self._sent(s, goal.picks), self._sent(t, goal.picks)
            t = t if goal.shift else [0.0] * len(t)
            if direction == "backward":
                joined = [p * q + r for p, q, r in zip(s, old_t, t, strict=True)]
            else:
                joined = [p * r + q for p, q, r in zip(old_s, old_t, t, strict=True)]
            self._scales[into] = [p * q for p, q in zip(s, old_s, strict=True)], joined

    def _verdict(
        self, index: int, goals: Sequence[Goal], path: Path, direction: Direction, reasons: tuple[str, ...]
    ) -> Verdict:
        graph = self.graph
        targets = tuple(
            [
                Target(
                    graph.name(g.node),
                    tuple(map(graph.name, reversed(g.through) if direction == "backward" else g.through)),
                )
                for g in goals
            ]
        )
        borders = [f"'{graph.name(at)}': {why}" for at, why in path.borders]
        shares = [border_share(self.network, at) for at, _ in path.borders]
        return Verdict(
            graph.name(index),
            index,
            direction,
            targets,
            (*borders, *reasons),
            exact=not borders,
            border=shares[0] if shares else None,
            given=path.given,
        )

    def merge(self) -> None:
        """Make parallel branches of sums one convolution."""
        for found in merges(self.graph):
            self.steps.append(found.merge)
            into = self.graph.name(found.merge.into)
            for branch in found.merge.branches:
                if branch.what == "normalisation" and branch.of is not None:
                    self._verdicts[branch.of] = Verdict(
                        self.graph.name(branch.of), branch.of, "merged", (Target(into),)
                    )
            gone = [
                self.graph.name(b.of) if b.of is not None else "the input itself"
                for b in found.merge.branches
            ]
            self.merged.append((self.graph.name(found.node), into, tuple([g for g in gone if g != into])))
