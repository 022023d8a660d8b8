"""He's and Xavier's initialisation: fans, variances, standard deviations and bounds."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from math import isqrt
from typing import Any

from cnncalc.layers import KINDS, Derivation
from cnncalc.passes.initialisation import KAIMING, XAVIER, XAVIER_BOUND
from cnncalc.practice import slips
from cnncalc.practice.answers import Exact, Expression, Integers, Number, Parts, exact
from cnncalc.practice.compose import RATIO_AND_PERCENT, compared, distinct, find_the_error, percent_swapped
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Topic, Worked
from cnncalc.practice.words import counted, square
from cnncalc.practice.working import Line, Working
from cnncalc.shape import Shape
from cnncalc.symbolic import Dim, Formula, symbol

__all__ = ["TOPIC"]

_HE = "He: Var(w) = 2/fan-in."
_XAVIER = "Xavier: Var(w) = 2/(fan-in + fan-out)."
_UNIFORM = "Xavier, uniform between −a and a: Var(w) = 2/(fan-in + fan-out)."


@cache
def _fans() -> tuple[Formula, Formula]:
    """Fan-in and fan-out of a convolution, in F, C and K."""
    build: Any = KINDS["conv"]
    layer = build(kernel=symbol("F"), out=symbol("K"))
    (found,) = layer.fans(Shape((symbol("C"), symbol("H"), symbol("H"))))
    return found.fan_in.formula, found.fan_out.formula


def _of(formula: Formula, v: Mapping[str, Any]) -> Derivation:
    return Derivation(formula, {n: v[n] for n in formula.names})


def _he(fan: Exact) -> Exact:
    found: Exact = KAIMING.evaluate({"g": 2, "n": fan})
    return found


def _root(value: Exact) -> Fraction:
    """Of a square."""
    value = Fraction(value)
    return Fraction(isqrt(value.numerator), isqrt(value.denominator))


def _unit(value: Fraction) -> str:
    """1/12, never in decimals."""
    return f"{value.numerator:,}/{value.denominator:,}" if value.denominator > 1 else f"{value.numerator:,}"


def _conv(v: Mapping[str, int]) -> str:
    return (
        f"A convolution has {counted(v['K'], 'filter')} of {square(v['F'])} and an input with "
        f"{counted(v['C'], 'channel')}."
    )


def forward(draw: Draw) -> Draft:
    """He's standard deviation of a convolution, or Xavier's bound of a linear layer."""
    return _deviation(draw) if draw.often(0.6) else _bound(draw)


def _deviation(draw: Draw) -> Draft:
    # twice a square of channels makes 2/fan the square of a fraction
    v = {"F": draw.one((1, 3, 5, 7)), "C": draw.one((2, 8, 32, 128, 512)), "K": draw.one((8, 32, 128, 512))}
    fan, out = (formula.evaluate(v) for formula in _fans())
    variance = _he(fan)
    root = _root(variance)
    answer = Number(root)
    return Draft(
        values={"ask": "deviation", **v},
        stem=(
            f"{_conv(v)} A ReLU follows, and the weights are initialised as He et al. do.",
            "What is the standard deviation of the weights?",
        ),
        conventions=(_HE,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.FORGOT_TAPS, Number(_root(_he(v["C"])))),
                (slips.VARIANCE_GIVEN, Number(variance)),
                (slips.FAN_OUT, Number(_root(_he(out)))),
            ],
        ),
        steps=(
            Worked("fan-in", _of(_fans()[0], v)),
            f"Var(w) = 2/{fan:,} = {_unit(Fraction(variance))}, and its root is {_unit(root)}.",
        ),
        check=f"{fan:,} weights with the variance {_unit(Fraction(variance))} have together "
        f"{fan:,}·{_unit(Fraction(variance))} = 2, of which the ReLU leaves 1.",
        trap="A unit of a convolution adds up a whole window of all input channels: that is its fan-in.",
    )


def _bound(draw: Draw) -> Draft:
    root = draw.one((2, 3, 4, 5, 6, 10))
    total = 6 * root * root
    share = draw.one((Fraction(1, 2), Fraction(1, 3), Fraction(2, 3), Fraction(1, 4)))
    n = int(total * share)
    given = {"g": 1, "n": n, "m": total - n}
    square_of = Fraction(XAVIER_BOUND.evaluate(given))
    answer = Number(_root(square_of))
    return Draft(
        values={"ask": "bound", "n": n, "m": total - n},
        stem=(
            f"A linear layer has {n} inputs and {total - n} outputs. Its weights are drawn uniformly between −a and a, as "
            "Glorot and Bengio do (Xavier).",
            "What is a?",
        ),
        conventions=(_UNIFORM,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.BOUND_SQUARED, Number(square_of)),
                (slips.VARIANCE_GIVEN, Number(XAVIER.evaluate(given))),
            ],
        ),
        steps=(
            "The variance of a uniform distribution between −a and a is a²/3, so a² = 3·Var(w).",
            Worked("a²", Derivation(XAVIER_BOUND, given)),
            f"The root of {_unit(square_of)} is {_unit(_root(square_of))}.",
        ),
        check=f"({_unit(_root(square_of))})²/3 = {_unit(square_of / 3)} = 2/{total}.",
        trap="The bound is not the standard deviation: it is √3 times as large.",
    )


def fans(draw: Draw) -> Draft:
    """Both fans of a convolution, and Xavier's variance."""
    v = {
        "F": draw.one((3, 5)),
        "C": draw.one((1, 3, 8, 16, 32, 64)),
        "K": draw.one((8, 16, 32, 64, 128)),
    }

    def parts(n: int, m: int) -> Parts:
        variance = XAVIER.evaluate({"g": 1, "n": n, "m": m})
        return Parts((("fan-in", Number(n)), ("fan-out", Number(m)), ("variance", Number(variance))))

    n, m = (formula.evaluate(v) for formula in _fans())
    answer = parts(n, m)
    return Draft(
        values=v,
        stem=(
            _conv(v),
            "What are its fan-in and fan-out, and the variance that Xavier's initialisation gives its weights?",
        ),
        conventions=(_XAVIER,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.FORGOT_TAPS, parts(v["C"], v["K"])),
                (slips.FANS_SWAPPED, parts(m, n)),
                (slips.BIAS_IN_FAN, parts(n + 1, m)),
            ],
        ),
        steps=(
            Worked("fan-in", _of(_fans()[0], v)),
            Worked("fan-out", _of(_fans()[1], v)),
            f"Var(w) = 2/({n:,} + {m:,}) = {_unit(Fraction(2, n + m))}.",
        ),
        check=f"The layer has {n * v['K']:,} weights: {n:,} for each of {v['K']} filters, {m:,} for each of "
        f"{counted(v['C'], 'channel')}.",
        trap="The kernel counts in both: every input channel goes into each filter with all its weights.",
    )


