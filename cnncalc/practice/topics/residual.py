"""Residual blocks: parameters, projections, and the depth of the networks made of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

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
)
from cnncalc.practice.costs import in_numbers, params, renamed
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Topic
from cnncalc.practice.words import square
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_CHANNELS = (16, 32, 64, 128, 256)
_NORM_TOLD = (
    "The convolutions have no biases.",
    "A batch normalisation learns a scale and a shift for each channel.",
)
_DEPTH_TOLD = (
    "The depth counts the layers with weights on the main path: convolutions and fully connected layers, not "
    "normalisations, poolings or shortcuts.",
)
#: convolutions of a block
_BLOCKS = {"basic": 2, "bottleneck": 3}


@cache
def _weights(**names: str) -> Formula:
    return renamed(params("conv", bias=False), **names)


@cache
def _norm(channels: str) -> Formula:
    return renamed(params("bn"), C=channels)


@cache
def _depth() -> Working:
    return Working(
        (
            Line("b", "blocks", Formula("s + t + u + v")),
            Line("L", "layers in blocks", Formula("b*n"), ((slips.BLOCKS_AS_LAYERS, Formula("b")),)),
            Line(
                "d",
                "depth",
                Formula("L + 2"),
                (
                    (slips.FORGOT_ENDS, Formula("L")),
                    (slips.POOLS_IN_DEPTH, Formula("L + 2 + 2")),
                    (slips.PROJECTIONS_IN_DEPTH, Formula("L + 2 + p")),
                ),
            ),
        )
    )


@cache
def _stage() -> Working:
    """Basic blocks with identity shortcuts."""
    one = _weights(C="C channels", K="C channels")
    return Working(
        (
            Line("w", "weights of a conv", one, ((slips.FORGOT_DEPTH, Formula("F*F*C")),)),
            Line("g", "params of a bn", _norm("C channels"), ((slips.CONV_BIAS_KEPT, Formula("2*C + C")),)),
            Line(
                "p",
                "params of a block",
                Formula("2*w + 2*g"),
                (
                    (slips.FORGOT_NORM, Formula("2*w")),
                    (slips.SHORTCUT_COUNTED, Formula("2*w + 2*g + C*C")),
                ),
            ),
            Line("P", "all blocks", Formula("p*B")),
        )
    )


@cache
def _downsampling() -> Working:
    """A basic block with a stride and a projection."""
    return Working(
        (
            Line(
                "O",
                "output size",
                OUTPUT_SIZE,
                ((slips.STRIDE_TWICE, Formula("((W + 2*P - F) // S + 1 + 2*P - F) // S + 1")),),
            ),
            Line("a", "first conv", _weights(), ((slips.FORGOT_DEPTH, Formula("F*F*K")),)),
            Line(
                "b",
                "second conv",
                _weights(C="K filters"),
                ((slips.NARROW_SECOND, Formula("F*F*C*K")),),
            ),
            Line(
                "p",
                "projection",
                _weights(F="1"),
                ((slips.NO_PROJECTION, Formula("0")), (slips.PROJECTION_KERNEL, Formula("F*F*C*K"))),
            ),
            Line(
                "g",
                "three bn",
                Formula(f"3*{_norm('K').text}"),
                ((slips.CONV_BIAS_KEPT, Formula("3*3*K")), (slips.FORGOT_NORM, Formula("0"))),
            ),
            Line("T", "all parameters", Formula("a + b + p + g")),
        )
    )


def depth_forward(draw: Draw) -> Draft:
    """The number in a network's name."""
    kind = draw.one(("basic", "bottleneck"))
    stages = [draw.whole(2, 4), draw.whole(2, 8), draw.whole(2, 12), draw.whole(2, 4)]
    n = _BLOCKS[kind]
    # behind a first convolution with 64 filters, the first stage of basic blocks changes nothing
    given = {**dict(zip("stuv", stages, strict=True)), "n": n, "p": 4 if kind == "bottleneck" else 3}

    def answer(v: Mapping[str, Any]) -> Answer:
        return Number(v["d"])

    values = _depth().values(given)
    of = "two 3×3 convolutions" if kind == "basic" else "convolutions of 1×1, 3×3 and 1×1"
    counts = ", ".join(map(str, stages[:-1])) + f" and {stages[-1]}"
    return Draft(
        values={"kind": kind, "stages": stages},
        stem=(
            f"A residual network has a 7×7 convolution with 64 filters, a max pooling, four stages of {counts} "
            f"{kind} blocks ({of}{'; 64, 128, 256 and 512 filters' if kind == 'basic' else ', to 256, 512, 1,024 and 2,048 channels'}), "
            "a global average pooling and a fully connected layer. Where a stage changes the number of channels, the "
            "shortcut of its first block has a projection.",
            "How deep is the network?",
        ),
        conventions=_DEPTH_TOLD,
        answer=answer(values),
        distractors=of_slips(_depth(), given, answer),
        steps=(
            f"blocks: {' + '.join(map(str, stages))} = {values['b']}",
            f"layers in blocks: {values['b']}·{n} = {values['L']}",
            f"with the first convolution and the fully connected layer: {values['L']} + 2 = {values['d']}",
        ),
        check=f"Stage by stage: 1 + {' + '.join(str(n * s) for s in stages)} + 1 = {values['d']}.",
        trap=f"The {given['p']} projections are beside the main path and are not counted.",
    )


