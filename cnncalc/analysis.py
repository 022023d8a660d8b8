"""Every number about a network, complete and frozen: the only thing that reports read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from cnncalc.collector import without_collector
from cnncalc.errors import CnncalcError
from cnncalc.network import Assumption, Network
from cnncalc.passes.cost import Cost, costs
from cnncalc.record import record
from cnncalc.shape import Shape, Weight
from cnncalc.spec.printer import layer_as_word
from cnncalc.symbolic import Dim

if TYPE_CHECKING:
    from cnncalc.passes.details import Detail, Details

__all__ = ["Analysis", "Block", "Row", "Totals", "analyse"]


@record
class Totals:
    """Sums over nodes. Weights that nodes share count once, their MACs every time."""

    params: Dim = 0
    buffers: Dim = 0
    macs: Dim = 0

    @property
    def flops(self) -> Dim:
        """FLOPs as torch counts them: 2 for every multiply-accumulate."""
        return 2 * self.macs


@record
class Row:
    """One node: what it is, what comes in and out, what it owns and what it costs."""

    index: int
    name: str
    kind: str
    word: str
    inputs: tuple[str, ...]
    input: Shape
    output: Shape
    weights: tuple[Weight, ...]
    #: the node whose weights it shares, which are counted there
    shares: str | None
    totals: Totals


@record
class Block:
    """Consecutive nodes under one name: rows `first` to `last` (exclusive), and the blocks within."""

    name: str
    first: int
    last: int
    #: None if it ends in several nodes
    output: Shape | None
    totals: Totals
    children: tuple[Block, ...]


@record
class Analysis:
    """What a network is. All numbers are exact; MACs and FLOPs are those of the whole batch."""

    name: str | None
    source: str | None
    batch: int
    input: Shape
    output: Shape
    rows: tuple[Row, ...]
    #: the whole network, with its blocks as children
    root: Block
    assumptions: tuple[Assumption, ...]
    substitutions: tuple[tuple[str, Dim], ...]
    #: what was asked for besides
    details: Details | None = None

    @property
    def totals(self) -> Totals:
        return self.root.totals

    @property
    def params(self) -> Dim:
        """Trainable weights."""
        return self.totals.params

    @property
    def buffers(self) -> Dim:
        """Running statistics and the like: kept with the weights, not trained."""
        return self.totals.buffers

    @property
    def macs(self) -> Dim:
        """Multiply-accumulates of the whole batch."""
        return self.totals.macs

    @property
    def flops(self) -> Dim:
        """FLOPs as torch counts them: 2 for every multiply-accumulate."""
        return self.totals.flops


@without_collector
def analyse(network: Network, *, batch: int = 1, also: Collection[Detail] = ()) -> Analysis:
    """Compute everything about a network, with the `details` that are asked for in `also`.

    Raises CnncalcError, with the place, where a cost or a sum is too large an expression; ValueError if `batch` is less than 1.
    """
    if batch < 1:
        raise ValueError(f"batch must be at least 1, not {batch}")
    found = costs(network)
    rows = _rows(network, found, batch)
    return Analysis(
        name=network.name,
        source=network.source,
        batch=batch,
        input=network.input,
        output=network.output,
        rows=rows,
        root=_block(network, rows, "", 0, len(rows)),
        assumptions=network.assumptions,
        substitutions=tuple(network.substitutions.items()),
        details=_details(network, also, batch),
    )


def _details(network: Network, wanted: Collection[Detail], batch: int) -> Details | None:
    if not wanted:
        return None
    from cnncalc.passes.details import details

    return details(network, wanted, batch=batch)


def _rows(network: Network, found: Sequence[Cost], batch: int) -> tuple[Row, ...]:
    words: dict[object, str] = {}
    rows = []
    for node, cost in zip(network.nodes, found, strict=True):
        word = words.get(node.layer)
        if word is None:
            word = words[node.layer] = layer_as_word(node.layer)
        shared = None if node.weights_of is None else network.nodes[node.weights_of].name
        own = shared is None
        try:
            macs = batch * cost.macs
        except CnncalcError as error:
            raise error.at(node.span, f"layer '{node.name}' ({node.layer.kind})") from None
        rows.append(
            Row(
                index=node.index,
                name=node.name,
                kind=node.layer.kind,
                word=word,
                inputs=tuple(["input" if i < 0 else network.nodes[i].name for i in node.inputs]),
                input=network.input_shapes(node)[0],
                output=node.output,
                weights=cost.weights,
                shares=shared,
                totals=Totals(cost.params if own else 0, cost.buffers if own else 0, macs),
            )
        )
    return tuple(rows)


def _block(network: Network, rows: Sequence[Row], name: str, first: int, last: int) -> Block:
    """The block of the rows from `first` to `last`, all of whose names are within `name`."""
    depth = name.count(".") + 1 if name else 0
    children: list[Block] = []
    parts: list[Totals] = []
    start = first
    while start < last:
        words = rows[start].name.split(".")
        end = start + 1
        if len(words) > depth + 1:
            prefix = ".".join(words[: depth + 1]) + "."
            while end < last and rows[end].name.startswith(prefix):
                end += 1
            children.append(_block(network, rows, prefix[:-1], start, end))
            parts.append(children[-1].totals)
        else:
            parts.append(rows[start].totals)
        start = end
    try:
        totals = _sum(parts)
    except CnncalcError as error:
        what = f"the sum of '{name}'" if name else "the sum of all layers"
        raise error.at(network.nodes[first].span, what) from None
    output = network.output_of(name) if name else network.output
    return Block(name, first, last, output, totals, tuple(children))


def _sum(parts: Sequence[Totals]) -> Totals:
    return Totals(
        sum([p.params for p in parts]),
        sum([p.buffers for p in parts]),
        sum([p.macs for p in parts]),
    )
