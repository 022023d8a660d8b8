"""Every activation without tensors: torch's module, its parameters, and which of their values it refuses."""

from __future__ import annotations

import math
from dataclasses import MISSING
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cnncalc.errors import LayerError
from cnncalc.symbolic import Dim

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.shape import Shape

__all__ = ["TABLE", "Field", "Row"]


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


class Field(NamedTuple):
    """A parameter of torch's module by the same name; no default: MISSING."""

    name: str
    type: Any
    default: Any
    doc: str


class Row(NamedTuple):
    """One kind: torch's name, what it computes, what people get wrong, its fields."""

    torch_name: str
    formula: str
    mistake: str
    fields: tuple[Field, ...] = ()
    #: the field that the number right after the kind's name fills
    word: str | None = None
    aliases: tuple[str, ...] = ()
    check: Callable[[Any, Shape], None] | None = None
    #: of max(0, x) + slope·min(0, x): the slope; None: another function
    slope: Callable[[Any], float] | None = None
    #: whether the result sums to 1 along the axis `dim`
    along_axis: bool = False
    #: whether it sums to 1 over the channels of a map
    over_channels: bool = False
    shape: str = "Any → the same."


REQUIRED = MISSING

_DIM = Field(
    "dim", Dim, 1, "axis that sums to 1, as torch counts with the batch: 1 is the first, -1 the last"
)

