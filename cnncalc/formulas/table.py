"""The formulas that are known by name. None is written here: each is that of a layer or of a pass, with what has to hold.

Where a layer's formula depends on its fields, so does the one here: without dilation it does not speak of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from cnncalc.layers.attention import ATTENTION_MACS
from cnncalc.layers.base import Derivation
from cnncalc.layers.condition import Condition
from cnncalc.layers.conv import Conv, DepthwiseConv
from cnncalc.layers.conv_transpose import TransposedConv
from cnncalc.layers.linear import Linear
from cnncalc.layers.norm import KINDS as NORMALISATIONS
from cnncalc.layers.pool import MaxPool
from cnncalc.passes.initialisation import KAIMING, XAVIER
from cnncalc.passes.receptive_field.interior import JUMP, SIZE
from cnncalc.record import record
from cnncalc.report.explain.quantities import FLOPS, OUTPUT_BYTES, WEIGHT_BYTES
from cnncalc.shape import Shape
from cnncalc.symbolic import Formula, symbol

if TYPE_CHECKING:
    from cnncalc.layers import Layer

__all__ = ["ENTRIES", "Entry", "Posed", "Variable"]

#: the values of all names; a quotient may take fractions
Values: TypeAlias = Mapping[str, Any]


@record
class Variable:
    """A name that a formula takes. Without a default it has to be given."""

    name: str
    default: int | str | None = None
    #: it is at least this
    least: int = 1
    #: what it means, where the formula does not hold it: a choice of 0 or 1
    choice: str | None = None


@record
class Posed:
    """A formula at values, and what must hold of them."""

    derivation: Derivation
    conditions: tuple[Condition, ...] = ()


@record
class Entry:
    """A formula by name. It rises or falls in each of its names."""

    name: str
    #: what its value is called
    result: str
    about: str
    variables: tuple[Variable, ...]
    pose: Callable[[Values], Posed]
    #: what its root is called, of a variance; its value may be a fraction
    root: str | None = None

    @property
    def general(self) -> Formula:
        """The formula with all its names."""
        values = {v.name: v.default if v.choice else symbol(v.name) for v in self.variables}
        return self.pose(values).derivation.formula

    def meaning(self, variable: Variable) -> str:
        """What a name means."""
        return variable.choice or self.general.describe(variable.name)


def _of_layer(layer: Layer, x: Shape, ask: Callable[[Layer, Shape], Derivation]) -> Posed:
    return Posed(ask(layer, x), tuple(layer.requires(x)))


def _size(layer: Layer, x: Shape) -> Derivation:
    (derivation,) = layer.sizes(x) or ()
    return derivation


def _params(layer: Layer, x: Shape) -> Derivation:
    return layer.params(x)


def _macs(layer: Layer, x: Shape) -> Derivation:
    return layer.macs(x)


def _fan_in(layer: Layer, x: Shape) -> Derivation:
    return layer.fans(x)[0].fan_in


def _fan_out(layer: Layer, x: Shape) -> Derivation:
    return layer.fans(x)[0].fan_out


def _axis(v: Values) -> Shape:
    return Shape((1, v["W"]))


def _conv_size(v: Values) -> Posed:
    return _of_layer(Conv(v["F"], 1, stride=v["S"], padding=v["P"], dilation=v["D"]), _axis(v), _size)


def _pool_size(v: Values) -> Posed:
    pool = MaxPool(v["F"], stride=v["S"], padding=v["P"], dilation=v["D"], ceil_mode=bool(v["ceil"]))
    return _of_layer(pool, _axis(v), _size)


def _transposed_size(v: Values) -> Posed:
    layer = TransposedConv(v["F"], 1, stride=v["S"], padding=v["P"], output_padding=v["A"], dilation=v["D"])
    return _of_layer(layer, _axis(v), _size)


def _square(channels: Any, v: Values) -> Shape:
    """The smallest map that the kernel fits on: parameters do not depend on the map's size."""
    return Shape((channels, v["F"], v["F"]))


def _under(channels: Any, v: Values) -> Shape:
    """The map on which the kernel has O×O places."""
    return Shape((channels, v["O"] + v["F"] - 1, v["O"] + v["F"] - 1))


def _conv(v: Values) -> Conv:
    return Conv(v["F"], v["K"], groups=v.get("G", 1), bias=bool(v.get("bias", 1)))


def _depthwise(v: Values) -> DepthwiseConv:
    return DepthwiseConv(v["F"], bias=bool(v.get("bias", 1)))


def _dense(v: Values) -> Linear:
    return Linear(v["K"], bias=bool(v.get("bias", 1)))


