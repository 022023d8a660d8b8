"""Two heads: a map flattened into a fully connected layer, or averaged over its positions first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import isqrt
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts
from cnncalc.practice.compose import (
    RATIO_AND_PERCENT,
    compared,
    distinct,
    find_the_error,
    of_slips,
    percent_swapped,
    with_slips,
)
from cnncalc.practice.costs import params, renamed
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Topic, Worked
from cnncalc.practice.slips import Slip
from cnncalc.practice.stack import Slide, size_lines, sizes
from cnncalc.practice.words import counted, layer_words, listed, square
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_BIASES = "Every unit has a bias."
_NO_BIASES = "Biases are not counted."
_UNIT = "parameters"
_AVERAGED = "averaged over its positions by a global average pooling"
_SIDES = (4, 5, 6, 7, 8)
_DEPTHS = (32, 64, 128, 256, 512)
_CLASSES = (10, 20, 100, 1000)


@cache
def _dense(inputs: str, *, bias: bool = True) -> Formula:
    """The calculator's formula of a fully connected layer; `inputs` is a name and its meaning."""
    return renamed(params("linear", bias=bias), N=inputs, K="K units")


def _map(side: int, depth: int) -> str:
    return f"{square(side)}×{depth} (H×W×C)"


@cache
def _pooled() -> Working:
    return with_slips(
        _dense("C channels"),
        "P",
        "params",
        (slips.FLATTENED, "(n*n*C + 1)*K"),
        (slips.FORGOT_BIAS, "C*K"),
        (slips.ONE_BIAS, "C*K + 1"),
        (slips.POSITIONS_KEPT, "(n*n + 1)*K"),
    )


def forward(draw: Draw) -> Draft:
    """The head behind a global average pooling."""
    given = {"n": draw.one(_SIDES), "C": draw.one(_DEPTHS), "K": draw.one(_CLASSES)}

    def answer(v: Mapping[str, Any]) -> Answer:
        return Number(v["P"], _UNIT)

    values = _pooled().values(given)
    return Draft(
        values=given,
        stem=(
            f"A map of {_map(given['n'], given['C'])} is {_AVERAGED}. A fully connected layer with one unit for each of "
            f"{given['K']:,} classes follows.",
            "How many parameters do the two have together?",
        ),
        conventions=(_BIASES,),
        answer=answer(values),
        distractors=of_slips(_pooled(), given, answer),
        steps=(
            f"The pooling leaves one number of each channel, {given['C']}, and has no parameters.",
            *_pooled().worked({name: given[name] for name in "CK"}),
        ),
        check=f"Each unit has {given['C']} weights and a bias, {given['C'] + 1} numbers; "
        f"{given['K']:,} units have {values['P']:,}.",
        trap=f"The {given['n'] ** 2} positions of the map play no part: they are averaged.",
    )


@cache
def _in_lines() -> Working:
    """Both heads, and what the pooling saves."""
    return Working(
        (
            Line(
                "N",
                "numbers when flattened",
                Formula("n*n*C", n="height and width", C="channels"),
                ((slips.ONE_AXIS, Formula("n*C")),),
            ),
            Line(
                "A",
                "params when flattened",
                _dense("N"),
                ((slips.FORGOT_BIAS, Formula("N*K")), (slips.ONE_BIAS, Formula("N*K + 1"))),
            ),
            Line(
                "m",
                "numbers when averaged",
                Formula("C"),
                ((slips.POSITIONS_KEPT, Formula("n*n")), (slips.AVERAGED_TO_ONE, Formula("1"))),
            ),
            Line(
                "B",
                "params when averaged",
                _dense("m"),
                ((slips.FORGOT_BIAS, Formula("m*K")), (slips.ONE_BIAS, Formula("m*K + 1"))),
            ),
            Line("d", "params saved", Formula("A - B"), ((slips.NOTHING_LEFT, Formula("A")),)),
        )
    )


