"""What weight sharing saves: convolutional, locally connected and fully connected layers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.layers.window import OUTPUT_SIZE
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts
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
from cnncalc.practice.costs import in_numbers, params, renamed
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Topic, Worked
from cnncalc.practice.sizes import OUTPUT_LINE
from cnncalc.practice.stack import tried
from cnncalc.practice.words import counted, padding_words, square
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_LOCAL_TOLD = (
    "In a locally connected layer every output number has weights of its own, and a bias of its own.",
)
_ALL_TOLD = (
    "Every filter of the convolution has a bias, every output number of the other two has one of its own.",
    "Sizes are rounded down.",
)
_ROUNDED = "Sizes are rounded down."


@cache
def _local() -> Working:
    return with_slips(
        params("lc"),
        "P",
        "params",
        (slips.SHARED_WEIGHTS, "(F*F*C + 1)*K"),
        (slips.SHARED_BIAS, "F*F*C*K*O*O + K"),
        (slips.FORGOT_DEPTH, "(F*F + 1)*K*O*O"),
        (slips.FORGOT_BIAS, "F*F*C*K*O*O"),
    )


@cache
def _three() -> Working:
    """The three layers between the same maps."""
    return Working(
        (
            Line("O", "output size", OUTPUT_SIZE, ((slips.INPUT_POSITIONS, Formula("W")),)),
            Line("c", "convolution", params("conv"), ((slips.FORGOT_DEPTH, Formula("(F*F + 1)*K")),)),
            Line("l", "locally connected", params("lc"), ((slips.SHARED_BIAS, Formula("F*F*C*K*O*O + K")),)),
            Line("N", "inputs", Formula("W*W*C"), ((slips.ONE_SIDE, Formula("W*C")),)),
            Line("M", "outputs", Formula("O*O*K"), ((slips.UNITS_AS_CHANNELS, Formula("K")),)),
            Line(
                "d",
                "fully connected",
                renamed(params("linear"), K="M"),
                ((slips.FORGOT_BIAS, Formula("N*M")),),
            ),
        )
    )


@cache
def _in_lines() -> Working:
    """The parameters of a locally connected layer, step by step."""
    return Working(
        (
            OUTPUT_LINE,
            Line(
                "w",
                "weights of one number",
                Formula("F*F*C"),
                ((slips.FORGOT_DEPTH, Formula("F*F")), (slips.KERNEL_SIDE, Formula("F*C"))),
            ),
            Line("b", "with its bias", Formula("w + 1"), ((slips.FORGOT_BIAS, Formula("w")),)),
            Line(
                "M",
                "output numbers",
                Formula("O*O*K"),
                (
                    (slips.SHARED_WEIGHTS, Formula("K")),
                    (slips.ONE_SIDE, Formula("O*K")),
                    (slips.INPUT_POSITIONS, Formula("W*W*K")),
                ),
            ),
            Line("T", "all parameters", Formula("b*M")),
        )
    )


def _drawn(draw: Draw) -> dict[str, int]:
    kernel = draw.one((3, 5))
    return {
        "W": draw.one((8, 9, 12, 14, 15, 16, 28, 31, 32)),
        "F": kernel,
        "S": draw.one((1, 2, 3)),
        "P": draw.one((0, kernel // 2)),
        "C": draw.one((1, 3, 4, 8)),
        "K": draw.one((4, 6, 8, 10, 16)),
    }


def _geometry(v: Mapping[str, int]) -> str:
    return f"kernels of {square(v['F'])}, stride {v['S']} and {padding_words(v['P'])}"


def _input(v: Mapping[str, int]) -> str:
    return f"{square(v['W'])}×{v['C']} (H×W×C)"


def forward(draw: Draw) -> Draft:
    """The parameters of a locally connected layer whose output is known."""
    given = {
        "F": draw.one((3, 5, 7)),
        "C": draw.one((1, 3, 4, 8, 16)),
        "K": draw.one((4, 6, 8, 10, 16, 32)),
        "O": draw.one((5, 6, 8, 10, 14, 16)),
    }

    def answer(v: Mapping[str, Any]) -> Answer:
        return Number(v["P"], "parameters")

    values = _local().values(given)
    size, shared = given["O"], params("conv").evaluate(given)
    return Draft(
        values=given,
        stem=(
            f"A locally connected layer has kernels of {square(given['F'])} and an input with "
            f"{counted(given['C'], 'channel')}. Its output is a map of {square(size)}×{given['K']} (H×W×C).",
            "How many parameters does it have?",
        ),
        conventions=_LOCAL_TOLD,
        answer=answer(values),
        distractors=of_slips(_local(), given, answer),
        steps=_local().worked(given),
        check=(
            f"A convolution has {shared:,} parameters; here each of {size * size} positions has as many: "
            f"{values['P']:,}."
        ),
        trap=f"{shared:,} counts a convolution, which shares its weights between positions.",
    )


def three_forward(draw: Draw) -> Draft:
    """The same maps joined by a convolution, a locally connected and a fully connected layer."""
    given = _drawn(draw)

    def answer(v: Mapping[str, Any]) -> Answer:
        return Parts(
            (
                ("convolution", Number(v["c"])),
                ("locally connected", Number(v["l"])),
                ("fully connected", Number(v["d"])),
            )
        )

    values = _three().values(given)
    return Draft(
        values=given,
        stem=(
            f"A map of {_input(given)} goes to one with {given['K']} channels through a convolution with "
            f"{_geometry(given)}; or through a locally connected layer of the same kernels, stride and padding; or, "
            "flattened, through a fully connected layer with as many outputs.",
            "How many parameters does each of the three have?",
        ),
        conventions=_ALL_TOLD,
        answer=answer(values),
        distractors=of_slips(_three(), given, answer),
        steps=_three().worked(given),
        check=(
            f"Locally connected is {values['O']}·{values['O']} times the convolution: "
            f"{values['O'] ** 2}·{values['c']:,} = {values['l']:,}."
        ),
        trap="Only the convolution's parameters do not depend on the size of the map.",
    )


def compare(draw: Draw) -> Draft:
    """With and without weight sharing, or with and without locality, weights only."""
    size, kernel = draw.one((8, 10, 12, 16, 20, 32)), draw.one((3, 5))
    channels, filters = draw.one((1, 3, 4, 8)), draw.one((4, 8, 16))
    local = params("lc", bias=False)
    given = {"F": kernel, "C": channels, "K": filters, "O": size}
    b_layer, a_layer = draw.one(
        (("convolutional", "locally connected"), ("locally connected", "fully connected"))
    )
    inputs, outputs = size * size * channels, size * size * filters
    found = {
        "convolutional": (params("conv", bias=False), given),
        "locally connected": (local, given),
        "fully connected": (params("linear", bias=False), {"N": inputs, "K": outputs}),
    }
    a, b = (formula.evaluate(values) for formula, values in (found[a_layer], found[b_layer]))
    answer = compared(a, b, "weights")
    shares = a_layer == "locally connected"
    wrong = [percent_swapped(answer)]
    if shares:
        wrong.append((slips.ONE_SIDE, compared(a // size, b, "weights")))
    return Draft(
        values={**given, "A": a_layer, "B": b_layer},
        stem=(
            f"A and B make a map of {square(size)}×{filters} of one of {square(size)}×{channels} (H×W×C). "
            f"A is {a_layer}. B is {b_layer}. Kernels are {square(kernel)}, with stride 1 and the padding that keeps "
            "the size.",
            f"How many weights does each have? {RATIO_AND_PERCENT}",
        ),
        conventions=("Biases are not counted.", "Weights that meet the padding are counted too."),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            in_numbers(f"A, {a_layer}", *found[a_layer]),
            in_numbers(f"B, {b_layer}", *found[b_layer]),
            f"A has weights for each of the {size}·{size} positions."
            if shares
            else f"A number of A sees {size}·{size} positions, one of B {kernel}·{kernel}.",
        ),
        check=f"A/B is {f'{size}·{size}' if shares else f'({size}·{size})/({kernel}·{kernel})'}: the channels cancel.",
        trap="The two percentages differ: one is of B's weights, the other of A's.",
    )


def symbolic(draw: Draw) -> Draft:
    """The parameters of a layer between maps of size n."""
    kind = draw.one(("locally connected", "fully connected"))
    kernel, channels, filters = draw.one((3, 5)), draw.one((1, 2, 3)), draw.one((4, 8, 10))
    n = symbol("n")
    if kind == "locally connected":
        formula, values = params("lc"), {"F": kernel, "C": channels, "K": filters, "O": n}
        share = params("conv").evaluate(values)
        wrong = [
            (slips.SHARED_WEIGHTS, Expression(share)),
            (slips.SHARED_BIAS, Expression((share - filters) * n * n + filters)),
            (slips.FORGOT_BIAS, Expression((share - filters) * n * n)),
        ]
        trap = f"{share:,} counts a convolution, which does not depend on n."
    else:
        formula, values = params("linear"), {"N": channels * n * n, "K": filters * n * n}
        wrong = [
            (slips.UNITS_AS_CHANNELS, Expression((channels * n * n + 1) * filters)),
            (slips.FORGOT_BIAS, Expression(channels * filters * n**4)),
        ]
        trap = "Twice the side makes sixteen times the weights."
    answer = Expression(formula.evaluate(values))
    layer = f"{kind} layer" + (
        f" with kernels of {square(kernel)}, stride 1 and padding {kernel // 2}" if "F" in values else ""
    )
    total = formula.evaluate({**values, **({"O": 1} if "F" in values else {"N": channels, "K": filters})})
    return Draft(
        values={"kind": kind, "F": kernel, "C": channels, "K": filters},
        stem=(
            f"A {layer} makes a map of n×n×{filters} of one of n×n×{channels} (H×W×C).",
            "How many parameters does it have, in terms of n?",
        ),
        conventions=("Every output number has a bias of its own.",),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(Worked("params", Derivation(formula, {name: values[name] for name in formula.names})),),
        check=f"With n = 1 there are {counted(filters, 'output')} with {counted(total // filters - 1, 'weight')} and 1 bias each: "
        f"{total}.",
        trap=trap,
    )


def inverse(draw: Draw) -> Draft | None:
    """Which input sizes lead to this number of parameters?"""
    given = _drawn(draw)
    working = Working((_three().lines[0], _three().lines[2]))
    values = working.values(given)
    least = given["F"] - 2 * given["P"]  # which is at least 1
    # S more makes one position more
    found = solutions(working, given, "W", range(least, given["W"] + given["S"] + 1))
    size, each = values["O"], given["F"] ** 2 * given["C"] + 1
    wrong = [
        (slips.ONE_OF_MANY, Integers(found.values[:1])),
        (slips.FORGOT_ONE, Integers(tuple([n + given["S"] for n in found.values]))),
        (slips.FORGOT_PADDING, Integers(tuple([n + 2 * given["P"] for n in found.values]))),
        (slips.FORGOT_STRIDE, Integers((size - 1 + least,))),
    ]
    return Draft(
        values={**given, "params": values["l"]},
        stem=(
            f"A locally connected layer has {_geometry(given)}. It takes a square map with "
            f"{counted(given['C'], 'channel')} to one with {given['K']}, and has {values['l']:,} parameters.",
            "Which side lengths can the input have? Give all of them.",
        ),
        conventions=(*_LOCAL_TOLD, _ROUNDED),
        answer=found,
        distractors=distinct(found, wrong),
        steps=(
            f"An output number has {square(given['F'])}·{given['C']} + 1 = {each} parameters: there are "
            f"{values['l']:,}/{each} = {values['l'] // each:,} numbers.",
            f"They lie at {values['l'] // each:,}/{given['K']} = {size * size} positions: the output is {square(size)}.",
            f"The least input is ({size} − 1)·{given['S']} + {given['F']} − 2·{given['P']} = {found.values[0]}; "
            f"{counted(given['S'], 'position')} more would make the output larger.",
        ),
        check=tried(given, "W", found.values[0], found.values[-1]),
        trap="The size is rounded down, so that with a stride several inputs have the same output.",
    )


def error(draw: Draw) -> Draft | None:
    """A locally connected layer counted with one slip."""
    given = _drawn(draw)
    values = _in_lines().values(given)
    return find_the_error(
        draw,
        _in_lines(),
        given,
        values=given,
        task=(
            f"A locally connected layer has {_geometry(given)}. It takes a map of {_input(given)} to one with "
            f"{given['K']} channels.",
            "Its parameters are to be counted.",
        ),
        check=(
            f"A convolution has {values['b'] * given['K']:,} parameters; {values['O']}·{values['O']} positions have "
            f"{values['T']:,}."
        ),
        conventions=(*_LOCAL_TOLD, _ROUNDED),
    )


TOPIC = Topic(
    "weight-sharing",
    "Weight sharing: convolutional, locally and fully connected layers",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, three_forward),
        Cell("compare", 2, compare),
        Cell("symbolic", 2, symbolic),
        Cell("inverse", 3, inverse),
        Cell("find-the-error", 4, error),
    ),
)
