"""Folding a batch normalisation into the convolution before it, with numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from cnncalc.layers.folding import ABSORBED_BIAS, ABSORBED_WEIGHT, SCALE, SHIFT
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Exact, Matrix, Number, Parts, exact
from cnncalc.practice.compose import distinct, find_the_error
from cnncalc.practice.draw import Draw
from cnncalc.practice.maps import Map, factor, written
from cnncalc.practice.model import Draft, Grid
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, pretty_formula

__all__ = ["error", "folded", "table"]

_NORMALISED = Formula("g*(x - m)/d + B")
#: what slips make of factor, summand and bias
_BY_VARIANCE = Formula("g/(d*d)")
_NO_MEAN = Formula("B")
_BETA_SCALED = Formula("s*(B - m)")
_BIAS_KEPT = Formula("b + t")
_EPS = "ε = 0; the statistics are the running ones."


def _channel(draw: Draw) -> dict[str, Exact]:
    """A channel of a normalisation: its root divides γ, or is twice it."""
    root = draw.one((1, 2, 3, 4, 5))
    gamma = Fraction(root) * draw.one((Fraction(1), Fraction(2), Fraction(3), Fraction(1, 2), Fraction(-1)))
    return {
        "g": int(gamma) if gamma.denominator == 1 else gamma,
        "B": draw.one((-2, -1, 0, 1, 2, 3)),
        "m": draw.one((-3, -2, -1, 1, 2, 3, 4)),
        "d": root,
    }


def _rows(channels: Sequence[Mapping[str, Exact]], *more: str) -> tuple[tuple[str, ...], ...]:
    return tuple(
        [
            (str(i), exact(v["g"]), exact(v["B"]), exact(v["m"]), exact(v["d"] ** 2), *more)
            for i, v in enumerate(channels, 1)
        ]
    )


_HEADER = ("channel", "γ", "β", "mean", "variance")


def _told(channels: Sequence[Mapping[str, Exact]]) -> list[list[str]]:
    """γ, β, mean and variance of every channel, for the values of a draft."""
    return [[str(v["g"]), str(v["B"]), str(v["m"]), str(v["d"] ** 2)] for v in channels]


def folded(draw: Draw) -> Draft | None:
    """Weights and biases of a 1×1 convolution with two filters, after folding."""
    channels = _channel(draw), _channel(draw)
    w: Map = tuple([tuple([draw.whole(-3, 4) for _ in range(2)]) for _ in range(2)])
    biases = (draw.whole(-2, 3), draw.whole(-2, 3)) if draw.often(0.6) else (0, 0)
    scales = [SCALE.evaluate(v) for v in channels]
    if scales[0] == scales[1] or any(v == 0 for row in w for v in row):
        return None

    def made(
        scale: Formula = SCALE,
        shift: Formula = SHIFT,
        bias: Formula = ABSORBED_BIAS,
        *,
        columns: bool = False,
    ) -> Parts:
        s = [scale.evaluate(v) for v in channels]
        t = [shift.evaluate({**v, "s": f}) for v, f in zip(channels, s, strict=True)]
        weights = [
            [ABSORBED_WEIGHT.evaluate({"s": s[j if columns else i], "W": v}) for j, v in enumerate(row)]
            for i, row in enumerate(w)
        ]
        moved = [bias.evaluate({"s": f, "b": b, "t": u}) for f, b, u in zip(s, biases, t, strict=True)]
        return Parts((("weights", Matrix(tuple(map(tuple, weights)))), ("biases", Matrix((tuple(moved),)))))

    answer = made()
    own = f"the biases {exact(biases[0])} and {exact(biases[1])}" if any(biases) else "no biases"
    lines = []
    for i, (v, b) in enumerate(zip(channels, biases, strict=True), 1):
        s = SCALE.evaluate(v)
        t = SHIFT.evaluate({**v, "s": s})
        lines += [
            f"Channel {i}: s = γ/√σ² = {_put_in(SCALE, v)}, t = β − μ·s = {_put_in(SHIFT, {**v, 's': s})}, "
            f"b′ = s·b + t = {_put_in(ABSORBED_BIAS, {'s': s, 'b': b, 't': t})}."
        ]
    weights = answer.parts[0][1]
    return Draft(
        values={"w": w, "biases": biases, "channels": _told(channels)},
        stem=(
            "A 1×1 convolution takes 2 channels to 2. These are its weights, a filter in each row:",
            written(w),
            f"It has {own}. Batch normalisation follows:",
            Grid(_rows(channels), _HEADER),
            "In inference both are folded into one convolution. Which weights and biases does it have?",
        ),
        conventions=(_EPS,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.FORGOT_MEAN, made(shift=_NO_MEAN)),
                (slips.BETA_SCALED, made(shift=_BETA_SCALED)),
                (slips.WEIGHTS_ONLY, made(bias=_BIAS_KEPT)),
                (slips.BY_VARIANCE, made(scale=_BY_VARIANCE)),
                (slips.SCALED_INPUTS, made(columns=True)),
            ],
        ),
        steps=(
            *lines,
            "Each row of the weights is multiplied by the s of its channel:",
            *([written(weights.rows)] if isinstance(weights, Matrix) else []),
        ),
        check=_tried(w, biases, channels, answer),
        trap="The factor belongs to the filter, so it multiplies the filter's bias as well.",
    )


def _put_in(formula: Formula, values: Mapping[str, Any]) -> str:
    """The numbers put in, and the result."""
    return f"{pretty_formula(formula.substituted(values))} = {exact(formula.evaluate(values))}"


def _tried(w: Map, biases: tuple[int, int], channels: Sequence[Mapping[str, Exact]], answer: Parts) -> str:
    """The first output for the input (1, 1), both ways."""
    before = sum(w[0]) + biases[0]
    v = channels[0]
    after = _NORMALISED.evaluate({**v, "x": before})
    weights, moved = [part.rows[0] for _, part in answer.parts if isinstance(part, Matrix)]
    sums = " + ".join(factor(n) for n in (*weights, moved[0]))
    return (
        f"For the input (1, 1) the first filter gives {exact(before)}, which is normalised to {exact(after)}; "
        f"folded: {sums} = {exact(sum(weights) + moved[0])}."
    )


def table(draw: Draw) -> Draft | None:
    """Factor and summand of three channels."""
    channels = [_channel(draw) for _ in range(3)]

    def filled(scale: Formula = SCALE, shift: Formula = SHIFT) -> Parts:
        parts: list[tuple[str, Answer]] = []
        for i, v in enumerate(channels, 1):
            s = scale.evaluate(v)
            parts += [(f"s{i}", Number(s)), (f"t{i}", Number(shift.evaluate({**v, "s": s})))]
        return Parts(tuple(parts))

    if len({SCALE.evaluate(v) for v in channels}) < 3:
        return None
    answer = filled()
    first = channels[0]
    s = SCALE.evaluate(first)
    lines = [
        f"Channel {i}: s = {_put_in(SCALE, v)}, t = {_put_in(SHIFT, {**v, 's': SCALE.evaluate(v)})}."
        for i, v in enumerate(channels, 1)
    ]
    return Draft(
        values={"channels": _told(channels)},
        stem=(
            "In inference a batch normalisation is y = s·x + t, with a factor s and a summand t for each channel:",
            Grid(_rows(channels, "?", "?"), (*_HEADER, "s", "t")),
            "Fill in s and t.",
        ),
        conventions=(_EPS,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.BY_VARIANCE, filled(scale=_BY_VARIANCE)),
                (slips.FORGOT_MEAN, filled(shift=_NO_MEAN)),
                (slips.BETA_SCALED, filled(shift=_BETA_SCALED)),
            ],
        ),
        steps=("s = γ/√σ² and t = β − μ·s.", *lines),
        check=f"At the mean the output is β; in channel 1, with x = {exact(first['m'])}: "
        f"{factor(s)}·{factor(first['m'])} + {factor(SHIFT.evaluate({**first, 's': s}))} = {exact(first['B'])}.",
        trap="The mean is multiplied by s before it is taken from β.",
    )


@cache
def _one_weight() -> Working:
    """A filter with one weight, folded and applied."""
    return Working(
        (
            Line("s", "s", SCALE, ((slips.BY_VARIANCE, _BY_VARIANCE),)),
            Line(
                "t",
                "t",
                SHIFT,
                ((slips.FORGOT_MEAN, _NO_MEAN), (slips.BETA_SCALED, _BETA_SCALED)),
            ),
            Line("V", "new weight", ABSORBED_WEIGHT, ((slips.BIAS_ONLY, Formula("W")),)),
            Line("c", "new bias", ABSORBED_BIAS, ((slips.WEIGHTS_ONLY, _BIAS_KEPT),)),
            Line("y", "output", Formula("V*x + c", x="input")),
        )
    )


def error(draw: Draw) -> Draft | None:
    """The folding of one weight, with one slip."""
    v = _channel(draw)
    given = {**v, "W": draw.one((-2, 2, 3, 4)), "b": draw.one((-2, -1, 1, 2)), "x": draw.one((1, 2, 3, -1))}
    made = _one_weight().values(given)
    plain = Formula("W*x + b").evaluate(given)
    told = {n: exact(value) for n, value in given.items()}
    return find_the_error(
        draw,
        _one_weight(),
        given,
        values={n: str(value) for n, value in given.items()},
        task=(
            f"A convolution has one weight, {told['W']}, and the bias {told['b']}. Batch normalisation follows, with "
            f"γ = {told['g']}, β = {told['B']}, the running mean {told['m']} and the running variance "
            f"{exact(v['d'] ** 2)}. Both are folded into one convolution: first come the factor s and the summand t "
            f"of the normalisation, then the new weight and bias, and the output for the input {told['x']}.",
        ),
        check=f"Unfolded, the convolution gives {exact(plain)}, which is normalised to {exact(made['y'])}.",
        conventions=(_EPS,),
    )
