"""1×1 convolutions as bottlenecks, and Inception modules."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts, Size, shown
from cnncalc.practice.compose import (
    RATIO_AND_PERCENT,
    compared,
    distinct,
    find_the_error,
    of_slips,
    percent_swapped,
    with_slips,
)
from cnncalc.practice.costs import MACS_TOLD, macs, params, renamed
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Topic, Worked
from cnncalc.practice.tables import Row, macs_filled, macs_grid, macs_worked
from cnncalc.practice.words import square
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_UNIT = "MACs"
#: input channels, waist and filters
_WIDTHS = (
    (192, 16, 32),
    (256, 64, 256),
    (256, 32, 64),
    (512, 64, 128),
    (128, 32, 64),
    (480, 16, 48),
    (64, 16, 64),
)


@cache
def _pointwise() -> Working:
    return with_slips(
        renamed(params("conv"), F="1"),
        "P",
        "params",
        (slips.FORGOT_DEPTH, "(1 + 1)*K"),
        (slips.FORGOT_BIAS, "C*K"),
        (slips.IMAGE_IN_PARAMS, "H*H*C*K + K"),
    )


@cache
def _detour() -> Working:
    return Working(
        (
            Line(
                "a",
                "1×1 MACs",
                renamed(macs("conv"), F="1", K="R filters of 1×1"),
                ((slips.FORGOT_DEPTH, Formula("R*O*O")), (slips.ONE_SIDE, Formula("C*R*O"))),
            ),
            Line(
                "b",
                "large kernel's MACs",
                renamed(macs("conv"), C="R filters of 1×1"),
                ((slips.WAIST_IGNORED, Formula("F*F*C*K*O*O")), (slips.KERNEL_SIDE, Formula("F*R*K*O*O"))),
            ),
            Line("M", "together", Formula("a + b"), ((slips.REDUCTION_FREE, Formula("b")),)),
        )
    )


@cache
def _saving() -> Working:
    return Working(
        (
            *_detour().lines,
            Line(
                "D",
                "MACs without it",
                macs("conv"),
                ((slips.KERNEL_SIDE, Formula("F*C*K*O*O")),),
            ),
            Line("S", "MACs saved", Formula("D - M"), ((slips.REDUCTION_FREE, Formula("D - b")),)),
        )
    )


def _macs(values: Mapping[str, Any]) -> Answer:
    return Number(values["M"], _UNIT)


def _drawn(draw: Draw) -> dict[str, int]:
    channels, waist, filters = draw.one(_WIDTHS)
    return {
        "F": draw.one((3, 5)),
        "C": channels,
        "R": waist,
        "K": filters,
        "O": draw.one((7, 14, 16, 28, 32, 56)),
    }


def _detour_told(v: Mapping[str, int]) -> str:
    size = square(v["O"])
    return (
        f"A map of {size}×{v['C']} (H×W×C) goes through {v['R']} filters of 1×1 and then through "
        f"{v['K']} filters of {square(v['F'])}. Both keep the size {size}."
    )


def _weights_check(v: Mapping[str, int], total: int) -> str:
    each = v["C"] * v["R"] + v["F"] ** 2 * v["R"] * v["K"]
    places = v["O"] ** 2
    return (
        f"The weights, {v['C'] * v['R']:,} + {v['F'] ** 2 * v['R'] * v['K']:,} = {each:,}, are used at each of the "
        f"{places:,} positions: {total:,}."
    )


def forward(draw: Draw) -> Draft:
    """The parameters of a 1×1 convolution."""
    given = {
        "H": draw.one((7, 14, 28, 56)),
        "C": draw.one((64, 128, 192, 256, 480, 512)),
        "K": draw.one((16, 24, 32, 64, 96)),
    }
    values = _pointwise().values(given)

    def answer(v: Mapping[str, Any]) -> Answer:
        return Number(v["P"], "parameters")

    return Draft(
        values=given,
        stem=(
            f"A convolutional layer has {given['K']} filters of 1×1. Its input is a map of "
            f"{square(given['H'])}×{given['C']} (H×W×C).",
            "How many parameters does it have?",
        ),
        conventions=("Every filter has a bias.",),
        answer=answer(values),
        distractors=of_slips(_pointwise(), given, answer),
        steps=_pointwise().worked(given),
        check=(
            f"At each position it is a fully connected layer from {given['C']} numbers to {given['K']}: "
            f"{given['C'] * given['K']:,} weights and {given['K']} biases."
        ),
        trap=f"A 1×1 filter has {given['C']} weights, not 1.",
    )


def macs_forward(draw: Draw) -> Draft:
    """The MACs of a 1×1 convolution and of the large one behind it."""
    given = _drawn(draw)
    values = _detour().values(given)
    return Draft(
        values=given,
        stem=(_detour_told(given), "How many multiply-accumulates (MACs) do both take for one image?"),
        conventions=MACS_TOLD,
        answer=_macs(values),
        distractors=of_slips(_detour(), given, _macs),
        steps=_detour().worked(given),
        check=_weights_check(given, values["M"]),
        trap=f"The {square(given['F'])} filters see {given['R']} channels, not {given['C']}.",
    )


def compare(draw: Draw) -> Draft:
    """A large kernel with and without a 1×1 convolution before it."""
    given = _drawn(draw)
    values = _saving().values(given)
    answer = compared(values["D"], values["M"], _UNIT)
    ratio = dict(answer.parts)["A/B"]
    kernel, size = square(given["F"]), square(given["O"])
    return Draft(
        values=given,
        stem=(
            f"A and B make a map of {size}×{given['K']} of one of {size}×{given['C']} (H×W×C): A with {given['K']} "
            f"filters of {kernel}, B with {given['R']} filters of 1×1 and then {given['K']} filters of {kernel}.",
            f"How many multiply-accumulates (MACs) does each take for one image? {RATIO_AND_PERCENT}",
        ),
        conventions=MACS_TOLD,
        answer=answer,
        distractors=distinct(
            answer,
            [
                percent_swapped(answer),
                (slips.REDUCTION_FREE, compared(values["D"], values["b"], _UNIT)),
            ],
        ),
        steps=(
            Worked("A", Derivation(macs("conv"), {n: given[n] for n in "FCKO"})),
            *_detour().worked(given),
            f"The positions cancel: A/B = {shown(ratio)}.",
        ),
        check=_weights_check(given, values["M"]),
        trap="The 1×1 convolution is cheap, but not free.",
    )


#: how many times as wide as its waist a block is at its start and at its end
_ENDS = ((2, 2), (3, 3), (4, 4), (6, 6), (8, 8), (2, 4), (4, 2), (4, 8), (8, 4), (3, 6))


def symbolic(draw: Draw) -> Draft:
    """A bottleneck block in the name of its waist."""
    kernel, (before, after) = draw.one((3, 5, 7)), draw.one(_ENDS)
    c = symbol("C")
    weights = params("conv", bias=False)
    inward = weights(F=1, C=before * c, K=c)
    middle = weights(F=kernel, C=c, K=c)
    outward = weights(F=1, C=c, K=after * c)
    answer = Expression(inward + middle + outward)
    wrong = (
        (slips.NO_EXPANSION, Expression(inward + middle)),
        (slips.WAIST_IGNORED, Expression(inward + weights(F=kernel, C=before * c, K=c) + outward)),
        (slips.REDUCTION_FREE, Expression(middle)),
    )
    return Draft(
        values={"F": kernel, "before": before, "after": after},
        stem=(
            f"A bottleneck block takes {before}C channels to C by a 1×1 convolution, then C to C by one of "
            f"{square(kernel)}, then C to {after}C by one of 1×1.",
            "How many weights does the block have, in terms of C?",
        ),
        conventions=("Biases are not counted.",),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            f"in: {before}C·C = {before}C^2; middle: {kernel}·{kernel}·C·C = {kernel**2}C^2; "
            f"out: C·{after}C = {after}C^2",
            f"({before} + {kernel**2} + {after})·C^2 = {before + kernel**2 + after}C^2",
        ),
        check=(
            f"With C = 1 the filters have {before} weights, {kernel**2} weights and {after} times 1 weight: "
            f"{before + kernel**2 + after}."
        ),
        trap=f"One {square(kernel)} convolution from {before}C to {after}C channels would have {kernel**2 * before * after:,}C^2.",
    )


def inverse(draw: Draw) -> Draft:
    """Which waists keep the MACs below a share of those of the direct way?"""
    given = _drawn(draw)
    share = draw.one((1, 2, 4, 8))
    direct = macs("conv").evaluate(given)

    # all MACs are proportional to R
    each = _detour().values({**given, "R": 1})["M"]
    most = direct // (share * each)
    found = Integers(tuple(range(1, most + 1)))
    kernel, size = square(given["F"]), square(given["O"])
    limit = {1: "no more MACs", 2: "at most half of the MACs"}.get(share, f"at most 1/{share} of the MACs")
    return Draft(
        values={**{name: given[name] for name in "FCKO"}, "share": share},
        stem=(
            f"A layer of {given['K']} filters of {kernel} makes a map of {size}×{given['K']} of one of "
            f"{size}×{given['C']} (H×W×C). Instead R filters of 1×1 are put before {given['K']} filters of {kernel}, "
            f"and together they are to take {limit}.",
            "Which numbers R are possible? Give all of them.",
        ),
        conventions=MACS_TOLD,
        answer=found,
        distractors=distinct(
            found,
            [
                (slips.ONE_OF_MANY, Integers(found.values[-1:])),
                (slips.REDUCTION_FREE, Integers(tuple(range(1, given["C"] // share + 1)))),
            ],
        ),
        steps=(
            Worked("directly", Derivation(macs("conv"), {n: given[n] for n in "FCKO"})),
            f"Each of the R channels takes {given['C']} MACs at a position to be made, and {kernel}·{given['K']} = "
            f"{given['F'] ** 2 * given['K']:,} to be used: {each:,} MACs at all {given['O'] ** 2:,} positions.",
            f"R ≤ {direct // share:,}/{each:,}, rounded down {most}.",
        ),
        check=f"R = {most} takes {most * each:,} MACs, and R = {most + 1} {(most + 1) * each:,}; "
        f"allowed are {shown(Number(direct // share))}.",
        trap="The 1×1 convolution is not free: its MACs grow with R, too.",
    )


def table(draw: Draw) -> Draft:
    """An Inception module."""
    n, channels = draw.one((7, 14, 28)), draw.one((192, 256, 480, 512))
    one, three, five, pool = (
        draw.one((64, 128)),
        draw.one((96, 128, 192)),
        draw.one((32, 48, 64)),
        draw.one((32, 64)),
    )
    before3, before5 = draw.one((64, 96, 128)), draw.one((16, 24, 32))
    drawn = {
        "n": n,
        "C": channels,
        "one": one,
        "before3": before3,
        "three": three,
        "before5": before5,
        "five": five,
        "pool": pool,
    }

    def rows(seen3: int, seen5: int) -> tuple[Row, ...]:
        convs = (
            ("1×1", 1, channels, one),
            ("3×3 reduce", 1, channels, before3),
            ("3×3", 3, seen3, three),
            ("5×5 reduce", 1, channels, before5),
            ("5×5", 5, seen5, five),
            ("pool proj", 1, channels, pool),
        )
        return tuple(
            [
                Row(
                    name,
                    f"{square(f)}, {k} filters",
                    Size((n, n, k)) if name in ("1×1", "3×3", "5×5", "pool proj") else None,
                    "conv",
                    {"F": f, "C": c, "K": k, "O": n},
                )
                for name, f, c, k in convs
            ]
        )

    module = Row("module", "joined", Size((n, n, one + three + five + pool)))
    right = (*rows(before3, before5), module)
    answer = macs_filled(right)
    *parts, (label, _) = answer.parts
    missed = macs_filled(rows(before3, before5)[:-1]).parts[-1][1]
    return Draft(
        values=drawn,
        stem=(
            f"An Inception module on a map of {square(n)}×{channels} (H×W×C) has four branches: 1×1; 3×3 behind "
            "its 1×1 reduction; 5×5 behind its own; and a 3×3 max pooling with a 1×1 projection behind it. All keep "
            "height and width. Their outputs are joined along the channels.",
            macs_grid(right),
            "Fill in the outputs and the multiply-accumulates (MACs) for one image.",
        ),
        conventions=(*MACS_TOLD, "Comparisons in poolings are not counted."),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.WAIST_IGNORED, macs_filled((*rows(channels, channels), module))),
                (slips.BRANCH_MISSED, Parts((*parts, (label, missed)))),
            ],
        ),
        steps=(
            *macs_worked(right),
            f"joined: {one} + {three} + {five} + {pool} = {one + three + five + pool} channels",
        ),
        check=(
            f"The four 1×1 convolutions read the same map: {channels}·({one} + {before3} + {before5} + {pool})·"
            f"{n}·{n} = {channels * (one + before3 + before5 + pool) * n * n:,} MACs together."
        ),
        trap="The 3×3 and the 5×5 filters see what their reductions leave; the reductions themselves are not joined.",
    )


def error(draw: Draw) -> Draft | None:
    """What a 1×1 convolution saves, with one slip."""
    given = _drawn(draw)
    values = _saving().values(given)
    return find_the_error(
        draw,
        _saving(),
        given,
        values=given,
        task=(
            _detour_told(given),
            "How many MACs does that save for one image, against the large kernel on all channels?",
        ),
        check=_weights_check(given, values["M"]),
        conventions=MACS_TOLD,
    )


TOPIC = Topic(
    "bottleneck",
    "1×1 bottlenecks and Inception modules",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, macs_forward),
        Cell("compare", 2, compare),
        Cell("symbolic", 2, symbolic),
        Cell("inverse", 3, inverse),
        Cell("table", 3, table),
        Cell("find-the-error", 4, error),
    ),
)
