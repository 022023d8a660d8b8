"""Every number about a network, complete and frozen: the only thing that reports read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
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
        root=_tree(network, rows),
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
    #: by cost, which layers that are alike have in common
    known: dict[int, tuple[str, Totals]] = {}
    shapes = {-1: network.input}
    names = {-1: "input"}
    rows = []
    for node, cost in zip(network.nodes, found, strict=True):
        shapes[node.index], names[node.index] = node.output, node.name
        told = known.get(id(cost))
        if told is None:
            try:
                totals = Totals(cost.params, cost.buffers, batch * cost.macs)
            except CnncalcError as error:
                raise error.at(node.span, f"layer '{node.name}' ({node.layer.kind})") from None
            told = known[id(cost)] = layer_as_word(node.layer), totals
        word, totals = told
        shared = None
        if node.weights_of is not None:
            shared, totals = names[node.weights_of], Totals(0, 0, totals.macs)
        rows.append(
            Row(
                node.index,
                node.name,
                node.layer.kind,
                word,
                tuple([names[i] for i in node.inputs]),
                shapes[node.inputs[0]],
                node.output,
                cost.weights,
                shared,
                totals,
            )
        )
    return tuple(rows)


@dataclass(slots=True)
class _Open:
    """A block whose rows are being gone through: `prefix` is how the names within it begin."""

    name: str
    prefix: str
    first: int
    parts: list[Totals] = field(default_factory=list)
    children: list[Block] = field(default_factory=list)


def _tree(network: Network, rows: Sequence[Row]) -> Block:
    """The whole network as a block, with the blocks in it that the dots in names make."""
    around = [_Open("", "", 0)]
    for row in rows:
        while not row.name.startswith(around[-1].prefix):
            _close(network, around, row.index)
        *blocks, _ = row.name[len(around[-1].prefix) :].split(".")
        for block in blocks:
            name = f"{around[-1].prefix}{block}"
            around.append(_Open(name, f"{name}.", row.index))
        around[-1].parts.append(row.totals)
    while len(around) > 1:
        _close(network, around, len(rows))
    return _closed(network, around[0], len(rows))


def _close(network: Network, around: list[_Open], last: int) -> None:
    """End the innermost block before a row, as a part of the one around it."""
    block = _closed(network, around.pop(), last)
    around[-1].children.append(block)
    around[-1].parts.append(block.totals)


def _closed(network: Network, block: _Open, last: int) -> Block:
    name = block.name
    try:
        totals = _sum(block.parts)
    except CnncalcError as error:
        what = f"the sum of '{name}'" if name else "the sum of all layers"
        raise error.at(network.nodes[block.first].span, what) from None
    output = network.output_of(name) if name else network.output
    return Block(name, block.first, last, output, totals, tuple(block.children))


def _sum(parts: Sequence[Totals]) -> Totals:
    return Totals(
        sum([p.params for p in parts]),
        sum([p.buffers for p in parts]),
        sum([p.macs for p in parts]),
    )
