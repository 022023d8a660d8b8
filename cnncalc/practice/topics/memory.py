"""Memory of activations and weights."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.layers.window import OUTPUT_SIZE
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Expression, Number, Parts, exact
from cnncalc.practice.bytes import (
    FLOATS,
    KIB,
    MAPS,
    MIB,
    TO,
    bytes_line,
    in_few_digits,
    map_bytes,
    told,
    weight_bytes,
)
from cnncalc.practice.compose import (
    RATIO_AND_PERCENT,
    compared,
    distinct,
    find_the_error,
    of_slips,
    percent_swapped,
)
from cnncalc.practice.costs import in_numbers, params
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Topic, Worked
from cnncalc.practice.topics.conventions_of_costs import megabytes
from cnncalc.practice.topics.memory_of_networks import batch, peak, table
from cnncalc.practice.words import counted, layer_words, square
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_FLOOR = "Sizes are rounded down."


@cache
def _map(size: int, unit: str) -> Working:
    numbers = Formula("H*H*C", H="height and width", C="channels")
    one_axis = ((slips.ONE_AXIS, Formula("H*C")),)
    divided = {"KiB": (slips.DECIMAL_UNIT, Formula("M/1000")), "MiB": (slips.DIVIDED_ONCE, Formula("M/1024"))}
    return Working(
        (
            # one axis of a map of some MiB is too little to be told in MiB
            Line("N", "numbers", numbers, one_axis if unit == "KiB" else ()),
            bytes_line(size),
            Line("U", unit, TO[unit], (divided[unit],)),
        )
    )


def forward(draw: Draw) -> Draft:
    """One map."""
    (side, channels), kind = draw.one(MAPS), draw.one(tuple(FLOATS))
    size = FLOATS[kind]
    given = {"H": side, "C": channels, "B": size}
    plane = side * side * size
    unit = "MiB" if plane * channels >= MIB and in_few_digits(plane * channels) else "KiB"
    working = _map(size, unit)

    def answer(v: Mapping[str, Any]) -> Answer:
        return Number(v["U"], unit)

    values = working.values(given)
    return Draft(
        values={"H": side, "C": channels, "kind": kind, "unit": unit},
        stem=(
            f"A layer's output is a map of {square(side)}×{channels} (H×W×C), kept in {kind}.",
            f"How many {unit} does it take for one image?",
        ),
        conventions=told(kind, unit),
        answer=answer(values),
        distractors=of_slips(working, given, answer),
        steps=working.worked(given),
        check=f"One channel takes {side}·{side}·{size} = {plane:,} bytes; {channels} of them take "
        f"{plane * channels:,}, which is {exact(values['U'])} {unit}.",
        trap=f"{values['N']:,} is how many numbers there are; each has {size} bytes.",
    )


@cache
def _layer(size: int) -> Working:
    """The output for a batch, and the weights."""
    return Working(
        (
            Line(
                "N",
                "numbers of the output",
                Formula("n*W*W*K", n="images", W="height and width", K="filters"),
                ((slips.FORGOT_BATCH, Formula("W*W*K")),),
            ),
            bytes_line(size),
            Line("A", "MiB of the output", TO["MiB"]),
            Line(
                "P",
                "weights",
                params("conv", bias=False),
                ((slips.FORGOT_DEPTH, Formula("F*F*K")), (slips.BATCH_OF_WEIGHTS, Formula("n*F*F*C*K"))),
            ),
            Line("Q", "bytes of the weights", weight_bytes()),
            Line("V", "KiB of the weights", Formula("Q/1024")),
        )
    )


def layer(draw: Draw) -> Draft | None:
    """A layer on a batch."""
    (side, filters), kind = draw.one(MAPS), draw.one(tuple(FLOATS))
    size, kernel = FLOATS[kind], draw.one((1, 3, 5))
    images, channels = draw.one((16, 32, 64, 128)), draw.one((16, 32, 64, 128))
    image = side * side * filters * size
    if not in_few_digits(image):
        return None
    given = {"n": images, "W": side, "F": kernel, "C": channels, "K": filters, "B": size}
    working = _layer(size)

    def answer(v: Mapping[str, Any]) -> Answer:
        return Parts((("output", Number(v["A"], "MiB")), ("weights", Number(v["V"], "KiB"))))

    values = working.values(given)
    return Draft(
        values={**given, "kind": kind},
        stem=(
            f"A convolutional layer has {layer_words(kernel, filters, 1, kernel // 2)}. It has no biases. Its input "
            f"is a map of {square(side)}×{channels} (H×W×C). All numbers are kept in {kind}.",
            f"How many MiB does its output take for a batch of {images} images, and how many KiB do its weights take?",
        ),
        conventions=told(kind, "KiB", "MiB"),
        answer=answer(values),
        distractors=of_slips(working, given, answer),
        steps=working.worked(given),
        check=f"The output of one image takes {exact(Fraction(image, MIB))} MiB, that of all {images} images "
        f"{exact(values['A'])} MiB; each of the {filters} filters takes {kernel**2 * channels * size:,} bytes.",
        trap="A batch has activations for each of its images, but all of them share the weights.",
    )


def compare(draw: Draw) -> Draft | None:
    """An early map and a late one, perhaps in another format."""
    (side, channels), smaller, more = draw.one(MAPS), draw.one((2, 4)), draw.one((1, 2, 4, 8))
    kinds = draw.one((("float32", "float32"), ("float16", "float16"), ("float32", "float16")))
    shapes = ((side, channels), (side // smaller, channels * more))
    given = [{"B": FLOATS[kind], "N": s * s * c} for kind, (s, c) in zip(kinds, shapes, strict=True)]
    a, b = (map_bytes().evaluate(v) for v in given)
    if side % smaller or channels * more > 2048 or a <= b or b % KIB:
        return None
    answer = compared(a // KIB, b // KIB, "KiB")
    words = [f"{square(s)}×{c} in {kind}" for (s, c), kind in zip(shapes, kinds, strict=True)]
    sizes = [told(kind)[0] for kind in dict.fromkeys(kinds)]
    depth = "as many channels" if more == 1 else f"{more} times the channels"
    halves = "" if kinds[0] == kinds[1] else ", and half of the bytes for a number"
    return Draft(
        values={"shapes": [list(shape) for shape in shapes], "kinds": list(kinds)},
        stem=(
            f"Map A is {words[0]}, map B {words[1]} (H×W×C).",
            f"How many KiB does each take for one image? {RATIO_AND_PERCENT}",
        ),
        conventions=(*sizes, told(kinds[0], "KiB")[1]),
        answer=answer,
        distractors=distinct(answer, [percent_swapped(answer)]),
        steps=tuple(
            [
                f"{in_numbers(f'{name} bytes', map_bytes(), v)}, which is {v['B'] * v['N'] // KIB:,} KiB"
                for name, v in zip("AB", given, strict=True)
            ]
        ),
        check=f"B has 1/{smaller**2} of the positions, {depth}{halves}: A/B is {exact(Fraction(a, b))}.",
        trap="Half of the side is a quarter of the positions.",
    )


def symbolic(draw: Draw) -> Draft:
    """Output and weights of a layer, in the names of batch, size and channels."""
    kernel, factor, kind = draw.one((1, 3, 5, 7)), draw.one((1, 2, 4)), draw.one(tuple(FLOATS))
    asked = draw.one(("output", "weights", "both"))
    size = FLOATS[kind]
    b, n, c = symbol("b"), symbol("n"), symbol("C")
    filters = factor * c
    output = {"B": size, "N": b * n * n * filters}
    weights = {"B": size, "P": params("conv", bias=False).evaluate({"F": kernel, "C": c, "K": filters})}
    y, w = map_bytes().evaluate(output), weight_bytes().evaluate(weights)
    one_image = factor * size * n * n * c
    right, wrong = {
        "output": (y, ((slips.FORGOT_BATCH, one_image), (slips.BYTE_EACH, b * n * n * filters))),
        "weights": (w, ((slips.BATCH_OF_WEIGHTS, b * w), (slips.BYTE_EACH, weights["P"]))),
        "both": (
            y + w,
            (
                (slips.FORGOT_BATCH, one_image + w),
                (slips.BATCH_OF_WEIGHTS, y + b * w),
                (slips.BYTE_EACH, output["N"] + weights["P"]),
            ),
        ),
    }[asked]
    subject = {
        "output": "does its output",
        "weights": "do its weights",
        "both": "do its output and its weights together",
    }
    names = "C" if asked == "weights" else "b, n and C"
    answer = Expression(right)
    return Draft(
        values={"F": kernel, "factor": factor, "kind": kind, "asked": asked},
        stem=(
            f"A convolutional layer has {'' if factor == 1 else factor}C filters of {square(kernel)}, stride 1 and the "
            "padding that keeps the size. It has no biases. Its input is a batch of b maps of n×n×C (H×W×C). All "
            f"numbers are kept in {kind}.",
            f"How many bytes {subject[asked]} take, in terms of {names}?",
        ),
        conventions=told(kind),
        answer=answer,
        distractors=distinct(answer, [(slip, Expression(value)) for slip, value in wrong]),
        steps=(
            *([Worked("output bytes", Derivation(map_bytes(), output))] if asked != "weights" else []),
            *([Worked("weight bytes", Derivation(weight_bytes(), weights))] if asked != "output" else []),
        ),
        check=f"For b = n = C = 1 the output has {counted(factor, 'number')} and the layer "
        f"{counted(kernel * kernel * factor, 'weight')}, of {size} bytes each.",
        trap="Twice the side makes the activations four times as large, and leaves the weights as they are.",
    )


def filters(draw: Draw) -> Draft | None:
    """How many filters fit?"""
    side, kind, budget = (
        draw.one((14, 28, 32, 56, 64, 100, 112, 128)),
        draw.one(tuple(FLOATS)),
        draw.one((1, 2, 3, 4, 5, 8)),
    )
    size = FLOATS[kind]
    plane = side * side * size
    formula = Formula("M // (B*W*W)", M="bytes at most", B="bytes of a number", W="height and width")
    given = {"M": budget * MIB, "B": size, "W": side}
    most = formula.evaluate(given)
    if not 8 <= most <= 2048:
        return None
    answer = Number(most, "filters")
    wrong = (
        (slips.ONE_OVER, most + 1 if plane * most < budget * MIB else most),
        (slips.BYTE_EACH, budget * MIB // (side * side)),
        (slips.MEBI_AS_MILLION, budget * 10**6 // plane),
    )
    return Draft(
        values={"W": side, "kind": kind, "budget": budget},
        stem=(
            f"The output of a convolutional layer has height and width {side} and is kept in {kind}. For one image it is "
            f"to take at most {budget} MiB.",
            "How many filters can the layer have at most?",
        ),
        conventions=told(kind, "MiB"),
        answer=answer,
        distractors=distinct(answer, [(slip, Number(value, "filters")) for slip, value in wrong]),
        steps=(Worked("most filters", Derivation(formula, given)),),
        check=f"{most} channels take {plane * most:,} bytes, {most + 1} take {plane * (most + 1):,}; "
        f"{budget} MiB are {budget * MIB:,} bytes.",
        trap="There is no part of a filter: the quotient is rounded down.",
    )


@cache
def _in_lines(size: int) -> Working:
    return Working(
        (
            Line(
                "O",
                "output size",
                OUTPUT_SIZE,
                (
                    (slips.PADDED_ONCE, Formula("(W + P - F) // S + 1")),
                    (slips.FORGOT_STRIDE, Formula("W + 2*P - F + 1")),
                ),
            ),
            Line(
                "a",
                "numbers of an image",
                Formula("O*O*K"),
                ((slips.ONE_AXIS, Formula("O*K")), (slips.KEPT_DEPTH, Formula("O*O*C"))),
            ),
            Line("N", "numbers of the batch", Formula("n*a"), ((slips.FORGOT_BATCH, Formula("a")),)),
            bytes_line(size),
            Line("U", "KiB", TO["KiB"], ((slips.DECIMAL_UNIT, Formula("M/1000")),)),
        )
    )


def error(draw: Draw) -> Draft | None:
    """From the geometry of a layer to the memory of its output, with one slip."""
    kind, kernel, stride = draw.one(tuple(FLOATS)), draw.one((3, 5, 7)), draw.one((1, 2))
    size, side = FLOATS[kind], draw.one((28, 32, 56, 64, 112, 128, 224))
    given = {
        "W": side,
        "F": kernel,
        "S": stride,
        "P": kernel // 2,
        "C": draw.one((16, 32)),
        "K": draw.one((64, 128)),
        "n": draw.one((16, 32, 64)),
        "B": size,
    }
    values = _in_lines(size).values(given)
    out, plane = values["O"], values["O"] ** 2 * size
    return find_the_error(
        draw,
        _in_lines(size),
        given,
        values={**given, "kind": kind},
        task=(
            f"A convolutional layer has {layer_words(kernel, given['K'], stride, given['P'])}. Its input is a batch of "
            f"{given['n']} maps of {square(side)}×{given['C']} (H×W×C). All numbers are kept in {kind}.",
            "The memory of the layer's output is to be found, in KiB.",
        ),
        check=f"One channel of one image takes {out}·{out}·{size} = {plane:,} bytes; there are {given['K']}·{given['n']} "
        f"= {given['K'] * given['n']:,} of them, with {values['M']:,} bytes.",
        conventions=(*told(kind, "KiB"), _FLOOR),
    )


TOPIC = Topic(
    "memory",
    "Memory of activations and weights",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, layer),
        Cell("compare", 2, compare),
        Cell("symbolic", 2, symbolic),
        Cell("inverse", 2, filters),
        Cell("forward", 3, peak),
        Cell("table", 3, table),
        Cell("inverse", 3, batch),
        Cell("compare", 4, megabytes),
        Cell("find-the-error", 4, error),
    ),
)
