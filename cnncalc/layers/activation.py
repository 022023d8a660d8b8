"""Activations. Those that only map numbers stand in a table; their classes are made when first asked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from math import inf
from typing import TYPE_CHECKING, ClassVar, final

from cnncalc.layers.activation_table import TABLE
from cnncalc.layers.axis import axis_of
from cnncalc.layers.base import Elementwise, Layer, Role, Weightless, WordForm, param
from cnncalc.layers.condition import divides
from cnncalc.layers.learned import ShapeKeeping
from cnncalc.record import record
from cnncalc.shape import Shape, TorchCall, Weight, Window
from cnncalc.symbolic import Dim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.base import Derivation
    from cnncalc.layers.condition import Condition
    from cnncalc.layers.folding import Meeting
    from cnncalc.layers.interval import Interval
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = ["GLU", "KINDS", "Activation", "PReLU"]


#: what autograd saves of each kind: the input, the output, or a new tensor of the same size by this name
_SAVED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("relu", "sigmoid", "tanh"), ("output",)),
    **dict.fromkeys(("softmax", "softmin", "logsoftmax", "softmax2d"), ("output",)),
    **dict.fromkeys(("relu6", "leakyrelu", "elu", "selu", "celu", "gelu", "silu", "mish"), ("input",)),
    **dict.fromkeys(("hardswish", "hardsigmoid", "hardtanh", "hardshrink", "softshrink"), ("input",)),
    **dict.fromkeys(("threshold", "softplus"), ("input",)),
    "rrelu": ("input", "slopes"),
    "logsigmoid": ("input", "exp(-|x|)"),
    "softsign": ("input", "1 + |x|"),
    "tanhshrink": ("tanh(x)",),
    "identity": (),
}
#: the kinds with `inplace` in torch's module
_IN_PLACE = frozenset(
    {
        *("relu", "relu6", "leakyrelu", "rrelu", "elu", "selu", "celu", "silu", "mish"),
        *("hardswish", "hardsigmoid", "hardtanh", "threshold"),
    }
)
#: the kinds whose result lies row-major however the input does
_ROW_MAJOR = frozenset(("rrelu", "logsigmoid", "softmax", "softmin", "logsoftmax", "softmax2d"))


class Activation(Elementwise):
    """What all kinds in the table share."""

    __slots__ = ()

    torch_name: ClassVar[str]

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        check = TABLE[self.kind].check
        if check is not None:
            check(self, x)
        yield from ()

    def result(self, run: Run) -> Result:
        if self.kind == "identity":
            return run.view()
        return run.fresh() if self.kind in _ROW_MAJOR else run.like()

    def overwrites(self, *_: Shape) -> tuple[int, ...]:
        return (0,) if self.kind in _IN_PLACE else ()

    def saves(self, run: Run) -> tuple[Saved, ...]:
        made = {"input": run.input(), "output": run.output()}
        return tuple(made.get(name) or run.new(name, run.x.dims) for name in _SAVED[self.kind])

    def fold_back(self, axis: int, x: Shape, *more: Shape) -> Meeting:
        from cnncalc.layers.folding import as_it_is

        return as_it_is(axis) if self.kind == "identity" else Elementwise.fold_back(self, axis, x, *more)

    def between(self, *inputs: Interval) -> Interval:
        from cnncalc.layers.interval import ANY, holds

        bounds, keeps = TABLE[self.kind].bounds, self.keeps()
        if keeps is not None and holds(keeps, inputs[0]):
            return inputs[0]
        return bounds(self) if bounds else ANY

    def keeps(self) -> Interval | None:
        kept = TABLE[self.kind].keeps
        return kept(self) if kept else None

    def rising(self) -> bool:
        rises = TABLE[self.kind].rising
        return rises is not None and rises(self)

    def activates(self) -> bool:
        return self.kind != "identity"

    def slope(self) -> float:
        below = TABLE[self.kind].slope
        return below(self) if below else 0.0

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

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        axis = axis_of(self.dim, x)
        return (reach.axiswise(x.dims, {axis: reach.Whole(x.dims[axis])}),)

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        axis_of(self.dim, x)
        return super().torch_call(x)


class OverChannels(Activation):
    """What the kinds share whose result sums to 1 over the channels of a map C×H×W."""

    __slots__ = ()

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        # torch takes C×L for one channel without a batch: each number is divided by itself
        return (reach.axiswise(x.dims, {0: reach.Whole(x.channels)} if x.rank == 3 else None),)


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
        "role": "rectify" if row.slope else "unknown",
        "distribution": row.distribution,
    }
    members["__annotations__"] = {f.name: f.type for f in row.fields}
    members |= {f.name: param(f.default, doc=f.doc) for f in row.fields}
    base = AlongAnAxis if row.along_axis else OverChannels if row.over_channels else Activation
    made: type[Layer] = record(type(row.torch_name, (base,), members))
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
    role: ClassVar[Role] = "rectify"
    word: ClassVar[WordForm] = WordForm(size="init")

    init: float = param(0.25, doc="slope below 0 before training")
    per_channel: bool = param(
        False,
        doc="one slope for each channel, not one for all (torch: num_parameters)",
        flags={"perchannel": True},
    )

    def requires(self, *_: Shape) -> Iterator[Condition]:
        yield from ()

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        return (reach.axiswise(x.dims),)

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        return (Weight("weight", (self._slopes(x),)),)

    def counts(self, x: Shape, *_: Shape) -> dict[str, Derivation]:
        return {"weight": self.params(x)}

    def params(self, x: Shape, *_: Shape) -> Derivation:
        from cnncalc.layers.products import derived

        return derived("C" if self.per_channel else "1", {"C": (x.channels, "channels")})

    def between(self, *inputs: Interval) -> Interval:
        from cnncalc.layers.interval import ANY

        return inputs[0] if inputs[0][0] >= 0 else ANY

    def keeps(self) -> Interval:
        return 0.0, inf

    def activates(self) -> bool:
        return True

    def slope(self) -> float:
        return self.init

    def result(self, run: Run) -> Result:
        return run.like()

    def saves(self, run: Run) -> tuple[Saved, ...]:
        return run.input(), run.parameter("weight")

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

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        axis = axis_of(self.dim, x)
        size = x.dims[axis]
        both = Window(2, dilation=size // 2)
        return (reach.axiswise(x.dims, {axis: reach.Slide(both, size)}),)

    def activates(self) -> bool:
        return True

    def result(self, run: Run) -> Result:
        return run.like()

    def saves(self, run: Run) -> tuple[Saved, ...]:
        return (run.input(),)

    def axes(self, x: Shape, *_: Shape) -> tuple[Derivation | None, ...]:
        from cnncalc.layers.products import derived

        axis = axis_of(self.dim, x)
        half = derived("N // 2", {"N": (x.dims[axis], "input size")})
        return (*(None,) * axis, half, *(None,) * (x.rank - axis - 1))

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