def stage_forward(draw: Draw) -> Draft:
    """The parameters of blocks that keep the channels."""
    given = {"F": 3, "C": draw.one((*_CHANNELS, 512)), "B": draw.whole(2, 5)}

    def answer(v: Mapping[str, Any]) -> Answer:
        return Number(v["P"], "parameters")

    values = _stage().values(given)
    c = given["C"]
    return Draft(
        values=given,
        stem=(
            f"A stage has {given['B']} residual blocks of two 3×3 convolutions from {c} channels to {c}, each with a batch normalisation "
            "behind it. The shortcuts are identities.",
            "How many parameters does the stage have?",
        ),
        conventions=_NORM_TOLD,
        answer=answer(values),
        distractors=of_slips(_stage(), given, answer),
        steps=_stage().worked(given),
        check=(
            f"A block has 18·C·C + 4·C parameters: 18·{c * c:,} + 4·{c} = {values['p']:,}; "
            f"{given['B']}·{values['p']:,} = {values['P']:,}."
        ),
        trap="An identity adds its input and has nothing to learn.",
    )


def _drawn(draw: Draw) -> dict[str, int]:
    channels = draw.one(_CHANNELS)
    return {
        "W": draw.one((14, 16, 28, 32, 56)),
        "F": 3,
        "P": 1,
        "S": 2,
        "C": channels,
        "K": draw.one((2, 2, 4)) * channels,
    }


def _block(v: Mapping[str, int]) -> str:
    return (
        f"A residual block takes a map of {square(v['W'])}×{v['C']} (H×W×C) to {v['K']} channels: a 3×3 convolution "
        f"with stride 2 and padding 1, a 3×3 convolution with stride 1 and padding 1, and on the shortcut a 1×1 "
        "convolution with stride 2. Each of the three has a batch normalisation behind it."
    )


def _block_check(v: Mapping[str, int], total: int) -> str:
    c, k = v["C"], v["K"]
    return (
        f"Each of the {k} channels is made with 9·{c} + 9·{k} + {c} weights and 3·2 of the normalisations: "
        f"{k}·{10 * c + 9 * k + 6:,} = {total:,}."
    )


def projection_forward(draw: Draw) -> Draft:
    """A block that halves the map, with its projection."""
    given = _drawn(draw)

    def answer(v: Mapping[str, Any]) -> Answer:
        return Parts((("output", Size((v["O"], v["O"], v["K"]))), ("parameters", Number(v["T"]))))

    values = _downsampling().values(given)
    return Draft(
        values=given,
        stem=(_block(given), "What is the size of its output, and how many parameters does it have?"),
        conventions=(*_NORM_TOLD, "Sizes are rounded down."),
        answer=answer(values),
        distractors=of_slips(_downsampling(), given, answer),
        steps=_downsampling().worked(given),
        check=_block_check(given, values["T"]),
        trap="The projection has the stride too: both summands need the same size.",
    )


def compare(draw: Draw) -> Draft:
    """Two large convolutions, and a bottleneck between as many channels."""
    part = draw.one((2, 4, 8))
    wide = draw.one((64, 128, 256, 512, 1024))
    narrow = wide // part
    weights = _weights()
    first = weights.evaluate({"F": 3, "C": wide, "K": wide})
    ends = weights.evaluate({"F": 1, "C": wide, "K": narrow})
    middle = weights.evaluate({"F": 3, "C": narrow, "K": narrow})
    a, b = 2 * first, 2 * ends + middle
    answer = compared(a, b, "weights")
    return Draft(
        values={"wide": wide, "narrow": narrow},
        stem=(
            f"Residual block A has two 3×3 convolutions from {wide:,} channels to {wide:,}. Block B has a 1×1 "
            f"convolution from {wide:,} channels to {narrow:,}, a 3×3 convolution from {narrow:,} to {narrow:,} and a "
            f"1×1 convolution from {narrow:,} to {wide:,}. The shortcuts are identities.",
            f"How many weights does each have? {RATIO_AND_PERCENT}",
        ),
        conventions=("Biases and normalisations are not counted.",),
        answer=answer,
        distractors=distinct(
            answer,
            [
                percent_swapped(answer),
                (slips.NO_EXPANSION, compared(a, ends + middle, "weights")),
                (slips.SHORTCUT_COUNTED, compared(a + wide * wide, b + wide * wide, "weights")),
            ],
        ),
        steps=(
            f"A: 2·3·3·{wide:,}·{wide:,} = {a:,}",
            in_numbers("B, in", weights, {"F": 1, "C": wide, "K": narrow}),
            in_numbers("B, middle", weights, {"F": 3, "C": narrow, "K": narrow}),
            in_numbers("B, out", weights, {"F": 1, "C": narrow, "K": wide}),
            f"B: {ends:,} + {middle:,} + {ends:,} = {b:,}",
        ),
        check=(
            f"With w = {narrow:,} and C = {part}w, A has 18·{part * part}·w² = {18 * part * part:,}w² weights, and B "
            f"({part} + 9 + {part})·w² = {2 * part + 9}w²."
        ),
        trap="The two percentages differ: one is of B's weights, the other of A's.",
    )


