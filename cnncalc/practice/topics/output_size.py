"""The size of what a convolutional layer, or a chain of layers, gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.layers.window import OUTPUT_SIZE
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Expression, Integers, Parts, Size, Valid
from cnncalc.practice.compose import (
    RATIO_AND_PERCENT,
    compared,
    distinct,
    find_the_error,
    percent_swapped,
    solutions,
    with_slips,
)
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Topic, Worked
from cnncalc.practice.pools import CHANNELS, IMAGE_CHANNELS, IMAGE_SIZES, MAP_SIZES
from cnncalc.practice.slips import Slip
from cnncalc.practice.stack import Slide, backwards, chain_grid, pooled_depth, size_lines, sizes, tried
from cnncalc.practice.words import counted, layer_words, listed, padding_words, square
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_FLOOR = "Sizes are rounded down."
_AXES = "Sizes are H×W×C."


@cache
def _working() -> Working:
    return with_slips(
        OUTPUT_SIZE,
        "M",
        "size",
        (slips.FORGOT_ONE, "(W + 2*P - F) // S"),
        (slips.PADDED_ONCE, "(W + P - F) // S + 1"),
        (slips.ROUNDED_UP, "ceil((W + 2*P - F) / S) + 1"),
        (slips.DIVIDED_BY_STRIDE, "W // S"),
        (slips.FORGOT_STRIDE, "W + 2*P - F + 1"),
    )


@cache
def _in_lines() -> Working:
    return Working(
        (
            Line("n", "padded input", Formula("W + 2*P"), ((slips.PADDED_ONCE, Formula("W + P")),)),
            Line("r", "room to move", Formula("n - F"), ((slips.ONE_TOO_EARLY, Formula("n - F + 1")),)),
            Line("m", "steps", Formula("r // S"), ((slips.ROUNDED_UP, Formula("ceil(r / S)")),)),
            Line("M", "places on one axis", Formula("m + 1"), ((slips.FORGOT_ONE, Formula("m")),)),
            Line("V", "values of a channel", Formula("M*M"), ((slips.ONE_AXIS, Formula("M")),)),
            Line("T", "values in all", Formula("V*K"), ((slips.KEPT_DEPTH, Formula("V*C")),)),
        )
    )


def _drawn(draw: Draw) -> dict[str, int] | None:
    """A layer that fits; the padding at most half of the kernel."""
    size, kernel = draw.one(MAP_SIZES[2:] + IMAGE_SIZES), draw.one((2, 3, 5, 7, 11))
    stride, padding = draw.one((1, 2, 3, 4)), draw.whole(0, kernel // 2)
    if stride > kernel or kernel > size // 2:
        return None
    depth = draw.one(IMAGE_CHANNELS) if size >= 100 else draw.one(CHANNELS)
    return {"W": size, "F": kernel, "S": stride, "P": padding, "C": depth, "K": draw.one(CHANNELS)}


def _is_exact(v: Mapping[str, int]) -> bool:
    return (v["W"] + 2 * v["P"] - v["F"]) % v["S"] == 0


def _layer(v: Mapping[str, int], height: int | None = None) -> str:
    return (
        f"An input of {height or v['W']}×{v['W']}×{v['C']} goes through a convolutional layer with "
        f"{layer_words(v['F'], v['K'], v['S'], v['P'])}."
    )


def _last_window(v: Mapping[str, int], size: int) -> str:
    """Where the last window ends, as another way to the size."""
    padded, end = v["W"] + 2 * v["P"], (size - 1) * v["S"] + v["F"]
    left = "as the padded input does" if end == padded else f"of {padded}, too early for one more step"
    return f"Window {size} starts at {(size - 1) * v['S']} (from 0) and ends at {end}, {left}."


def _wrong_sizes(v: Mapping[str, int], *axes: int) -> Iterator[tuple[Slip, Answer]]:
    """The slips of the formula on every axis, and the depth of the input kept."""
    line = _working().lines[0]
    yield slips.KEPT_DEPTH, Size((*(line.formula.evaluate({**v, "W": n}) for n in axes), v["C"]))
    for slip, formula in line.slips:
        yield slip, Size((*(formula.evaluate({**v, "W": n}) for n in axes), v["K"]))


def _trap(v: Mapping[str, int]) -> str:
    return f"The depth is the number of filters, {v['K']}, whatever the depth of the input."


def forward(draw: Draw) -> Draft | None:
    """A layer that comes out even."""
    given = _drawn(draw)
    if given is None or not _is_exact(given):
        return None
    size = _working().values(given)["M"]
    answer = Size((size, size, given["K"]))
    return Draft(
        values=given,
        stem=(_layer(given), "What is the size of its output?"),
        conventions=(_AXES,),
        answer=answer,
        distractors=distinct(answer, _wrong_sizes(given, given["W"], given["W"])),
        steps=(
            *_working().worked(given),
            f"There is one map of {square(size)} for each of the {counted(given['K'], 'filter')}.",
        ),
        check=_last_window(given, size),
        trap=_trap(given),
    )


def floor(draw: Draw) -> Draft | None:
    """A layer whose last step does not fit, on an input that may not be square."""
    given = _drawn(draw)
    if given is None or _is_exact(given):
        return None
    height = draw.one((given["W"], given["W"] // 2, given["W"] * 3 // 4))
    if height < 2 * given["F"]:
        return None
    formula = _working().lines[0].formula
    axes = {name: formula.evaluate({**given, "W": n}) for name, n in (("H", height), ("W", given["W"]))}
    answer = Size((axes["H"], axes["W"], given["K"]))
    across = Worked("width", Derivation(formula, {n: given[n] for n in formula.names}))
    down = f"height = {' = '.join(formula.steps({**given, 'W': height})[1:])}"
    return Draft(
        values={**given, "H": height},
        stem=(_layer(given, height), "What is the size of its output?"),
        conventions=(_AXES, _FLOOR),
        answer=answer,
        distractors=distinct(answer, _wrong_sizes(given, height, given["W"])),
        steps=(across,) if height == given["W"] else (across, down),
        check="Across: " + _last_window(given, axes["W"]),
        trap=_trap(given),
    )


def chain(draw: Draw) -> Draft | None:
    """Three to five layers."""
    size = draw.one((28, 32, 63, 64, 127, 128, 224, 227))
    depth = draw.one(IMAGE_CHANNELS)
    filters = draw.one((6, 8, 16, 32))
    layers: list[Slide] = []
    for _ in range(draw.whole(2, 3)):
        kernel = draw.one((3, 5, 7) if not layers else (3, 5))
        stride = draw.one((1, 1, 2)) if size < 100 else 2
        layers.append(Slide(kernel, stride, draw.one((0, kernel // 2)), filters))
        filters *= 2
        if draw.often(0.6):
            layers.append(Slide(draw.one((2, 2, 3)), 2))
    found = sizes(layers, size)
    if len(layers) < 3 or all(s.filters for s in layers) or found[-1] < 2:
        return None
    answer = Size((found[-1], found[-1], filters // 2))
    return Draft(
        values={"W": size, "C": depth, "layers": [s.numbers() for s in layers]},
        stem=(
            f"An image of {size}×{size}×{depth} goes through these layers, one after the other:",
            chain_grid(layers),
            "What is the size of the last output?",
        ),
        conventions=(_AXES, _FLOOR),
        answer=answer,
        distractors=distinct(answer, _wrong_chains(layers, size, filters // 2)),
        steps=(f"After each layer the size is {OUTPUT_SIZE.pretty()}.", *size_lines(layers, size)),
        check=backwards(layers, found),
        trap="A pooling has no filters: it keeps the number of channels.",
    )


def _wrong_chains(layers: list[Slide], size: int, filters: int) -> Iterator[tuple[Slip, Answer]]:
    first = next(i for i, s in enumerate(layers) if not s.filters)
    yield slips.SKIPPED_POOL, _cube(sizes([*layers[:first], *layers[first + 1 :]], size)[-1], filters)
    yield slips.POOLED_DEPTH, Size((*(sizes(layers, size)[-1],) * 2, pooled_depth(layers, filters)))
    for slip, formula in _working().lines[0].slips:
        if slip in (slips.ROUNDED_UP, slips.FORGOT_ONE, slips.PADDED_ONCE):
            n = size
            for s in layers:
                n = formula.evaluate(s.given(n))
            if n > 0:
                yield slip, _cube(n, filters)


def _cube(size: int, depth: int) -> Size:
    return Size((size, size, depth))


def positions(draw: Draw) -> Draft | None:
    """How many positions a larger stride leaves."""
    given = _drawn(draw)
    if given is None or given["S"] < 2 or not _is_exact(given):
        return None
    dense = {**given, "S": 1}
    side = OUTPUT_SIZE.evaluate
    a, b = side(dense) ** 2, side(given) ** 2
    answer = compared(a, b, "positions")
    halved = compared(side(dense), side(given), "positions")
    return Draft(
        values=given,
        stem=(
            f"A convolutional layer with filters of {square(given['F'])} and {padding_words(given['P'])} "
            f"slides over an input of {square(given['W'])}: A with stride 1, B with stride {given['S']}.",
            f"At how many positions is each filter applied? {RATIO_AND_PERCENT}",
        ),
        conventions=(_FLOOR,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.HALVED_ONCE, Parts((*answer.parts[:2], *halved.parts[2:]))),
                percent_swapped(answer),
            ],
        ),
        steps=(
            f"On each axis there are {OUTPUT_SIZE.pretty()} positions.",
            f"A: {' = '.join(OUTPUT_SIZE.steps(dense)[1:])}, and {side(dense)}² = {a:,}.",
            f"B: {' = '.join(OUTPUT_SIZE.steps(given)[1:])}, and {side(given)}² = {b:,}.",
        ),
        check=f"Of the {side(dense)} positions on an axis B keeps each whose number is a multiple of {given['S']} "
        f"(from 0): {side(given)}.",
        trap=f"The ratio of the sides, about {given['S']}, is squared.",
    )


def symbolic(draw: Draw) -> Draft:
    """Layers without padding on an n×n input."""
    count, kernel, padding = draw.whole(1, 5), draw.one((3, 5, 7)), draw.one((0, 0, 1))
    n = symbol("n")
    formula = Formula("n - L*(F - 1 - 2*P)", L="layers", F="kernel size", P="padding on each side")
    given: dict[str, Any] = {"n": n, "L": count, "F": kernel, "P": padding}
    answer = Expression(formula(**given))
    layers = "a convolutional layer" if count == 1 else f"{count} convolutional layers"
    wrong = (
        (slips.KERNEL_NOT_TAKEN, Expression(n - count * (kernel - 2 * padding))),
        (slips.PADDED_ONCE, Expression(n - count * (kernel - 1 - padding))),
        (slips.FORGOT_PADDING, Expression(n - count * (kernel - 1))),
        (slips.ONE_LAYER, Expression(n - (kernel - 1 - 2 * padding))),
    )
    return Draft(
        values={"L": count, "F": kernel, "P": padding},
        stem=(
            f"An n×n input goes through {layers} of {square(kernel)} with stride 1 and {padding_words(padding)}.",
            "What is the side of the output, in terms of n?",
        ),
        conventions=("The input is large enough.",),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            f"One layer: {OUTPUT_SIZE.pretty()} with S = 1 is W − (F − 1 − 2P).",
            Worked("side", Derivation(formula, given)),
        ),
        check=_by_layers(count, kernel, padding),
        trap="A layer of F×F without padding takes F − 1 from the side, not F.",
    )


def _by_layers(count: int, kernel: int, padding: int) -> str:
    found = sizes([Slide(kernel, 1, padding)] * count, 100)
    return f"For n = 100 the sides are {', '.join(map(str, found))}."


def inverse(draw: Draw) -> Draft | None:
    """Which inputs, kernels or strides give this output?"""
    given = _drawn(draw)
    if given is None or given["S"] < 2:
        return None
    size = _working().values(given)["M"]
    unknown = draw.one(("W", "S", "F"))
    # a kernel or a stride beyond the padded input leaves one place; the output grows by one with every S inputs
    padded = given["W"] + 2 * given["P"]
    most = {"W": given["W"] + given["S"], "S": padded + 1, "F": padded}[unknown]
    answer = solutions(_working(), given, unknown, range(1, most + 1))
    if len(answer.values) > 8:
        return None
    asked = {
        "W": "For which sizes n of a square input",
        "S": "With which strides",
        "F": "With which sizes of a square kernel",
    }[unknown]
    told = [
        "" if unknown == "F" else f"a kernel of {square(given['F'])}",
        "" if unknown == "S" else f"stride {given['S']}",
        padding_words(given["P"]),
    ]
    where = "" if unknown == "W" else f"; its input is {square(given['W'])}"
    put = {
        name: "n" if name == unknown == "W" else name if name == unknown else str(given[name])
        for name in "WFS"
    }
    return Draft(
        values={**given, "M": size, "unknown": unknown},
        stem=(
            f"A convolutional layer has {listed([t for t in told if t])}{where}.",
            f"{asked} is the output {square(size)}? Give all of them.",
        ),
        conventions=(_FLOOR,),
        answer=answer,
        distractors=distinct(answer, [(slips.ONE_OF_MANY, Integers(answer.values[:1]))]),
        steps=(
            f"The output is {OUTPUT_SIZE.pretty()}; rounded down it is {size} if "
            f"{size} ≤ (W + 2P − F)/S + 1 < {size + 1}.",
            f"With the numbers: {size - 1} ≤ ({put['W']} + {2 * given['P']} − {put['F']})/{put['S']} < {size}.",
            f"So {_solved(given, unknown, size)}.",
        ),
        check=tried(given, unknown, answer.values[0], answer.values[-1]),
        trap="Rounding down lets several do it: solving (W + 2P − F)/S + 1 for equality finds one at most.",
    )


def _solved(v: Mapping[str, int], unknown: str, size: int) -> str:
    """The bounds of the unknown, for an output of at least 2."""
    least, most, room = (size - 1) * v["S"], size * v["S"], v["W"] + 2 * v["P"] - v["F"]
    return {
        "W": f"n ≥ {least + v['W'] - room} and n < {most + v['W'] - room}",
        "F": f"F ≤ {room + v['F'] - least} and F > {room + v['F'] - most}",
        "S": f"S ≤ {room}/{size - 1} and S > {room}/{size}",
    }[unknown]


def design(draw: Draw) -> Draft | None:
    """Kernel, stride and padding for a target."""
    size, target = draw.one(
        ((224, 112), (224, 56), (112, 56), (56, 28), (64, 32), (32, 16), (128, 32), (28, 14))
    )
    least = draw.one((3, 5, 7))
    conditions = (
        f"({size} + 2*P - F) // S + 1 == {target}",
        f"F >= {least}",
        "F % 2 == 1",
        "S >= 1",
        "P >= 0",
        "2*P < F",
    )
    kernel, stride = least, size // target
    padding = next(p for p in range(kernel) if (size + 2 * p - kernel) // stride + 1 == target)
    if 2 * padding >= kernel:
        return None
    given = {"W": size, "F": kernel, "S": stride, "P": padding}
    return Draft(
        values={"W": size, "M": target, "least": least},
        stem=(
            f"A convolutional layer is to take {square(size)} to {square(target)}. Its kernel F is to be odd and "
            f"at least {least}, its padding P on each side less than half of the kernel.",
            "Choose F, P and a stride S.",
        ),
        conventions=(_FLOOR, "Any choice that does it is right."),
        answer=Valid(("F", "S", "P"), conditions, (kernel, stride, padding)),
        steps=(
            f"The stride is {size}/{target} = {stride}; with the smallest kernel, {kernel}, padding {padding} does it.",
            Worked("size", Derivation(OUTPUT_SIZE, given)),
        ),
        check=_last_window(given, target),
        trap="It need not come out even: with rounding down the padding has a range.",
    )


def error(draw: Draw) -> Draft | None:
    """A calculation with one slip."""
    given = _drawn(draw)
    if given is None or given["S"] < 2 or given["P"] == 0 or given["C"] == given["K"]:
        return None
    return find_the_error(
        draw,
        _in_lines(),
        given,
        values=given,
        task=(_layer(given), "The numbers in its output are to be counted."),
        check=_last_window(given, _working().values(given)["M"]),
        conventions=(_FLOOR,),
    )


TOPIC = Topic(
    "output-size",
    "The size of a convolution's output",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, floor),
        Cell("symbolic", 2, symbolic),
        Cell("compare", 2, positions),
        Cell("forward", 3, chain),
        Cell("inverse", 3, inverse),
        Cell("design", 3, design),
        Cell("find-the-error", 4, error),
    ),
)
