"""Every activation without tensors: torch's module, its parameters, and which of their values it refuses."""

from __future__ import annotations

import math
from dataclasses import MISSING
from math import inf
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cnncalc.errors import LayerError
from cnncalc.symbolic import Dim

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.layers.interval import Interval
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
    #: whether the results themselves are what sums to 1, not their exponentials
    distribution: bool = False
    #: between which numbers all results lie; None: there are no bounds
    bounds: Callable[[Any], Interval] | None = None
    #: the numbers that come out as they are; None: there is no such interval
    keeps: Callable[[Any], Interval | None] | None = None
    #: whether larger numbers never become smaller ones; None: they may
    rising: Callable[[Any], bool] | None = None
    shape: str = "Any → the same."


REQUIRED = MISSING


def _always(_: Any) -> bool:
    return True


def _within(low: float, high: float) -> Callable[[Any], Interval]:
    """The same interval whatever the fields are."""
    return lambda _: (low, high)


def _elu_bounds(layer: Any) -> Interval:
    return min(0.0, -layer.alpha), inf


def _celu_bounds(layer: Any) -> Interval:
    return (-layer.alpha if layer.alpha > 0 else -inf), inf


def _softplus_bounds(layer: Any) -> Interval:
    """Never negative, but where the function is taken to be linear for negative x already."""
    return (min(0.0, layer.threshold / layer.beta), inf) if layer.beta > 0 else (-inf, inf)


def _clipped(layer: Any) -> Interval:
    return layer.min_val, layer.max_val


def _threshold_bounds(layer: Any) -> Interval:
    return min(layer.value, layer.threshold), inf


_POSITIVE = _within(0.0, inf)

_DIM = Field(
    "dim", Dim, 1, "axis that sums to 1, as torch counts with the batch: 1 is the first, -1 the last"
)

