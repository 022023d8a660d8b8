"""A fully connected layer as a convolution, and a convolution as a product of matrices (im2col)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.layers.window import OUTPUT_SIZE
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts, Size, shown
from cnncalc.practice.compose import (
    distinct,
    of_slips,
)
from cnncalc.practice.costs import params
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Topic, Worked
from cnncalc.practice.topics.im2col import compare, error, matrices, numbers
from cnncalc.practice.words import square
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_BIASES = "Every unit and every filter has a bias."
_FLOOR = "Sizes are rounded down."
_HEADS = ((4, 64), (4, 128), (5, 16), (6, 256), (7, 256), (7, 512), (8, 128), (8, 256))


def forward(draw: Draw) -> Draft:
    """The convolution that computes what a fully connected layer does."""
    (side, depth), units = draw.one(_HEADS), draw.one((10, 84, 100, 120, 1000, 4096))
    given = {"F": side, "C": depth, "K": units}
    weights = side * side * depth

    def answer(kernel: int, filters: int) -> Parts:
        total = params("conv").evaluate({"F": kernel, "C": depth, "K": filters})
        return Parts(
            (
                ("kernel", Size((kernel, kernel), "H×W")),
                ("filters", Number(filters)),
                ("parameters", Number(total)),
            )
        )

    right = answer(side, units)
    return Draft(
        values=given,
        stem=(
            f"A map of {square(side)}×{depth} (H×W×C) is flattened and goes into a fully connected layer with {units:,} "
            "units. A convolutional layer without padding is to compute the same from the map, with an output of "
            f"1×1×{units}.",
            "Which kernel does it have, how many filters, and how many parameters?",
        ),
        conventions=(_BIASES,),
        answer=right,
        distractors=distinct(
            right,
            [
                (slips.ONE_BY_ONE, answer(1, units)),
                (slips.FILTER_PER_NUMBER, answer(side, weights)),
                (slips.FORGOT_BIAS, Parts((*right.parts[:2], ("parameters", Number(weights * units))))),
            ],
        ),
        steps=(
            f"A unit reads all of the map, so its filter is as large: {square(side)}. Each of the {units:,} units is a "
            "filter, and the output has one position.",
            Worked("parameters", Derivation(params("conv"), given)),
        ),
        check=f"Flattened, the map has {weights:,} numbers; the fully connected layer has ({weights:,} + 1)·{units:,} = "
        f"{(weights + 1) * units:,} parameters as well.",
        trap="1×1 kernels fit the fully connected layers after this one, whose input has a single position.",
    )


@cache
def _head() -> Working:
    """The output of a convolutionalised head: J is the stride of all layers before it together."""
    return Working(
        (
            Line(
                "W",
                "side of the last map",
                Formula("N // J", N="side of the image", J="stride of all layers together"),
            ),
            Line(
                "O",
                "side of the output",
                OUTPUT_SIZE,
                (
                    (slips.FORGOT_ONE, Formula("W - F")),
                    (slips.WHOLE_MAP, Formula("W")),
                    (slips.SHIFTED_BY_KERNEL, Formula("W // F")),
                    (slips.ONE_PLACE, Formula("1")),
                ),
            ),
        )
    )


def _network(v: Mapping[str, int]) -> str:
    pools = v["J"].bit_length() - 1
    return (
        f"The convolutions of a network keep the size of their maps, and {pools} poolings of 2×2 with stride 2 halve it. "
        f"For images of {square(v['F'] * v['J'])} the last map is {square(v['F'])}; it goes into a fully connected layer "
        f"with {v['K']:,} units. Now this layer is written as a convolution with kernels of {square(v['F'])}, stride 1 "
        "and no padding."
    )


def _drawn_network(draw: Draw) -> dict[str, int]:
    """A head of F×F behind layers with stride J."""
    return {
        "F": draw.one((2, 3, 4, 5, 6, 7, 8)),
        "J": draw.one((8, 16, 32)),
        "K": draw.one((10, 20, 100, 1000)),
        "S": 1,
        "P": 0,
    }


def larger(draw: Draw) -> Draft:
    """The output for a larger image."""
    drawn = _drawn_network(draw)
    more = draw.whole(1, 6)
    given = {**drawn, "N": (drawn["F"] + more) * drawn["J"]}
    units = given["K"]

    def answer(v: Mapping[str, Any]) -> Answer:
        return Size((v["O"], v["O"], units))

    return Draft(
        values=given,
        stem=(_network(given), f"What is its output (H×W×C) for an image of {square(given['N'])}?"),
        conventions=(_FLOOR,),
        answer=answer(_head().values(given)),
        distractors=of_slips(_head(), given, answer),
        steps=_head().worked(given),
        check=f"The head has one place for {square(given['F'] * given['J'])}; every {given['J']} pixels more make one more "
        f"place, and {given['N']} − {given['F'] * given['J']} = {more}·{given['J']}: 1 + {more} = {more + 1}.",
        trap="Each position of the output is what the network says of one crop of the image; the weights are the same.",
    )


def inverse(draw: Draw) -> Draft:
    """The images that lead to an output."""
    drawn = _drawn_network(draw)
    places = draw.whole(2, 6)
    least = (places + drawn["F"] - 1) * drawn["J"]
    answer = Integers(tuple(range(least, least + drawn["J"])))
    wrong = (
        (slips.ONE_OF_MANY, Integers((least,))),
        (slips.FORGOT_ONE, Integers(tuple(range(least + drawn["J"], least + 2 * drawn["J"])))),
        (slips.WHOLE_MAP, Integers(tuple(range(places * drawn["J"], (places + 1) * drawn["J"])))),
    )
    formula = Formula(
        "(O + F - 1)*J", O="side of the output", F="kernel size", J="stride of all layers together"
    )
    last = answer.values[-1]
    return Draft(
        values={**drawn, "O": places},
        stem=(
            _network(drawn),
            f"For which sizes n of square images is its output {square(places)}×{drawn['K']} (H×W×C)? Give all of them.",
        ),
        conventions=(_FLOOR,),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            Worked("least n", Derivation(formula, {"O": places, "F": drawn["F"], "J": drawn["J"]})),
            f"The poolings round down: up to {drawn['J']} − 1 pixels more make the same map.",
        ),
        check=f"{least} and {last} give maps of {least // drawn['J']} and {last // drawn['J']}, {last + 1} one of "
        f"{(last + 1) // drawn['J']}; {least // drawn['J']} − {drawn['F']} + 1 = {places}.",
        trap="Halving rounds down, so that many sizes lead to the same map.",
    )


def symbolic(draw: Draw) -> Draft:
    """The output of a head in the side of the last map, or the numbers of the windows."""
    if draw.often(0.5):
        return numbers(draw)
    n = symbol("n")
    kernel, units, stride = (
        draw.one((2, 3, 4, 5, 6, 7, 8)),
        draw.one((10, 100, 1000)),
        draw.one((8, 16, 32)),
    )
    given: dict[str, Any] = {"W": n, "F": kernel, "S": 1, "P": 0}
    side = OUTPUT_SIZE(**given)
    right = Expression(units * side * side)
    wrong = (
        (slips.FORGOT_ONE, Expression(units * (side - 1) ** 2)),
        (slips.WHOLE_MAP, Expression(units * n * n)),
        (slips.ONE_PLACE, Expression(units)),
    )
    return Draft(
        values={"asked": "places", "F": kernel, "K": units, "J": stride},
        stem=(
            _network({"F": kernel, "J": stride, "K": units}),
            f"For an image with sides of {stride}n pixels, n ≥ {kernel}, the last map has a side of n. How many numbers "
            "does the output have then, in terms of n?",
        ),
        answer=right,
        distractors=distinct(right, wrong),
        steps=(
            Worked("side", Derivation(OUTPUT_SIZE, given)),
            f"There are {units:,} channels, so {units:,}·({shown(Expression(side))})² numbers.",
        ),
        check=f"With n = {kernel} there is one position, {units:,} numbers.",
        trap=f"The kernel of {square(kernel)} has n − {kernel} + 1 places on a side, not n.",
    )


TOPIC = Topic(
    "fc-as-conv",
    "Fully connected layers as convolutions, and im2col",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, larger),
        Cell("symbolic", 2, symbolic),
        Cell("forward", 3, matrices),
        Cell("compare", 3, compare),
        Cell("inverse", 3, inverse),
        Cell("find-the-error", 4, error),
    ),
)
