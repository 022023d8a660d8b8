"""Design under a budget: sizes, parameters and receptive field at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.layers.window import OUTPUT_SIZE
from cnncalc.practice import slips
from cnncalc.practice.answers import Number, Parts, Size, Valid
from cnncalc.practice.compose import distinct, find_the_error, of_slips
from cnncalc.practice.costs import in_numbers, params, renamed
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Topic, Worked
from cnncalc.practice.topics.design_of_stacks import dilated, layers, rounded_up, stack
from cnncalc.practice.words import counted, layer_words, square
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula

__all__ = ["TOPIC"]

_FLOOR = "Sizes are rounded down."
_BIASES = "Every filter has a bias."
_ANY = "Any choice that does it is right."
_FIELD = "The receptive field is counted away from the borders."


def filters(draw: Draw) -> Draft | None:
    """The most filters for a number of parameters."""
    given = {
        "F": draw.one((1, 3, 5, 7)),
        "C": draw.one((1, 3, 16, 32, 64, 128)),
        "B": draw.one((1, 2, 5, 10, 20, 25, 50, 100, 200)) * 1000,
    }
    formula = Formula("B // (F*F*C + 1)", B="parameters at most", F="kernel size", C="input channels")
    most, each = formula.evaluate(given), given["F"] ** 2 * given["C"] + 1
    if not 4 <= most <= 1024:
        return None
    answer = Number(most, "filters")
    wrong = (
        (slips.FORGOT_BIAS, given["B"] // (each - 1)),
        (slips.FORGOT_DEPTH, given["B"] // (given["F"] ** 2 + 1)),
        (slips.ONE_OVER, -(-given["B"] // each)),
    )
    return Draft(
        values=given,
        stem=(
            f"A convolutional layer with kernels of {square(given['F'])} has an input with "
            f"{counted(given['C'], 'channel')} and may have {given['B']:,} parameters.",
            "How many filters can it have at most?",
        ),
        conventions=(_BIASES,),
        answer=answer,
        distractors=distinct(answer, [(slip, Number(value, "filters")) for slip, value in wrong]),
        steps=(Worked("most filters", Derivation(formula, given)),),
        check=f"{most} filters have {most}·{each:,} = {most * each:,} parameters, {most + 1} have {(most + 1) * each:,}.",
        trap="A part of a filter is none: the quotient is rounded down, even where up is nearer.",
    )


@cache
def _first() -> Formula:
    return renamed(params("conv"), C="3")


@cache
def _later() -> Formula:
    return renamed(params("conv"), F="3", C="K filters", K="K filters")


@cache
def _network() -> Working:
    """A first layer with a stride, and n layers of 3×3 behind it."""
    return Working(
        (
            Line(
                "O",
                "output size",
                OUTPUT_SIZE,
                (
                    (slips.FORGOT_STRIDE, Formula("W + 2*P - F + 1")),
                    (slips.PADDED_ONCE, Formula("(W + P - F) // S + 1")),
                ),
            ),
            Line(
                "r",
                "receptive field",
                # n steps of the calculator's SIZE behind the stride S
                Formula("F + n*2*S", F="kernel size", n="layers of 3×3", S="stride"),
                (
                    (slips.FIELD_AS_ADDED, Formula("F + n*2")),
                    (slips.WHOLE_KERNEL, Formula("F + n*3*S")),
                ),
            ),
            Line(
                "p",
                "params of the first",
                _first(),
                ((slips.FORGOT_BIAS, Formula("F*F*3*K")), (slips.FORGOT_DEPTH, Formula("(F*F + 1)*K"))),
            ),
            Line(
                "q",
                "params of a later",
                _later(),
                ((slips.FORGOT_BIAS, Formula("3*3*K*K")), (slips.IMAGE_DEPTH, Formula("(3*3*3 + 1)*K"))),
            ),
            Line("T", "all params", Formula("p + n*q"), ((slips.ONE_LAYER, Formula("p + q")),)),
        )
    )


def _image(side: int) -> str:
    return f"An image of {square(side)}×3 (H×W×C)"


def _drawn(draw: Draw) -> dict[str, int]:
    kernel = draw.one((3, 5, 7))
    return {
        "W": draw.one((32, 64, 96, 112, 128, 224)),
        "F": kernel,
        "S": draw.one((1, 2, 4) if kernel > 3 else (1, 2)),
        "P": kernel // 2,
        "K": draw.one((8, 16, 32, 64)),
        "n": draw.whole(2, 6),
    }


def _told(v: Mapping[str, int]) -> str:
    return (
        f"{_image(v['W'])} goes through a convolutional layer with {layer_words(v['F'], v['K'], v['S'], v['P'])}, then "
        f"through {counted(v['n'], 'layer')} with {v['K']} filters of 3×3, stride 1 and padding 1."
    )


def _field_check(v: Mapping[str, int]) -> str:
    """The field, found backwards."""
    window = 2 * v["n"] + 1
    return (
        f"Backwards, {counted(v['n'], 'layer')} see {window} positions of the first output, and these "
        f"({window} − 1)·{v['S']} + {v['F']} = {(window - 1) * v['S'] + v['F']} pixels on each axis."
    )


def _params_check(v: Mapping[str, int]) -> str:
    """The parameters, weights and biases apart."""
    first, later = v["F"] ** 2 * 3 * v["K"], 9 * v["K"] ** 2
    weights, biases = first + v["n"] * later, (v["n"] + 1) * v["K"]
    return (
        f"There are {first:,} + {v['n']}·{later:,} = {weights:,} weights and {v['n'] + 1}·{v['K']} = {biases:,} biases, "
        f"{weights + biases:,} parameters."
    )


def forward(draw: Draw) -> Draft:
    """What a design comes to."""
    given = _drawn(draw)

    def answer(v: Mapping[str, Any]) -> Parts:
        return Parts(
            (
                ("output", Size((v["O"], v["O"], given["K"]))),
                ("receptive field", Number(v["r"])),
                ("parameters", Number(v["T"])),
            )
        )

    values = _network().values(given)
    return Draft(
        values=given,
        stem=(
            _told(given),
            "What are the size of the last output (H×W×C), its receptive field on each axis, and the number of parameters?",
        ),
        conventions=(_BIASES, _FLOOR, _FIELD),
        answer=answer(values),
        distractors=of_slips(_network(), given, answer),
        steps=_network().worked(given),
        check=f"{_field_check(given)} {_params_check(given)}",
        trap="Behind a stride S each layer of 3×3 adds 2·S to the receptive field.",
    )


def stem(draw: Draw) -> Draft | None:
    """Kernel, stride, padding and filters of a first layer."""
    size, target = draw.one(
        (
            (224, 112),
            (224, 56),
            (112, 56),
            (96, 48),
            (128, 64),
            (128, 32),
            (64, 32),
            (64, 16),
            (32, 16),
            (32, 8),
        )
    )
    least, few = draw.one((3, 5, 7)), draw.one((8, 16, 24, 32, 48, 64))
    stride = size // target
    paddings = [p for p in range(least // 2 + 1) if OUTPUT_SIZE(W=size, P=p, F=least, S=stride) == target]
    if not paddings or stride > least:
        return None
    padding = paddings[0]
    fewest = _first().evaluate({"F": least, "K": few})
    most = rounded_up(fewest * draw.one((10, 12, 15, 20)) // 10)
    given = {"W": size, "F": least, "S": stride, "P": padding}
    conditions = (
        f"({size} + 2*P - F) // S + 1 == {target}",
        f"(F*F*3 + 1)*K <= {most}",
        f"K >= {few}",
        f"F >= {least}",
        "F % 2 == 1",
        "S >= 1",
        "P >= 0",
        "2*P < F",
    )
    return Draft(
        values={"W": size, "M": target, "least": least, "few": few, "most": most},
        stem=(
            f"{_image(size)} is to become a map of {square(target)} by one convolutional layer with at most {most:,} "
            f"parameters. It is to have at least {few} filters; its kernel F is to be odd and at least {least}, its padding "
            "P on each side less than half of the kernel.",
            "Choose F, a stride S, P and the number K of filters.",
        ),
        conventions=(_BIASES, _FLOOR, _ANY),
        answer=Valid(("F", "S", "P", "K"), conditions, (least, stride, padding, few)),
        steps=(
            f"With the smallest kernel, {least}, and stride {size}/{target} = {stride}, padding {padding} does it.",
            Worked("size", Derivation(OUTPUT_SIZE, given)),
            in_numbers("parameters", _first(), {"F": least, "K": few}),
        ),
        check=f"The last window begins at {target - 1}·{stride} = {(target - 1) * stride} and ends at "
        f"{(target - 1) * stride + least} of {size + 2 * padding}; {fewest:,} ≤ {most:,}.",
        trap="A larger kernel has more parameters by the square: it leaves fewer filters.",
    )


def stem_or_stack(draw: Draw) -> Draft | None:
    """One layer, or several."""
    return stem(draw) if draw.often(0.5) else stack(draw)


def encoder(draw: Draw) -> Draft | None:
    """Stride of the first layer, number of later layers, and filters."""
    drawn = _drawn(draw)
    size, kernel, few = drawn["W"], drawn["F"], drawn["K"]
    values = _network().values(drawn)
    target, field = values["O"], values["r"] - draw.whole(0, 2 * drawn["S"] - 1)
    most = rounded_up(values["T"] * draw.one((10, 11, 13, 15)) // 10)
    conditions = (
        f"({size + 2 * drawn['P'] - kernel}) // S + 1 == {target}",
        f"{kernel} + 2*n*S >= {field}",
        f"{3 * kernel**2 + 1}*K + n*(9*K + 1)*K <= {most}",
        f"K >= {few}",
        "S >= 1",
        "n >= 1",
    )
    # the map says the stride; fewer layers see too little, and more layers or filters only cost more
    smallest = (drawn["S"], drawn["n"], few)
    room = size + 2 * drawn["P"] - kernel
    if any(room // s + 1 == target for s in range(1, room + 2) if s != drawn["S"]):
        return None
    return Draft(
        values={"W": size, "F": kernel, "M": target, "R": field, "few": few, "most": most},
        stem=(
            f"{_image(size)} goes through a convolutional layer of {square(kernel)} with padding {drawn['P']} and stride S, "
            "then through n layers of 3×3 with padding 1 and stride 1. All of them have K filters.",
            f"The last map is to be {square(target)}, each of its units is to see at least {field} pixels on each axis, all "
            f"layers together may have {most:,} parameters, and K is to be at least {few}.",
            "Choose S, n ≥ 1 and K.",
        ),
        conventions=(_BIASES, _FLOOR, _FIELD, _ANY),
        answer=Valid(("S", "n", "K"), conditions, smallest),
        steps=(
            f"The size of the map leaves one stride, {drawn['S']}: "
            f"{' = '.join(OUTPUT_SIZE.steps(drawn)[1:])}.",
            f"The first layer sees {kernel}, each later one adds 2·{drawn['S']}: n = {drawn['n']} is the first to see "
            f"{kernel} + {drawn['n']}·{2 * drawn['S']} = {values['r']} ≥ {field}.",
            in_numbers("parameters", Formula("(F*F*3 + 1)*K + n*(3*3*K + 1)*K"), drawn),
        ),
        check=f"{_field_check(drawn)} {_params_check(drawn)}",
        trap="Twice the filters have four times the weights in the later layers; another layer adds its own once.",
    )


def encoder_or_dilated(draw: Draw) -> Draft | None:
    """A stride, or dilation."""
    return encoder(draw) if draw.often(0.5) else dilated(draw)


@cache
def _field() -> Working:
    """The receptive field, step by step."""
    return Working(
        (
            Line("j", "jump behind the first", Formula("S")),
            Line(
                "a",
                "added by a later layer",
                Formula("2*j"),
                ((slips.FIELD_AS_ADDED, Formula("2")), (slips.WHOLE_KERNEL_HERE, Formula("3*j"))),
            ),
            Line("t", "added by all of them", Formula("n*a"), ((slips.ONE_LAYER, Formula("a")),)),
            Line("r", "receptive field", Formula("F + t"), ((slips.FORGOT_FIRST, Formula("1 + t")),)),
            Line("side", "seen at once", Formula("r*r"), ((slips.ONE_AXIS, Formula("r")),)),
        )
    )


def error(draw: Draw) -> Draft | None:
    """The receptive field or the parameters of a design, with one slip."""
    given = _drawn(draw)
    budget = rounded_up(_network().values(given)["T"])
    if draw.often(0.5):
        working, most, check = _field(), 0, _field_check(given)
        task = (
            "The pixels that a unit of its last output sees at once are to be counted, away from the borders."
        )
    else:
        left = Line("left", "left of the budget", Formula("B - T"))
        working, most, check = Working((*_network().lines[2:], left)), budget, _params_check(given)
        task = f"It may have {budget:,} parameters. What is left of them is to be found."
    return find_the_error(
        draw,
        working,
        {**given, "B": most},
        values={**given, "most": most},
        task=(_told(given), task),
        check=check,
        conventions=() if most == 0 else (_BIASES,),
    )


TOPIC = Topic(
    "design",
    "Design under a budget",
    (
        Cell("forward", 2, forward),
        Cell("inverse", 2, filters),
        Cell("inverse", 3, layers),
        Cell("design", 3, stem_or_stack),
        Cell("design", 4, encoder_or_dilated),
        Cell("find-the-error", 4, error),
    ),
)
