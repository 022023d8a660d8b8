"""Depthwise separable and grouped convolutions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import gcd
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Expression, Integers, Number, Size
from cnncalc.practice.compose import (
    RATIO_AND_PERCENT,
    compared,
    distinct,
    find_the_error,
    of_slips,
    percent_swapped,
    with_slips,
)
from cnncalc.practice.costs import MACS_TOLD, params, renamed
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Topic, Worked
from cnncalc.practice.tables import Row, macs_filled, macs_grid, macs_worked
from cnncalc.practice.topics.conventions_of_costs import UNIT_RATIOS, separable
from cnncalc.practice.words import square
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_NO_BIASES = ("Biases are not counted.",)
_WITH_BIASES = ("Every filter has a bias.",)


@cache
def _depthwise() -> Formula:
    return renamed(params("dwconv", bias=False), K="C input channels")


@cache
def _pointwise() -> Formula:
    return renamed(params("conv", bias=False), F="1")


@cache
def _grouped() -> Formula:
    return params("conv", groups=symbol("G"))


@cache
def _separable() -> Working:
    return Working(
        (
            Line("D", "depthwise weights", _depthwise(), ((slips.DEPTHWISE_FULL, Formula("F*F*C*C")),)),
            Line("Q", "pointwise weights", _pointwise(), ((slips.POINTWISE_KERNEL, Formula("F*F*C*K")),)),
            Line(
                "P",
                "all weights",
                Formula("D + Q"),
                ((slips.DEPTHWISE_ONLY, Formula("D")), (slips.POINTWISE_ONLY, Formula("Q"))),
            ),
        )
    )


@cache
def _with_biases() -> Working:
    return Working(
        (
            *_separable().lines,
            Line(
                "B",
                "biases",
                Formula("C + K"),
                ((slips.NO_DEPTHWISE_BIAS, Formula("K")), (slips.ONE_BIAS, Formula("1 + 1"))),
            ),
            Line("A", "all parameters", Formula("P + B"), ((slips.FORGOT_BIAS, Formula("P")),)),
        )
    )


@cache
def _groups() -> Working:
    return with_slips(
        _grouped(),
        "P",
        "params",
        (slips.FORGOT_GROUPS, "(F*F*C + 1)*K"),
        (slips.DIVIDED_BIAS, "F*F*(C // G)*K + K // G"),
        (slips.ONE_GROUP, "(F*F*(C // G) + 1)*(K // G)"),
        (slips.FORGOT_BIAS, "F*F*(C // G)*K"),
    )


def _drawn(draw: Draw) -> dict[str, int]:
    return {
        "F": draw.one((3, 5, 7)),
        "C": draw.one((16, 32, 64, 96, 128, 256)),
        "K": draw.one((16, 32, 64, 128, 256, 512)),
    }


def _layer(v: Mapping[str, int]) -> str:
    return (
        f"A depthwise separable convolution takes {v['C']} channels to {v['K']}: a depthwise convolution with "
        f"{square(v['F'])} kernels, one for each channel, and then a pointwise one (1×1)."
    )


def _parts_check(v: Mapping[str, int], total: int) -> str:
    full = v["F"] ** 2 * v["C"] * v["K"]
    return (
        f"A standard convolution has {full:,} weights; 1/{v['K']} + 1/{v['F'] ** 2} of that is "
        f"{full // v['K']:,} + {full // v['F'] ** 2:,} = {total:,}."
    )


def forward(draw: Draw) -> Draft:
    """The weights of a depthwise separable convolution."""
    given = _drawn(draw)
    values = _separable().values(given)

    def answer(v: Mapping[str, Any]) -> Answer:
        return Number(v["P"], "weights")

    return Draft(
        values=given,
        stem=(_layer(given), "How many weights does it have?"),
        conventions=_NO_BIASES,
        answer=answer(values),
        distractors=of_slips(_separable(), given, answer),
        steps=_separable().worked(given),
        check=_parts_check(given, values["P"]),
        trap=f"{values['D']:,} counts the depthwise step only.",
    )


def grouped_forward(draw: Draw) -> Draft:
    """The parameters of a grouped convolution."""
    given = {
        "F": draw.one((1, 3, 5)),
        "C": draw.one((32, 48, 64, 96, 128, 192, 256)),
        "K": draw.one((32, 64, 96, 128, 256, 384)),
        "G": draw.one((2, 4, 8, 16)),
    }

    def answer(v: Mapping[str, Any]) -> Answer:
        return Number(v["P"], "parameters")

    seen, each = given["C"] // given["G"], given["K"] // given["G"]
    weights = given["F"] ** 2 * seen * each
    return Draft(
        values=given,
        stem=(
            f"A convolutional layer has {given['K']} filters of {square(given['F'])} in {given['G']} groups and an "
            f"input with {given['C']} channels.",
            "How many parameters does it have?",
        ),
        conventions=_WITH_BIASES,
        answer=answer(_groups().values(given)),
        distractors=of_slips(_groups(), given, answer),
        steps=_groups().worked(given),
        check=(
            f"Each group takes {seen} channels to {each}: {weights:,} weights and {each} biases, "
            f"and there are {given['G']} groups."
        ),
        trap=f"The weights are divided by {given['G']}, the {given['K']} biases are not.",
    )


def compare(draw: Draw) -> Draft:
    """A standard convolution and a depthwise separable one."""
    kernel, filters = draw.one(UNIT_RATIOS)
    given = {"F": kernel, "C": draw.one((12, 16, 24, 32, 48, 64, 96, 128)), "K": filters}
    standard = params("conv", bias=False).evaluate(given)
    values = _separable().values(given)
    answer = compared(standard, values["P"], "weights")
    return Draft(
        values=given,
        stem=(
            f"A and B take {given['C']} channels to {filters}: A is a standard convolution with {square(kernel)} "
            f"kernels, B a depthwise separable one, {square(kernel)} depthwise and then 1×1.",
            f"How many weights does each have? {RATIO_AND_PERCENT}",
        ),
        conventions=_NO_BIASES,
        answer=answer,
        distractors=distinct(
            answer,
            [
                percent_swapped(answer),
                (slips.DEPTHWISE_ONLY, compared(standard, values["D"], "weights")),
                (slips.POINTWISE_ONLY, compared(standard, values["Q"], "weights")),
            ],
        ),
        steps=(
            Worked("A", Derivation(params("conv", bias=False), given)),
            *_separable().worked(given),
        ),
        check=(
            f"B/A = 1/K + 1/(F·F) = 1/{filters} + 1/{kernel**2} = "
            f"1/{standard // values['P']}: the input channels cancel."
        ),
        trap=f"A does not have {kernel**2} times as many: that forgets the depthwise step of B.",
    )


def symbolic(draw: Draw) -> Draft:
    """The share of a standard convolution's weights that a separable one has, with a name left in it."""
    kernel, known = draw.one((3, 5, 7)), draw.one((16, 32, 64, 128))
    k = symbol("K")
    # the input channels cancel
    d = _depthwise().evaluate({"F": kernel, "C": 1})
    q = _pointwise().evaluate({"C": 1, "K": k})
    standard = params("conv", bias=False).evaluate({"F": kernel, "C": 1, "K": k})
    answer = Expression(d + q, standard)
    wrong = (
        (slips.DEPTHWISE_ONLY, Expression(1, k)),
        (slips.POINTWISE_ONLY, Expression(1, kernel * kernel)),
    )
    return Draft(
        values={"F": kernel, "C": known},
        stem=(
            f"A depthwise separable convolution, {square(kernel)} depthwise and then 1×1, takes {known} channels to K. "
            f"A standard convolution with {square(kernel)} kernels does the same.",
            "Which fraction of the standard convolution's weights does the separable one have, in terms of K?",
        ),
        conventions=_NO_BIASES,
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            f"The separable one has {kernel**2}·{known} + {known}·K weights, the standard one {kernel**2}·{known}·K.",
            f"{known} cancels: ({kernel**2} + K)/({kernel**2}·K) = 1/K + 1/{kernel**2}.",
        ),
        check=f"The more filters, the nearer to 1/{kernel**2}: then the depthwise step costs next to nothing.",
        trap=f"1/{kernel**2} alone is the limit, not the share.",
    )