TABLE: dict[str, Row] = {
    "relu": Row(
        "ReLU",
        "max(0, x)",
        "Expecting the gradient at 0 to be 1 or undefined: torch takes 0.",
        slope=lambda _: 0.0,
    ),
    "relu6": Row(
        "ReLU6",
        "min(max(0, x), 6)",
        "Expecting a soft limit: above 6 the gradient is 0.",
    ),
    "leakyrelu": Row(
        "LeakyReLU",
        "max(0, x) + negative_slope·min(0, x)",
        "Forgetting that the slope is 0.01 by default; many published networks use 0.1 or 0.2.",
        (Field("negative_slope", float, 0.01, "slope below 0"),),
        "negative_slope",
        slope=lambda layer: float(layer.negative_slope),
    ),
    "rrelu": Row(
        "RReLU",
        "max(0, x) + a·min(0, x), a drawn between lower and upper in training, their mean in inference",
        "Expecting random outputs in inference: there the slope is fixed at (lower + upper)/2.",
        (
            Field("lower", float, 1 / 8, "least slope below 0"),
            Field("upper", float, 1 / 3, "greatest slope below 0"),
        ),
        check=_check_rrelu,
        slope=lambda layer: float(layer.lower + layer.upper) / 2,
    ),
    "elu": Row(
        "ELU",
        "x if x > 0 else alpha·(exp(x) − 1)",
        "Using alpha other than 1 and expecting a smooth function: the slope then jumps at 0.",
        (Field("alpha", float, 1.0, "limit for very negative x is -alpha"),),
        "alpha",
    ),
    "selu": Row(
        "SELU",
        "1.0507·(x if x > 0 else 1.6733·(exp(x) − 1))",
        "Combining it with batch normalisation or He's initialisation: it normalises by itself with LeCun's.",
    ),
    "celu": Row(
        "CELU",
        "max(0, x) + min(0, alpha·(exp(x/alpha) − 1))",
        "Taking it for elu: with alpha other than 1 only celu has no kink at 0.",
        (Field("alpha", float, 1.0, "limit for very negative x is -alpha; not 0"),),
        "alpha",
        check=_check_celu,
    ),
    "gelu": Row(
        "GELU",
        "x·Φ(x), Φ the normal distribution function",
        "Loading weights that were trained with the tanh approximation into the exact form: outputs differ slightly.",
        (Field("approximate", Literal["none", "tanh"], "none", "exact, or the approximation with tanh"),),
        check=_check_gelu,
    ),
    "silu": Row(
        "SiLU",
        "x·sigmoid(x)",
        "Looking for swish elsewhere: swish with β = 1 is this function.",
        aliases=("swish",),
    ),
    "mish": Row(
        "Mish",
        "x·tanh(log(1 + exp(x)))",
        "Taking it for monotonic: like silu it dips below 0 before it rises.",
    ),
    "hardswish": Row(
        "Hardswish",
        "x·min(max(0, x + 3), 6)/6",
        "Taking it for hardsigmoid: this one is multiplied by x.",
    ),
    "hardsigmoid": Row(
        "Hardsigmoid",
        "min(max(0, x + 3), 6)/6",
        "Mixing it up with Keras' older form 0.2·x + 0.5, whose slope differs.",
    ),
    "hardtanh": Row(
        "Hardtanh",
        "min(max(x, min_val), max_val)",
        "Forgetting that the gradient is 0 outside the two bounds.",
        (
            Field("min_val", float, -1.0, "least output"),
            Field("max_val", float, 1.0, "greatest output, above min_val"),
        ),
        check=_check_hardtanh,
    ),
    "hardshrink": Row(
        "Hardshrink",
        "x if |x| > lambd else 0",
        "Taking it for softshrink: what survives keeps its value, so there is a jump at lambd.",
        (Field("lambd", float, 0.5, "bound below which numbers become 0"),),
        "lambd",
    ),
    "softshrink": Row(
        "Softshrink",
        "sign(x)·max(0, |x| − lambd)",
        "Taking it for hardshrink: what survives comes nearer to 0 by lambd.",
        (Field("lambd", float, 0.5, "how much nearer to 0 numbers come; not negative"),),
        "lambd",
        check=_check_softshrink,
    ),
    "tanhshrink": Row(
        "Tanhshrink",
        "x − tanh(x)",
        "Expecting small inputs to pass: near 0 it behaves like x³/3.",
    ),
    "threshold": Row(
        "Threshold",
        "x if x > threshold else value",
        "Expecting the function to be continuous: it jumps unless value equals threshold.",
        (
            Field("threshold", float, REQUIRED, "greatest number that is replaced"),
            Field("value", float, REQUIRED, "what it is replaced by"),
        ),
        "threshold",
    ),
    "sigmoid": Row(
        "Sigmoid",
        "1/(1 + exp(−x))",
        "Putting it before BCEWithLogitsLoss, which has it inside.",
    ),
    "logsigmoid": Row(
        "LogSigmoid",
        "log(1/(1 + exp(−x)))",
        "Computing it as the logarithm of sigmoid, which underflows where this does not.",
    ),
    "tanh": Row(
        "Tanh",
        "(exp(x) − exp(−x))/(exp(x) + exp(−x))",
        "Forgetting LeCun's factors when rebuilding LeNet-5, which used 1.7159·tanh(2x/3).",
    ),
    "softplus": Row(
        "Softplus",
        "log(1 + exp(beta·x))/beta, x itself where beta·x > threshold",
        "Expecting 0 at 0: it is log(2)/beta there.",
        (
            Field("beta", float, 1.0, "sharpness of the bend"),
            Field("threshold", float, 20.0, "where beta·x is greater, the function is linear"),
        ),
        "beta",
    ),
    "softsign": Row(
        "Softsign",
        "x/(1 + |x|)",
        "Taking it for tanh: it reaches its limits much more slowly.",
    ),
    "identity": Row(
        "Identity",
        "x",
        "Counting it as a layer of the network's depth.",
        slope=lambda _: 1.0,
    ),
    "softmax2d": Row(
        "Softmax2d",
        "exp(x)/sum of exp(x) over the channels, at each position",
        "Expecting a distribution over the positions: at each position the channels sum to 1.",
        check=_check_softmax2d,
        over_channels=True,
        shape="C×H×W → the same; C×L as well, which torch takes for a map without a batch.",
    ),
    "softmax": Row(
        "Softmax",
        "exp(x)/sum of exp(x) over one axis",
        "Putting it before CrossEntropyLoss, which has it inside.",
        (_DIM,),
        along_axis=True,
    ),
    "softmin": Row(
        "Softmin",
        "exp(−x)/sum of exp(−x) over one axis",
        "Taking it for 1 − softmax: it is the softmax of −x.",
        (_DIM,),
        along_axis=True,
    ),
    "logsoftmax": Row(
        "LogSoftmax",
        "x − log(sum of exp(x) over one axis)",
        "Putting it before CrossEntropyLoss, which has it inside; it belongs before NLLLoss.",
        (_DIM._replace(doc=_DIM.doc.replace("sums to 1", "sums to 1 after exp")),),
        along_axis=True,
    ),
}
