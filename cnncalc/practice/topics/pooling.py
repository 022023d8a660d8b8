"""Poolings, how they round, and windows with dilation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.layers.window import CEIL_SIZE, CLIPPED_CEIL_SIZE, DILATED_OUTPUT_SIZE, OUTPUT_SIZE
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Expression, Integers, Parts, Size
from cnncalc.practice.compose import (
    RATIO_AND_PERCENT,
    compared,
    distinct,
    find_the_error,
    percent_swapped,
    with_slips,
)
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Topic, Worked
from cnncalc.practice.pools import CHANNELS, MAP_SIZES
from cnncalc.practice.topics.conventions_of_windows import roundings
from cnncalc.practice.words import layer_words, padding_words, square
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_AXES = "Sizes are H×W×C."
_FLOOR = "Sizes are rounded down."
_STRIDE = "The stride is as large as the window."
_RATE = "Dilation 1 is a dense window."
_CEIL = "ceil_mode rounds up, but drops a window that would start behind the input."
_KERAS = "As in Keras, 'valid' pads nothing and rounds down, and 'same' gives ⌈W/S⌉."
_MAP_SIZES = MAP_SIZES[1:]


@cache
def _dilated() -> Working:
    return with_slips(
        DILATED_OUTPUT_SIZE,
        "M",
        "size",
        (slips.IGNORED_DILATION, "(W + 2*P - F) // S + 1"),
        (slips.SPAN_TIMES, "(W + 2*P - D*F) // S + 1"),
        (slips.ZEROS_BETWEEN, "(W + 2*P - (D + 1)*(F - 1) - 1) // S + 1"),
        (slips.FORGOT_ONE, "(W + 2*P - D*(F - 1) - 1) // S"),
        (slips.PADDED_ONCE, "(W + P - D*(F - 1) - 1) // S + 1"),
    )


@cache
def _in_lines() -> Working:
    return Working(
        (
            Line(
                "E",
                "span of the window",
                Formula("D*(F - 1) + 1"),
                (
                    (slips.SPAN_TIMES, Formula("D*F")),
                    (slips.ZEROS_BETWEEN, Formula("(D + 1)*(F - 1) + 1")),
                    (slips.IGNORED_DILATION, Formula("F")),
                ),
            ),
            Line("n", "padded input", Formula("W + 2*P"), ((slips.PADDED_ONCE, Formula("W + P")),)),
            Line("r", "room to move", Formula("n - E"), ((slips.ONE_TOO_EARLY, Formula("n - E + 1")),)),
            Line("m", "steps", Formula("r // S"), ((slips.ROUNDED_UP, Formula("ceil(r / S)")),)),
            Line("M", "places", Formula("m + 1"), ((slips.FORGOT_ONE, Formula("m")),)),
        )
    )


def _cube(size: int, depth: int) -> Size:
    return Size((size, size, depth))


def forward(draw: Draw) -> Draft | None:
    """A pooling whose windows lie side by side and come out even."""
    size, window, depth = draw.one((12, 24, *_MAP_SIZES)), draw.one((2, 2, 3, 4, 7)), draw.one(CHANNELS)
    if size % window or size == window or depth % window:
        return None
    given = {"W": size, "P": 0, "F": window, "S": window}
    side = OUTPUT_SIZE.evaluate(given)
    answer = _cube(side, depth)
    what = draw.one(("A max", "An average"))
    wrong = (
        (slips.POOLED_DEPTH, _cube(side, depth // window)),
        (slips.FORGOT_ONE, _cube(side - 1, depth)),
        (slips.FORGOT_STRIDE, _cube(size - window + 1, depth)),
    )
    return Draft(
        values={"W": size, "F": window, "C": depth, "what": what},
        stem=(
            f"{what} pooling of {square(window)} goes over a map of {size}×{size}×{depth}.",
            "What is the size of its output?",
        ),
        conventions=(_STRIDE, "Nothing is padded.", _AXES),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(Worked("size", Derivation(OUTPUT_SIZE, given)), "A pooling keeps the channels."),
        check=f"{side} windows of {window} side by side cover {side}·{window} = {size} positions.",
        trap="Every channel is pooled for itself: their number stays.",
    )


def rounded(draw: Draw) -> Draft | None:
    """Rounded down and up: as PyTorch does with ceil_mode, or as Keras does with `same`."""
    if draw.often(0.4):
        return _keras(draw)
    window, stride = draw.one(((2, 2), (3, 2), (3, 3), (2, 3), (5, 4)))
    size, depth = draw.one(_MAP_SIZES), draw.one(CHANNELS)
    given = {"W": size, "P": draw.whole(0, window // 2), "F": window, "S": stride}
    down, up, unclipped = (f.evaluate(given) for f in (OUTPUT_SIZE, CLIPPED_CEIL_SIZE, CEIL_SIZE))
    if down == unclipped:
        return None
    answer = _two("floor", _cube(down, depth), "ceil_mode", _cube(up, depth))
    wrong = (
        (slips.ROUNDED_DOWN, _two("floor", _cube(down, depth), "ceil_mode", _cube(down, depth))),
        (slips.STARTED_BEHIND, _two("floor", _cube(down, depth), "ceil_mode", _cube(unclipped, depth))),
        *(
            [
                (
                    slips.POOLED_DEPTH,
                    _two("floor", _cube(down, depth // stride), "ceil_mode", _cube(up, depth // stride)),
                )
            ]
            if depth % stride == 0
            else []
        ),
        (slips.FORGOT_ONE, _two("floor", _cube(down - 1, depth), "ceil_mode", _cube(up - 1, depth))),
    )
    last = (up - 1) * stride - given["P"]
    return Draft(
        values={"ask": "ceil_mode", **given, "C": depth},
        stem=(
            f"A max pooling of {square(window)} with stride {stride} and {padding_words(given['P'])} goes over a map of "
            f"{size}×{size}×{depth}.",
            "What is the size of its output as PyTorch computes it, by default (floor) and with ceil_mode?",
        ),
        conventions=(_CEIL, _AXES),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            Worked("floor", Derivation(OUTPUT_SIZE, given)),
            Worked("ceil_mode", Derivation(CLIPPED_CEIL_SIZE, given)),
        ),
        check=f"The input has positions 0 to {size - 1}. With ceil_mode the last window starts at {last}; one more "
        f"would start at {last + stride}, "
        + ("behind it." if last + stride >= size else "where nothing is left to cover."),
        trap="Rounding up gains at most one place on an axis, and none where its window would only see padding.",
    )


def _keras(draw: Draw) -> Draft | None:
    window, stride = draw.one(((2, 2), (3, 2), (3, 3), (3, 1), (2, 1)))
    size, depth = draw.one(_MAP_SIZES), draw.one(CHANNELS)
    same_size = Formula("ceil(W / S)", W="input size", S="stride")
    given = {"W": size, "P": 0, "F": window, "S": stride}
    valid, same = OUTPUT_SIZE.evaluate(given), same_size.evaluate(given)
    if valid == same:
        return None
    answer = _two("valid", _cube(valid, depth), "same", _cube(same, depth))
    wrong = (
        (slips.SAME_KEEPS, _two("valid", _cube(valid, depth), "same", _cube(size, depth))),
        (slips.FORGOT_ONE, _two("valid", _cube(valid - 1, depth), "same", _cube(same, depth))),
        (slips.ROUNDED_DOWN, _two("valid", _cube(valid, depth), "same", _cube(size // stride, depth))),
        (
            slips.ROUNDED_UP,
            _two("valid", _cube(CEIL_SIZE.evaluate(given), depth), "same", _cube(same, depth)),
        ),
    )
    return Draft(
        values={"ask": "keras", **given, "C": depth},
        stem=(
            f"A max pooling of {square(window)} with stride {stride} goes over a map of {size}×{size}×{depth}.",
            "What is the size of its output with padding 'valid' and with padding 'same'?",
        ),
        conventions=(_KERAS, _AXES),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            Worked("valid", Derivation(OUTPUT_SIZE, given)),
            Worked("same", Derivation(same_size, {"W": size, "S": stride})),
        ),
        check=f"With 'same' the windows start at 0, {stride} … {(same - 1) * stride}: each start within the "
        f"{size} positions has one.",
        trap="'same' keeps the size with stride 1 only, and it holds for poolings as well.",
    )


def _two(first: str, a: Size, second: str, b: Size) -> Parts:
    return Parts(((first, a), (second, b)))


def dilated(draw: Draw) -> Draft | None:
    """A convolution whose kernel is spread."""
    given = _with_dilation(draw)
    if given is None:
        return None
    depth, filters = draw.one((3, *CHANNELS)), draw.one(CHANNELS)
    line = _dilated().lines[0]
    side = line.formula.evaluate(given)
    answer = _cube(side, filters)
    wrong: list[tuple[slips.Slip, Answer]] = [
        (slip, _cube(formula.evaluate(given), filters)) for slip, formula in line.slips
    ]
    return Draft(
        values={**given, "C": depth, "K": filters},
        stem=(
            f"An input of {given['W']}×{given['W']}×{depth} goes through a convolutional layer with "
            f"{layer_words(given['F'], filters, given['S'], given['P'])}; its dilation is {given['D']}.",
            "What is the size of its output?",
        ),
        conventions=(_RATE, _FLOOR, _AXES),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=_dilated().worked(given),
        check=_spread(given, side),
        trap=f"It has as many weights as without dilation, {square(given['F'])} for each channel, only further apart.",
    )


def _with_dilation(draw: Draw) -> dict[str, int] | None:
    given = {
        "W": draw.one(_MAP_SIZES),
        "F": draw.one((3, 3, 5, 7)),
        "S": draw.one((1, 2)),
        "D": draw.one((2, 2, 3, 4)),
    }
    given["P"] = draw.one((0, 1, given["D"], given["D"] * (given["F"] - 1) // 2))
    # as wide as each slip takes it, and with some places left
    return None if (given["D"] + 1) * given["F"] + 4 > given["W"] else given


def _spread(v: Mapping[str, int], side: int) -> str:
    taps = [v["D"] * i for i in range(v["F"])]
    end = (side - 1) * v["S"] + taps[-1]
    return (
        f"A window at 0 reads {', '.join(map(str, taps))}; window {side} ends at {end}, and the padded input at "
        f"{v['W'] + 2 * v['P'] - 1}."
    )


def symbolic(draw: Draw) -> Draft:
    """The span of a window in d, or what it leaves of n."""
    kernel = draw.one((3, 5, 7, 9, 11))
    values: dict[str, Any] = {"F": kernel}
    if draw.often(0.5):
        name, d = "d", symbol("d")
        formula, what = Formula("D*(F - 1) + 1", D="dilation", F="kernel size"), "span"
        stem = (
            f"A kernel of {square(kernel)} has dilation d.",
            "How many positions does it span on each axis, in terms of d?",
        )
        wrong = [(slips.SPAN_TIMES, kernel * d), (slips.ZEROS_BETWEEN, (kernel - 1) * (d + 1) + 1)]
        check = f"For d = 1 it is {kernel}, the dense kernel; for d = 2 there is a gap between any two taps: {2 * kernel - 1}."
        given: dict[str, Any] = {"D": d, "F": kernel}
    else:
        name, n = "n", symbol("n")
        values["D"] = dilation = draw.one((2, 3, 4, 5, 6))
        formula, what = Formula("W - D*(F - 1)", W="input size", D="dilation", F="kernel size"), "side"
        stem = (
            f"An n×n input goes through a convolutional layer of {square(kernel)} with stride 1, no padding and "
            f"dilation {dilation}.",
            "What is the side of its output, in terms of n?",
        )
        wrong = [
            (slips.IGNORED_DILATION, n - kernel + 1),
            (slips.SPAN_TIMES, n - dilation * kernel + 1),
            (slips.ZEROS_BETWEEN, n - (dilation + 1) * (kernel - 1)),
        ]
        span = dilation * (kernel - 1) + 1
        check = (
            f"The kernel spans {span} positions; an input of as many leaves {span} − {span - 1} = 1 place."
        )
        given = {"W": n, "D": dilation, "F": kernel}
    answer = Expression(formula.evaluate(given))
    return Draft(
        values={"name": name, **values},
        stem=stem,
        conventions=(_RATE,),
        answer=answer,
        distractors=distinct(answer, [(slip, Expression(value)) for slip, value in wrong]),
        steps=(Worked(what, Derivation(formula, given)),),
        check=check,
        trap="Between F taps there are F − 1 steps of D positions.",
    )


def compare(draw: Draw) -> Draft | None:
    """What a pooling leaves of a map."""
    window, side, depth = draw.one((2, 2, 3, 4)), draw.one((4, 5, 6, 7, 8, 14, 16)), draw.one(CHANNELS[:8])
    size = side * window
    a, b = size * size * depth, side * side * depth
    answer = compared(a, b, "values")
    sides = compared(size, side, "values")
    given = {"W": size, "P": 0, "F": window, "S": window}
    return Draft(
        values={"W": size, "F": window, "C": depth},
        stem=(
            f"A max pooling of {square(window)} goes over a map of {size}×{size}×{depth}. A is its input, B its output.",
            f"How many values does each have? {RATIO_AND_PERCENT}",
        ),
        conventions=(_STRIDE, "Nothing is padded."),
        answer=answer,
        distractors=distinct(
            answer,
            [(slips.HALVED_ONCE, Parts((*answer.parts[:2], *sides.parts[2:]))), percent_swapped(answer)],
        ),
        steps=(
            f"A: {size}·{size}·{depth} = {a:,}.",
            Worked("side of B", Derivation(OUTPUT_SIZE, given)),
            f"B: {side}·{side}·{depth} = {b:,}.",
        ),
        check=f"Each window makes one value of {window}·{window} = {window * window}.",
        trap="Both axes shrink, so the ratio is that of the sides squared; the channels cancel.",
    )


def inverse(draw: Draw) -> Draft:
    """Which inputs end at this size after several poolings?"""
    window, count = draw.one(((2, 2), (2, 3), (2, 4), (3, 2), (4, 2)))
    size, up = draw.whole(2, 8), draw.often(0.4)
    step = window**count
    first, last = ((size - 1) * step + 1, size * step) if up else (size * step, (size + 1) * step - 1)
    down_range, up_range = (
        range(size * step, (size + 1) * step),
        range((size - 1) * step + 1, size * step + 1),
    )
    answer = Integers(tuple(range(first, last + 1)))
    other = (slips.ROUNDED_DOWN, down_range) if up else (slips.ROUNDED_UP, up_range)
    rounding = "up, as with ceil_mode" if up else "down"
    edge = "⌈W/S⌉" if up else "⌊W/S⌋"
    return Draft(
        values={"F": window, "count": count, "M": size, "up": int(up)},
        stem=(
            f"A square map goes through {count} max poolings of {square(window)}, one after the other, and comes out as "
            f"{square(size)}.",
            "Which sizes can it have had? Give all of them.",
        ),
        conventions=(_STRIDE, "Nothing is padded.", f"Sizes are rounded {rounding}."),
        answer=answer,
        distractors=distinct(
            answer,
            [(other[0], Integers(tuple(other[1]))), (slips.EXACT_FIT_ONLY, Integers((size * step,)))],
        ),
        steps=(
            f"A pooling makes {edge} of W; {count} in a row divide by {window}^{count} = {step} and round once.",
            f"Sizes {first} to {last} lead to {size}.",
        ),
        check=f"{first - 1} gives {_pooled(first - 1, window, count, up=up)}, {first} and {last} give {size}, "
        f"{last + 1} gives {_pooled(last + 1, window, count, up=up)}.",
        trap=f"{size}·{step} = {size * step} is only one of {answer.values[-1] - answer.values[0] + 1} sizes.",
    )


def _pooled(size: int, window: int, count: int, *, up: bool) -> int:
    formula = CEIL_SIZE if up else OUTPUT_SIZE
    for _ in range(count):
        size = formula.evaluate({"W": size, "P": 0, "F": window, "S": window})
    return size


def error(draw: Draw) -> Draft | None:
    """The size after a window with dilation, with one slip."""
    given = _with_dilation(draw)
    if given is None or given["P"] == 0:
        return None
    return find_the_error(
        draw,
        _in_lines(),
        given,
        values=given,
        task=(
            f"A convolutional layer of {square(given['F'])} has stride {given['S']}, {padding_words(given['P'])} and "
            f"dilation {given['D']}; its input is {square(given['W'])}. The places on one axis are to be counted.",
        ),
        check=_spread(given, _dilated().values(given)["M"]),
        conventions=(_RATE, _FLOOR),
    )


TOPIC = Topic(
    "pooling",
    "Pooling, rounding and dilation",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, rounded),
        Cell("symbolic", 2, symbolic),
        Cell("compare", 2, compare),
        Cell("forward", 3, dilated),
        Cell("inverse", 3, inverse),
        Cell("compare", 4, roundings),
        Cell("find-the-error", 4, error),
    ),
)