def _saved_check(v: Mapping[str, int]) -> str:
    fewer = v["C"] * (v["n"] ** 2 - 1)
    return (
        f"The biases are in both. Each of the {v['K']:,} units has {v['C']}·({v['n'] ** 2} − 1) = {fewer:,} weights "
        f"fewer: {fewer * v['K']:,} in all."
    )


def saved(draw: Draw) -> Draft:
    """What the pooling saves."""
    given = {"n": draw.one(_SIDES), "C": draw.one(_DEPTHS), "K": draw.one(_CLASSES)}

    def answer(v: Mapping[str, Any]) -> Answer:
        return Number(v["d"], _UNIT)

    values = _in_lines().values(given)
    # biases that are forgotten in both heads are so to no effect
    wrong = [s for s in _in_lines().slipped(given) if s.slip not in (slips.FORGOT_BIAS, slips.ONE_BIAS)]
    return Draft(
        values=given,
        stem=(
            f"A map of {_map(given['n'], given['C'])} is flattened and goes into a fully connected layer with "
            f"{given['K']:,} units. In place of that it can be {_AVERAGED} before a fully connected layer with as many units.",
            "How many parameters does that save?",
        ),
        conventions=(_BIASES,),
        answer=answer(values),
        distractors=distinct(answer(values), [(s.slip, answer(s.values)) for s in wrong]),
        steps=_in_lines().worked(given),
        check=_saved_check(given),
        trap=f"{values['B']:,} parameters are left, so not all {values['A']:,} are saved.",
    )


def compare(draw: Draw) -> Draft:
    """The weights of both heads."""
    n, depth, classes = draw.one(_SIDES), draw.one(_DEPTHS), draw.one(_CLASSES)
    flattened, averaged = _dense("N inputs", bias=False), _dense("C channels", bias=False)
    first, second = {"N": n * n * depth, "K": classes}, {"C": depth, "K": classes}
    a, b = flattened.evaluate(first), averaged.evaluate(second)
    answer = compared(a, b, "weights")
    return Draft(
        values={"n": n, "C": depth, "K": classes},
        stem=(
            f"The last map of a network is {_map(n, depth)}. Head A flattens it and has a fully connected layer with "
            f"{classes:,} units; head B has one as well, before which the map is {_AVERAGED}.",
            f"How many weights does each head have? {RATIO_AND_PERCENT}",
        ),
        conventions=(_NO_BIASES,),
        answer=answer,
        distractors=distinct(answer, [percent_swapped(answer)]),
        steps=(
            Worked("A", Derivation(flattened, first)),
            Worked("B", Derivation(averaged, second)),
            f"C·K cancels: A/B is n·n = {n * n}, the positions of the map.",
        ),
        check=f"{b:,} times {n * n} is {a:,}.",
        trap="With biases the ratio is a little less, as both heads have the same number of them.",
    )