def _plain(formula: Formula) -> Callable[[Values], Posed]:
    """A formula that is one whatever its values are."""
    return lambda v: Posed(Derivation(formula, {name: v[name] for name in formula.names}))


def _variables(names: str, **defaults: int | str) -> tuple[Variable, ...]:
    """Names that have to be given, and names with defaults; paddings may be 0."""
    return (
        *(Variable(name) for name in names.split()),
        *(Variable(name, default, 0 if default == 0 else 1) for name, default in defaults.items()),
    )


_BIAS = Variable("bias", 1, 0, choice="1 with a bias, 0 without")
_CEIL = Variable("ceil", 0, 0, choice="1 to round up, 0 to round down")
_DEVIATION = "standard deviation"

_ALL: Iterable[Entry] = (
    Entry("output_size", "O", "size after a convolution", _variables("W F", S=1, P=0, D=1), _conv_size),
    Entry("pool_size", "O", "size after pooling", (*_variables("W F", S="F", P=0, D=1), _CEIL), _pool_size),
    Entry(
        "transposed_size",
        "O",
        "size after a transposed convolution",
        _variables("W F", S=1, P=0, A=0, D=1),
        _transposed_size,
    ),
    Entry(
        "params",
        "params",
        "parameters of a convolution",
        (*_variables("F C K", G=1), _BIAS),
        lambda v: _of_layer(_conv(v), _square(v["C"], v), _params),
    ),
    Entry(
        "depthwise_params",
        "params",
        "parameters of a depthwise convolution",
        (*_variables("F K"), _BIAS),
        lambda v: _of_layer(_depthwise(v), _square(v["K"], v), _params),
    ),
    Entry(
        "dense_params",
        "params",
        "parameters of a fully connected layer",
        (*_variables("N K"), _BIAS),
        lambda v: _of_layer(_dense(v), Shape((v["N"],)), _params),
    ),
    Entry(
        "bn_params",
        "params",
        "parameters of a batch normalisation",
        _variables("C"),
        lambda v: _of_layer(NORMALISATIONS["bn"](), Shape((v["C"], 1, 1)), _params),
    ),
    Entry(
        "macs",
        "macs",
        "multiply-accumulates of a convolution",
        _variables("F C K O", G=1),
        lambda v: _of_layer(_conv(v), _under(v["C"], v), _macs),
    ),
    Entry(
        "depthwise_macs",
        "macs",
        "multiply-accumulates of a depthwise convolution",
        _variables("F K O"),
        lambda v: _of_layer(_depthwise(v), _under(v["K"], v), _macs),
    ),
    Entry(
        "dense_macs",
        "macs",
        "multiply-accumulates of a fully connected layer",
        _variables("N K"),
        lambda v: _of_layer(_dense(v), Shape((v["N"],)), _macs),
    ),
    Entry(
        "attention_macs",
        "macs",
        "multiply-accumulates of attention",
        _variables("S E T"),
        _plain(ATTENTION_MACS),
    ),
    Entry("flops", "flops", "floating-point operations", _variables("M"), _plain(FLOPS)),
    Entry("output_bytes", "bytes", "memory of an output", _variables("N", B=4), _plain(OUTPUT_BYTES)),
    Entry("weight_bytes", "bytes", "memory of parameters", _variables("P", B=4), _plain(WEIGHT_BYTES)),
    Entry(
        "receptive_field", "R", "receptive field after a layer", _variables("F", D=1, j=1, r=1), _plain(SIZE)
    ),
    Entry("jump", "J", "jump after a layer", _variables("S", j=1), _plain(JUMP)),
    Entry(
        "fan_in",
        "n",
        "inputs of an output of a convolution",
        _variables("F C", G=1),
        lambda v: _of_layer(_conv({**v, "K": v["G"]}), _square(v["C"], v), _fan_in),
    ),
    Entry(
        "fan_out",
        "m",
        "outputs of an input, as torch counts them",
        _variables("F K"),
        lambda v: _of_layer(_conv(v), _square(1, v), _fan_out),
    ),
    Entry(
        "kaiming",
        "variance",
        "variance of weights by He et al.",
        _variables("n", g=2),
        _plain(KAIMING),
        _DEVIATION,
    ),
    Entry(
        "xavier",
        "variance",
        "variance of weights by Glorot",
        _variables("n m", g=1),
        _plain(XAVIER),
        _DEVIATION,
    ),
)
#: by name, in the order in which they are listed
ENTRIES: Mapping[str, Entry] = {entry.name: entry for entry in _ALL}
