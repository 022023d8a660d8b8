"""What is explained of a network: its layers as a chain, and the working for the layers that differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from cnncalc.analysis import Analysis, Row
from cnncalc.errors import SpecError, nearest
from cnncalc.network import Network, Node
from cnncalc.record import record
from cnncalc.report.columns import Cell, Column
from cnncalc.report.explain.field import receptive_field
from cnncalc.report.explain.im2col import im2col
from cnncalc.report.explain.model import Explanation, Part
from cnncalc.report.explain.quantities import Subject, flops, macs, memory, output, params, section
from cnncalc.report.explain.training import dropout, initialisation, statistics
from cnncalc.report.table import Line, Table
from cnncalc.spec.printer import layer_as_word

if TYPE_CHECKING:
    from cnncalc.passes.receptive_field import NodeField

__all__ = ["QUANTITIES", "Document", "explain"]

#: what can be explained of a layer, in this order; None: the layer has nothing of the kind
QUANTITIES: dict[str, Callable[[Subject], Part | None]] = {
    "output": output,
    "params": params,
    "macs": macs,
    "flops": flops,
    "rf": receptive_field,
    "init": initialisation,
    "statistics": statistics,
    "dropout": dropout,
    "memory": memory,
    "im2col": im2col,
}
#: what is explained only where it is asked for
_ON_REQUEST = ("im2col",)

#: what is explained where there are several layers
_SHORT = ("output", "params", "macs")
#: of more layers than this, the working is too long to read
_MOST_LAYERS = 6


@record
class Document:
    """A whole explanation: the chain of layers, the working for some of them, and a hint at more."""

    analysis: Analysis
    chain: Table | None
    largest: tuple[str, ...]
    layers: tuple[Explanation, ...]
    hint: str | None = None


def explain(
    network: Network, analysis: Analysis, *, layer: str | None = None, quantities: Sequence[str] = ()
) -> Document:
    """Explain a network, or one layer or block of it.

    Raises SpecError for an unknown layer or quantity, and where no layer has what is asked for.
    """
    chosen = tuple(map(_known, quantities))
    nodes = network.nodes if layer is None else _named(network, layer)
    groups = _distinct(network, nodes, apart="rf" in chosen)
    alone = len(groups) == 1
    heaviest = _heaviest(groups, analysis)
    workable = alone or len(groups) <= _MOST_LAYERS
    usual = tuple([quantity for quantity in QUANTITIES if quantity not in _ON_REQUEST])
    asked = chosen or (usual if alone and len(groups[0]) == 1 else _SHORT)
    layers: tuple[Explanation, ...] = ()
    if workable:
        fields = _fields(network) if "rf" in asked else ()
        subjects = [[Subject(network, node, fields) for node in group] for group in groups]
        layers = tuple(_explanation(subject, asked) for subject in subjects)
        layers = tuple(e for e in layers if e.parts)
        if chosen and not layers:
            raise SpecError(
                f"no layer here has {' or '.join(chosen)}",
                "leave out --quantity, or name others",
                code="CNN105",
            )
    elif chosen:
        raise SpecError(
            f"--quantity: {len(groups)} layers differ, too many to explain one by one",
            f"name one: --layer {heaviest}",
            code="CNN105",
        )
    rows = [analysis.rows[node.index] for node in nodes]
    whole = len(nodes) > 1
    return Document(
        analysis,
        _chain(rows) if whole else None,
        _largest(rows) if whole else (),
        layers,
        _hint(heaviest, len(groups), workable=workable, short=not chosen and not alone),
    )


def _known(quantity: str) -> str:
    if quantity in QUANTITIES:
        return quantity
    close = nearest(quantity, tuple(QUANTITIES))
    cure = f"did you mean {close}?" if close else f"choose from {', '.join(QUANTITIES)}"
    raise SpecError(f"no quantity is called '{quantity}'", cure, code="CNN105")


def _named(network: Network, name: str) -> tuple[Node, ...]:
    """The layer of this name, or the layers of the block of this name."""
    found = tuple([n for n in network.nodes if n.name == name or n.name.startswith(f"{name}.")])
    if found:
        return found
    known = [node.name for node in network.nodes]
    known += list(
        dict.fromkeys(name.rsplit(".", i)[0] for name in known for i in range(1, name.count(".") + 1))
    )
    close = nearest(name, known)
    few = ", ".join(known[:8]) + (", …" if len(known) > 8 else "")
    raise SpecError(
        f"no layer is called '{name}'", f"did you mean {close}?" if close else f"layers: {few}", code="CNN132"
    )


def _distinct(network: Network, nodes: Sequence[Node], *, apart: bool) -> list[list[Node]]:
    """Layers that are worth explaining; those that are the same on the same inputs together, unless `apart`.

    All of them, if none is.
    """
    groups: dict[object, list[Node]] = {}
    for node in nodes:
        key = node.index if apart else (node.layer, network.input_shapes(node))
        groups.setdefault(key, []).append(node)
    found = list(groups.values())
    return [g for g in found if _calculates(network, g[0])] or found


def _calculates(network: Network, node: Node) -> bool:
    """Whether there is anything to calculate."""
    inputs = network.input_shapes(node)
    return bool(
        node.layer.weights(*inputs)
        or any(node.layer.axes(*inputs))
        or node.layer.statistics(inputs[0], 1)
        or node.layer.dropping(inputs[0])
    )


def _fields(network: Network) -> tuple[NodeField, ...]:
    from cnncalc.passes.receptive_field import receptive_fields

    return receptive_fields(network)


def _explanation(group: Sequence[Subject], quantities: Sequence[str]) -> Explanation:
    subject = group[0]
    parts = [QUANTITIES[q](subject) for q in QUANTITIES if q in quantities]
    shapes = " and ".join(shape.pretty() for shape in subject.inputs)
    return Explanation(
        ", ".join(s.node.name for s in group),
        f"{layer_as_word(subject.layer)}   {shapes} → {subject.output.pretty()}",
        tuple([part for part in parts if part is not None]),
        section(subject.layer, "Common mistake"),
    )


def _heaviest(groups: Sequence[Sequence[Node]], analysis: Analysis) -> str:
    """The name of a layer with many MACs, which is worth looking at."""
    counts = [analysis.rows[group[0].index].totals.macs for group in groups]
    numbers = [c if isinstance(c, int) else 0 for c in counts]
    return groups[numbers.index(max(numbers))][0].name


def _hint(name: str, layers: int, *, workable: bool, short: bool) -> str | None:
    if not workable:
        return f"{layers} layers differ. For the working of one, name it: --layer {name}"
    return f"For more of one layer (FLOPs, receptive field, …): --layer {name}" if short else None


def _of_weights(row: Row) -> Cell:
    return _owned(row, biases=False)


def _of_biases(row: Row) -> Cell:
    return _owned(row, biases=True)


def _owned(row: Row, *, biases: bool) -> Cell:
    """The weights, or the biases, that are counted at this node."""
    own = [w for w in row.weights if w.role == "parameter" and ("bias" in w.name) == biases]
    return 0 if row.shares else sum((w.elements for w in own), 0)


_CELLS: Mapping[str, Callable[[Row], Cell]] = {
    "Name": lambda row: row.name,
    "Layer": lambda row: row.word,
    "Output": lambda row: row.output,
    "Weights": _of_weights,
    "Biases": _of_biases,
    "MACs": lambda row: row.totals.macs,
}


def _chain(rows: Sequence[Row]) -> Table:
    """Layer by layer: output, weights, biases, MACs; with totals."""
    columns = tuple(_column(title, cell) for title, cell in _CELLS.items())
    lines = tuple(Line(row.name, 0, tuple(cell(row) for cell in _CELLS.values())) for row in rows)
    sums = tuple(sum((line.cells[i] for line in lines), 0) for i in (3, 4, 5))  # type: ignore[misc]
    return Table(columns, lines, ("total", None, rows[-1].output, *sums))


def _column(title: str, cell: Callable[[Row], Cell]) -> Column:
    return Column(
        title.lower(), title, lambda r, _: cell(r), lambda _, __: None, numeric=title not in ("Name", "Layer")
    )


def _largest(rows: Sequence[Row]) -> tuple[str, ...]:
    """Which layer has most of the parameters, and of the MACs, and how much of them."""
    found = []
    for what, count in (("parameters", "params"), ("MACs", "macs")):
        counts = [getattr(row.totals, count) for row in rows]
        if not all(isinstance(c, int) for c in counts) or not sum(counts):
            continue
        most = max(range(len(rows)), key=counts.__getitem__)
        if counts[most] == sum(counts):
            continue
        share = 100 * counts[most] / sum(counts)
        found.append(f"{rows[most].name} has {counts[most]:,} of {sum(counts):,} {what}: {share:.1f} %")
    return tuple(found)
