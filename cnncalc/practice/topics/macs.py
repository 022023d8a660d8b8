"""Multiply-accumulates of convolutional and fully connected layers."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.layers.window import OUTPUT_SIZE
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Expression, Integers, Number, Size, shown
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
from cnncalc.practice.costs import MACS_TOLD, macs
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Topic, Worked
from cnncalc.practice.sizes import OUTPUT_LINE
from cnncalc.practice.stack import tried
from cnncalc.practice.tables import Row, macs_filled, macs_grid, macs_worked
from cnncalc.practice.topics.conventions_of_costs import flops
from cnncalc.practice.words import counted, layer_words, padding_words, square
from cnncalc.practice.working import Line, Working
from cnncalc.report.explain.quantities import FLOPS
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_UNIT = "MACs"
_FLOPS_TOLD = ("A MAC is 2 FLOPs, a multiplication and an addition.", "Biases are not counted.")
_ROUNDED = "Sizes are rounded down."
_SIZES = (8, 14, 16, 28, 32, 56)
_CHANNELS = (16, 32, 64, 96, 128, 192, 256)


@cache
def _conv() -> Working:
    return with_slips(
        macs("conv"),
        "M",
        "MACs",
        (slips.ONE_POSITION, "F*F*C*K"),
        (slips.FORGOT_DEPTH, "F*F*K*O*O"),
        (slips.TWO_PER_MAC, "2*F*F*C*K*O*O"),
        (slips.ONE_SIDE, "F*F*C*K*O"),
    )


@cache
def _flops() -> Working:
    """From the geometry of a layer to its FLOPs."""
    return Working(
        (
            Line("O", "output size", OUTPUT_SIZE, ((slips.INPUT_POSITIONS, Formula("W")),)),
            Line(
                "M",
                "MACs",
                macs("conv"),
                ((slips.FORGOT_DEPTH, Formula("F*F*K*O*O")), (slips.ONE_SIDE, Formula("F*F*C*K*O"))),
            ),
            Line("flops", "FLOPs", FLOPS, ((slips.MAC_AS_FLOP, Formula("M")),)),
        )
    )


@cache
def _in_lines() -> Working:
    """The same, one factor after the other."""
    return Working(
        (
            OUTPUT_LINE,
            Line(
                "n",
                "output positions",
                Formula("O*O"),
                ((slips.ONE_SIDE, Formula("O")), (slips.INPUT_POSITIONS, Formula("W*W"))),
            ),
            Line(
                "t",
                "MACs for one number",
                Formula("F*F*C"),
                ((slips.FORGOT_DEPTH, Formula("F*F")), (slips.KERNEL_SIDE, Formula("F*C"))),
            ),
            Line("p", "MACs at a position", Formula("t*K"), ((slips.ONE_FILTER, Formula("t")),)),
            Line("M", "all MACs", Formula("p*n"), ((slips.ONE_POSITION, Formula("p")),)),
            Line("flops", "FLOPs", FLOPS, ((slips.MAC_AS_FLOP, Formula("M")),)),
        )
    )


def _macs(values: Mapping[str, Any]) -> Answer:
    return Number(values["M"], _UNIT)


def _each_number(v: Mapping[str, int], total: int) -> str:
    size, filters = v["O"], v["K"]
    each = v["F"] ** 2 * v["C"]
    return (
        f"The output has {size}·{size}·{filters} = {size * size * filters:,} numbers, "
        f"each the sum of {each:,} products: {total:,}."
    )


def forward(draw: Draw) -> Draft:
    """One convolution whose output is known."""
    given = {
        "F": draw.one((1, 3, 5, 7)),
        "C": draw.one((3, *_CHANNELS)),
        "K": draw.one(_CHANNELS),
        "O": draw.one(_SIZES),
    }
    values = _conv().values(given)
    return Draft(
        values=given,
        stem=(
            f"A convolutional layer has {given['K']} filters of {square(given['F'])} and an input with "
            f"{given['C']} channels. Its output is a map of {square(given['O'])}×{given['K']} (H×W×C).",
            "How many multiply-accumulates (MACs) does it take for one image?",
        ),
        conventions=MACS_TOLD,
        answer=_macs(values),
        distractors=of_slips(_conv(), given, _macs),
        steps=_conv().worked(given),
        check=_each_number(values, values["M"]),
        trap=f"{given['F'] ** 2 * given['C'] * given['K']:,} is the number of weights: each is used at every position.",
    )


def _geometry(draw: Draw, strides: tuple[int, ...] = (1, 2)) -> dict[str, int] | None:
    """A layer on a map; None if its kernel is larger than the padded map, or jumps over positions."""
    kernel, stride = draw.one((3, 5, 7)), draw.one(strides)
    given = {
        "W": draw.one((15, 16, 28, 31, 32, 56, 63, 64)),
        "F": kernel,
        "S": stride,
        "P": draw.one((0, kernel // 2)),
        "C": draw.one((3, *_CHANNELS[:4])),
        "K": draw.one(_CHANNELS[:5]),
    }
    return given if stride <= kernel else None


def _layer(v: Mapping[str, int]) -> str:
    return (
        f"A convolutional layer has {layer_words(v['F'], v['K'], v['S'], v['P'])}. "
        f"Its input is a map of {square(v['W'])}×{v['C']} (H×W×C)."
    )


def flops_forward(draw: Draw) -> Draft | None:
    """FLOPs of a convolution whose output size has to be found first."""
    given = _geometry(draw)
    if given is None:
        return None
    values = _flops().values(given)

    def answer(v: Mapping[str, Any]) -> Answer:
        return Number(v["flops"], "FLOPs")

    return Draft(
        values=given,
        stem=(_layer(given), "How many FLOPs does it take for one image?"),
        conventions=(*_FLOPS_TOLD, _ROUNDED),
        answer=answer(values),
        distractors=of_slips(_flops(), given, answer),
        steps=_flops().worked(given),
        check=_each_number(values, values["M"]),
        trap=f"{values['M']:,} is the number of MACs, which some tools call FLOPs.",
    )


def compare(draw: Draw) -> Draft | None:
    """A layer, and one on a map of half the size with as many or twice the channels."""
    small, large = sorted((draw.one((1, 3, 5)), draw.one((3, 5, 7))))
    factor = draw.one((1, 2))
    if small == large and factor == 2:
        return None
    size, channels = draw.one((16, 28, 32, 56)), draw.one((16, 32, 64, 128))
    first = {"F": large, "C": channels, "K": channels, "O": size}
    second = {"F": small, "C": factor * channels, "K": factor * channels, "O": size // 2}
    a, b = macs("conv").evaluate(first), macs("conv").evaluate(second)
    answer = compared(a, b, _UNIT)
    reason = (
        "B has a quarter of the positions, but four times the channel pairs: only the kernels are left in the ratio."
        if factor == 2
        else "B has a quarter of the positions, and as many channels."
    )
    return Draft(
        values={"large": large, "small": small, "C": channels, "factor": factor, "O": size},
        stem=(
            f"Convolution A has {square(large)} kernels, takes {channels} channels to {channels} and makes a map of "
            f"{square(size)}. Convolution B has {square(small)} kernels, takes {factor * channels} channels to "
            f"{factor * channels} and makes a map of {square(size // 2)}.",
            f"How many multiply-accumulates (MACs) does each take for one image? {RATIO_AND_PERCENT}",
        ),
        conventions=MACS_TOLD,
        answer=answer,
        distractors=distinct(answer, [percent_swapped(answer)]),
        steps=(
            Worked("A", Derivation(macs("conv"), first)),
            Worked("B", Derivation(macs("conv"), second)),
            reason,
        ),
        check=f"{b:,} times {shown(Number(Fraction(a, b)))} is {a:,}.",
        trap="The two percentages differ: one is of B's MACs, the other of A's.",
    )


def symbolic(draw: Draw) -> Draft:
    """MACs in the names of size and channels, with stride 1 or 2."""
    kernel, stride, factor = draw.one((1, 3, 5, 7)), draw.one((1, 2)), draw.one((1, 2, 3, 4))
    n, c = symbol("n"), symbol("C")
    before = n if stride == 1 else 2 * n
    after = OUTPUT_SIZE(W=before, P=kernel // 2, F=kernel, S=stride)
    values = {"F": kernel, "C": c, "K": factor * c, "O": after}
    total = macs("conv").evaluate(values)
    answer = Expression(total)
    wrong = (
        (slips.INPUT_POSITIONS, Expression(macs("conv").evaluate({**values, "O": before}))),
        (slips.FORGOT_DEPTH, Expression(kernel * kernel * factor * c * n * n)),
        (slips.ONE_POSITION, Expression(kernel * kernel * factor * c * c)),
        (slips.TWO_PER_MAC, Expression(2 * total)),
    )
    filters = "C" if factor == 1 else f"{factor}C"
    side = "n" if stride == 1 else "2n"
    return Draft(
        values={"F": kernel, "S": stride, "factor": factor},
        stem=(
            f"A convolutional layer has {filters} filters of {square(kernel)}, stride {stride} and "
            f"{padding_words(kernel // 2)}. Its input is a map of {side}×{side}×C (H×W×C).",
            "How many multiply-accumulates (MACs) does it take for one image, in terms of n and C?",
        ),
        conventions=(*MACS_TOLD, _ROUNDED),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            f"The padding keeps the size{'' if stride == 1 else ' but for the stride'}: the output is n×n.",
            Worked("MACs", Derivation(macs("conv"), values)),
        ),
        check=f"With n = C = 1 the output has {counted(factor, 'number')}, "
        f"and each is the sum of {counted(kernel * kernel, 'product')}.",
        trap="Twice the side makes four times the MACs, and so does twice the channels at both ends.",
    )


def inverse(draw: Draw) -> Draft | None:
    """Which input sizes lead to this number of MACs?"""
    given = _geometry(draw, (1, 2, 3, 4))
    if given is None:
        return None
    working = Working(_flops().lines[:2])
    values = working.values(given)
    first = given["F"] - 2 * given["P"]  # which is at least 1
    # S more makes one position more
    found = solutions(working, given, "W", range(first, given["W"] + given["S"] + 1))
    each = given["F"] ** 2 * given["C"] * given["K"]
    root = values["O"]
    least = (root - 1) * given["S"] + given["F"] - 2 * given["P"]
    return Draft(
        values={**given, "M": values["M"]},
        stem=(
            f"A convolutional layer has {layer_words(given['F'], given['K'], given['S'], given['P'])}. "
            f"Its input is a square map with {given['C']} channels. For one image it takes "
            f"{values['M']:,} multiply-accumulates (MACs).",
            "Which side lengths can the input have? Give all of them.",
        ),
        conventions=(*MACS_TOLD, _ROUNDED),
        answer=found,
        distractors=distinct(
            found,
            [
                (slips.ONE_OF_MANY, Integers(found.values[:1])),
                (slips.FORGOT_ONE, Integers(tuple([n + given["S"] for n in found.values]))),
                (slips.FORGOT_PADDING, Integers(tuple([n + 2 * given["P"] for n in found.values]))),
                (slips.FORGOT_STRIDE, Integers((root - 1 + first,))),
            ],
        ),
        steps=(
            f"A position takes {square(given['F'])}·{given['C']}·{given['K']} = {each:,} MACs, so there are "
            f"{values['M']:,}/{each:,} = {root * root:,} positions: the output is {square(root)}.",
            f"The least input is ({root} − 1)·{given['S']} + {given['F']} − 2·{given['P']} = {least}; "
            f"{counted(given['S'], 'position')} more would make the output larger.",
        ),
        check=tried(given, "W", least, least + given["S"] - 1),
        trap="The size is rounded down, so that with a stride several inputs have the same output.",
    )


def table(draw: Draw) -> Draft:
    """A small network: the output and the MACs of every layer."""
    n, kernel, channels = draw.one((16, 28, 32, 64)), draw.one((3, 5)), draw.one((1, 3))
    first, second = draw.some((8, 16, 32, 64), 2)
    outputs = draw.one((10, 20, 100))
    half, quarter = n // 2, n // 4
    rows = (
        Row(
            "conv1",
            f"{square(kernel)}, {first} filters",
            Size((n, n, first)),
            "conv",
            {"F": kernel, "C": channels, "K": first, "O": n},
        ),
        Row("pool1", "2×2", Size((half, half, first))),
        Row(
            "conv2",
            f"3×3, {second} filters",
            Size((half, half, second)),
            "conv",
            {"F": 3, "C": first, "K": second, "O": half},
        ),
        Row("pool2", "2×2", Size((quarter, quarter, second))),
        Row("fc", f"{outputs} units", None, "linear", {"N": second * quarter**2, "K": outputs}),
    )
    answer = macs_filled(rows)
    wrong = (
        (slips.FORGOT_DEPTH, macs_filled(rows, conv=Formula("F*F*K*O*O"))),
        (slips.ONE_POSITION, macs_filled(rows, conv=Formula("F*F*C*K"))),
    )
    return Draft(
        values={
            "n": n,
            "F": kernel,
            "channels": channels,
            "first": first,
            "second": second,
            "outputs": outputs,
        },
        stem=(
            f"A network takes an image of {square(n)}×{channels} (H×W×C). Its convolutions have stride 1 and the "
            "padding that keeps the size; its poolings move by their window. The last map is flattened before fc.",
            macs_grid(rows),
            "Fill in the outputs and the multiply-accumulates (MACs) for one image.",
        ),
        conventions=MACS_TOLD,
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=macs_worked(rows),
        check=f"conv1 has {n}·{n}·{first} = {n * n * first:,} numbers of {kernel**2 * channels} products each; "
        f"fc has a product for each of its {second * quarter**2:,}·{outputs} weights.",
        trap="A pooling halves height and width, and keeps the channels.",
    )


def error(draw: Draw) -> Draft | None:
    """From the geometry of a layer to its FLOPs, with one slip."""
    given = _geometry(draw)
    if given is None:
        return None
    values = _in_lines().values(given)
    return find_the_error(
        draw,
        _in_lines(),
        given,
        values=given,
        task=(_layer(given), "The FLOPs that it takes for one image are to be counted."),
        check=_each_number(values, values["M"]),
        conventions=(*_FLOPS_TOLD, _ROUNDED),
    )


TOPIC = Topic(
    "macs",
    "Multiply-accumulates and FLOPs",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, flops_forward),
        Cell("compare", 2, compare),
        Cell("symbolic", 2, symbolic),
        Cell("inverse", 3, inverse),
        Cell("table", 3, table),
        Cell("compare", 4, flops),
        Cell("find-the-error", 4, error),
    ),
)
