"""A spec's network and a team's own module, layer by layer beside each other. Plain records, without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from cnncalc.errors import Span
from cnncalc.record import record
from cnncalc.verification.model import Unchecked, Value

__all__ = ["Comparison", "Difference", "Layer", "Pair", "Sums", "Tensor", "What"]

#: in what a layer differs
What: TypeAlias = Literal["layer", "wiring", "input", "tensor", "output", "macs", "setting"]


@record
class Tensor:
    """A parameter or buffer of a layer. `owner` is the place of the earlier layer that counts it, if layers share it."""

    name: str
    shape: tuple[int, ...]
    role: Literal["parameter", "buffer"] = "parameter"
    dtype: str = "float"
    frozen: bool = False
    owner: int | None = None


@record
class Layer:
    """One call of what has tensors, on either side. Without `ran` nothing is known of what happens when it runs."""

    name: str
    #: the word of a spec's layer, the class of a module
    what: str
    tensors: tuple[Tensor, ...] = ()
    #: of whom it reads, through everything without tensors: places of earlier layers, -1 for the network's input
    reads: frozenset[int] = frozenset()
    ran: bool = True
    input: tuple[int, ...] | None = None
    output: tuple[int, ...] | None = None
    #: sizes where the function within is applied, of a layer of torch's whose forward somebody has rewritten
    inner: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    macs: int | float | None = None
    #: what says how it is applied, where torch has a module for it: stride, dilation, heads
    settings: Mapping[str, Value] = field(default_factory=dict)
    #: torch's classes that it is one of, its own first; none if it is applied by functions
    classes: tuple[str, ...] = ()
    span: Span | None = None

    def takes(self, size: tuple[int, ...] | None) -> bool:
        """Whether a size is that of what comes in: None, of which nothing is known, always is."""
        return (
            None in (size, self.input)
            or size == self.input
            or (self.inner is not None and size == self.inner[0])
        )

    def gives(self, size: tuple[int, ...] | None) -> bool:
        """Whether a size is that of what comes out: None, of which nothing is known, always is."""
        return (
            None in (size, self.output)
            or size == self.output
            or (self.inner is not None and size == self.inner[1])
        )


@record
class Difference:
    """One thing that is not as the spec says: `expected` there, `actual` in the module. None: there is none."""

    what: What
    #: the tensor's or setting's name, where there are several
    name: str
    expected: Value
    actual: Value
    #: what the module calls the tensor
    alias: str = ""


@record
class Pair:
    """A layer of the spec and its like in the module; one of them None if it has none there."""

    spec: Layer | None
    module: Layer | None
    differences: tuple[Difference, ...] = ()


@record
class Sums:
    """Of one side. Tensors that layers share count once."""

    layers: int
    params: int
    frozen: int
    buffers: int
    #: None: not known
    macs: int | float | None


@record
class Comparison:
    """Everything that was compared, in the order in which the network runs; the network's own output comes last."""

    network: str
    module: str
    input: tuple[int, ...]
    #: "name": all names agree; "order": which layer is which was found by the tensors and the order
    paired_by: Literal["name", "order"]
    pairs: tuple[Pair, ...]
    spec: Sums
    actual: Sums
    #: what could not be compared, and why. What is not compared is not equal.
    not_compared: tuple[Unchecked, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.first is None and not self.not_compared

    @property
    def first(self) -> Pair | None:
        """The first pair that differs, in the order in which the network runs."""
        return next((p for p in self.pairs if p.differences), None)

    @property
    def differing(self) -> int:
        """How many layers differ, are missing or are too many."""
        return sum(bool(p.differences) for p in self.pairs)