def compare(draw: Draw) -> Draft:
    """The variances of He and of Xavier for the same layer."""
    n, m = draw.some((16, 32, 48, 64, 100, 128, 256, 300), 2)
    a, b = _he(n), XAVIER.evaluate({"g": 1, "n": n, "m": m})
    answer = compared(a, b, "")
    return Draft(
        values={"n": n, "m": m},
        stem=(
            f"A linear layer has {n} inputs and {m} outputs. Its weights are initialised by A, He, or by B, Xavier.",
            f"What variance does each give the weights? {RATIO_AND_PERCENT}",
        ),
        conventions=(_HE, _XAVIER),
        answer=answer,
        distractors=distinct(answer, [percent_swapped(answer)]),
        steps=(
            f"A: 2/{n} = {_unit(Fraction(a))}.",
            f"B: 2/({n} + {m}) = {_unit(Fraction(b))}.",
            f"The 2 cancels: A/B = ({n} + {m})/{n}.",
        ),
        check=f"{_unit(Fraction(b))} times {n + m}/{n} is {_unit(Fraction(a))}.",
        trap="The two percentages differ: one is of B's variance, the other of A's.",
    )


def symbolic(draw: Draw) -> Draft:
    """Variances in the name of the channels."""
    kernel, factor, he = draw.one((1, 3, 5, 7)), draw.one((1, 2, 4)), draw.often(0.5)
    c = symbol("C")
    v: dict[str, Dim] = {"F": kernel, "C": c, "K": factor * c}
    # both fans are so many times C
    n, m = (formula.evaluate({"F": kernel, "C": 1, "K": factor}) for formula in _fans())
    own = n if he else n + m
    filters = "C" if factor == 1 else f"{factor}C"

    def over(top: int, times: int) -> Expression:
        share = Fraction(top, times)
        return Expression(share.numerator, share.denominator * c)

    answer = over(2, own)
    wrong = (
        [(slips.FORGOT_TAPS, over(2, 1)), (slips.FAN_OUT, over(2, m)), (slips.NO_GAIN, over(1, n))]
        if he
        else [(slips.FORGOT_TAPS, over(2, 1 + factor)), (slips.ONE_FAN, over(2, n))]
    )
    return Draft(
        values={"F": kernel, "factor": factor, "he": he},
        stem=(
            f"A convolution has {filters} filters of {square(kernel)} and an input with C channels.",
            f"Which variance does {'He' if he else 'Xavier'}'s initialisation give its weights, in terms of C?",
        ),
        conventions=(_HE if he else _XAVIER,),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            Worked("fan-in", _of(_fans()[0], v)),
            *([] if he else [Worked("fan-out", _of(_fans()[1], v))]),
            f"Var(w) = 2/({own}·C).",
        ),
        check=f"For C = 1 the fan-in is {kernel * kernel}"
        f"{'' if he else f' and the fan-out {factor * kernel * kernel}'}: 2/{kernel * kernel * (1 if he else 1 + factor)}.",
        trap="Xavier's initialisation looks at both sides, He's at the inputs only.",
    )


