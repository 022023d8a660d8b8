"""How large activations are on average, layer by layer, right after initialisation: the textbook's recurrence.

    weights        E[y²] = fan_in·Var(w)·E[x²] + Var(b)      Var(w) and Var(b) by the initialisation
    max(0, x) + slope·min(0, x)   E[y²] = (1 + slope²)/2·E[x²]        for x as often positive as negative
    sum of independent branches   E[y²] = E[a²] + E[b²]
    normalisation  E[y²] = 1

Of a signal with mean 0, such as that before an activation, E[x²] is the variance. What no rule knows is named: a
pooling is taken to change nothing, and behind any other unknown layer the signal is unknown until it is normalised.

Source: He et al., Delving Deep into Rectifiers, 2015 (https://arxiv.org/abs/1502.01852), section 2.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from cnncalc.errors import FormulaError
from cnncalc.layers import Derivation
from cnncalc.layers.facts import Fans
from cnncalc.network import Network, Node
from cnncalc.passes.initialisation import DEFAULT, Method, gain_squared
from cnncalc.record import record, replace
from cnncalc.shape import Shape
from cnncalc.symbolic import Formula

__all__ = ["ASSUMPTIONS", "FACTORS", "HALF", "Signal", "Step", "signal"]

#: fan_in·Var(w): `t` inputs that an output has, Var(w) from the fans n (in) and m (out) that torch counts
FACTORS: dict[Method, Formula] = {
    "kaiming": Formula("t*g/n", t="inputs of an output", g="gain squared", n="fan-in"),
    "kaiming_fan_out": Formula("t*g/m", t="inputs of an output", g="gain squared", m="fan-out"),
    "xavier": Formula("2*t*g/(n + m)", t="inputs of an output", g="gain squared", n="fan-in", m="fan-out"),
    "default": Formula("t/(3*n)", t="inputs of an output", n="fan-in"),
}
HALF = Formula("(1 + a*a)/2", a="slope below 0")

ASSUMPTIONS = (
    "weights are independent, with mean 0, and so are the numbers that enter",
    "the zeros of paddings are not counted, so that real values at the borders are smaller",
    "normalisations use their own statistics, with factors 1 and summands 0",
    "dropout is off",
)

#: whether the signal is as often positive as negative, never negative, or neither for sure
_Sign = Literal["symmetric", "nonnegative", "any"]


@record
class Step:
    """What leaves one node: E[y²], None if it is unknown, and what it was multiplied by."""

    node: int
    mean_square: Fraction | None
    factor: Derivation | None = None
    #: what was assumed here, or why nothing is known
    remark: str | None = None


@record
class Signal:
    """The mean square after every node, for an input with mean 0 and variance 1."""

    method: Method
    steps: tuple[Step, ...]
    assumptions: tuple[str, ...] = ASSUMPTIONS


@record
class _State:
    """A signal on its way. `sources` are the weights that made it random, -1 the input."""

    mean_square: Fraction | None
    sign: _Sign
    sources: frozenset[int]


def signal(network: Network, method: Method = "kaiming", *, nonlinearity: str = "relu") -> Signal:
    """The recurrence through a whole network, with the gain of one nonlinearity for all weights.

    Raises SpecError for a nonlinearity without a gain.
    """
    gain = gain_squared(nonlinearity)
    states: dict[int, _State] = {-1: _State(Fraction(1), "symmetric", frozenset({-1}))}
    steps = []
    for node in network.nodes:
        inputs = [states[i] for i in node.inputs]
        state, step = _through(node, network.input_shapes(node), inputs, method, gain)
        states[node.index] = state
        steps.append(step)
    return Signal(method, tuple(steps))


def _through(
    node: Node, shapes: tuple[Shape, ...], inputs: Sequence[_State], method: Method, gain: Fraction
) -> tuple[_State, Step]:
    first, layer = inputs[0], node.layer
    before = first.mean_square
    factor: Derivation | None = None
    remark: str | None = None
    match layer.role:
        case "weights":
            source = node.index if node.weights_of is None else node.weights_of
            after, factor, remark = _weighted(layer.fans(*shapes), before, method, gain)
            state = _State(after, "symmetric", frozenset({source}))
        case "rectify":
            state, factor, remark = _rectified(first, layer.slope())
        case "same":
            state = first
        case "standard":
            state = replace(first, mean_square=Fraction(1), sign="symmetric")
        case "scaled":
            state = replace(first, mean_square=Fraction(1))
        case "sum":
            state, remark = _summed(inputs)
        case "join":
            state, remark = _joined(inputs, shapes)
        case "pool":
            state = first
            remark = "pooling is taken to change nothing: its effect depends on how neighbours correlate"
        case "unknown":
            state = replace(first, mean_square=None, sign="any")
            remark = f"no rule is known for {layer.kind}: unknown from here to the next normalisation"
    return state, Step(node.index, state.mean_square, factor, remark)


def _weighted(
    fans: Sequence[Fans], before: Fraction | None, method: Method, gain: Fraction
) -> tuple[Fraction | None, Derivation | None, str | None]:
    """After a layer of weights; torch's own initialisation draws biases too, the others leave them 0."""
    (fan,) = fans
    try:
        n, m, t = fan.fan_in.value, fan.fan_out.value, fan.true_in.value
        factor = Derivation(FACTORS[method], {"t": t, "g": gain, "n": n, "m": m})
        times = Fraction(factor.value)  # type: ignore[arg-type]
        bias: object = Derivation(DEFAULT, {"n": n}).value if method == "default" and fan.bias else 0
    except (FormulaError, TypeError):
        return None, None, "the fans hold names that do not cancel"
    return None if before is None else before * times + Fraction(bias), factor, None  # type: ignore[call-overload]


