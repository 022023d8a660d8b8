"""Activations. Those that only map numbers stand in a table; their classes are made when first asked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, final

from cnncalc.layers.activation_table import TABLE
from cnncalc.layers.axis import axis_of
from cnncalc.layers.base import Elementwise, Layer, Weightless, WordForm, param
from cnncalc.layers.condition import divides
from cnncalc.layers.learned import ShapeKeeping
from cnncalc.record import record
from cnncalc.shape import Shape, TorchCall, Weight
from cnncalc.symbolic import Dim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition

__all__ = ["GLU", "KINDS", "Activation", "PReLU"]


class Activation(Elementwise):
    """What all kinds in the table share."""

    __slots__ = ()

    torch_name: ClassVar[str]

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        check = TABLE[self.kind].check
        if check is not None:
            check(self, x)
        yield from ()

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        del x
        arguments = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}  # type: ignore[arg-type]
        return TorchCall(f"nn.{self.torch_name}", (), arguments)


class AlongAnAxis(Activation):
    """What the kinds share whose result sums to 1 along an axis."""

    __slots__ = ()

    dim: Dim

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        axis_of(self.dim, x)
        yield from ()

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        axis_of(self.dim, x)
        return super().torch_call(x)


def _make(kind: str) -> type[Layer]:
    """The class of a kind in the table."""
    row = TABLE[kind]
    doc = (
        f"y = {row.formula}.\n\n## Shape\n{row.shape}\n\n"
        f"## Torch twin\ntorch.nn.{row.torch_name}.\n\n## Common mistake\n{row.mistake}\n"
    )
    members = {
        "__doc__": doc,
        "__module__": __name__,
        "kind": kind,
        "aliases": row.aliases,
        "word": WordForm(size=row.word),
        "torch_name": row.torch_name,
    }
    members["__annotations__"] = {f.name: f.type for f in row.fields}
    members |= {f.name: param(f.default, doc=f.doc) for f in row.fields}
    made: type[Layer] = record(
        type(row.torch_name, (AlongAnAxis if row.along_axis else Activation,), members)
    )
    return final(made)


@final
@record
class PReLU(ShapeKeeping):
    """y = max(0, x) + weight·min(0, x), the slope learned.

    ## Shape
    Any → the same.

    ## Weights
    `weight` (1), or (C) if per channel.

    ## Torch twin
    torch.nn.PReLU.

    ## Common mistake
    Counting one slope per number: there is one for the whole layer, or one per channel.
    """

    kind: ClassVar[str] = "prelu"
    word: ClassVar[WordForm] = WordForm(size="init")

    init: float = param(0.25, doc="slope below 0 before training")
    per_channel: bool = param(
        False,
        doc="one slope for each channel, not one for all (torch: num_parameters)",
        flags={"perchannel": True},
    )

    def requires(self, *_: Shape) -> Iterator[Condition]:
        yield from ()

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        return (Weight("weight", (self._slopes(x),)),)

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        return TorchCall("nn.PReLU", (self._slopes(x),), {"init": self.init})

    def _slopes(self, x: Shape) -> Dim:
        return x.channels if self.per_channel else 1


@final
@record
class GLU(Weightless):
    """Gated linear unit: one half of an axis, times the sigmoid of the other half.

    ## Shape
    C×… → C/2×…, or another axis halved.

    ## Torch twin
    torch.nn.GLU, with dim=1 where torch's default is -1.

    ## Common mistake
    Leaving torch's default, which halves the width of a map and not its channels.
    """

    kind: ClassVar[str] = "glu"

    dim: Dim = param(
        1,
        doc="axis to halve, as torch counts with the batch: 1 is the first, -1 the last (torch's own default)",
    )

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        axis = axis_of(self.dim, x)
        yield divides(
            2,
            x.dims[axis],
            f"axis {axis + 1} of {x.pretty()} has {{right}} values, which cannot be halved",
            "give an even number",
            "dim",
        )

    def output(self, x: Shape, *_: Shape) -> Shape:
        axis = axis_of(self.dim, x)
        return x.with_axis(axis, x.dims[axis] // 2)

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        axis_of(self.dim, x)
        return TorchCall("nn.GLU", (self.dim,))


class _Kinds(Mapping[str, type[Layer]]):
    """The kinds of this family; a class from the table is made once, when it is first asked for."""

    def __init__(self) -> None:
        self._names = {name: kind for kind, row in TABLE.items() for name in (kind, *row.aliases)}
        self._made: dict[str, type[Layer]] = {"prelu": PReLU, "glu": GLU}

    def __getitem__(self, name: str) -> type[Layer]:
        kind = self._names.get(name, name)
        if kind not in self._made:
            self._made[kind] = _make(kind)
        return self._made[kind]

    def __contains__(self, name: object) -> bool:
        return name in self._names or name in self._made

    def __iter__(self) -> Iterator[str]:
        yield from self._names
        yield from ("prelu", "glu")

    def __len__(self) -> int:
        return len(self._names) + 2


KINDS: Mapping[str, type[Layer]] = _Kinds()


def __getattr__(name: str) -> type[Layer]:
    """A class from the table by its own name, as `import` and `pickle` ask for it."""
    for kind, row in TABLE.items():
        if row.torch_name == name:
            return KINDS[kind]
    raise AttributeError(name)