_GROWTH = Formula("(n*v/2)**L", n="inputs of a unit", v="variance of a weight", L="layers")


def layers(draw: Draw) -> Draft:
    """How the mean square grows or shrinks through layers."""
    n, count = draw.one((32, 50, 64, 100, 128, 200)), draw.one((2, 3, 4))
    v = Fraction(draw.one((1, 2, 4, 8)), n)
    given = {"n": n, "v": v, "L": count}
    answer = Number(_GROWTH.evaluate(given))
    each = n * v / 2
    return Draft(
        values={"n": n, "v": str(v), "L": count},
        stem=(
            f"A network has {count} linear layers, each with a ReLU; every unit has {n} inputs and no bias. The weights are "
            f"independent, normally distributed around 0, with the variance {_unit(v)}.",
            "By which factor does the mean square of the activations change through all layers, on average?",
        ),
        conventions=("A ReLU leaves half of the mean square of what is symmetric around 0.",),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.RELU_IGNORED, Number((n * v) ** count)),
                (slips.ONE_LAYER, Number(each)),
            ],
        ),
        steps=(Worked("factor", Derivation(_GROWTH, given)),),
        check=f"One layer multiplies it by {n}·{_unit(v)}/2 = {exact(each)}; "
        f"He's variance, 2/{n} = {_unit(Fraction(2, n))}, would leave it as it is.",
        trap="The factors of the layers multiply, and do not add up.",
    )


def inverse(draw: Draw) -> Draft:
    """For how many input channels is He's standard deviation on one side of a bound?"""
    kernel, m, least = draw.one((1, 3, 5)), draw.one((1, 2, 3, 4)), draw.often(0.6)
    bound = Fraction(1, kernel * m)
    most = 2 * m * m
    taps = kernel * kernel

    def found(channels: int) -> Integers:
        return Integers(tuple(range(1, channels + 1))) if least else Integers((channels,), onwards=True)

    answer = found(most)
    solved = Formula("2/(F*F*t*t)", F="kernel size", t="standard deviation")
    return Draft(
        values={"F": kernel, "bound": str(bound), "least": least},
        stem=(
            f"The weights of a convolution of {square(kernel)} are initialised as He et al. do. Their standard deviation "
            f"is to be at {'least' if least else 'most'} {_unit(bound)}.",
            "How many input channels can it have? Give all possible numbers.",
        ),
        conventions=(_HE,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.FORGOT_TAPS, found(most * taps)),
                (slips.NO_GAIN, found(m * m)),
                (slips.ONE_OF_MANY, Integers((most,))),
            ],
        ),
        steps=(
            f"2/({taps}·C) {'≥' if least else '≤'} ({_unit(bound)})² is C {'≤' if least else '≥'} 2/({taps}·({_unit(bound)})²).",
            Worked("C", Derivation(solved, {"F": kernel, "t": bound})),
        ),
        check=f"With {counted(most, 'channel')} the fan-in is {taps * most}, and √(2/{taps * most}) = {_unit(bound)}.",
        trap="More channels make smaller weights.",
    )


@cache
def _in_lines() -> Working:
    n, m = _fans()
    return Working(
        (
            Line("n", "fan-in", n, ((slips.FORGOT_TAPS, Formula("C")), (slips.KERNEL_SIDE, Formula("F*C")))),
            Line("m", "fan-out", m, ((slips.FORGOT_TAPS, Formula("K")), (slips.KERNEL_SIDE, Formula("F*K")))),
            Line("s", "both fans", Formula("n + m"), ((slips.ONE_FAN, Formula("n")),)),
            Line("v", "Var(w)", Formula("2/s"), ((slips.MEAN_OF_FANS, Formula("1/s")),)),
            Line("b", "a²", Formula("3*v"), ((slips.BOUND_IS_DEVIATION, Formula("v")),)),
        )
    )


def error(draw: Draw) -> Draft | None:
    """From the layer to the square of Xavier's bound, with one slip."""
    given = {"F": draw.one((3, 5)), "C": draw.one((3, 8, 16, 32)), "K": draw.one((8, 16, 32, 64))}
    total = sum(formula.evaluate(given) for formula in _fans())
    if total % 6:
        return None
    return find_the_error(
        draw,
        _in_lines(),
        given,
        values=given,
        task=(
            f"{_conv(given)} Its weights are drawn uniformly between −a and a, as Xavier's initialisation has it; a² is to "
            "be found.",
        ),
        check=f"Both fans together are {square(given['F'])}·({given['C']} + {given['K']}) = {total:,}, "
        f"and a² is 6 divided by that: {_unit(Fraction(6, total))}.",
        conventions=(_UNIFORM,),
    )


TOPIC = Topic(
    "initialisation",
    "Initialisation of weights",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, fans),
        Cell("compare", 2, compare),
        Cell("symbolic", 2, symbolic),
        Cell("forward", 3, layers),
        Cell("inverse", 3, inverse),
        Cell("find-the-error", 4, error),
    ),
)