TABLE: dict[str, Row] = {
    "relu": Row(
        "ReLU",
        "max(0, x)",
        "Expecting the gradient at 0 to be 1 or undefined: torch takes 0.",
        slope=lambda _: 0.0,
        bounds=_POSITIVE,
        keeps=_POSITIVE,
        rising=_always,
    ),
    "relu6": Row(
        "ReLU6",
        "min(max(0, x), 6)",
        "Expecting a soft limit: above 6 the gradient is 0.",
        bounds=_within(0.0, 6.0),
        keeps=_within(0.0, 6.0),
        rising=_always,
    ),
    "leakyrelu": Row(
        "LeakyReLU",
        "max(0, x) + negative_slope·min(0, x)",
        "Forgetting that the slope is 0.01 by default; many published networks use 0.1 or 0.2.",
        (Field("negative_slope", float, 0.01, "slope below 0"),),
        "negative_slope",
        slope=lambda layer: float(layer.negative_slope),
        bounds=lambda layer: (0.0 if layer.negative_slope <= 0 else -inf, inf),
        keeps=_POSITIVE,
        rising=lambda layer: bool(layer.negative_slope >= 0),
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
        keeps=_POSITIVE,
    ),
    "elu": Row(
        "ELU",
        "x if x > 0 else alpha·(exp(x) − 1)",
        "Using alpha other than 1 and expecting a smooth function: the slope then jumps at 0.",
        (Field("alpha", float, 1.0, "limit for very negative x is -alpha"),),
        "alpha",
        bounds=_elu_bounds,
        keeps=_POSITIVE,
        rising=lambda layer: bool(layer.alpha >= 0),
    ),
    "selu": Row(
        "SELU",
        "1.0507·(x if x > 0 else 1.6733·(exp(x) − 1))",
        "Combining it with batch normalisation or He's initialisation: it normalises by itself with LeCun's.",
        bounds=_within(-1.76, inf),
        rising=_always,
    ),
    "celu": Row(
        "CELU",
        "max(0, x) + min(0, alpha·(exp(x/alpha) − 1))",
        "Taking it for elu: with alpha other than 1 only celu has no kink at 0.",
        (Field("alpha", float, 1.0, "limit for very negative x is -alpha; not 0"),),
        "alpha",
        check=_check_celu,
        bounds=_celu_bounds,
        keeps=_POSITIVE,
        rising=_always,
    ),
    "gelu": Row(
        "GELU",
        "x·Φ(x), Φ the normal distribution function",
        "Loading weights that were trained with the tanh approximation into the exact form: outputs differ slightly.",
        (Field("approximate", Literal["none", "tanh"], "none", "exact, or the approximation with tanh"),),
        check=_check_gelu,
        bounds=_within(-0.18, inf),
    ),
    "silu": Row(
        "SiLU",
        "x·sigmoid(x)",
        "Looking for swish elsewhere: swish with β = 1 is this function.",
        aliases=("swish",),
        bounds=_within(-0.28, inf),
    ),
    "mish": Row(
        "Mish",
        "x·tanh(log(1 + exp(x)))",
        "Taking it for monotonic: like silu it dips below 0 before it rises.",
        bounds=_within(-0.31, inf),
    ),
    "hardswish": Row(
        "Hardswish",
        "x·min(max(0, x + 3), 6)/6",
        "Taking it for hardsigmoid: this one is multiplied by x.",
        bounds=_within(-0.375, inf),
    ),
    "hardsigmoid": Row(
        "Hardsigmoid",
        "min(max(0, x + 3), 6)/6",
        "Mixing it up with Keras' older form 0.2·x + 0.5, whose slope differs.",
        bounds=_within(0.0, 1.0),
        rising=_always,
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
        bounds=_clipped,
        keeps=_clipped,
        rising=_always,
    ),
    "hardshrink": Row(
        "Hardshrink",
        "x if |x| > lambd else 0",
        "Taking it for softshrink: what survives keeps its value, so there is a jump at lambd.",
        (Field("lambd", float, 0.5, "bound below which numbers become 0"),),
        "lambd",
        rising=_always,
    ),
    "softshrink": Row(
        "Softshrink",
        "sign(x)·max(0, |x| − lambd)",
        "Taking it for hardshrink: what survives comes nearer to 0 by lambd.",
        (Field("lambd", float, 0.5, "how much nearer to 0 numbers come; not negative"),),
        "lambd",
        check=_check_softshrink,
        rising=_always,
    ),
    "tanhshrink": Row(
        "Tanhshrink",
        "x − tanh(x)",
        "Expecting small inputs to pass: near 0 it behaves like x³/3.",
        rising=_always,
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
        bounds=_threshold_bounds,
        keeps=lambda layer: (layer.threshold, inf) if layer.value == layer.threshold else None,
        rising=lambda layer: bool(layer.value <= layer.threshold),
    ),
    "sigmoid": Row(
        "Sigmoid",
        "1/(1 + exp(−x))",
        "Putting it before BCEWithLogitsLoss, which has it inside.",
        bounds=_within(0.0, 1.0),
        rising=_always,
    ),
    "logsigmoid": Row(
        "LogSigmoid",
        "log(1/(1 + exp(−x)))",
        "Computing it as the logarithm of sigmoid, which underflows where this does not.",
        bounds=_within(-inf, 0.0),
        rising=_always,
    ),
    "tanh": Row(
        "Tanh",
        "(exp(x) − exp(−x))/(exp(x) + exp(−x))",
        "Forgetting LeCun's factors when rebuilding LeNet-5, which used 1.7159·tanh(2x/3).",
        bounds=_within(-1.0, 1.0),
        rising=_always,
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
        bounds=_softplus_bounds,
    ),
    "softsign": Row(
        "Softsign",
        "x/(1 + |x|)",
        "Taking it for tanh: it reaches its limits much more slowly.",
        bounds=_within(-1.0, 1.0),
        rising=_always,
    ),
    "identity": Row(
        "Identity",
        "x",
        "Counting it as a layer of the network's depth.",
        slope=lambda _: 1.0,
        keeps=_within(-inf, inf),
        rising=_always,
    ),
    "softmax2d": Row(
        "Softmax2d",
        "exp(x)/sum of exp(x) over the channels, at each position",
        "Expecting a distribution over the positions: at each position the channels sum to 1.",
        check=_check_softmax2d,
        over_channels=True,
        shape="C×H×W → the same; C×L as well, which torch takes for a map without a batch.",
        bounds=_within(0.0, 1.0),
        distribution=True,
    ),
    "softmax": Row(
        "Softmax",
        "exp(x)/sum of exp(x) over one axis",
        "Putting it before CrossEntropyLoss, which has it inside.",
        (_DIM,),
        along_axis=True,
        bounds=_within(0.0, 1.0),
        distribution=True,
    ),
    "softmin": Row(
        "Softmin",
        "exp(−x)/sum of exp(−x) over one axis",
        "Taking it for 1 − softmax: it is the softmax of −x.",
        (_DIM,),
        along_axis=True,
        bounds=_within(0.0, 1.0),
        distribution=True,
    ),
    "logsoftmax": Row(
        "LogSoftmax",
        "x − log(sum of exp(x) over one axis)",
        "Putting it before CrossEntropyLoss, which has it inside; it belongs before NLLLoss.",
        (_DIM._replace(doc=_DIM.doc.replace("sums to 1", "sums to 1 after exp")),),
        along_axis=True,
        bounds=_within(-inf, 0.0),
    ),
}