def symbolic(draw: Draw) -> Draft:
    """Parameters, what is saved, or the ratio, in the names of side and channels."""
    classes, asked = draw.one(_CLASSES), draw.one(("flattened", "averaged", "saved", "ratio"))
    factor = draw.one((1, 2, 4, 8))
    n, c = symbol("n"), symbol("C")
    depth = factor * c
    a = params("linear").evaluate({"N": n * n * depth, "K": classes})
    b = params("linear").evaluate({"N": depth, "K": classes})
    options: dict[str, tuple[Expression, *tuple[tuple[Slip, Expression], ...]]] = {
        "flattened": (
            Expression(a),
            (slips.FORGOT_BIAS, Expression(n * n * depth * classes)),
            (slips.ONE_AXIS, Expression(n * depth * classes + classes)),
            (slips.ONE_BIAS, Expression(n * n * depth * classes + 1)),
        ),
        "averaged": (
            Expression(b),
            (slips.FORGOT_BIAS, Expression(depth * classes)),
            (slips.FLATTENED, Expression(a)),
            (slips.ONE_BIAS, Expression(depth * classes + 1)),
        ),
        "saved": (
            Expression(a - b),
            (slips.NOTHING_LEFT, Expression(a)),
            (slips.ONE_AXIS, Expression((n - 1) * depth * classes)),
        ),
        "ratio": (
            Expression(n * n * depth + 1, depth + 1),
            (slips.FORGOT_BIAS, Expression(n * n)),
            (slips.INVERTED, Expression(depth + 1, n * n * depth + 1)),
        ),
    }
    right, *others = options[asked]
    question = {
        "flattened": "How many parameters does the head have if the map is flattened",
        "averaged": "How many parameters does the head have if the map is averaged over its positions by a global average "
        "pooling",
        "saved": "How many parameters are saved if the map is averaged over its positions by a global average pooling, "
        "and not flattened",
        "ratio": "What is the ratio of the head's parameters if the map is flattened to those if it is averaged over its "
        "positions by a global average pooling",
    }[asked]
    check = {
        "flattened": f"With n = 2 and C = 1 each of the {classes:,} units has {4 * factor} weights and a bias.",
        "averaged": f"With C = 1 each of the {classes:,} units has {counted(factor, 'weight')} and a bias.",
        "saved": "With n = 1 both heads are the same, and nothing is saved.",
        "ratio": "With n = 1 both heads are the same, and the ratio is 1.",
    }[asked]
    told = "C" if factor == 1 else f"{factor}C"
    names = "C" if asked == "averaged" else "n and C"
    return Draft(
        values={"factor": factor, "K": classes, "asked": asked},
        stem=(
            f"The last map of a network has n×n positions and {told} channels. The head is a fully connected layer with "
            f"{classes:,} units.",
            f"{question}, in terms of {names}?",
        ),
        conventions=(_BIASES,),
        answer=right,
        distractors=distinct(right, others),
        steps=(
            *(
                [Worked("flattened", Derivation(_dense("N inputs"), {"N": n * n * depth, "K": classes}))]
                if asked != "averaged"
                else []
            ),
            *(
                [Worked("averaged", Derivation(_dense("M channels"), {"M": depth, "K": classes}))]
                if asked != "flattened"
                else []
            ),
            *([f"The factor {classes:,} cancels."] if asked == "ratio" else []),
        ),
        check=check,
        trap="Without biases the ratio would be n², whatever the channels; the biases make it a little less."
        if asked == "ratio"
        else "The number of biases is that of the units, whatever the map.",
    )


