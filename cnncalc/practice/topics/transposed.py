"""Transposed convolution: what it makes of a size, and which sizes lead back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.layers.conv_transpose import DENSE_TRANSPOSED_SIZE, TRANSPOSED_SIZE
from cnncalc.layers.window import OUTPUT_SIZE
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Expression, Integers, Size
from cnncalc.practice.compose import distinct, find_the_error, with_slips
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Grid, Topic, Worked
from cnncalc.practice.pools import CHANNELS
from cnncalc.practice.slips import Slip
from cnncalc.practice.stack import tried
from cnncalc.practice.words import layer_words, padding_words, square
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_AXES = "Sizes are H×W×C."
_CUT = "As in PyTorch, the padding P is cut off each side of the output."
_ADDED = "The output padding is added after the output, on one side."
_NOT_ADDED = "The output padding A is 0."
_RATE = "Dilation 1 is a dense kernel."
_FLOOR = "Sizes of convolutions are rounded down."
#: kernel, stride, padding, output padding, as they stand in networks that upsample
_LAYERS = (
    (2, 2, 0, 0),
    (3, 2, 1, 1),
    (3, 2, 1, 0),
    (3, 2, 0, 0),
    (4, 2, 1, 0),
    (5, 2, 2, 1),
    (5, 2, 1, 0),
    (4, 4, 0, 0),
    (3, 3, 0, 0),
    (6, 4, 1, 0),
    (8, 4, 2, 0),
    (3, 1, 0, 0),
    (4, 1, 0, 0),
    (5, 3, 1, 0),
)
_SIZES = (4, 5, 6, 7, 8, 10, 12, 13, 14, 16, 28, 32, 56)


@cache
def _dense() -> Working:
    return with_slips(
        DENSE_TRANSPOSED_SIZE,
        "M",
        "size",
        (slips.PADDING_ADDED, "(W - 1)*S + 2*P + F + A"),
        (slips.TIMES_STRIDE, "W*S"),
        (slips.ALL_STEPS, "W*S - 2*P + F + A"),
        (slips.FORWARD_FORMULA, "(W + 2*P - F) // S + 1"),
        (slips.CUT_ONCE, "(W - 1)*S - P + F + A"),
    )


@cache
def _dilated() -> Working:
    return with_slips(
        TRANSPOSED_SIZE,
        "M",
        "size",
        (slips.FORGOT_OUTPUT_PADDING, "(W - 1)*S - 2*P + D*(F - 1) + 1"),
        (slips.IGNORED_DILATION, "(W - 1)*S - 2*P + F + A"),
        (slips.PADDING_ADDED, "(W - 1)*S + 2*P + D*(F - 1) + A + 1"),
        (slips.OUTPUT_PADDING_TWICE, "(W - 1)*S - 2*P + D*(F - 1) + 2*A + 1"),
        (slips.TIMES_STRIDE, "W*S"),
    )


@cache
def _in_lines() -> Working:
    return Working(
        (
            Line("t", "start of the last copy", Formula("(W - 1)*S"), ((slips.ALL_STEPS, Formula("W*S")),)),
            Line(
                "E",
                "span of a copy",
                Formula("D*(F - 1) + 1"),
                ((slips.SPAN_TIMES, Formula("D*F")), (slips.IGNORED_DILATION, Formula("F"))),
            ),
            Line("n", "all copies together", Formula("t + E"), ((slips.FORGOT_LAST_COPY, Formula("t")),)),
            Line(
                "c",
                "without the padding",
                Formula("n - 2*P"),
                ((slips.CUT_ONCE, Formula("n - P")), (slips.PADDING_ADDED, Formula("n + 2*P"))),
            ),
            Line(
                "M",
                "with the output padding",
                Formula("c + A"),
                (
                    (slips.FORGOT_OUTPUT_PADDING, Formula("c")),
                    (slips.OUTPUT_PADDING_TWICE, Formula("c + 2*A")),
                ),
            ),
        )
    )


def _drawn(draw: Draw) -> dict[str, int]:
    kernel, stride, padding, added = draw.one(_LAYERS)
    return {"W": draw.one(_SIZES), "F": kernel, "S": stride, "P": padding, "A": added}


def _cube(size: int, depth: int) -> Size:
    return Size((size, size, depth))


def _wrong(working: Working, v: Mapping[str, int], filters: int) -> Iterator[tuple[Slip, Answer]]:
    for slip, formula in working.lines[0].slips:
        size = formula.evaluate(v)
        if size > 0:
            yield slip, _cube(size, filters)


def _layer(v: Mapping[str, int], depth: int, filters: int) -> str:
    more = [f"dilation {v['D']}"] if "D" in v else []
    more += [f"output padding {v['A']}"] if v["A"] else []
    what = layer_words(v["F"], filters, v["S"], v["P"])
    return f"A map of {v['W']}×{v['W']}×{depth} goes through a transposed convolution with {what}" + (
        f"; it has {' and '.join(more)}." if more else "."
    )


def _back(v: Mapping[str, int], size: int) -> str:
    """The convolution of the same numbers makes the input of the output."""
    room = size + 2 * v["P"] - v.get("D", 1) * (v["F"] - 1) - 1
    return (
        f"Backwards, a convolution with these numbers makes ⌊{room}/{v['S']}⌋ + 1 = {room // v['S'] + 1} "
        f"of {size}."
    )


def forward(draw: Draw) -> Draft | None:
    """One layer without output padding."""
    given, depth, filters = _drawn(draw), draw.one(CHANNELS), draw.one((1, 3, *CHANNELS))
    if given["A"]:
        return None
    size = DENSE_TRANSPOSED_SIZE.evaluate(given)
    answer = _cube(size, filters)
    return Draft(
        values={**given, "C": depth, "K": filters},
        stem=(_layer(given, depth, filters), "What is the size of its output?"),
        conventions=(_CUT, _NOT_ADDED, _AXES),
        answer=answer,
        distractors=distinct(answer, _wrong(_dense(), given, filters)),
        steps=_dense().worked(given),
        check=_back(given, size),
        trap="Padding makes the output smaller here: it undoes the padding of the convolution.",
    )


def padded(draw: Draw) -> Draft | None:
    """With output padding or dilation, or both."""
    given, depth, filters = _drawn(draw), draw.one(CHANNELS), draw.one(CHANNELS)
    given["D"] = draw.one((1, 1, 2, 3))
    given["A"] = draw.whole(0, given["S"] - 1)
    if given["D"] == 1 and given["A"] == 0:
        return None
    # to be told apart: without dilation there is none to forget
    working = _dilated() if given["D"] > 1 else _dense()
    told = given if given["D"] > 1 else {n: v for n, v in given.items() if n != "D"}
    size = TRANSPOSED_SIZE.evaluate(given)
    answer = _cube(size, filters)
    rate = (_RATE,) if given["D"] > 1 else ()
    return Draft(
        values={**given, "C": depth, "K": filters},
        stem=(_layer(told, depth, filters), "What is the size of its output?"),
        conventions=(_CUT, _ADDED if given["A"] else _NOT_ADDED, *rate, _AXES),
        answer=answer,
        distractors=distinct(answer, _wrong(_dilated(), given, filters)),
        steps=working.worked(told),
        check=_back(told, size) + (" The output padding is what rounding down loses." if given["A"] else ""),
        trap=f"The output padding tells apart the {given['S']} sizes that a convolution with stride {given['S']} "
        "makes the same."
        if given["A"]
        else "A copy of the kernel spans D·(F − 1) + 1 positions, not F.",
    )


def chain(draw: Draw) -> Draft:
    """A decoder."""
    size, depth = draw.one((1, 4, 5, 7, 8)), draw.one((64, 100, 128, 256, 512))
    count = draw.whole(3, 4)
    layers = [(4, 1, 0, 0) if size == 1 else draw.one(_LAYERS[:7])]
    layers += [draw.one(_LAYERS[:7]) for _ in range(count - 1)]
    filters = [2 ** (count + 3 - i) for i in range(count - 1)] + [draw.one((1, 3))]
    sizes = _through(DENSE_TRANSPOSED_SIZE, layers, size)
    answer = _cube(sizes[-1], filters[-1])
    rows = tuple(
        (f"tconv{i}", square(f), str(s), str(p), str(a), str(k))
        for i, ((f, s, p, a), k) in enumerate(zip(layers, filters, strict=True), 1)
    )
    wrong = [(slip, _cube(_through(formula, layers, size)[-1], filters[-1])) for slip, formula in _IN_CHAINS]
    lines = tuple(
        f"tconv{i}: {' = '.join(DENSE_TRANSPOSED_SIZE.steps(_numbers(layer, n))[1:])}"
        for i, (layer, n) in enumerate(zip(layers, sizes, strict=False), 1)
    )
    back = [sizes[-1]]
    for layer in reversed(layers):
        back.append(OUTPUT_SIZE.evaluate(_numbers(layer, back[-1])))
    return Draft(
        values={"W": size, "C": depth, "layers": [list(layer) for layer in layers], "filters": filters},
        stem=(
            f"A map of {size}×{size}×{depth} goes through these transposed convolutions, one after the other:",
            Grid(rows, ("layer", "kernel", "stride", "padding", "output padding", "filters")),
            "What is the size of the last output?",
        ),
        conventions=(_CUT, _ADDED, _AXES),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(f"After each layer the size is {DENSE_TRANSPOSED_SIZE.pretty()}.", *lines),
        check=f"Backwards through convolutions with the same numbers the sizes are {', '.join(map(str, back))}.",
        trap="The stride alone does not give the size: kernel and padding count as well.",
    )


_IN_CHAINS = (
    (slips.TIMES_STRIDE, Formula("W*S")),
    (slips.PADDING_ADDED, Formula("(W - 1)*S + 2*P + F + A")),
    (slips.FORGOT_OUTPUT_PADDING, Formula("(W - 1)*S - 2*P + F")),
    (slips.ALL_STEPS, Formula("W*S - 2*P + F + A")),
)


def _numbers(layer: tuple[int, int, int, int], size: int) -> dict[str, int]:
    kernel, stride, padding, added = layer
    return {"W": size, "F": kernel, "S": stride, "P": padding, "A": added}


def _through(formula: Formula, layers: Sequence[tuple[int, int, int, int]], size: int) -> list[int]:
    found = [size]
    for layer in layers:
        found.append(formula.evaluate(_numbers(layer, found[-1])))
    return found


def symbolic(draw: Draw) -> Draft:
    """On an n×n map."""
    kernel, stride, padding, added = draw.one(_LAYERS)
    times, n = draw.one((1, 2, 3)), symbol("n")
    side = "n" if times == 1 else f"{times}n"
    given: dict[str, Any] = {"W": times * n, "F": kernel, "S": stride, "P": padding, "A": added}
    answer = Expression(DENSE_TRANSPOSED_SIZE.evaluate(given))
    told = (
        f", {padding_words(padding)} and output padding {added}"
        if added
        else f" and {padding_words(padding)}"
    )
    wrong = [
        (slip, Expression(formula.evaluate(given)))
        for slip, formula in _dense().lines[0].slips
        if slip is not slips.FORWARD_FORMULA
    ]
    return Draft(
        values={"F": kernel, "S": stride, "P": padding, "A": added, "times": times},
        stem=(
            f"{'An' if times == 1 else 'A'} {side}×{side} map goes through a transposed convolution of {square(kernel)} with stride {stride}{told}.",
            "What is the side of its output, in terms of n?",
        ),
        conventions=(_CUT, _ADDED) if added else (_CUT, _NOT_ADDED),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(Worked("side", Derivation(DENSE_TRANSPOSED_SIZE, given)),),
        check=f"A single position becomes a copy of the kernel, {kernel}, less 2·{padding} and with {added} more: "
        f"{kernel - 2 * padding + added}; each further one adds {stride}.",
        trap=f"It is {stride} times {side} only where F + A = S + 2P.",
    )


def inverse(draw: Draw) -> Draft | None:
    """What leads back: the output padding, or all sizes that a convolution makes the same."""
    kernel, stride, padding = draw.one(
        ((3, 2, 1), (3, 2, 0), (5, 2, 2), (4, 2, 1), (7, 4, 3), (5, 3, 1), (8, 4, 2), (5, 4, 1))
    )
    size = draw.one((15, 16, 27, 28, 31, 32, 56, 63, 64))
    given = {"W": size, "F": kernel, "S": stride, "P": padding}
    m = OUTPUT_SIZE.evaluate(given)
    told = f"of {square(kernel)} with stride {stride} and {padding_words(padding)}"
    least = DENSE_TRANSPOSED_SIZE.evaluate({**given, "W": m, "A": 0})
    if draw.often(0.5):
        answer = Integers((size - least,))
        return Draft(
            values={"ask": "A", **given, "M": m},
            stem=(
                f"A convolution {told} makes {square(m)} of {square(size)}. A transposed convolution with the same numbers "
                f"is to make {square(size)} of {square(m)} again.",
                "Which output padding does it take?",
            ),
            conventions=(_CUT, _ADDED, _FLOOR),
            answer=answer,
            distractors=distinct(
                answer,
                [
                    (slips.ALWAYS_STRIDE_LESS_ONE, Integers((stride - 1,))),
                    (slips.FORGOT_OUTPUT_PADDING, Integers((0,))),
                ],
            ),
            steps=(
                Worked(
                    "without output padding", Derivation(DENSE_TRANSPOSED_SIZE, {**given, "W": m, "A": 0})
                ),
                f"{size} − {least} = {size - least}.",
            ),
            check=f"It is what rounding down lost: ({size} + {2 * padding} − {kernel}) mod {stride} = "
            f"{(size + 2 * padding - kernel) % stride}.",
            trap="It follows from the size that went in, so it is not the same for all of them.",
        )
    answer = Integers(tuple(range(least, least + stride)))
    return Draft(
        values={"ask": "W", **given, "M": m},
        stem=(
            f"A convolution {told} made {square(m)} of a square map.",
            "Which sizes can the map have had? Give all of them: with output paddings of 0 and more a transposed convolution "
            "with the same numbers gives each back.",
        ),
        conventions=(_CUT, _ADDED, _FLOOR),
        answer=answer,
        distractors=distinct(
            answer, [(slips.ONE_OF_MANY, Integers((least,))), (slips.TIMES_STRIDE, Integers((m * stride,)))]
        ),
        steps=(
            Worked("least", Derivation(DENSE_TRANSPOSED_SIZE, {**given, "W": m, "A": 0})),
            f"Output paddings of 0 to {stride - 1} give {least} to {least + stride - 1}.",
        ),
        check=tried(given, "W", least, least + stride - 1),
        trap="Without output padding a transposed convolution gives the least of them.",
    )


def error(draw: Draw) -> Draft | None:
    """A calculation with one slip."""
    given = _drawn(draw)
    given["D"] = draw.one((1, 2, 2, 3))
    given["A"] = draw.whole(0, given["S"] - 1)
    size = TRANSPOSED_SIZE.evaluate(given)
    return find_the_error(
        draw,
        _in_lines(),
        given,
        values=given,
        task=(
            f"A transposed convolution of {square(given['F'])} has stride {given['S']}, {padding_words(given['P'])}, "
            f"dilation {given['D']} and output padding {given['A']}; its input is {square(given['W'])}. The side of its "
            "output is to be found.",
        ),
        check=_back(given, size),
        conventions=(_CUT, _ADDED, _RATE),
    )


TOPIC = Topic(
    "transposed",
    "Transposed convolution",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, padded),
        Cell("symbolic", 2, symbolic),
        Cell("forward", 3, chain),
        Cell("inverse", 3, inverse),
        Cell("find-the-error", 4, error),
    ),
)
