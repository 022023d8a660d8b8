"""Padding: what keeps a size, what `same` and `valid` mean, and which paddings give a size."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.layers.pad import PADDED_SIZE
from cnncalc.layers.window import OUTPUT_SIZE
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts, Size
from cnncalc.practice.compose import (
    RATIO_AND_PERCENT,
    compared,
    distinct,
    find_the_error,
    of_slips,
    percent_swapped,
    with_slips,
)
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Grid, Topic, Worked
from cnncalc.practice.pools import CHANNELS, IMAGE_SIZES, MAP_SIZES
from cnncalc.practice.stack import tried
from cnncalc.practice.words import counted, square
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_ODD_KERNELS = (3, 5, 7, 9, 11)
_EACH_SIDE = "The padding is the same on all sides."
_SAME = (
    "As in Keras, padding 'same' gives ⌈W/S⌉ places with as few zeros as that takes; if their number is odd, "
    "one more comes after than before."
)


_HALF = Formula("(F - 1) / 2", F="kernel size")
_DILATED_HALF = Formula("D*(F - 1) / 2", D="dilation", F="kernel size")


@cache
def _kept() -> Working:
    return with_slips(
        _HALF,
        "P",
        "padding on each side",
        (slips.BOTH_SIDES, "F - 1"),
        (slips.HALF_KERNEL, "ceil(F / 2)"),
    )


@cache
def _same() -> Working:
    return Working(
        (
            Line(
                "O",
                "places",
                Formula("ceil(W / S)", W="input size", S="stride"),
                ((slips.ROUNDED_DOWN, Formula("W // S")),),
            ),
            Line(
                "n",
                "needed",
                Formula("(O - 1)*S + F", F="kernel size"),
                (
                    (slips.STEP_TOO_MANY, Formula("O*S + F")),
                    (slips.SHORT_WINDOW, Formula("(O - 1)*S + F - 1")),
                ),
            ),
            Line(
                "T",
                "zeros in all",
                Formula("max(n - W, 0)"),
                ((slips.FIXED_PADDING, Formula("F - 1")),),
            ),
            Line("B", "before", Formula("T // 2"), ((slips.EXTRA_BEFORE, Formula("ceil(T / 2)")),)),
            Line("A", "after", Formula("T - B"), ((slips.BOTH_SIDES, Formula("T")),)),
        )
    )


def padded(draw: Draw) -> Draft:
    """The volume with its zeros."""
    size, channels, padding = draw.one(MAP_SIZES), draw.one((1, 3, *CHANNELS[:7])), draw.one((1, 2, 3, 4))
    given = {"W": size, "A": padding, "B": padding}
    n = PADDED_SIZE.evaluate(given)
    answer = Size((n, n, channels))
    return Draft(
        values={"ask": "volume", "W": size, "C": channels, "P": padding},
        stem=(
            f"A map of {square(size)}×{channels} is padded with zeros: {padding} on each side.",
            "What is its size then?",
        ),
        conventions=("Sizes are H×W×C.",),
        answer=answer,
        distractors=distinct(
            answer,
            (
                (slips.PADDED_ONCE, Size((n - padding, n - padding, channels))),
                (slips.PADDED_DEPTH, Size((n, n, channels + 2 * padding))),
            ),
        ),
        steps=(Worked("height and width", Derivation(PADDED_SIZE, given)),),
        check=f"Without its outer rows, {padding} above and {padding} below, {n} is {n - 2 * padding} again.",
        trap="Each axis has two ends: it grows by twice the padding.",
    )


def kept(draw: Draw) -> Draft:
    """The padding that keeps the size, or the padded volume."""
    if draw.often(0.4):
        return padded(draw)
    size, kernel = draw.one(MAP_SIZES[2:] + IMAGE_SIZES), draw.one(_ODD_KERNELS)
    given = {"F": kernel}
    values = _kept().values(given)
    padding = values["P"]
    return Draft(
        values={"ask": "keep", "W": size, **given},
        stem=(
            f"A convolutional layer of {square(kernel)} with stride 1 is to keep the size of its input, {square(size)}.",
            "How many zeros does it take on each side?",
        ),
        conventions=(_EACH_SIDE,),
        answer=_padding(values),
        distractors=of_slips(_kept(), given, _padding),
        steps=_kept().worked(given),
        check=f"{size} + 2·{padding} − {kernel} + 1 = {size}, as large as before.",
        trap=f"{2 * padding} is what both sides take together.",
    )


def _padding(values: Mapping[str, Any]) -> Answer:
    return Number(values["P"])


def same(draw: Draw) -> Draft | None:
    """What Keras adds."""
    given = _for_same(draw)
    if given is None:
        return None
    fixed = (given["F"] - 1) // 2
    size = OUTPUT_SIZE.evaluate({**given, "P": fixed})
    answer = _ends(_same().values(given))
    return Draft(
        values=given,
        stem=(
            f"A convolutional layer of {square(given['F'])} with stride {given['S']} and padding 'same' has an input "
            f"of {square(given['W'])}.",
            "What is the size of its output on each axis, and how many zeros are added before and after?",
        ),
        conventions=(_SAME,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.FIXED_PADDING, _ends({"O": size, "B": fixed, "A": fixed})),
                *((s.slip, _ends(s.values)) for s in _same().slipped(given) if s.slip in _SAME_SLIPS),
            ],
        ),
        steps=_same().worked(given),
        check=_same_check(given),
        trap="With a stride the zeros depend on the size of the input, and the two sides may differ.",
    )


_SAME_SLIPS = (slips.ROUNDED_DOWN, slips.EXTRA_BEFORE, slips.SHORT_WINDOW)


def _for_same(draw: Draw) -> dict[str, int] | None:
    """A layer that takes zeros; the kernel odd, so that (F − 1)/2 is a number."""
    given = {
        "W": draw.one(MAP_SIZES + IMAGE_SIZES),
        "S": draw.one((1, 2, 2, 3, 4)),
        "F": draw.one((3, 5, 7, 11)),
    }
    return (
        None
        if given["S"] >= given["F"] or given["F"] > given["W"] or _same().values(given)["T"] == 0
        else given
    )


def _ends(values: Mapping[str, Any]) -> Parts:
    return Parts(
        tuple(
            (label, Number(values[name]))
            for label, name in (("output", "O"), ("before", "B"), ("after", "A"))
        )
    )


def _same_check(v: Mapping[str, int]) -> str:
    found = _same().values(v)
    total, places = found["T"], found["O"]
    return (
        f"Padded, the input has {v['W']} + {total} = {v['W'] + total} positions; place {places} starts at "
        f"{(places - 1) * v['S']} and ends at {(places - 1) * v['S'] + v['F']}, the end."
    )


def symbolic(draw: Draw) -> Draft:
    """The padding that keeps the size, with a name left in."""
    name = draw.one(("d", "m"))
    if name == "d":
        kernel: Any = draw.one(_ODD_KERNELS)
        dilation: Any = symbol("d")
        told, values = f"{square(kernel)} with stride 1 and dilation d", {"F": kernel}
        both, dense = (kernel - 1) * dilation, (kernel - 1) // 2
    else:
        kernel, dilation = 2 * symbol("m") + 1, draw.one((2, 3, 4, 5, 6, 8))
        told, values = f"(2m + 1)×(2m + 1) with stride 1 and dilation {dilation}", {"D": dilation}
        both, dense = 2 * dilation * symbol("m"), symbol("m")
    given = {"D": dilation, "F": kernel}
    answer = Expression(_DILATED_HALF.evaluate(given))
    one = _DILATED_HALF.evaluate({"D": 1, "F": 3, **values})
    return Draft(
        values={"name": name, **values},
        stem=(
            f"A convolutional layer of {told} is to keep the size of its input.",
            f"How many zeros does it take on each side, in terms of {name}?",
        ),
        conventions=(_EACH_SIDE, "Dilation 1 is a dense kernel."),
        answer=answer,
        distractors=distinct(
            answer, [(slips.BOTH_SIDES, Expression(both)), (slips.IGNORED_DILATION, Expression(dense))]
        ),
        steps=(Worked("padding on each side", Derivation(_DILATED_HALF, given)),),
        check=f"For {name} = 1 it is {one}, and the kernel spans 2·{one} + 1 positions.",
        trap="The dilation spreads the kernel over D·(F − 1) + 1 positions.",
    )


def compare(draw: Draw) -> Draft | None:
    """With and without zeros."""
    size, kernel, channels = (
        draw.one((8, 14, 16, 28, 32)),
        draw.one(_ODD_KERNELS),
        draw.one((1, 6, 8, 16, 32, 64)),
    )
    if 2 * kernel > size:
        return None
    same_size = OUTPUT_SIZE.evaluate({"W": size, "F": kernel, "S": 1, "P": (kernel - 1) // 2})
    given = {"W": size, "F": kernel, "S": 1, "P": 0}
    valid_size = OUTPUT_SIZE.evaluate(given)
    a, b = same_size**2 * channels, valid_size**2 * channels
    answer = compared(a, b, "values")
    sides = compared(same_size, valid_size, "values")
    return Draft(
        values={"W": size, "F": kernel, "K": channels},
        stem=(
            f"A convolutional layer has {counted(channels, 'filter')} of {square(kernel)} with stride 1 and an input of {square(size)}: "
            "A with padding 'same', B with padding 'valid'.",
            f"How many values are in the output of each? {RATIO_AND_PERCENT}",
        ),
        conventions=("'same' keeps the size; 'valid' pads nothing.",),
        answer=answer,
        distractors=distinct(
            answer,
            [(slips.HALVED_ONCE, Parts((*answer.parts[:2], *sides.parts[2:]))), percent_swapped(answer)],
        ),
        steps=(
            f"A keeps {square(size)}: {size}·{size}·{channels} = {a:,}.",
            Worked("side of B", Derivation(OUTPUT_SIZE, given)),
            f"B: {valid_size}·{valid_size}·{channels} = {b:,}.",
        ),
        check=f"B lacks a frame of {(kernel - 1) // 2} on each side: "
        f"{size}² − {valid_size}² = {size**2 - valid_size**2:,} positions in each channel.",
        trap="The filters cancel in the ratio; the sides are squared in it.",
    )


def unpadded(draw: Draw) -> Draft | None:
    """Zeros around the image, instead of in every layer."""
    layers = [(draw.one((3, 3, 5, 7)), draw.one((1, 1, 2, 4))) for _ in range(draw.whole(3, 5))]
    if all(d == 1 for _, d in layers):
        return None
    size = draw.one(MAP_SIZES[8:] + IMAGE_SIZES)
    each = [_DILATED_HALF.evaluate({"F": f, "D": d}) for f, d in layers]
    answer = Number(sum(each))
    wrong = (
        (slips.BOTH_SIDES, Number(2 * sum(each))),
        (slips.IGNORED_DILATION, Number(sum((f - 1) // 2 for f, _ in layers))),
        (slips.HALF_KERNEL, Number(sum(-(-f // 2) for f, _ in layers))),
        (slips.ONE_LAYER, Number(each[-1])),
    )
    rows = tuple((f"conv{i}", square(f), str(d)) for i, (f, d) in enumerate(layers, 1))
    lines = tuple(
        f"conv{i}: {' = '.join(_DILATED_HALF.steps({'F': f, 'D': d})[1:])}"
        for i, (f, d) in enumerate(layers, 1)
    )
    lost = size + 2 * sum(each)
    left = [lost := lost - 2 * p for p in each]
    return Draft(
        values={"W": size, "layers": [[f, 1, 0, 1, d] for f, d in layers]},
        stem=(
            f"An image of {square(size)} goes through convolutional layers with stride 1, none of which pads:",
            Grid(rows, ("layer", "kernel", "dilation")),
            "By how many pixels must the image be padded on each side beforehand, so that the last output is as large "
            "as the image?",
        ),
        conventions=(_EACH_SIDE, "Dilation 1 is a dense kernel."),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            f"On each side a layer takes {_DILATED_HALF.pretty()}.",
            *lines,
            f"Together: {' + '.join(map(str, each))} = {sum(each)}.",
        ),
        check=f"The sides are {size + 2 * sum(each)} padded, then {', '.join(map(str, left))}.",
        trap="A layer takes D·(F − 1) from the side, half of it at each end.",
    )


_LEAST = Formula(
    "max(ceil((S*(M - 1) + F - W) / 2), 0)", W="input size", F="kernel size", S="stride", M="output size"
)
_MOST = Formula("floor((S*M + F - W - 1) / 2)")


def inverse(draw: Draw) -> Draft | None:
    """Which paddings give this output? Perhaps none."""
    size, kernel, stride = draw.one(MAP_SIZES + IMAGE_SIZES), draw.one((2, 3, 4, 5, 7, 11)), draw.whole(1, 6)
    if kernel < stride or 2 * kernel > size:
        return None
    given = {"W": size, "F": kernel, "S": stride, "M": size // stride + draw.one((-1, 0, 0, 1))}
    # the output has at least (W + 2P − F)/S places: too many from here on
    candidates = range(stride * (given["M"] + 1) + kernel)
    found = [p for p in candidates if OUTPUT_SIZE.evaluate({**given, "P": p}) == given["M"]]
    if max(found, default=0) > kernel or (not found and not draw.often(0.2)):
        return None
    answer = Integers(tuple(found))
    even = tuple(p for p in found if (size + 2 * p - kernel) % stride == 0)
    once = tuple(p for p in candidates if (size + p - kernel) // stride + 1 == given["M"])
    least, most = _LEAST.evaluate(given), _MOST.evaluate(given)
    return Draft(
        values=given,
        stem=(
            f"A convolutional layer of {square(kernel)} with stride {stride} is to make {square(given['M'])} of "
            f"{square(size)}.",
            "With which paddings on each side does it? Give all of them, or say that there are none.",
        ),
        conventions=("Sizes are rounded down.", _EACH_SIDE),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.EXACT_FIT_ONLY, Integers(even)),
                (slips.PADDED_ONCE, Integers(once)),
                (slips.ONE_OF_MANY, Integers(answer.values[:1])),
            ],
        ),
        steps=(
            f"{OUTPUT_SIZE.pretty()} is M if M − 1 ≤ (W + 2P − F)/S < M.",
            Worked("least P", Derivation(_LEAST, given)),
            Worked("most P", Derivation(_MOST, {n: given[n] for n in _MOST.names})),
            *(() if found else ("The least is more than the most: there are none.",)),
        ),
        check=tried(given, "P", min(least, max(most, 0)), max(least, most)),
        trap="An even number of zeros is added to each axis, and rounding down forgives what is left over.",
    )


def error(draw: Draw) -> Draft | None:
    """The zeros of `same`, with one slip."""
    given = _for_same(draw)
    if given is None:
        return None
    return find_the_error(
        draw,
        _same(),
        given,
        values=given,
        task=(
            f"A convolutional layer of {square(given['F'])} with stride {given['S']} and padding 'same' has an input of "
            f"{square(given['W'])}. The zeros before and after each axis are to be found.",
        ),
        check=_same_check(given),
        conventions=(_SAME,),
    )


TOPIC = Topic(
    "padding",
    "Padding, same and valid",
    (
        Cell("forward", 1, kept),
        Cell("forward", 2, same),
        Cell("symbolic", 2, symbolic),
        Cell("compare", 2, compare),
        Cell("forward", 3, unpadded),
        Cell("inverse", 3, inverse),
        Cell("find-the-error", 4, error),
    ),
)
