"""What batch, layer, instance, group and RMS normalisation average over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from cnncalc.layers import KINDS, Derivation
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Exact, Expression, Integers, Matrix, Number, Parts, exact
from cnncalc.practice.compose import RATIO_AND_PERCENT, compared, distinct, find_the_error, percent_swapped
from cnncalc.practice.costs import in_numbers
from cnncalc.practice.draw import Draw
from cnncalc.practice.maps import average
from cnncalc.practice.model import Cell, Draft, Grid, Topic, Worked
from cnncalc.practice.words import listed, square
from cnncalc.practice.working import Line, Working
from cnncalc.shape import Shape
from cnncalc.symbolic import Dim, Formula, symbol

__all__ = ["TOPIC"]

_NAMES = {
    "bn": "batch normalisation in training",
    "ln": "layer normalisation over C, H and W",
    "in": "instance normalisation",
    "gn": "group normalisation",
}
_SLIPS = {
    "bn": slips.AS_BATCH_NORM,
    "ln": slips.AS_LAYER_NORM,
    "in": slips.AS_INSTANCE_NORM,
    "gn": slips.AS_GROUP_NORM,
}
_LAYER = "Layer normalisation is over C, H and W."
_POPULATION = "The variance divides by the number of values."
_EPS = "ε = 0."


@cache
def _formulas(kind: str) -> tuple[Formula, Formula]:
    """How many means there are, and how many numbers each is taken over: in N, C, H, W and G."""
    build: Any = KINDS[kind]
    layer = build(groups=symbol("G")) if kind == "gn" else build()
    found = layer.statistics(Shape((symbol("C"), symbol("H"), symbol("W"))), symbol("N"))
    return found.count.formula, found.values.formula


def _batch(draw: Draw) -> dict[str, int]:
    channels = draw.one((8, 16, 32, 64))
    size = draw.one((4, 7, 8, 14, 16))
    return {
        "N": draw.one((2, 4, 10, 16, 32)),
        "C": channels,
        "H": size,
        "W": size,
        "G": draw.one((2, 4, channels // 4)),
    }


def _told(v: Mapping[str, int]) -> str:
    return f"A batch of {v['N']} images with {v['C']} channels of {square(v['H'])} (N×C×H×W)"


def _norm(kind: str, groups: int) -> str:
    return f"{_NAMES[kind]} with {groups} groups" if kind == "gn" else _NAMES[kind]


def _both(kind: str, v: Mapping[str, Any]) -> Parts:
    count, values = _formulas(kind)
    return Parts((("means", Number(count.evaluate(v))), ("numbers each", Number(values.evaluate(v)))))


def _of(formula: Formula, v: Mapping[str, Any]) -> Derivation:
    return Derivation(formula, {n: v[n] for n in formula.names})


def forward(draw: Draw) -> Draft:
    """How many means, and over how many numbers each."""
    kind, v = draw.one(tuple(_NAMES)), _batch(draw)
    answer = _both(kind, v)
    others = [other for other in _NAMES if other != kind and (other != "gn" or kind == "gn")]
    count, values = _formulas(kind)
    total = v["N"] * v["C"] * v["H"] * v["W"]
    means, each = count.evaluate(v), values.evaluate(v)
    return Draft(
        values={"kind": kind, **v},
        stem=(
            f"{_told(v)} goes through {_norm(kind, v['G'])}.",
            "How many means are taken, and over how many numbers each?",
        ),
        answer=answer,
        distractors=distinct(answer, [(_SLIPS[other], _both(other, v)) for other in others]),
        steps=(Worked("means", _of(count, v)), Worked("numbers each", _of(values, v))),
        check=f"{means:,}·{each:,} = {total:,}: each number of the batch is in one mean.",
        trap={
            "bn": "Batch normalisation keeps the channels apart, not the images.",
            "ln": "Layer normalisation keeps the images apart, not the channels.",
            "in": "Instance normalisation keeps both the images and the channels apart.",
            "gn": "The groups are of channels, and every image has its own.",
        }[kind],
    )


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
            f"With which mean and variance does {_NAMES[kind].replace('C, H and W', 'channels and positions')} normalise "
            f"channel {channel + 1} of image {image + 1}?",
        ),
        conventions=(_POPULATION,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                *[
                    (_SLIPS[other], _mean_and_variance(_numbers(x, other, image, channel)))
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


def compare(draw: Draw) -> Draft | None:
    """The means of two normalisations."""
    v = _batch(draw)
    first, second = draw.some(tuple(_NAMES), 2)
    a, b = (_formulas(kind)[0].evaluate(v) for kind in (first, second))
    if a <= b:
        return None
    answer = compared(a, b, "means")
    return Draft(
        values={"first": first, "second": second, **v},
        stem=(
            f"{_told(v)} goes through A, {_norm(first, v['G'])}, or B, {_norm(second, v['G'])}.",
            f"How many means has each? {RATIO_AND_PERCENT}",
        ),
        answer=answer,
        distractors=distinct(answer, [percent_swapped(answer)]),
        steps=(
            Worked("A", _of(_formulas(first)[0], v)),
            Worked("B", _of(_formulas(second)[0], v)),
        ),
        check=f"A averages over {_formulas(first)[1].evaluate(v):,} numbers each and B over "
        f"{_formulas(second)[1].evaluate(v):,}: the inverse ratio.",
        trap="The two percentages differ: one is of B's means, the other of A's.",
    )


def symbolic(draw: Draw) -> Draft:
    """The same in names."""
    kind, means, per = draw.one(tuple(_NAMES)), draw.often(0.4), draw.one((1, 2, 4))
    groups = draw.one((2, 4, 8))
    wide = per * groups if kind == "gn" else per
    c = symbol("C")
    v: dict[str, Dim] = {"N": symbol("N"), "C": wide * c, "H": symbol("H"), "W": symbol("W"), "G": groups}
    formula = _formulas(kind)[0 if means else 1]
    answer = Expression(formula.evaluate(v))
    others = [other for other in _NAMES if other != kind and (other != "gn" or kind == "gn")]
    deep = "C" if wide == 1 else f"{wide}C"
    return Draft(
        values={"kind": kind, "means": means, "wide": wide, "groups": groups},
        stem=(
            f"A batch of N images with {deep} channels of H×W goes through "
            f"{_norm(kind, groups).replace('C, H and W', 'channels, height and width')}.",
            f"{'How many means are taken' if means else 'Over how many numbers is each mean taken'}, in terms of N, C, H "
            "and W?",
        ),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (_SLIPS[other], Expression(_formulas(other)[0 if means else 1].evaluate(v)))
                for other in others
            ],
        ),
        steps=(Worked("means" if means else "numbers", _of(formula, v)),),
        check="Means times numbers is the whole batch, "
        f"{Expression(v['N'] * v['C'] * v['H'] * v['W']).numerator}.".replace("*", "·"),
        trap="Whatever is not averaged over is counted: there is one mean for each of it.",
    )


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
        made = Formula(text)
        return Matrix((tuple([made.evaluate({**given, "x": v}) for v in x]),))

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
            Worked("first number", _of(formula, {**given, "x": x[0]})),
        ),
        check=f"The mean square of the four is {exact(average([v * v for v in answer.rows[0]]))}, that of the weights.",
        trap="RMS normalisation does not subtract the mean."
        if rms
        else "The mean is subtracted before the division.",
    )


def inverse(draw: Draw) -> Draft | None:
    """Which numbers of groups leave enough numbers to each mean?"""
    channels, size = draw.one((12, 16, 24, 32, 48, 64)), draw.one((1, 2, 4, 7, 8))
    per = draw.whole(2, channels // 2)
    least = per * size * size - draw.whole(0, size)
    divisors = [g for g in range(1, channels + 1) if channels % g == 0]
    values = _formulas("gn")[1]
    given = {"C": channels, "H": size, "W": size}
    found = [g for g in divisors if values.evaluate({**given, "G": g}) >= least]
    if len(found) < 2 or found == divisors:
        return None
    answer = Integers(tuple(found))
    bound = channels * size * size // least
    rest = [g for g in divisors if g not in found]
    return Draft(
        values={**given, "least": least},
        stem=(
            f"Group normalisation is applied to maps with {channels} channels of {square(size)}. Each mean is to be taken "
            f"over at least {least:,} numbers.",
            "Which numbers of groups are possible? Give all of them.",
        ),
        conventions=("The groups are equally large.",),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.NOT_DIVIDING, Integers(tuple(range(1, bound + 1)))),
                (slips.ONE_OF_MANY, Integers(answer.values[-1:])),
            ],
        ),
        steps=(
            f"The groups divide {channels}: {listed([*map(str, divisors)])}.",
            Worked(f"numbers with {found[-1]} groups", _of(values, {**given, "G": found[-1]})),
            f"With more groups, {rest[0]} or more, there are at most {values.evaluate({**given, 'G': rest[0]}):,}.",
        ),
        check=f"{channels}·{size}·{size}/{least:,} is {'' if bound * least == channels * size**2 else 'a little more than '}"
        f"{bound}: no more groups than that.",
        trap="The batch plays no part: every image has its own means.",
    )


def table(draw: Draw) -> Draft:
    """Means, and numbers each, of four normalisations."""
    v = _batch(draw)
    rows = (("BN", "bn"), ("LN", "ln"), ("IN", "in"), (f"GN, {v['G']} groups", "gn"))

    def filled(order: Mapping[str, str]) -> Parts:
        parts: list[tuple[str, Answer]] = []
        for _, kind in rows:
            count, values = _formulas(order.get(kind, kind))
            parts += [
                (f"{kind.upper()} means", Number(count.evaluate(v))),
                (f"{kind.upper()} numbers", Number(values.evaluate(v))),
            ]
        return Parts(tuple(parts))

    answer = filled({})
    return Draft(
        values={"ask": "table", **v},
        stem=(
            f"{_told(v)} goes through a normalisation in training.",
            Grid(tuple([(name, "?", "?") for name, _ in rows]), ("normalisation", "means", "numbers each")),
            "Fill in how many means are taken, and over how many numbers each.",
        ),
        conventions=(_LAYER,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.AS_LAYER_NORM, filled({"bn": "ln"})),
                (slips.AS_BATCH_NORM, filled({"ln": "bn"})),
                (slips.AS_INSTANCE_NORM, filled({"gn": "in"})),
            ],
        ),
        steps=tuple(
            [
                in_numbers(f"{kind.upper()} {what}", formula, v)
                if len(formula.names) > 1
                else f"{kind.upper()} {what}: {formula.pretty()} = {formula.evaluate(v)}"
                for _, kind in rows
                for what, formula in zip(("means", "numbers"), _formulas(kind), strict=True)
            ]
        ),
        check=f"In each row the product is {v['N'] * v['C'] * v['H'] * v['W']:,}, all numbers of the batch.",
        trap="IN is GN with one channel in each group, LN is GN with one group.",
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
            f"{numbers[2]} and {numbers[3]}. The variance is to be found with which batch normalisation divides in training.",
        ),
        check=f"From the differences to the mean: ({squares})/4 = {exact(variance)}.",
        conventions=(_POPULATION,),
    )


TOPIC = Topic(
    "norm-statistics",
    "What normalisations average over",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, small),
        Cell("compare", 2, compare),
        Cell("symbolic", 2, symbolic),
        Cell("forward", 3, vector),
        Cell("inverse", 3, inverse),
        Cell("table", 3, table),
        Cell("find-the-error", 4, error),
    ),
)
