"""Parameters of convolutional and fully connected layers."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Expression, Integers, Number, exact
from cnncalc.practice.compose import (
    RATIO_AND_PERCENT,
    compared,
    distinct,
    find_the_error,
    of_slips,
    percent_swapped,
    solutions,
    with_slips,
)
from cnncalc.practice.costs import params
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Step, Topic, Worked
from cnncalc.practice.pools import CHANNELS, DENSE, IMAGE_CHANNELS, KERNELS
from cnncalc.practice.words import counted
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_WITH_BIASES = ("Every filter has a bias.",)
_UNIT = "parameters"


@cache
def _conv() -> Working:
    return with_slips(
        params("conv"),
        "P",
        "params",
        (slips.FORGOT_BIAS, "F*F*C*K"),
        (slips.FORGOT_DEPTH, "(F*F + 1)*K"),
        (slips.ONE_BIAS, "F*F*C*K + 1"),
        (slips.SWAPPED_CHANNELS, "(F*F*K + 1)*K"),
    )


@cache
def _dense() -> Working:
    return with_slips(
        params("linear"),
        "P",
        "params",
        (slips.FORGOT_BIAS, "N*K"),
        (slips.ONE_BIAS, "N*K + 1"),
        (slips.BIAS_PER_INPUT, "N*K + N"),
    )


@cache
def _conv_in_lines() -> Working:
    return Working(
        (
            Line(
                "w",
                "weights of a filter",
                Formula("F*F*C"),
                ((slips.FORGOT_DEPTH, Formula("F*F")), (slips.SWAPPED_CHANNELS, Formula("F*F*K"))),
            ),
            Line("n", "with its bias", Formula("w + 1"), ((slips.FORGOT_BIAS, Formula("w")),)),
            Line("P", "all filters", Formula("n*K"), ((slips.SWAPPED_CHANNELS, Formula("n*C")),)),
        )
    )


def _params(values: Mapping[str, Any]) -> Answer:
    return Number(values["P"], _UNIT)


def _drawn(draw: Draw) -> dict[str, int]:
    return {
        "F": draw.one(KERNELS),
        "C": draw.one(IMAGE_CHANNELS + CHANNELS[:8]),
        "K": draw.one(CHANNELS),
    }


def _layer(v: Mapping[str, int]) -> str:
    return (
        f"A convolutional layer has {v['K']} filters of {v['F']}×{v['F']} "
        f"and an input with {counted(v['C'], 'channel')}."
    )


def _conv_check(v: Mapping[str, int], total: int) -> str:
    weights = v["K"] * v["F"] ** 2 * v["C"]
    return (
        f"The weights are {v['K']} blocks of {v['F']}×{v['F']}×{v['C']}, {weights:,} numbers; "
        f"{v['K']} biases make {total:,}."
    )


def conv_forward(draw: Draw) -> Draft:
    """The parameters of one convolution."""
    given = _drawn(draw)
    values = _conv().values(given)
    return Draft(
        values=given,
        stem=(_layer(given), "How many parameters does it have?"),
        conventions=_WITH_BIASES,
        answer=_params(values),
        distractors=of_slips(_conv(), given, _params),
        steps=_conv().worked(given),
        check=_conv_check(given, values["P"]),
        trap=f"{values['P'] - given['K']:,} forgets the biases.",
    )


def dense_forward(draw: Draw) -> Draft:
    """A map flattened into a fully connected layer."""
    size, channels = draw.one((4, 5, 6, 7, 8)), draw.one((16, 20, 32, 64, 128, 256, 512))
    given = {"N": size * size * channels, "K": draw.one(DENSE)}
    total = _dense().values(given)["P"]
    return Draft(
        values={**given, "H": size, "C": channels},
        stem=(
            f"A map of {size}×{size}×{channels} is flattened and goes into a fully connected layer "
            f"with {given['K']} units.",
            "How many parameters does that layer have?",
        ),
        conventions=("Every unit has a bias.",),
        answer=Number(total, _UNIT),
        distractors=of_slips(_dense(), given, _params),
        steps=(
            f"Flattened, the map has {size}·{size}·{channels} = {given['N']:,} numbers.",
            *_dense().worked(given),
        ),
        check=f"Each of the {given['K']:,} units has {given['N']:,} weights and a bias: {given['N'] + 1:,} numbers.",
        trap=f"{total - given['K']:,} forgets the biases.",
    )


def inverse(draw: Draw) -> Draft | None:
    """Which kernels, or how many input channels, give this number of parameters?"""
    given = _drawn(draw)
    total = _conv().values(given)["P"]
    unknown = draw.one(("F", "C", "K"))
    names = {"F": "kernel size", "C": "number of input channels", "K": "number of filters"}
    # all three raise the number of parameters: no solution is beyond it
    found = solutions(_conv(), given, unknown, range(1, given[unknown] + 1))
    told = {
        "F": f"{given['K']} square filters and an input with {counted(given['C'], 'channel')}",
        "C": f"{given['K']} filters of {given['F']}×{given['F']}",
        "K": f"filters of {given['F']}×{given['F']} and an input with {counted(given['C'], 'channel')}",
    }[unknown]
    solved = {
        "F": Formula("(P/K - 1)/C", P="parameters", K="filters", C="input channels"),
        "C": Formula("(P/K - 1)/(F*F)", P="parameters", K="filters", F="kernel size"),
        "K": Formula("P/(F*F*C + 1)", P="parameters", F="kernel size", C="input channels"),
    }[unknown]
    forgot = {
        "F": None,
        "C": Formula("P/(K*F*F)"),
        "K": Formula("P/(F*F*C)"),
    }[unknown]
    values = {**given, "P": total}
    wrong = [] if forgot is None else [(slips.FORGOT_BIAS, forgot.evaluate(values))]
    steps: tuple[Step, ...] = (
        Worked(
            "F·F" if unknown == "F" else unknown, Derivation(solved, {n: values[n] for n in solved.names})
        ),
        *([f"The root of {given['F'] ** 2} is {given['F']}."] if unknown == "F" else []),
    )
    return Draft(
        values={**values, "unknown": unknown},
        stem=(
            f"A convolutional layer with {told} has {total:,} parameters.",
            f"What is its {names[unknown]}?",
        ),
        conventions=_WITH_BIASES,
        answer=found,
        distractors=distinct(found, [(slip, Integers((int(value),))) for slip, value in wrong]),
        steps=steps,
        check=_conv_check(given, total),
        trap="Take the biases off first: each filter has one number more than its weights.",
    )


def symbolic(draw: Draw) -> Draft:
    """Parameters with a name left in them."""
    kernel, factor = draw.one(KERNELS), draw.one((1, 2, 3, 4, 6, 8))
    c = symbol("C")
    filters = factor * c
    answer = Expression(params("conv")(F=kernel, C=c, K=filters))
    told = "C" if factor == 1 else f"{factor}C"
    wrong = (
        (slips.FORGOT_BIAS, Expression(kernel * kernel * c * filters)),
        (slips.FORGOT_DEPTH, Expression((kernel * kernel + 1) * filters)),
        (slips.ONE_BIAS, Expression(kernel * kernel * c * filters + 1)),
    )
    return Draft(
        values={"F": kernel, "factor": factor},
        stem=(
            f"A convolutional layer has {told} filters of {kernel}×{kernel} and an input with C channels.",
            "How many parameters does it have, in terms of C?",
        ),
        conventions=_WITH_BIASES,
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(Worked("params", Derivation(params("conv"), {"F": kernel, "C": c, "K": filters})),),
        check=f"For C = 1 a filter has {kernel * kernel} weights and a bias, and {counted(factor, 'filter')} "
        f"{'has' if factor == 1 else 'have'} {factor * (kernel * kernel + 1)} parameters.",
        trap="Doubling both channel counts makes four times the weights, but only twice the biases.",
    )


def compare(draw: Draw) -> Draft | None:
    """Two kernels over the same channels, weights only."""
    small, large = sorted(draw.some((1, 3, 5, 7), 2))
    channels = draw.one((16, 32, 64, 128, 256))
    weights = Formula("F*F*C*C", F="kernel size", C="channels")
    a, b = (weights(F=size, C=channels) for size in (large, small))
    answer = compared(a, b, "weights")
    return Draft(
        values={"small": small, "large": large, "C": channels},
        stem=(
            f"Two convolutions take {channels} channels to {channels}: A with {large}×{large} kernels, "
            f"B with {small}×{small}.",
            f"How many weights does each have? {RATIO_AND_PERCENT}",
        ),
        conventions=("Biases are not counted.",),
        answer=answer,
        distractors=distinct(answer, [percent_swapped(answer)]),
        steps=(
            Worked("A", Derivation(weights, {"F": large, "C": channels})),
            Worked("B", Derivation(weights, {"F": small, "C": channels})),
            f"C·C cancels: A/B = {exact(Fraction(large * large, small * small))}.",
        ),
        check=f"A pair of channels has {large * large} weights in A and {small * small} in B: {b:,}/{small * small}·{large * large} = {a:,}.",
        trap="The two percentages differ: one is of B's weights, the other of A's.",
    )


def error(draw: Draw) -> Draft | None:
    """A calculation with one slip."""
    given = _drawn(draw)
    return find_the_error(
        draw,
        _conv_in_lines(),
        given,
        values=given,
        task=(_layer(given), "Its parameters are to be counted."),
        check=_conv_check(given, _conv().values(given)["P"]),
        conventions=_WITH_BIASES,
    )


TOPIC = Topic(
    "parameters",
    "Parameters of convolutional and fully connected layers",
    (
        Cell("forward", 1, conv_forward),
        Cell("forward", 2, dense_forward),
        Cell("compare", 2, compare),
        Cell("symbolic", 2, symbolic),
        Cell("inverse", 3, inverse),
        Cell("find-the-error", 4, error),
    ),
)
