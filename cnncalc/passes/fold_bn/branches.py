"""Parallel branches of a sum as one convolution: 3×3 + 1×1 + identity, each with a normalisation, as RepVGG has them."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.folding import Kernel
from cnncalc.passes.fold_bn.graph import Graph
from cnncalc.passes.fold_bn.model import Branch, Merge
from cnncalc.record import record
from cnncalc.shape import Window

__all__ = ["Merged", "merges"]


@record
class Merged:
    """A sum whose branches are one: the node of the sum, and what is done."""

    node: int
    merge: Merge
    #: the nodes that went into another
    gone: tuple[int, ...]


@record
class _Summand:
    """One input of a sum that comes from `source`: by a kernel, by a normalisation, or as it is."""

    source: int
    node: int | None
    kernel: Kernel | None


def merges(graph: Graph) -> Iterator[Merged]:
    """Merge what can be merged, sum by sum; every merge is made in the graph as it is told."""
    for node in graph.network.nodes:
        if graph.alive[node.index] and graph.layers[node.index].role == "sum":
            yield from _of_sum(graph, node.index)


def _of_sum(graph: Graph, add: int) -> Iterator[Merged]:
    summands = [_summand(graph, i, add) for i in graph.inputs[add]]
    for source in dict.fromkeys(s.source for s in summands):
        group = [s for s in summands if s.source == source]
        found = _merged(graph, add, source, group)
        if found is None:
            continue
        into = found.merge.into
        dropped = {i for i in graph.inputs[add] if i in found.gone}
        identity = any(b.what == "identity" for b in found.merge.branches)
        graph.narrow(add, dropped | ({source} if identity else set()), into)
        for gone in found.gone:
            graph.drop(gone)
        (kernel,) = [s.kernel for s in group if s.node == into and s.kernel]
        graph.layers[into] = kernel.layer
        yield found
    if len(graph.inputs[add]) == 1:
        graph.remove(add)


def _summand(graph: Graph, index: int, add: int) -> _Summand:
    alone = index >= 0 and graph.read_once(index, add) is None and len(graph.sharers(index)) == 1
    if alone and graph.shape(index) == graph.shape(add):
        layer = graph.layers[index]
        kernel = layer.sliding(graph.shapes(index)[0])
        if kernel is not None or _is_affine(graph, index):
            return _Summand(graph.inputs[index][0], index, kernel)
    return _Summand(index, None, None)


def _is_affine(graph: Graph, index: int) -> bool:
    found = graph.layers[index].as_affine(graph.shape(graph.inputs[index][0]))
    return found is not None and not isinstance(found, str)


def _merged(graph: Graph, add: int, source: int, group: list[_Summand]) -> Merged | None:
    """The summands of one source as one convolution: the first kernel that holds all others."""
    if len(group) < 2 or graph.shape(add).rank < 2:
        return None
    for candidate in group:
        if candidate.kernel is None or candidate.node is None:
            continue
        branches = [_branch(graph, add, source, s, candidate.kernel) for s in group]
        if all(b is not None for b in branches):
            known = tuple([b for b in branches if b is not None])
            gone = tuple([s.node for s in group if s.node is not None and s is not candidate])
            return Merged(add, Merge(candidate.node, known, candidate.kernel.groups), gone)
    return None


def _branch(graph: Graph, add: int, source: int, summand: _Summand, into: Kernel) -> Branch | None:
    """How a summand lies in a kernel, if it does."""
    kernel = summand.kernel
    if kernel is not None and kernel.groups != into.groups:
        return None
    if kernel is None and graph.shape(source) != graph.shape(add):
        return None
    windows = (Window(1),) * len(into.windows) if kernel is None else kernel.windows
    places = [_place(small, large) for small, large in zip(windows, into.windows, strict=True)]
    known = [p for p in places if p is not None]
    if len(known) < len(places):
        return None
    what: str = "kernel" if kernel is not None else "identity" if summand.node is None else "normalisation"
    offsets, steps = tuple([o for o, _ in known]), tuple([s for _, s in known])
    return Branch(summand.node, what, offsets, steps)  # type: ignore[arg-type]


def _place(small: Window, large: Window) -> tuple[int, int] | None:
    """Tap v of the small window is tap offset + v·step of the large one, on one axis; None if it lies elsewhere."""
    sizes = (small.kernel, small.before, small.dilation, large.kernel, large.before, large.dilation)
    if small.stride != large.stride or not all(isinstance(n, int) for n in sizes):
        return None
    taps, before, apart, length, start, unit = (n if isinstance(n, int) else 0 for n in sizes)
    offset, rest = divmod(start - before, unit)
    step, left = divmod(apart, unit) if taps > 1 else (1, 0)
    if rest or left or offset < 0 or offset + (taps - 1) * step >= length:
        return None
    return offset, step
