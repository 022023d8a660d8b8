"""The numbers that expectations are about, of a whole network or of a part, and who contributes most to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from cnncalc.analysis import Analysis, Block, Row, analyse
from cnncalc.errors import SpecError, nearest
from cnncalc.layers.storage import DType
from cnncalc.network import Network
from cnncalc.passes.memory import BYTES, InferenceMemory, inference
from cnncalc.record import record
from cnncalc.shape import Shape
from cnncalc.symbolic import Dim

if TYPE_CHECKING:
    from cnncalc.passes.fold_bn import Verdict
    from cnncalc.passes.receptive_field import Field

__all__ = ["Facts", "Found", "Part"]

_MOST_CONTRIBUTORS = 3


@record
class Found:
    """What a quantity is: one number, or one on each axis; and where most of it comes from."""

    values: tuple[tuple[str, Dim | Fraction], ...]
    notes: tuple[str, ...] = ()
    #: why there is no number
    why: str = ""


@record
class Part:
    """Consecutive nodes, `first` to `last` (exclusive): a network, a block, or one layer."""

    name: str
    first: int
    last: int
    output: Shape | None
    whole: bool = False


#: quantities that are sums over layers
_OF_A_ROW: Mapping[str, Callable[[Row], Dim]] = {
    "params": lambda row: row.totals.params,
    "trainable": lambda row: row.totals.params,
    "buffers": lambda row: row.totals.buffers,
    "macs": lambda row: row.totals.macs,
    "flops": lambda row: row.totals.flops,
}


class Facts:
    """The numbers of one network, each computed once, and only if somebody expects something of it."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._memory: dict[tuple[DType, int], InferenceMemory] = {}

    @cached_property
    def analysis(self) -> Analysis:
        return analyse(self.network)

    @cached_property
    def parts(self) -> Mapping[str, Part]:
        """Every layer and every block by name."""
        found = {row.name: Part(row.name, row.index, row.index + 1, row.output) for row in self.analysis.rows}
        waiting = list(self.analysis.root.children)
        while waiting:
            block: Block = waiting.pop()
            found[block.name] = Part(block.name, block.first, block.last, block.output)
            waiting += block.children
        return found

    def part(self, name: str | None) -> Part:
        """The layer or block of a name; the network for None.

        Raises SpecError if there is none.
        """
        if name is None:
            return Part("", 0, len(self.network.nodes), self.network.output, whole=True)
        if name in self.parts:
            return self.parts[name]
        close = nearest(name, list(self.parts))
        raise SpecError(
            f"no layer is called '{name}'",
            f"did you mean '{close}'?" if close else "cnncalc summary lists all names",
            code="CNN116",
        )

    def find(self, part: Part, quantity: str, *, batch: int, dtype: DType) -> Found:
        """A quantity of a part."""
        first, _, rest = quantity.partition(".")
        if first == "memory":
            return self._bytes(part, rest, self.memory(dtype, batch))
        if first == "rf":
            return self._field(part, rest)
        if first == "depth":
            return self._depth()
        if first == "fold":
            return self._folded(part)
        return self._sum(part, _OF_A_ROW[first])

    def normalisations(self, part: Part) -> int:
        """How many batch normalisations there are to fold."""
        return sum(part.first <= v.index < part.last for v in self._normalisations)

    def memory(self, dtype: DType, batch: int) -> InferenceMemory:
        """The memory of inference."""
        key = dtype, batch
        if key not in self._memory:
            self._memory[key] = inference(self.network, dtype=dtype, batch=batch)
        return self._memory[key]

    def _sum(self, part: Part, of: Callable[[Row], Dim]) -> Found:
        rows = self.analysis.rows[part.first : part.last]
        total = sum((of(row) for row in rows), 0)
        return Found((("", total),), _contributors([(row.name, of(row)) for row in rows], total))

    def _depth(self) -> Found:
        from cnncalc.passes.depth import depth

        return Found((("", depth(self.network)),))

    def _bytes(self, part: Part, what: str, found: InferenceMemory) -> Found:
        nodes = list(zip(self.network.nodes, found.nodes, strict=True))[part.first : part.last]
        if what == "weights":
            return self._sum(part, lambda row: BYTES[found.dtype] * row.totals.params)
        if what == "activations":
            sizes = [(node.name, memory.bytes) for node, memory in nodes]
            total = sum((size for _, size in sizes), 0)
            return Found((("", total),), _contributors(sizes, total))
        if found.peak is None or found.total is None:
            return Found((), why=f"sizes have names: {', '.join(found.unknown)}")
        held = [(h.name, h.bytes) for h in found.peak.held]
        at = f"the peak is at '{found.peak.node}'"
        value: Dim = found.peak.bytes if what == "peak" else found.total
        return Found((("", value),), (at, *_contributors(held, found.peak.bytes)))

    def _field(self, part: Part, what: str) -> Found:
        end = self._end(part)
        gate = self._sees_all_after(end) if part.whole else None
        if gate is not None:
            return Found((), why=f"from '{gate}' on every unit sees the whole input; name an earlier layer")
        fields = self._fields[end]
        values, missing = [], []
        for field in fields:
            value = field.size if what == "size" else field.jump
            if value is None:
                missing.append(f"{field.axis}: {field.why}" if field.why else field.axis)
            else:
                values.append((field.axis, value))
        if not fields:
            return Found((), why="a flat input has no axes, and so no receptive field")
        if missing:
            return Found((), why=f"there is no one {what} along {'; '.join(missing)}")
        return Found(tuple(values), (f"of '{self.network.nodes[end].name}'",) if part.whole else ())

    def _end(self, part: Part) -> int:
        """The node whose units are meant: a part's last; a network's last whose units do not all see everything."""
        if not part.whole:
            return self.network.names[part.name][-1]
        ends = (node.index for node in reversed(self.network.nodes) if self._is_local(node.index))
        return next(ends, self.network.last)

    def _is_local(self, index: int) -> bool:
        fields = self._fields[index]
        return bool(fields) and all(f.size is not None and not f.sees_all for f in fields)

    def _sees_all_after(self, index: int) -> str | None:
        """The first map behind a node whose units, several of them, all see everything: what a gate is multiplied with, say."""
        for node in self.network.nodes[index + 1 :]:
            fields = self._fields[node.index]
            several = node.output.rank > 1 and any(size != 1 for size in node.output.spatial)
            if several and fields and all(f.sees_all for f in fields):
                return node.name
        return None

    def _folded(self, part: Part) -> Found:
        verdicts = [v for v in self._normalisations if part.first <= v.index < part.last]
        stay = tuple([f"'{v.node}' stays: {'; '.join(v.reasons)}" for v in verdicts if not v.folded])
        return Found((("", sum(v.folded for v in verdicts)),), stay[:_MOST_CONTRIBUTORS])

    @cached_property
    def _normalisations(self) -> tuple[Verdict, ...]:
        from cnncalc.passes.fold_bn import verdicts

        return verdicts(self.network)

    @cached_property
    def _fields(self) -> list[tuple[Field, ...]]:
        from cnncalc.passes.receptive_field import receptive_fields

        return [found.fields for found in receptive_fields(self.network)]


def _contributors(sizes: Sequence[tuple[str, Dim]], total: Dim) -> tuple[str, ...]:
    """The largest of several numbers, with their share; nothing where names are among them, or there is just one."""
    numbers = [(name, size) for name, size in sizes if isinstance(size, int) and size > 0]
    if not isinstance(total, int) or total == 0 or len(numbers) < 2 or len(sizes) < 2:
        return ()
    largest = sorted(numbers, key=lambda pair: -pair[1])[:_MOST_CONTRIBUTORS]
    told = ", ".join(f"{name} {size:,} ({_percent(size, total)} %)" for name, size in largest)
    return (f"most: {told}",)


def _percent(size: int, total: int) -> str:
    tenths = (2000 * size + total) // (2 * total)
    return f"{tenths // 10}.{tenths % 10}"