def images(draw: Draw) -> Draft | None:
    """Both heads behind some layers, for an image of another size."""
    side, larger = draw.one(((28, 56), (32, 64), (64, 96), (32, 48), (64, 128), (96, 128), (112, 224)))
    depth, second = draw.one((1, 3)), draw.one((16, 32, 64, 128))
    kernel, classes = draw.one((3, 5)), draw.one((10, 100))
    layers = (
        Slide(kernel, 1, kernel // 2, second // 2),
        Slide(2, 2),
        Slide(3, 2, 1, second),
        *([Slide(2, 2)] if side >= 64 else []),
    )
    before, after = sizes(layers, side)[-1], sizes(layers, larger)[-1]
    flattened = {"N": after * after * second, "K": classes}
    a = params("linear").evaluate(flattened)
    b = params("linear").evaluate({"N": second, "K": classes})

    def answer(first: int, other: int) -> Parts:
        return Parts((("flattened", Number(first, _UNIT)), ("averaged", Number(other, _UNIT))))

    right = answer(a, b)
    wrong = (
        (slips.FORGOT_BIAS, answer(a - classes, b - classes)),
        (
            slips.OLD_IMAGE,
            answer(params("linear").evaluate({"N": before * before * second, "K": classes}), b),
        ),
        (slips.ONE_AXIS, answer(params("linear").evaluate({"N": after * second, "K": classes}), b)),
        (slips.POSITIONS_KEPT, answer(a, params("linear").evaluate({"N": after * after, "K": classes}))),
    )
    told = [
        f"conv1 with {layer_words(kernel, second // 2, 1, kernel // 2)}",
        "a pooling of 2×2 with stride 2",
        f"conv2 with {layer_words(3, second, 2, 1)}",
        *(["another pooling of 2×2 with stride 2"] if len(layers) > 3 else []),
    ]
    return Draft(
        values={
            "n": side,
            "larger": larger,
            "depth": depth,
            "K": classes,
            "layers": [s.numbers() for s in layers],
        },
        stem=(
            f"A network was made for images of {square(side)}×{depth} (H×W×C). They go through {listed(told)}. The last map "
            f"goes into a fully connected layer with {classes} units: flattened, or {_AVERAGED}.",
            f"Now the images are {square(larger)}×{depth}. How many parameters must the fully connected layer have, "
            "flattened and averaged?",
        ),
        conventions=(_BIASES, "Sizes are rounded down."),
        answer=right,
        distractors=distinct(right, wrong),
        steps=(
            *size_lines(layers, larger),
            f"Flattened, the map has {after}·{after}·{second} = {flattened['N']:,} numbers; averaged, {second}.",
            Worked("flattened", Derivation(_dense("N inputs"), flattened)),
            Worked("averaged", Derivation(_dense("C channels"), {"C": second, "K": classes})),
        ),
        check=f"The difference is {second}·({after * after} − 1)·{classes} = {a - b:,}, as the biases are in both.",
        trap=f"Only the averaging lets the weights for maps of {square(before)} be kept: there the size plays no part.",
    )


def inverse(draw: Draw) -> Draft:
    """How large must the map be for so many times the parameters?"""
    depth, classes = draw.one((8, 16, 32, 64, 128, 256, 512)), draw.one(_CLASSES)
    times = draw.one((4, 9, 10, 16, 20, 25, 30, 36, 40, 49, 50, 60, 64, 100))
    # (n²C + 1) ≥ times·(C + 1)
    need = times * (depth + 1) - 1
    least = isqrt(-(-need // depth) - 1) + 1
    without = isqrt(times - 1) + 1
    answer = Integers((least,), onwards=True)
    wrong = (
        (slips.FORGOT_BIAS, Integers((without,), onwards=True)),
        (slips.ONE_OF_MANY, Integers((least,))),
        (slips.ONE_AXIS, Integers((-(-need // depth),), onwards=True)),
    )
    formula = Formula("ceil((t*(C + 1) - 1)/C)", t="times", C="channels")
    return Draft(
        values={"C": depth, "K": classes, "times": times},
        stem=(
            f"The last map of a network has n×n positions and {depth} channels. Head A flattens it and has a fully "
            f"connected layer with {classes:,} units; head B has one as well, before which the map is {_AVERAGED}.",
            f"For which n has A at least {times} times the parameters of B? Give all of them.",
        ),
        conventions=(_BIASES,),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            f"The units cancel: A/B = (n·n·C + 1)/(C + 1), which is to be at least {times}.",
            Worked("n·n at least", Derivation(formula, {"t": times, "C": depth})),
        ),
        check=f"A unit of B has {depth + 1} numbers, {times} times that are {times * (depth + 1):,}; one of A has "
        f"{(least - 1) ** 2 * depth + 1:,} with n = {least - 1}, and {least**2 * depth + 1:,} with n = {least}.",
        trap="All larger maps do it as well; and with biases A/B is a little less than n·n.",
    )


def error(draw: Draw) -> Draft | None:
    """Both heads, with one slip."""
    given = {"n": draw.one(_SIDES), "C": draw.one(_DEPTHS), "K": draw.one(_CLASSES)}
    return find_the_error(
        draw,
        _in_lines(),
        given,
        values=given,
        task=(
            f"A map of {_map(given['n'], given['C'])} goes into a fully connected layer with {given['K']:,} units: "
            f"flattened, or {_AVERAGED}. The parameters that the averaging saves are to be counted.",
        ),
        check=_saved_check(given),
        conventions=(_BIASES,),
    )


TOPIC = Topic(
    "global-pooling",
    "Global average pooling against a flattened head",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, saved),
        Cell("compare", 2, compare),
        Cell("symbolic", 2, symbolic),
        Cell("forward", 3, images),
        Cell("inverse", 3, inverse),
        Cell("find-the-error", 4, error),
    ),
)