def inverse(draw: Draw) -> Draft | None:
    """Which numbers of groups are possible within a budget?"""
    kernel = draw.one((3, 5))
    channels, filters = draw.one(
        ((16, 24), (24, 16), (32, 48), (48, 32), (48, 64), (64, 96), (96, 64), (64, 64))
    )
    given = {"F": kernel, "C": channels, "K": filters}
    chosen = draw.one((2, 4, 8))
    budget = -(-_grouped().evaluate({**given, "G": chosen}) // 100) * 100

    def within(candidates: list[int]) -> Integers:
        return Integers(tuple([g for g in candidates if _grouped().evaluate({**given, "G": g}) <= budget]))

    # no more groups than channels
    of_input = [g for g in range(1, channels + 1) if channels % g == 0]
    shared = [g for g in of_input if filters % g == 0]
    found = within(shared)
    most = gcd(channels, filters)
    dense, left = kernel**2 * channels * filters, budget - filters
    return Draft(
        values={**given, "budget": budget},
        stem=(
            f"A convolutional layer takes {channels} channels to {filters} with {square(kernel)} kernels. "
            f"It may have at most {budget:,} parameters.",
            "Which numbers of groups can it have? Give all of them.",
        ),
        conventions=_WITH_BIASES,
        answer=found,
        distractors=distinct(
            found,
            [
                (slips.ONE_OF_MANY, Integers(found.values[:1])),
                (slips.INPUT_GROUPS_ONLY, within(of_input)),
            ],
        ),
        steps=(
            f"The groups divide {channels} and {filters}, so they divide the greatest common divisor {most}: "
            f"{', '.join(map(str, shared))}.",
            *(
                f"{g} {'group' if g == 1 else 'groups'}: {_grouped().evaluate({**given, 'G': g}):,} parameters"
                for g in shared
                if g <= 2 * found.values[0]
            ),
            "More groups have fewer weights.",
        ),
        check=(
            f"In one group there are {dense:,} weights, and {budget:,} − {filters} = {left:,} are allowed: "
            f"at least ⌈{dense:,}/{left:,}⌉ = {-(-dense // left)} groups."
        ),
        trap="The groups share out the filters as well as the input channels.",
    )


def table(draw: Draw) -> Draft:
    """Two separable convolutions: outputs and MACs."""
    size, channels = draw.one((16, 28, 32, 56, 112)), draw.one((16, 32, 64))
    strides = draw.one(((1, 2), (2, 1)))
    widths = (channels, draw.one((1, 2)) * channels, 2 * channels)
    rows: list[Row] = []
    n = size
    for number, stride in enumerate(strides, start=1):
        n //= stride
        c, k = widths[number - 1 : number + 1]
        rows += [
            Row(
                f"dw{number}",
                f"3×3 depthwise, stride {stride}",
                Size((n, n, c)),
                "dwconv",
                {"F": 3, "K": c, "O": n},
            ),
            Row(
                f"pw{number}",
                f"1×1, {k} filters",
                Size((n, n, k)),
                "conv",
                {"F": 1, "C": c, "K": k, "O": n},
            ),
        ]
    answer = macs_filled(rows)
    return Draft(
        values={"n": size, "widths": list(widths), "strides": list(strides)},
        stem=(
            f"Two depthwise separable convolutions follow on a map of {square(size)}×{channels} (H×W×C). "
            "The depthwise ones have padding 1.",
            macs_grid(rows),
            "Fill in the outputs and the multiply-accumulates (MACs) for one image.",
        ),
        conventions=(*MACS_TOLD, "Sizes are rounded down."),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.DEPTHWISE_FULL, macs_filled(rows, dwconv=Formula("F*F*K*K*O*O"))),
                (slips.FORGOT_DEPTH, macs_filled(rows, conv=Formula("F*F*K*O*O"))),
            ],
        ),
        steps=macs_worked(rows),
        check=(
            f"The pointwise steps take {widths[1]}/9 and {widths[2]}/9 times the MACs of the depthwise ones before "
            "them, their filters over 3·3."
        ),
        trap="A depthwise filter sees one channel: 9 products for each number of its output.",
    )


def error(draw: Draw) -> Draft | None:
    """A calculation with biases, and one slip."""
    given = _drawn(draw)
    total = _with_biases().values(given)["P"]
    return find_the_error(
        draw,
        _with_biases(),
        given,
        values=given,
        task=(_layer(given), "Its parameters are to be counted."),
        check=f"{_parts_check(given, total)} The biases come on top, one for each of {given['C']} + {given['K']} filters.",
        conventions=("Every filter has a bias, the depthwise ones too.",),
    )


TOPIC = Topic(
    "depthwise",
    "Depthwise separable and grouped convolutions",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, grouped_forward),
        Cell("compare", 2, compare),
        Cell("symbolic", 2, symbolic),
        Cell("inverse", 3, inverse),
        Cell("table", 3, table),
        Cell("compare", 4, separable),
        Cell("find-the-error", 4, error),
    ),
)
