"""Activations. All that have no tensors stand in one table; their classes are made when first asked for."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, final

from cnncalc.errors import LayerError
from cnncalc.layers.axis import axis_of
from cnncalc.layers.base import NOTHING, Derivation, Elementwise, Layer, Weightless, WordForm, param
from cnncalc.layers.condition import Condition, divides
from cnncalc.shape import Shape, TorchCall, Weight
from cnncalc.symbolic import Dim

__all__ = ["GLU", "KINDS", "Activation", "PReLU"]


class Activation(Elementwise):
    """What all kinds in the table share."""

    __slots__ = ()

    torch_name: ClassVar[str]

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        check = _TABLE[self.kind].check
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


def _wrong(fact: str, cure: str, field: str | None = None) -> LayerError:
    return LayerError(fact, cure, code="CNN202", field=field)


def _check_celu(layer: Any, _: Shape) -> None:
    if layer.alpha == 0:
        raise _wrong("alpha=0 divides by zero", "give another number, or take relu", "alpha")


def _check_gelu(layer: Any, _: Shape) -> None:
    if layer.approximate not in ("none", "tanh"):
        raise _wrong(f"approximate={layer.approximate!r}", "give none or tanh", "approximate")


def _check_rrelu(layer: Any, _: Shape) -> None:
    for field in ("lower", "upper"):
        if not math.isfinite(getattr(layer, field)):
            raise _wrong(f"{field}={getattr(layer, field)}", "give a finite number", field)
    if layer.lower > layer.upper:
        raise _wrong(f"lower={layer.lower} is above upper={layer.upper}", "exchange them", "lower")


def _check_hardtanh(layer: Any, _: Shape) -> None:
    if layer.max_val <= layer.min_val:
        raise _wrong(
            f"max_val={layer.max_val} is not above min_val={layer.min_val}",
            "give a larger max_val",
            "max_val",
        )


def _check_softshrink(layer: Any, _: Shape) -> None:
    if not (layer.lambd >= 0 and math.isfinite(layer.lambd)):
        raise _wrong(f"lambd={layer.lambd}", "give a number that is not negative", "lambd")


def _check_softmax2d(_: Any, x: Shape) -> None:
    if not 2 <= x.rank <= 3:
        raise _wrong(f"softmax2d needs CxHxW, but the input is {x.pretty()}", "take softmax")


class _Field(NamedTuple):
    name: str
    type: Any
    default: Any
    doc: str


class _Row(NamedTuple):
    torch_name: str
    formula: str
    mistake: str
    fields: tuple[_Field, ...] = ()
    #: the field that the number right after the kind's name fills
    word: str | None = None
    aliases: tuple[str, ...] = ()
    check: Callable[[Any, Shape], None] | None = None
    base: type[Activation] = Activation


_REQUIRED = dataclasses.MISSING

_DIM = _Field(
    "dim", Dim, 1, "axis that sums to 1, as torch counts with the batch: 1 is the first, -1 the last"
)

_TABLE: dict[str, _Row] = {
    "relu": _Row(
        "ReLU",
        "max(0, x)",
        "Taking its derivative at 0 for undefined in practice: torch uses 0 there.",
    ),
    "relu6": _Row(
        "ReLU6",
        "min(max(0, x), 6)",
        "Scaling the input: the 6 is not relative to anything, activations above it are simply cut.",
    ),
    "leakyrelu": _Row(
        "LeakyReLU",
        "max(0, x) + negative_slope·min(0, x)",
        "Forgetting that the slope is 0.01 by default; many published networks use 0.1 or 0.2.",
        (_Field("negative_slope", float, 0.01, "slope below 0"),),
        "negative_slope",
    ),
    "rrelu": _Row(
        "RReLU",
        "max(0, x) + a·min(0, x), a drawn between lower and upper in training, their mean in inference",
        "Expecting random outputs in inference: there the slope is fixed at (lower + upper)/2.",
        (
            _Field("lower", float, 1 / 8, "least slope below 0"),
            _Field("upper", float, 1 / 3, "greatest slope below 0"),
        ),
        check=_check_rrelu,
    ),
    "elu": _Row(
        "ELU",
        "x if x > 0 else alpha·(exp(x) − 1)",
        "Using alpha other than 1 and expecting a smooth function: the slope then jumps at 0.",
        (_Field("alpha", float, 1.0, "limit for very negative x is -alpha"),),
        "alpha",
    ),
    "selu": _Row(
        "SELU",
        "1.0507·(x if x > 0 else 1.6733·(exp(x) − 1))",
        "Combining it with batch normalisation or He's initialisation: it normalises by itself with LeCun's.",
    ),
    "celu": _Row(
        "CELU",
        "max(0, x) + min(0, alpha·(exp(x/alpha) − 1))",
        "Taking it for elu: with alpha other than 1 only celu has no kink at 0.",
        (_Field("alpha", float, 1.0, "limit for very negative x is -alpha; not 0"),),
        "alpha",
        check=_check_celu,
    ),
    "gelu": _Row(
        "GELU",
        "x·Φ(x), Φ the normal distribution function",
        "Loading weights that were trained with the tanh approximation into the exact form: outputs differ slightly.",
        (_Field("approximate", Literal["none", "tanh"], "none", "exact, or the approximation with tanh"),),
        check=_check_gelu,
    ),
    "silu": _Row(
        "SiLU",
        "x·sigmoid(x)",
        "Looking for swish elsewhere: swish with β = 1 is this function.",
        aliases=("swish",),
    ),
    "mish": _Row(
        "Mish",
        "x·tanh(log(1 + exp(x)))",
        "Taking it for monotonous: like silu it has a small dip below 0.",
    ),
    "hardswish": _Row(
        "Hardswish",
        "x·min(max(0, x + 3), 6)/6",
        "Taking it for hardsigmoid: this one is multiplied by x.",
    ),
    "hardsigmoid": _Row(
        "Hardsigmoid",
        "min(max(0, x + 3), 6)/6",
        "Mixing it up with Keras' older form 0.2·x + 0.5, whose slope differs.",
    ),
    "hardtanh": _Row(
        "Hardtanh",
        "min(max(x, min_val), max_val)",
        "Forgetting that the gradient is 0 outside the two bounds.",
        (
            _Field("min_val", float, -1.0, "least output"),
            _Field("max_val", float, 1.0, "greatest output, above min_val"),
        ),
        check=_check_hardtanh,
    ),
    "hardshrink": _Row(
        "Hardshrink",
        "x if |x| > lambd else 0",
        "Taking it for softshrink: what survives keeps its value, so there is a jump at lambd.",
        (_Field("lambd", float, 0.5, "bound below which numbers become 0"),),
        "lambd",
    ),
    "softshrink": _Row(
        "Softshrink",
        "sign(x)·max(0, |x| − lambd)",
        "Taking it for hardshrink: what survives comes nearer to 0 by lambd.",
        (_Field("lambd", float, 0.5, "how much nearer to 0 numbers come; not negative"),),
        "lambd",
        check=_check_softshrink,
    ),
    "tanhshrink": _Row(
        "Tanhshrink",
        "x − tanh(x)",
        "Expecting small inputs to pass: near 0 it behaves like x³/3.",
    ),
    "threshold": _Row(
        "Threshold",
        "x if x > threshold else value",
        "Expecting the function to be continuous: it jumps unless value equals threshold.",
        (
            _Field("threshold", float, _REQUIRED, "greatest number that is replaced"),
            _Field("value", float, _REQUIRED, "what it is replaced by"),
        ),
        "threshold",
    ),
    "sigmoid": _Row(
        "Sigmoid",
        "1/(1 + exp(−x))",
        "Putting it before BCEWithLogitsLoss, which has it inside.",
    ),
    "logsigmoid": _Row(
        "LogSigmoid",
        "log(1/(1 + exp(−x)))",
        "Computing it as the logarithm of sigmoid, which underflows where this does not.",
    ),
    "tanh": _Row(
        "Tanh",
        "(exp(x) − exp(−x))/(exp(x) + exp(−x))",
        "Forgetting LeCun's factors when rebuilding LeNet-5, which used 1.7159·tanh(2x/3).",
    ),
    "softplus": _Row(
        "Softplus",
        "log(1 + exp(beta·x))/beta, x itself where beta·x > threshold",
        "Expecting 0 at 0: it is log(2)/beta there.",
        (
            _Field("beta", float, 1.0, "sharpness of the bend"),
            _Field("threshold", float, 20.0, "where beta·x is greater, the function is linear"),
        ),
        "beta",
    ),
    "softsign": _Row(
        "Softsign",
        "x/(1 + |x|)",
        "Taking it for tanh: it reaches its limits much more slowly.",
    ),
    "identity": _Row(
        "Identity",
        "x",
        "Counting it as a layer of the network's depth.",
    ),
    "softmax2d": _Row(
        "Softmax2d",
        "exp(x)/sum of exp(x) over the channels, at each position",
        "Expecting a distribution over the positions: at each position the channels sum to 1.",
        check=_check_softmax2d,
    ),
    "softmax": _Row(
        "Softmax",
        "exp(x)/sum of exp(x) over one axis",
        "Putting it before CrossEntropyLoss, which has it inside.",
        (_DIM,),
        base=AlongAnAxis,
    ),
    "softmin": _Row(
        "Softmin",
        "exp(−x)/sum of exp(−x) over one axis",
        "Taking it for 1 − softmax: it is the softmax of −x.",
        (_DIM,),
        base=AlongAnAxis,
    ),
    "logsoftmax": _Row(
        "LogSoftmax",
        "x − log(sum of exp(x) over one axis)",
        "Putting it before CrossEntropyLoss, which has it inside; it belongs before NLLLoss.",
        (_DIM._replace(doc=_DIM.doc.replace("sums to 1", "sums to 1 after exp")),),
        base=AlongAnAxis,
    ),
}

_SHAPES = {
    "softmax2d": "C×H×W → the same; C×L as well, which torch takes for a map without a batch.",
}


def _make(kind: str) -> type[Layer]:
    """The class of a kind in the table."""
    row = _TABLE[kind]
    doc = (
        f"y = {row.formula}.\n\n## Shape\n{_SHAPES.get(kind, 'Any → the same.')}\n\n"
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
    fields = [(f.name, f.type, param(f.default, doc=f.doc)) for f in row.fields]
    made = dataclasses.make_dataclass(
        row.torch_name, fields, bases=(row.base,), namespace=members, frozen=True, slots=True
    )
    return final(made)


@final
@dataclass(frozen=True, slots=True)
class PReLU(Layer):
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

    def output(self, x: Shape, *_: Shape) -> Shape:
        return x

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        return (Weight("weight", (self._slopes(x),)),)

    def macs(self, *_: Shape) -> Derivation:
        return NOTHING

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        return TorchCall("nn.PReLU", (self._slopes(x),), {"init": self.init})

    def _slopes(self, x: Shape) -> Dim:
        return x.channels if self.per_channel else 1


@final
@dataclass(frozen=True, slots=True)
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
        self._names = {name: kind for kind, row in _TABLE.items() for name in (kind, *row.aliases)}
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
    for kind, row in _TABLE.items():
        if row.torch_name == name:
            return KINDS[kind]
    raise AttributeError(name)