def symbolic(draw: Draw) -> Draft:
    """A block with a projection, in the name of its channels."""
    kernel, factor, normed = draw.one((3, 5, 7)), draw.one((2, 3, 4)), draw.often(0.5)
    c = symbol("C")
    out = factor * c
    weights = _weights()
    first, second = weights(F=kernel, C=c, K=out), weights(F=kernel, C=out, K=out)
    projection, norms = weights(F=1, C=c, K=out), 3 * params("bn")(C=out) if normed else 0
    total = first + second + projection + norms
    answer = Expression(total)
    wrong = [
        (slips.NO_PROJECTION, Expression(first + second + norms)),
        (slips.NARROW_SECOND, Expression(2 * first + projection + norms)),
        (slips.PROJECTION_KERNEL, Expression(2 * first + second + norms)),
    ]
    if normed:
        wrong.append((slips.FORGOT_NORM, Expression(first + second + projection)))
    size = square(kernel)
    norm_told = " Each of the three has a batch normalisation behind it." if normed else ""
    return Draft(
        values={"F": kernel, "factor": factor, "normed": normed},
        stem=(
            f"A residual block has a {size} convolution from C channels to {factor}C, a {size} convolution from "
            f"{factor}C to {factor}C, and on the shortcut a 1×1 convolution from C to {factor}C.{norm_told}",
            "How many parameters does the block have, in terms of C?",
        ),
        conventions=_NORM_TOLD if normed else _NORM_TOLD[:1],
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            f"first: {size}·C·{factor}C = {factor * kernel**2}C^2",
            f"second: {size}·{factor}C·{factor}C = {factor**2 * kernel**2}C^2",
            f"projection: C·{factor}C = {factor}C^2",
            *([f"normalisations: 3·2·{factor}C = {6 * factor}C"] if normed else []),
        ),
        check=f"With C = 1: {factor * kernel**2} + {factor**2 * kernel**2} + {factor}"
        f"{f' + {6 * factor}' if normed else ''}.",
        trap=f"The second convolution sees {factor}C channels, not C.",
    )


def inverse(draw: Draw) -> Draft:
    """How many blocks can a network of this depth have?"""
    depth = draw.one((14, 18, 20, 26, 32, 34, 35, 38, 44, 47, 50, 56, 62, 74, 92, 101, 110, 152, 164, 200))

    def numbers(layers: int) -> Integers:
        return Integers(tuple(sorted([layers // n for n in _BLOCKS.values() if layers % n == 0])))

    found = numbers(depth - 2)
    told = [
        f"{kind}: ({depth} − 2)/{n} = {(depth - 2) // n}"
        if (depth - 2) % n == 0
        else f"{kind}: {depth - 2} is not a multiple of {n}"
        for kind, n in _BLOCKS.items()
    ]
    return Draft(
        values={"depth": depth},
        stem=(
            f"A residual network of depth {depth} has a first convolution, residual blocks and a fully connected "
            "layer at the end. Either all of its blocks are basic, with 2 convolutions, or all are bottlenecks, with 3.",
            "How many blocks can it have? Give all possible numbers.",
        ),
        conventions=_DEPTH_TOLD,
        answer=found,
        distractors=distinct(
            found,
            [(slips.ONE_OF_MANY, Integers(found.values[-1:])), (slips.FORGOT_ENDS, numbers(depth))],
        ),
        steps=tuple(told),
        check=" ".join(
            [
                f"{(depth - 2) // n} {kind} blocks: 1 + {n}·{(depth - 2) // n} + 1 = {depth}."
                for kind, n in _BLOCKS.items()
                if (depth - 2) % n == 0
            ]
        ),
        trap="The first convolution and the fully connected layer are counted, but are not in a block.",
    )


def error(draw: Draw) -> Draft | None:
    """The parameters of a block with a projection, with one slip."""
    given = _drawn(draw)
    working = Working(_downsampling().lines[1:])
    return find_the_error(
        draw,
        working,
        given,
        values=given,
        task=(_block(given), "Its parameters are to be counted."),
        check=_block_check(given, working.values(given)["T"]),
        conventions=_NORM_TOLD,
    )


TOPIC = Topic(
    "residual",
    "Residual blocks and the depth of networks",
    (
        Cell("forward", 1, depth_forward),
        Cell("forward", 2, stage_forward),
        Cell("compare", 2, compare),
        Cell("forward", 3, projection_forward),
        Cell("symbolic", 3, symbolic),
        Cell("inverse", 3, inverse),
        Cell("find-the-error", 4, error),
    ),
)
