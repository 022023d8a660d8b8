"""Stacks of small kernels against one large kernel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.passes.receptive_field.interior import SIZE
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts
from cnncalc.practice.compose import (
    RATIO_AND_PERCENT,
    compared,
    distinct,
    find_the_error,
    of_slips,
    percent_swapped,
)
from cnncalc.practice.costs import in_numbers, params, renamed
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Topic, Worked
from cnncalc.practice.words import square
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_STRIDE = "All strides are 1, and there is no dilation."
_NO_BIASES = "Biases are not counted."
_WITH_BIASES = "Every filter has a bias."
_CHANNELS = (16, 32, 64, 128, 256, 512)


@cache
def _field() -> Line:
    """What m steps of the calculator's SIZE come to, with stride and dilation 1."""
    return Line(
        "r",
        "receptive field",
        Formula("m*(F - 1) + 1", m="layers", F="kernel size"),
        ((slips.KERNELS_ADDED, Formula("m*F")), (slips.NO_START, Formula("m*(F - 1)"))),
    )


@cache
def _layer(*, bias: bool) -> Formula:
    return renamed(params("conv", bias=bias), C="C channels", K="C channels")


@cache
def _both() -> Working:
    """Receptive field and parameters of a stack."""
    return Working(
        (
            _field(),
            Line(
                "p",
                "params of a layer",
                _layer(bias=True),
                ((slips.FORGOT_BIAS, Formula("F*F*C*C")), (slips.FORGOT_DEPTH, Formula("(F*F + 1)*C"))),
            ),
            Line("P", "params of the stack", Formula("m*p"), ((slips.ONE_OF_STACK, Formula("p")),)),
        )
    )


@cache
def _against() -> Working:
    """The weights of a stack, and of one kernel as large as its receptive field."""
    return Working(
        (
            _field(),
            Line(
                "w",
                "weights of a layer",
                _layer(bias=False),
                ((slips.FORGOT_DEPTH, Formula("F*F*C")), (slips.KERNEL_SIDE, Formula("F*C*C"))),
            ),
            Line("s", "weights of the stack", Formula("m*w"), ((slips.ONE_OF_STACK, Formula("w")),)),
            Line(
                "L",
                "weights of the large one",
                renamed(_layer(bias=False), F="r"),
            ),
            Line("d", "weights saved", Formula("L - s"), ((slips.ONE_OF_STACK, Formula("L - w")),)),
        )
    )


def _grown(kernel: int, layers: int) -> Iterator[int]:
    """The receptive field after each layer, by the calculator's formula."""
    size = 1
    for _ in range(layers):
        size = SIZE(r=size, D=1, F=kernel, j=1)
        yield size


def _walked(kernel: int, layers: int) -> str:
    fields = list(_grown(kernel, layers))
    return f"Each layer adds {kernel} − 1 = {kernel - 1}: 1 → {' → '.join(map(str, fields))}."


def _stack(v: Mapping[str, int]) -> str:
    return f"A stack has {v['m']} convolutional layers with {square(v['F'])} kernels"


def forward(draw: Draw) -> Draft:
    """The receptive field of a stack."""
    given = {"F": draw.one((2, 3, 5, 7)), "m": draw.whole(2, 6)}
    working = Working((_field(),))

    def answer(v: Mapping[str, Any]) -> Answer:
        return Number(v["r"])

    values = working.values(given)
    return Draft(
        values=given,
        stem=(
            f"{_stack(given)}.",
            "How large is the receptive field of a number in the stack's last map: which side length, in positions of the "
            "input?",
        ),
        conventions=(_STRIDE,),
        answer=answer(values),
        distractors=of_slips(working, given, answer),
        steps=working.worked(given),
        check=_walked(given["F"], given["m"]),
        trap=f"{given['m'] * given['F']} adds the kernels, but neighbouring windows overlap.",
    )


def both_forward(draw: Draw) -> Draft:
    """Receptive field and parameters."""
    given = {"F": draw.one((3, 5, 7)), "m": draw.whole(2, 5), "C": draw.one(_CHANNELS)}

    def answer(v: Mapping[str, Any]) -> Answer:
        return Parts((("receptive field", Number(v["r"])), ("parameters", Number(v["P"]))))

    values = _both().values(given)
    weights = given["F"] ** 2 * given["C"] ** 2
    return Draft(
        values=given,
        stem=(
            f"{_stack(given)}. Each layer has {given['C']} filters and an input with {given['C']} channels.",
            "How large is the receptive field of a number in the stack's last map (its side length), and how many parameters "
            "does the stack have?",
        ),
        conventions=(_STRIDE, _WITH_BIASES),
        answer=answer(values),
        distractors=of_slips(_both(), given, answer),
        steps=_both().worked(given),
        check=(
            f"{_walked(given['F'], given['m'])} {given['m']}·{weights:,} weights and {given['m']}·{given['C']} biases "
            f"make {values['P']:,}."
        ),
        trap=f"{values['p']:,} are the parameters of one layer.",
    )


