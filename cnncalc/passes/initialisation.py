"""Standard deviations and bounds that Kaiming's, Xavier's and torch's own initialisation give every weight.

    Kaiming   Var(w) = gain²/fan                  fan = fan_in or fan_out
    Xavier    Var(w) = 2·gain²/(fan_in + fan_out)
    torch     Var(w) = 1/(3·fan_in)               Conv, ConvTranspose, Linear: Kaiming uniform with slope √5
    uniform   bound² = 3·Var(w)                      of U(−bound, bound)

The fans are those that torch counts. Squares are exact; who prints them takes the root.
Source: https://docs.pytorch.org/docs/stable/nn.init.html.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, TypeAlias

from cnncalc.errors import SpecError, nearest
from cnncalc.layers import Derivation
from cnncalc.layers.facts import Fans
from cnncalc.network import Network
from cnncalc.record import record
from cnncalc.symbolic import Formula

__all__ = [
    "DEFAULT",
    "DEFAULT_BOUND",
    "GAINS",
    "KAIMING",
    "KAIMING_BOUND",
    "XAVIER",
    "XAVIER_BOUND",
    "Initialisation",
    "Method",
    "bound_squared",
    "gain_squared",
    "initialisation",
    "variance",
]

Method: TypeAlias = Literal["kaiming", "kaiming_fan_out", "xavier", "default"]

KAIMING = Formula("g / n", g="gain squared", n="fan")
XAVIER = Formula("2*g / (n + m)", g="gain squared", n="fan-in", m="fan-out")
DEFAULT = Formula("1 / (3*n)", n="fan-in")
#: the squares of the bounds of uniform distributions with these variances: 3·Var(w)
KAIMING_BOUND = Formula("3*g / n", g="gain squared", n="fan")
XAVIER_BOUND = Formula("6*g / (n + m)", g="gain squared", n="fan-in", m="fan-out")
DEFAULT_BOUND = Formula("1 / n", n="fan-in")
_BOUNDS = {KAIMING: KAIMING_BOUND, XAVIER: XAVIER_BOUND, DEFAULT: DEFAULT_BOUND}

#: torch.nn.init.calculate_gain, squared: what keeps the variance behind each nonlinearity
GAINS: dict[str, Fraction] = {
    "linear": Fraction(1),
    "conv": Fraction(1),
    "sigmoid": Fraction(1),
    "tanh": Fraction(25, 9),
    "relu": Fraction(2),
    "selu": Fraction(9, 16),
}
_LEAKY = "leaky_relu"


def gain_squared(nonlinearity: str, slope: float | Fraction = Fraction(1, 100)) -> Fraction:
    """gain² of a nonlinearity by torch's name; of leaky_relu 2/(1 + slope²), whose slope is 0.01 in torch too.

    Raises SpecError for one that torch has no gain for.
    """
    if nonlinearity == _LEAKY:
        exact = slope if isinstance(slope, Fraction) else Fraction(repr(float(slope)))
        return 2 / (1 + exact**2)
    if nonlinearity not in GAINS:
        names = (*GAINS, _LEAKY)
        close = nearest(nonlinearity, names)
        cure = f"did you mean {close}?" if close else f"choose from {', '.join(names)}"
        raise SpecError(f"there is no gain for '{nonlinearity}'", cure, code="CNN105")
    return GAINS[nonlinearity]


@record
class Initialisation:
    """One weight of one node: its fans, and the variances that the methods give it."""

    node: int
    fans: Fans
    kaiming: Derivation
    kaiming_fan_out: Derivation
    xavier: Derivation
    default: Derivation


def variance(fans: Fans, method: Method, gain: Fraction) -> Derivation:
    """Var(w) under a method, with its formula."""
    n, m = fans.fan_in.value, fans.fan_out.value
    match method:
        case "kaiming":
            return Derivation(KAIMING, {"g": gain, "n": n})
        case "kaiming_fan_out":
            return Derivation(KAIMING, {"g": gain, "n": m})
        case "xavier":
            return Derivation(XAVIER, {"g": gain, "n": n, "m": m})
        case "default":
            if fans.scheme == "kaiming_uniform":
                return Derivation(DEFAULT, {"n": n})
            return Derivation(XAVIER, {"g": 1, "n": n, "m": m})


def bound_squared(variance: Derivation) -> Derivation:
    """The square of the bound of the uniform distribution with this variance, one that `variance` gave."""
    return Derivation(_BOUNDS[variance.formula], variance.values)


def initialisation(
    network: Network, *, nonlinearity: str = "relu", slope: float | Fraction = Fraction(1, 100)
) -> tuple[Initialisation, ...]:
    """Every weight that multiplies inputs, in order, with the gain of one nonlinearity for all."""
    gain = gain_squared(nonlinearity, slope)
    return tuple(
        Initialisation(
            node.index,
            fans,
            variance(fans, "kaiming", gain),
            variance(fans, "kaiming_fan_out", gain),
            variance(fans, "xavier", gain),
            variance(fans, "default", gain),
        )
        for node in network.nodes
        for fans in node.layer.fans(*network.input_shapes(node))
    )
