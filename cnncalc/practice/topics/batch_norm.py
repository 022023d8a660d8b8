"""Batch normalisation: values, parameters, and running statistics."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.practice import slips
from cnncalc.practice.answers import Exact, Expression, Matrix, Number, Parts, exact
from cnncalc.practice.compose import distinct
from cnncalc.practice.costs import params, renamed
from cnncalc.practice.draw import Draw
from cnncalc.practice.maps import each, factor
from cnncalc.practice.model import Cell, Draft, Topic, Worked
from cnncalc.practice.pools import KERNELS
from cnncalc.practice.topics.batch_norm_folding import error, folded, table
from cnncalc.practice.topics.conventions_of_costs import summaries
from cnncalc.practice.words import counted, square
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_EPS = "ε = 0."
_POPULATION = "The variance divides by the number of values."
_VALUES = Formula("g*(x - m)/d + B", g="γ", x="number", m="mean", d="√variance", B="β")

#: four numbers around 0 whose variance is the square of the second
_SPREADS = (
    ((-1, -1, 1, 1), 1),
    ((-5, 1, 1, 3), 3),
    ((-3, -1, -1, 5), 3),
    ((-7, -1, 1, 7), 5),
    ((-2, -2, 2, 2), 2),
    ((-3, -3, 3, 3), 3),
    ((-4, -4, 4, 4), 4),
)


def _normal(value: Fraction) -> Exact:
    return int(value) if value.denominator == 1 else value


def _row(formula: str, batch: tuple[int, ...], **given: Exact) -> Matrix:
    return Matrix(each(formula, batch, given))


def values(draw: Draw) -> Draft:
    """Four numbers normalised, with γ and β."""
    spread, deviation = draw.one(_SPREADS)
    mean = draw.whole(-1, 6)
    batch = draw.shuffled([v + mean for v in spread])
    gamma = _normal(deviation * draw.one((Fraction(1), Fraction(2), Fraction(1, 2))))
    if draw.often(0.4):
        gamma = draw.one((1, 2, 3))
    beta = draw.one((-1, 0, 1, 2))
    given: dict[str, Exact] = {"g": gamma, "B": beta, "m": mean, "d": deviation}
    answer = _row(_VALUES.text, batch, **given)
    squares = [(v - mean) ** 2 for v in batch]
    told = ", ".join(map(exact, batch))
    first = {**given, "x": batch[0]}
    total = sum(int(v) if isinstance(v, int) else v for v in answer.rows[0])
    return Draft(
        values={"batch": batch, "gamma": str(gamma), "beta": beta},
        stem=(
            f"A channel has the numbers {told} in a batch. Batch normalisation is applied in training, with "
            f"γ = {exact(gamma)} and β = {exact(beta)}.",
            "What becomes of the four numbers?",
        ),
        conventions=(_EPS, _POPULATION),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.BY_VARIANCE, _row("g*(x - m)/(d*d) + B", batch, **given)),
                (slips.NOT_CENTRED, _row("g*x/d + B", batch, **given)),
                (slips.FORGOT_FACTOR, _row("(x - m)/d", batch, **given)),
                (slips.SHIFT_FIRST, _row("g*((x - m)/d + B)", batch, **given)),
            ],
        ),
        steps=(
            f"The mean is {exact(sum(batch))}/4 = {exact(mean)}.",
            f"The squared differences are {', '.join(map(str, squares))}: the variance is {sum(squares)}/4 = "
            f"{deviation**2}, its root {deviation}.",
            Worked("first number", Derivation(_VALUES, first)),
        ),
        check=f"The mean of the four is {exact(_normal(Fraction(total) / 4))}, which is β.",
        trap="γ scales what has the deviation 1, and only then β is added.",
    )


def counts_or_running(draw: Draw) -> Draft:
    """Trainable parameters and buffers; or running statistics after one batch."""
    return _counts(draw) if draw.often(0.4) else _running(draw)


def _counts(draw: Draw) -> Draft:
    given = {
        "F": draw.one((1, 3, 5, 7)),
        "C": draw.one((3, 16, 32, 64)),
        "K": draw.one((16, 32, 64, 128)),
    }
    side = draw.one((14, 28, 32, 56))
    conv, norm = params("conv", bias=False), renamed(params("bn"), C="K")
    weights, own = conv.evaluate(given), norm.evaluate(given)
    channels = given["K"]

    def parts(trainable: int, running: int = 2 * channels) -> Parts:
        return Parts((("trainable", Number(trainable)), ("running", Number(running))))

    answer = parts(weights + own)
    return Draft(
        values={"ask": "counts", **given},
        stem=(
            f"A convolution without biases has {channels} filters of {square(given['F'])} and an input with "
            f"{counted(given['C'], 'channel')}. Batch normalisation with γ and β follows; the maps are {square(side)}.",
            "How many trainable parameters do both have together, and how many running means and variances are kept?",
        ),
        conventions=("The counter of batches that PyTorch keeps is not counted.",),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.FOUR_PER_CHANNEL, parts(weights + 2 * own)),
                (slips.CONV_BIAS_KEPT, parts(weights + own + channels)),
                (slips.FORGOT_NORM, parts(weights)),
                (slips.ONE_PER_CHANNEL, parts(weights + channels, channels)),
            ],
        ),
        steps=(
            Worked("weights", Derivation(conv, given)),
            Worked("γ and β", Derivation(norm, {"K": channels})),
            f"Together they are {weights:,} + {own:,} = {weights + own:,}.",
            f"A running mean and a running variance for each channel: 2·{channels} = {2 * channels}.",
        ),
        check=f"{channels} filters of {given['F'] ** 2 * given['C']:,} weights with a γ and a β each are "
        f"{channels}·{given['F'] ** 2 * given['C'] + 2:,} = {weights + own:,} parameters.",
        trap="The running statistics are not learned by gradients, and the size of the maps plays no part.",
    )


#: numbers in the batch, their variance, and that with n − 1
_VARIANCES = ((5, 4, 5), (5, 8, 10), (4, 3, 4), (4, 9, 12), (9, 8, 9), (10, 9, 10), (10, 18, 20), (2, 2, 4))
_SHARE = Formula("(1 - a)*r + a*v", a="share of the batch", r="running before", v="of the batch")


def _running(draw: Draw) -> Draft:
    n, variance, unbiased = draw.one(_VARIANCES)
    torch = draw.often(0.6)
    share = Fraction(1, draw.one((10, 5, 4, 2)))
    before = {"mean": draw.one((0, 1, 2, 5)), "variance": draw.one((1, 2, 4, 10))}
    mean = draw.one((4, 6, 10, -2))
    momentum = share if torch else 1 - share

    def after(a: Fraction, v: int) -> Parts:
        pairs = (("mean", mean), ("variance", v))
        return Parts(
            tuple(
                [
                    (name, Number(_SHARE.evaluate({"a": a, "r": before[name], "v": found})))
                    for name, found in pairs
                ]
            )
        )

    taken, other = (unbiased, variance) if torch else (variance, unbiased)
    answer = after(share, taken)
    rule = (
        "PyTorch: new = (1 − momentum)·old + momentum·batch; its running variance takes the variance that divides by n − 1."
        if torch
        else "Keras: new = momentum·old + (1 − momentum)·batch, with the variance that divides by n."
    )
    corrected = (
        [f"With n − 1 the variance of the batch is {variance}·{n}/{n - 1} = {unbiased}."] if torch else []
    )
    new = answer.parts[0][1]
    return Draft(
        values={
            "ask": "running",
            "torch": torch,
            "n": n,
            "batch": [mean, variance],
            "before": [before["mean"], before["variance"]],
            "momentum": str(momentum),
        },
        stem=(
            f"A channel's running mean is {before['mean']}, its running variance {before['variance']}. The next batch has "
            f"{n} numbers in this channel, with the mean {exact(mean)} and the variance {variance} (divided by {n}).",
            f"What are the running mean and the running variance after this batch, with momentum {exact(momentum)}?",
        ),
        conventions=(rule,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.MOMENTUM_SWAPPED, after(1 - share, taken)),
                (slips.WRONG_VARIANCE, after(share, other)),
                (slips.ONLY_BATCH, after(Fraction(1), taken)),
            ],
        ),
        steps=(
            *corrected,
            Worked("mean", Derivation(_SHARE, {"a": share, "r": before["mean"], "v": mean})),
            "variance: " + " = ".join(_SHARE.steps({"a": share, "r": before["variance"], "v": taken})[1:]),
        ),
        check=f"The mean goes {exact(share)} of the way from {before['mean']} to {exact(mean)}: "
        f"{exact(share * (mean - before['mean']))} further, to {exact(new.value) if isinstance(new, Number) else ''}.",
        trap="PyTorch's momentum is the share of the new batch, that of Keras the share of the old value.",
    )


def symbolic(draw: Draw) -> Draft:
    """Parameters of a convolution and its normalisation, in the name of the channels."""
    kernel, factor = draw.one(KERNELS), draw.one((1, 2, 3, 4, 6, 8))
    c = symbol("C")
    filters = factor * c
    conv, norm = params("conv", bias=False), renamed(params("bn"), C="K")
    given = {"F": kernel, "C": c, "K": filters}
    weights, own = conv.evaluate(given), norm.evaluate(given)
    answer = Expression(weights + own)
    told = "C" if factor == 1 else f"{factor}C"
    return Draft(
        values={"F": kernel, "factor": factor},
        stem=(
            f"A convolution without biases has {told} filters of {square(kernel)} and an input with C channels. Batch "
            "normalisation with γ and β follows.",
            "How many trainable parameters do both have together, in terms of C?",
        ),
        conventions=("Running means and variances are not trainable.",),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.FOUR_PER_CHANNEL, Expression(weights + 2 * own)),
                (slips.CONV_BIAS_KEPT, Expression(weights + own + filters)),
                (slips.FORGOT_NORM, Expression(weights)),
                (slips.ONE_PER_CHANNEL, Expression(weights + filters)),
            ],
        ),
        steps=(
            Worked("weights", Derivation(conv, given)),
            Worked("γ and β", Derivation(norm, {"K": filters})),
        ),
        check=f"For C = 1: {counted(factor, 'filter')} of {counted(kernel**2, 'weight')}, "
        "each with a γ and a β.",
        trap="The normalisation has as many channels as the convolution has filters, not as its input has.",
    )


_BACK = Formula("(y - B)*d/g + m", y="output", B="β", d="√variance", g="γ", m="running mean")


def inverse(draw: Draw) -> Draft | None:
    """The γ and β that undo the normalisation; or the input that gave an output."""
    deviation = draw.one((2, 3, 4, 5, 10))
    mean = draw.one((-3, -1, 1, 2, 4, 6))
    given: dict[str, Exact] = {"m": mean, "d": deviation}
    told = f"In inference a batch normalisation has the running mean {exact(mean)} and the running variance {deviation**2}"
    if draw.often(0.5):
        return _identity(given, told)
    gamma = draw.one((1, 2, 3, 5))
    beta = draw.one((-1, 1, 2))
    x = mean + deviation * draw.one((-2, -1, 1, 2, 3))
    if gamma % deviation and deviation % gamma:
        return None
    y = _VALUES.evaluate({**given, "g": gamma, "B": beta, "x": x})
    values: Mapping[str, Any] = {**given, "g": gamma, "B": beta, "y": y}
    answer = Number(_BACK.evaluate(values))
    return Draft(
        values={
            "ask": "input",
            "mean": mean,
            "variance": deviation**2,
            "gamma": gamma,
            "beta": beta,
            "y": str(y),
        },
        stem=(
            f"{told}, with γ = {gamma} and β = {exact(beta)}.",
            f"Which input gives the output {exact(y)}?",
        ),
        conventions=(_EPS,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.BY_VARIANCE, Number(Formula("(y - B)*d*d/g + m").evaluate(values))),
                (slips.MEAN_REVERSED, Number(Formula("(y - B)*d/g - m").evaluate(values))),
                (slips.FORWARD_AGAIN, Number(_VALUES.evaluate({**values, "x": y}))),
            ],
        ),
        steps=(
            "y = γ·(x − μ)/√σ² + β is solved for x.",
            Worked("x", Derivation(_BACK, {n: values[n] for n in _BACK.names})),
        ),
        check=f"Forward: {gamma}·({exact(x)} − {factor(mean)})/{deviation} + {factor(beta)} = {exact(y)}.",
        trap="Undo the steps in the opposite order: first β, last the mean.",
    )


def _identity(given: Mapping[str, Exact], told: str) -> Draft:
    mean, deviation = given["m"], given["d"]

    def parts(gamma: Exact, beta: Exact) -> Parts:
        return Parts((("γ", Number(gamma)), ("β", Number(beta))))

    answer = parts(deviation, mean)
    return Draft(
        values={"ask": "identity", "mean": mean, "variance": int(deviation**2)},
        stem=(f"{told}.", "Which γ and β make its output equal to its input?"),
        conventions=(_EPS,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.LEFT_AT_START, parts(1, 0)),
                (slips.BY_VARIANCE, parts(deviation**2, mean)),
                (slips.MEAN_REVERSED, parts(deviation, -mean)),
            ],
        ),
        steps=(
            f"γ·(x − μ)/√σ² + β = x for every x: γ = √σ² = √{exact(deviation**2)} = {exact(deviation)}, and then β = μ = "
            f"{exact(mean)}.",
        ),
        check=f"x = {exact(mean)} becomes β = {exact(mean)}, and x = {exact(mean + deviation)} becomes "
        f"{exact(deviation)}·1 + {factor(mean)} = {exact(mean + deviation)}.",
        trap="γ undoes the root of the variance, not the variance.",
    )


TOPIC = Topic(
    "batch-norm",
    "Batch normalisation and its folding",
    (
        Cell("forward", 1, values),
        Cell("forward", 2, counts_or_running),
        Cell("symbolic", 2, symbolic),
        Cell("forward", 3, folded),
        Cell("inverse", 3, inverse),
        Cell("table", 3, table),
        Cell("compare", 4, summaries),
        Cell("find-the-error", 4, error),
    ),
)
