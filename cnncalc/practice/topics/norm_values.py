"""Small numbers normalised by hand: means and variances, vectors, and a channel of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

from cnncalc.layers import Derivation
from cnncalc.practice import slips
from cnncalc.practice.answers import Exact, Matrix, Number, Parts, exact
from cnncalc.practice.compose import distinct, find_the_error
from cnncalc.practice.draw import Draw
from cnncalc.practice.maps import average, each
from cnncalc.practice.model import Draft, Grid, Worked
from cnncalc.practice.words import listed
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula

__all__ = ["NAMES", "SLIPS", "error", "small", "vector"]

NAMES = {
    "bn": "batch normalisation in training",
    "ln": "layer normalisation over C, H and W",
    "in": "instance normalisation",
    "gn": "group normalisation",
}
SLIPS = {
    "bn": slips.AS_BATCH_NORM,
    "ln": slips.AS_LAYER_NORM,
    "in": slips.AS_INSTANCE_NORM,
    "gn": slips.AS_GROUP_NORM,
}
_POPULATION = "The variance divides by the number of values."
_EPS = "ε = 0."


def _numbers(x: Sequence[Sequence[Sequence[int]]], kind: str, image: int, channel: int) -> list[int]:
    """Those of two images with two channels that are averaged with one of them."""
    return [
        v
        for i, channels in enumerate(x)
        for c, values in enumerate(channels)
        for v in values
        if (kind == "bn" or i == image) and (kind == "ln" or c == channel)
    ]


def _mean_and_variance(numbers: Sequence[int], less: int = 0) -> Parts:
    mean = average(numbers)
    squares = sum((v - mean) ** 2 for v in numbers)
    return Parts((("mean", Number(mean)), ("variance", Number(Fraction(squares) / (len(numbers) - less)))))


def small(draw: Draw) -> Draft | None:
    """Mean and variance in a batch that can be written down."""
    x = tuple([tuple([tuple([draw.whole(0, 9) for _ in range(2)]) for _ in range(2)]) for _ in range(2)])
    kind, image, channel = draw.one(("bn", "ln", "in")), draw.whole(0, 1), draw.whole(0, 1)
    numbers = _numbers(x, kind, image, channel)
    if sum(numbers) % len(numbers) or len(set(numbers)) == 1:
        return None
    answer = _mean_and_variance(numbers)
    mean = average(numbers)
    squares = [exact((v - mean) ** 2) for v in numbers]
    cells = tuple(
        [
            (str(i), str(c), ", ".join(map(str, values)))
            for i, channels in enumerate(x, 1)
            for c, values in enumerate(channels, 1)
        ]
    )
    return Draft(
        values={"x": x, "kind": kind, "image": image, "channel": channel},
        stem=(
            "A batch has two images with two channels of two numbers each:",
            Grid(cells, ("image", "channel", "numbers")),
            f"With which mean and variance does {NAMES[kind].replace('C, H and W', 'channels and positions')} normalise "
            f"channel {channel + 1} of image {image + 1}?",
        ),
        conventions=(_POPULATION,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                *[
                    (SLIPS[other], _mean_and_variance(_numbers(x, other, image, channel)))
                    for other in ("bn", "ln", "in")
                    if other != kind
                ],
                (slips.SAMPLE_VARIANCE, _mean_and_variance(numbers, less=1)),
            ],
        ),
        steps=(
            f"The numbers that are averaged are {listed([*map(str, numbers)])}.",
            f"Mean: {sum(numbers)}/{len(numbers)} = {exact(mean)}.",
            f"Variance: ({' + '.join(squares)})/{len(numbers)} = {exact(_variance(numbers))}.",
        ),
        check=f"The mean of the squares is {exact(average([v * v for v in numbers]))}; less {exact(mean)}² it is "
        f"{exact(_variance(numbers))}.",
        trap="Only what is averaged differs between the normalisations: the formula is the same.",
    )


def _variance(numbers: Sequence[int]) -> Exact:
    mean = average(numbers)
    return Fraction(sum((v - mean) ** 2 for v in numbers)) / len(numbers)


#: four numbers around 0 with the root of their mean square, and four others with theirs
_CENTRED = (((-1, -1, 1, 1), 1), ((-5, 1, 1, 3), 3), ((-7, -1, 1, 7), 5), ((-3, -1, -1, 5), 3))
_SQUARES = (((1, 1, 3, 5), 3), ((1, 1, 7, 7), 5), ((1, 3, 3, 9), 5), ((1, 5, 5, 7), 5), ((3, 5, 9, 9), 7))
_RMS = Formula("w*x/r", w="weight", x="number", r="root of the mean square")
_LN = Formula("w*(x - m)/d", w="weight", x="number", m="mean", d="√variance")


def vector(draw: Draw) -> Draft:
    """Four numbers through RMS or layer normalisation."""
    rms = draw.often(0.6)
    spread, root = draw.one(_SQUARES if rms else _CENTRED)
    mean = 0 if rms else draw.whole(1, 6)
    scale = draw.one((1, 1, 2))
    signs = [draw.one((1, 1, -1)) if rms else 1 for _ in spread]
    x = draw.shuffled([scale * v * sign + mean for v, sign in zip(spread, signs, strict=True)])
    d = scale * root
    weight = draw.one((2, d, 2 * d))
    given = {"w": weight, "r": d, "d": d, "m": mean}
    formula = _RMS if rms else _LN

    def row(text: str) -> Matrix:
        return Matrix(each(text, x, given))

    answer = row(formula.text)
    centred = "x" if rms else "(x - m)"
    name = "RMS normalisation" if rms else "Layer normalisation"
    squares = [(v - mean) ** 2 for v in x]
    centre = [] if rms else [f"The mean is {sum(x)}/4 = {mean}."]
    what = "mean square" if rms else "variance"
    return Draft(
        values={"rms": rms, "x": x, "weight": weight},
        stem=(
            f"{name} over four numbers is applied to {listed([*map(exact, x)])}. All weights are {weight}, and there is no "
            "bias.",
            "What becomes of the four numbers?",
        ),
        conventions=(_EPS,) if rms else (_EPS, _POPULATION),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.SQUARES_SUMMED, row(f"w*{centred}/(2*d)")),
                (slips.BY_SQUARE if rms else slips.BY_VARIANCE, row(f"w*{centred}/(d*d)")),
                (slips.WITHOUT_WEIGHT, row(f"{centred}/d")),
                *([] if rms else [(slips.NOT_CENTRED, row("w*x/d"))]),
            ],
        ),
        steps=(
            *centre,
            f"The {what} is ({' + '.join(map(str, squares))})/4 = {d * d}, its root {d}.",
            Worked("first number", Derivation(formula, {n: {**given, "x": x[0]}[n] for n in formula.names})),
        ),
        check=f"The mean square of the four is {exact(average([v * v for v in answer.rows[0]]))}, that of the weights.",
        trap="RMS normalisation does not subtract the mean."
        if rms
        else "The mean is subtracted before the division.",
    )


@cache
def _channel() -> Working:
    """Mean and variance of a channel over two images with two numbers."""
    return Working(
        (
            Line("s", "sum", Formula("a + b + c + d"), ((slips.FIRST_IMAGE, Formula("a + b")),)),
            Line("m", "mean", Formula("s/4"), ((slips.HALF_COUNTED, Formula("s/2")),)),
            Line(
                "q",
                "sum of squares",
                Formula("a*a + b*b + c*c + d*d"),
                ((slips.FIRST_IMAGE, Formula("a*a + b*b")),),
            ),
            Line("r", "mean square", Formula("q/4"), ((slips.SAMPLE_VARIANCE, Formula("q/3")),)),
            Line("v", "variance", Formula("r - m*m"), ((slips.MEAN_NOT_SQUARED, Formula("r - m")),)),
        )
    )


def error(draw: Draw) -> Draft | None:
    """Mean and variance of batch normalisation, with one slip."""
    numbers = [draw.whole(0, 9) for _ in range(4)]
    if sum(numbers) % 4 or len(set(numbers)) == 1:
        return None
    given = dict(zip("abcd", numbers, strict=True))
    mean, variance = average(numbers), _variance(numbers)
    squares = " + ".join(exact((v - mean) ** 2) for v in numbers)
    return find_the_error(
        draw,
        _channel(),
        given,
        values={"numbers": numbers},
        task=(
            f"In a channel, the first image of a batch has the numbers {numbers[0]} and {numbers[1]}, the second and last "
            f"{numbers[2]} and {numbers[3]}. The variance that batch normalisation uses in training is to be found.",
        ),
        check=f"From the differences to the mean: ({squares})/4 = {exact(variance)}.",
        conventions=(_POPULATION,),
    )
