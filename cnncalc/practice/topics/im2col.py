"""A convolution as a product of matrices (im2col): the weights times the windows."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.layers.window import OUTPUT_SIZE
from cnncalc.practice import slips
from cnncalc.practice.answers import Expression, Parts, Size, exact
from cnncalc.practice.bytes import FLOATS, KIB, bytes_line, in_few_digits, told
from cnncalc.practice.compose import RATIO_AND_PERCENT, compared, distinct, find_the_error, percent_swapped
from cnncalc.practice.costs import in_numbers
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Draft, Worked
from cnncalc.practice.sizes import OUTPUT_LINE
from cnncalc.practice.words import layer_words, padding_words, square
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, symbol

__all__ = ["compare", "error", "matrices", "numbers"]

_FLOOR = "Sizes are rounded down."
_WINDOWS_KIB, _INPUT_KIB = Formula("R*L*B/1024"), Formula("W*W*C*B/1024")
_WINDOWS = (
    "im2col writes every window of the padded input as a column, so that the convolution is one product of matrices: "
    "the weights, one row for each filter, times the windows."
)


def _convolution(draw: Draw) -> dict[str, int]:
    kernel = draw.one((1, 3, 5, 7, 11))
    return {
        "W": draw.one((14, 16, 28, 32, 56, 63, 64, 112, 227)),
        "F": kernel,
        "S": draw.one((1, 2, 4) if kernel > 3 else (1, 2) if kernel > 1 else (1,)),
        "P": draw.one((0, kernel // 2)),
        "C": draw.one((1, 3, 6, 16, 32, 64)),
        "K": draw.one((6, 16, 32, 64, 96, 128)),
    }


def _layer(v: Mapping[str, int]) -> str:
    return (
        f"A convolutional layer has {layer_words(v['F'], v['K'], v['S'], v['P'])}. Its input is a map of "
        f"{square(v['W'])}×{v['C']} (H×W×C)."
    )


@cache
def _rows() -> Line:
    return Line(
        "R",
        "rows",
        Formula("F*F*C", F="kernel size", C="input channels"),
        ((slips.FORGOT_DEPTH, Formula("F*F")), (slips.KERNEL_SIDE, Formula("F*C"))),
    )


@cache
def _matrix() -> Working:
    """The matrix of the windows."""
    return Working(
        (
            Line("O", "output size", OUTPUT_SIZE),
            _rows(),
            Line(
                "L",
                "columns",
                Formula("O*O"),
                ((slips.ONE_AXIS, Formula("O")), (slips.INPUT_POSITIONS, Formula("W*W"))),
            ),
        )
    )


def matrices(draw: Draw) -> Draft | None:
    """The sizes of both factors and of the product."""
    given = _convolution(draw)
    if given["F"] > given["W"]:
        return None
    filters = given["K"]

    def answer(v: Mapping[str, Any]) -> Parts:
        sides = {"weights": (filters, v["R"]), "windows": (v["R"], v["L"]), "product": (filters, v["L"])}
        return Parts(tuple([(name, Size(pair, "rows×columns")) for name, pair in sides.items()]))

    values = _matrix().values(given)
    right = answer(values)
    turned = Parts(tuple([(n, Size(p.sizes[::-1], p.axes)) for n, p in right.parts if isinstance(p, Size)]))
    wrong = [(s.slip, answer(s.values)) for s in _matrix().slipped(given)]
    return Draft(
        values=given,
        stem=(
            _layer(given),
            _WINDOWS,
            "How many rows and columns do the matrix of the weights, that of the windows, and their product have? Write each as rows×columns.",
        ),
        conventions=(_FLOOR, "Biases are not counted."),
        answer=right,
        distractors=distinct(right, [*wrong, (slips.SIDES_SWAPPED, turned)]),
        steps=_matrix().worked(given),
        check=f"The product has {filters}·{values['L']:,} = {filters * values['L']:,} numbers, and so has the output of "
        f"{square(values['O'])}×{filters}.",
        trap="A window reaches through all input channels; there is a column for each output position, not for each input.",
    )


def compare(draw: Draw) -> Draft | None:
    """The windows against the input."""
    given, kind = _convolution(draw), draw.one(tuple(FLOATS))
    if given["F"] > given["W"] or given["S"] > 2 or given["W"] > 128:
        return None
    size = FLOATS[kind]
    values = _matrix().values(given)
    a, b = values["R"] * values["L"] * size, given["W"] ** 2 * given["C"] * size
    if a <= b or not (in_few_digits(a, KIB) and in_few_digits(b, KIB)):
        return None
    answer = compared(Fraction(a, KIB), Fraction(b, KIB), "KiB")
    return Draft(
        values={**given, "kind": kind},
        stem=(
            _layer(given),
            _WINDOWS,
            f"A is the matrix of the windows, B the input, both in {kind}. How many KiB does each take for one image? "
            f"{RATIO_AND_PERCENT}",
        ),
        conventions=(*told(kind, "KiB"), _FLOOR, "B is counted without the padding."),
        answer=answer,
        distractors=distinct(answer, [percent_swapped(answer)]),
        steps=(
            *_matrix().worked(given),
            in_numbers("A", _WINDOWS_KIB, {**values, "B": size}),
            in_numbers("B", _INPUT_KIB, {**given, "B": size}),
        ),
        check=f"C and the bytes cancel: A/B is {square(given['F'])}·{square(values['O'])}/({square(given['W'])}) = "
        f"{exact(Fraction(a, b))}.",
        trap="Where windows overlap, a number stands in several columns.",
    )


def numbers(draw: Draw) -> Draft:
    """The numbers of the windows, in names."""
    n, c = symbol("n"), symbol("C")
    kernel, stride, factor = draw.one((1, 3, 5, 7)), draw.one((1, 2)), draw.one((1, 2, 3, 4))
    if kernel < stride:
        stride = 1
    before, depth = stride * n, factor * c
    side = OUTPUT_SIZE(W=before, P=kernel // 2, F=kernel, S=stride)
    total = Formula("F*F*D*O*O", F="kernel size", D="input channels", O="output size")
    given = {"F": kernel, "D": depth, "O": side}
    right = Expression(total.evaluate(given))
    wrong = (
        (slips.NOT_COPIED, Expression(before * before * depth)),
        (slips.FORGOT_DEPTH, Expression(kernel * kernel * side * side)),
        (slips.INPUT_POSITIONS, Expression(total.evaluate({**given, "O": before}))),
    )
    sides = "n×n" if stride == 1 else "2n×2n"
    return Draft(
        values={"asked": "windows", "F": kernel, "S": stride, "factor": factor},
        stem=(
            f"A convolutional layer has kernels of {square(kernel)}, stride {stride} and {padding_words(kernel // 2)}. Its "
            f"input is a map of {sides}×{'' if factor == 1 else factor}C (H×W×C).",
            _WINDOWS,
            "How many numbers does the matrix of the windows hold, in terms of n and C?",
        ),
        conventions=(_FLOOR,),
        answer=right,
        distractors=distinct(right, wrong),
        steps=(
            f"The padding keeps the size{'' if stride == 1 else ' but for the stride'}: the output is n×n.",
            Worked("numbers", Derivation(total, given)),
        ),
        check=f"With n = C = 1 there is one column of {kernel * kernel}·{factor} = {kernel * kernel * factor} numbers.",
        trap="Twice the side makes four times the columns, twice the channels twice the rows.",
    )


@cache
def _in_lines(size: int) -> Working:
    """From the geometry of a layer to the memory of its windows."""
    _, rows, columns = _matrix().lines
    return Working(
        (
            OUTPUT_LINE,
            rows,
            columns,
            Line("N", "numbers", Formula("R*L"), ((slips.NOT_COPIED, Formula("W*W*C")),)),
            bytes_line(size),
        )
    )


def error(draw: Draw) -> Draft | None:
    """The memory of the windows, with one slip."""
    given, kind = _convolution(draw), draw.one(tuple(FLOATS))
    size = FLOATS[kind]
    given |= {"C": draw.one((16, 32, 64))}
    if given["F"] > given["W"] or given["F"] == 1 or given["W"] % 4:
        return None
    values = _in_lines(size).values({**given, "B": size})
    return find_the_error(
        draw,
        _in_lines(size),
        {**given, "B": size},
        values={**given, "kind": kind},
        task=(
            _layer(given),
            _WINDOWS,
            f"The memory of the matrix of the windows in {kind} is to be found, in bytes.",
        ),
        check=f"A column takes {values['R']:,}·{size} = {values['R'] * size:,} bytes; {values['L']:,} of them take "
        f"{values['M']:,}.",
        conventions=(*told(kind), _FLOOR),
    )