def _rectified(state: _State, slope: float) -> tuple[_State, Derivation | None, str | None]:
    if state.sign == "nonnegative":
        return state, None, None
    factor = Derivation(HALF, {"a": Fraction(repr(float(slope)))})
    remark = None
    if state.sign == "any" and state.mean_square is not None:
        remark = "taken to be as often positive as negative, which a shortcut or a sum need not be"
    after = None if state.mean_square is None else state.mean_square * factor.value  # type: ignore[operator]
    sign: _Sign = "nonnegative" if slope == 0 else "any"
    return replace(state, mean_square=after, sign=sign), factor, remark


def _summed(inputs: Sequence[_State]) -> tuple[_State, str | None]:
    """Mean squares add if the inputs are independent and all but one have mean 0."""
    sources = frozenset[int]().union(*[s.sources for s in inputs])
    signs = {s.sign for s in inputs}
    sign: _Sign = signs.pop() if len(signs) == 1 else "any"
    if len(sources) < sum(len(s.sources) for s in inputs):
        return _State(None, "any", sources), "the branches are not independent: unknown from here"
    if sum(s.sign != "symmetric" for s in inputs) > 1:
        return _State(None, sign, sources), "the means of the branches add as well: unknown from here"
    known = [s.mean_square for s in inputs]
    total = sum((q for q in known if q is not None), Fraction(0))
    return _State(None if None in known else total, sign, sources), None


def _joined(inputs: Sequence[_State], shapes: Sequence[Shape]) -> tuple[_State, str | None]:
    """The mean over all numbers: each input counts by its size."""
    sources = frozenset[int]().union(*[s.sources for s in inputs])
    signs = {s.sign for s in inputs}
    sign: _Sign = signs.pop() if len(signs) == 1 else "any"
    squares = {s.mean_square for s in inputs}
    if len(squares) == 1:
        return _State(squares.pop(), sign, sources), None
    parts = []
    for state, shape in zip(inputs, shapes, strict=True):
        size = shape.elements
        if state.mean_square is None or not isinstance(size, int):
            return _State(None, sign, sources), "an input is unknown, or how many numbers it has"
        parts.append((state.mean_square * size, size))
    mean = sum((p for p, _ in parts), Fraction(0)) / sum(size for _, size in parts)
    return _State(mean, sign, sources), None