def compare(draw: Draw) -> Draft:
    """One large kernel, and the stack that sees as much."""
    given = {"F": 3, "m": draw.whole(2, 6), "C": draw.one(_CHANNELS)}
    values = _against().values(given)
    m, large = given["m"], values["r"]
    answer = compared(values["L"], values["s"], "weights")
    wrong = [percent_swapped(answer), (slips.ONE_OF_STACK, compared(values["L"], values["w"], "weights"))]
    more = values["s"] + values["w"]
    if more < values["L"]:
        wrong.append((slips.LAYER_TOO_MANY, compared(values["L"], more, "weights")))
    return Draft(
        values=given,
        stem=(
            f"A is one convolutional layer with {square(large)} kernels. B is the stack of layers with 3×3 kernels "
            f"that has the same receptive field. All layers take {given['C']} channels to {given['C']}.",
            f"How many weights does each have? {RATIO_AND_PERCENT}",
        ),
        conventions=(_STRIDE, _NO_BIASES),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            f"{m} layers of 3×3 see 1 + {m}·2 = {large} positions.",
            in_numbers("A", _layer(bias=False), {"F": large, "C": given["C"]}),
            f"B: {m}·3·3·{given['C']}·{given['C']} = {values['s']:,}",
            f"The channels cancel: A/B = {large * large}/({m}·9).",
        ),
        check=f"A pair of channels has {large * large} weights in A and {m}·9 = {9 * m} in B.",
        trap=f"The stack has {m} layers: {m + 1} see {large + 2} positions.",
    )


def symbolic(draw: Draw) -> Draft:
    """The parameters of a stack in the name of its channels."""
    kernel, layers, times = draw.one((3, 5, 7)), draw.whole(2, 6), draw.one((1, 2, 3))
    c = times * symbol("C")
    told = "C" if times == 1 else f"{times}C"
    one = _layer(bias=True)(F=kernel, C=c)
    answer = Expression(layers * one)
    wrong = (
        (slips.FORGOT_BIAS, Expression(layers * kernel * kernel * c * c)),
        (slips.ONE_BIAS, Expression(layers * (kernel * kernel * c * c + 1))),
        (slips.ONE_OF_STACK, Expression(one)),
    )
    given = {"F": kernel, "m": layers}
    return Draft(
        values={**given, "times": times},
        stem=(
            f"{_stack(given)}. Each layer has {told} filters and an input with {told} channels.",
            "How many parameters does the stack have, in terms of C?",
        ),
        conventions=(_WITH_BIASES,),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            Worked("params of a layer", Derivation(_layer(bias=True), {"F": kernel, "C": c})),
            f"{layers} layers have {layers} times as many.",
        ),
        check=f"With C = 1 each layer has {kernel**2 * times**2} weights and {times} bias{'' if times == 1 else 'es'}: "
        f"{layers}·{kernel**2 * times**2 + times} = {layers * (kernel**2 * times**2 + times):,}.",
        trap=f"Each layer has {told} biases, not 1.",
    )


def inverse(draw: Draw) -> Draft:
    """Which depths see enough, and still have fewer weights than one kernel?"""
    kernel, target, channels = draw.one((3, 5)), draw.one((7, 9, 11, 13, 15)), draw.one(_CHANNELS)

    def fits(layers: int, field: int) -> bool:
        return field >= target and layers * kernel**2 < target**2

    # more than that have more weights than the single kernel
    most = target**2 // kernel**2 + 1
    fields = list(_grown(kernel, most))
    found = Integers(tuple([m for m, field in enumerate(fields, start=1) if fits(m, field)]))
    added = Integers(tuple([m for m in range(1, most + 1) if fits(m, m * kernel)]))
    least = next(m for m, field in enumerate(fields, start=1) if field >= target)
    upper = (target**2 - 1) // kernel**2
    short = Integers(tuple([m for m, field in enumerate(fields, start=1) if fits(m, field - 1)]))
    wrong = [(slips.KERNELS_ADDED, added), (slips.NO_START, short)]
    if found.values:
        wrong.insert(0, (slips.ONE_OF_MANY, Integers(found.values[:1])))
    return Draft(
        values={"F": kernel, "target": target, "C": channels},
        stem=(
            f"Layers with {square(kernel)} kernels are to take the place of one convolutional layer with "
            f"{square(target)} kernels. All take {channels} channels to {channels}. Together they are to have at least "
            "its receptive field, and fewer weights than it.",
            "How many layers can there be? Give all possible numbers, or say that there are none.",
        ),
        conventions=(_STRIDE, _NO_BIASES),
        answer=found,
        distractors=distinct(found, wrong),
        steps=(
            f"Receptive field: 1 + m·{kernel - 1} ≥ {target}, so that m ≥ {least}.",
            f"Weights: m·{kernel**2}·{channels}·{channels} < {target**2}·{channels}·{channels}, so that "
            f"m < {target**2}/{kernel**2}: m ≤ {upper}.",
            f"{least} ≤ m ≤ {upper}" if found.values else "No m does both.",
        ),
        check=(
            f"{least} layers see {fields[least - 1]} positions, {least - 1} only {1 + (least - 1) * (kernel - 1)}; "
            f"{upper}·{kernel**2} = {upper * kernel**2} and {upper + 1}·{kernel**2} = {(upper + 1) * kernel**2}, "
            f"against {target**2}."
        ),
        trap="The channels cancel. Fewer layers have fewer weights, but see less.",
    )


def error(draw: Draw) -> Draft | None:
    """What a stack saves, with one slip."""
    given = {"F": draw.one((3, 5)), "m": draw.whole(2, 5), "C": draw.one(_CHANNELS)}
    values = _against().values(given)
    return find_the_error(
        draw,
        _against(),
        given,
        values=given,
        task=(
            f"{_stack(given)}. Each layer takes {given['C']} channels to {given['C']}. How many weights fewer do they have "
            "than one layer whose kernel is as large as their receptive field?",
        ),
        check=(
            f"{_walked(given['F'], given['m'])} For a pair of channels {values['r'] ** 2} − "
            f"{given['m'] * given['F'] ** 2} weights are saved."
        ),
        conventions=(_STRIDE, _NO_BIASES),
    )


TOPIC = Topic(
    "stacked",
    "Stacks of small kernels",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, both_forward),
        Cell("compare", 2, compare),
        Cell("symbolic", 2, symbolic),
        Cell("inverse", 3, inverse),
        Cell("find-the-error", 4, error),
    ),
)
