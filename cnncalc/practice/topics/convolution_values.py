"""Convolution and pooling of small maps by hand."""

from __future__ import annotations

from functools import cache
from typing import Any

from cnncalc.practice import slips
from cnncalc.practice.answers import Expression, Matrix, exact, shown
from cnncalc.practice.compose import distinct, find_the_error
from cnncalc.practice.draw import Draw
from cnncalc.practice.maps import (
    Map,
    average,
    convolved,
    drawn_map,
    factor,
    flipped,
    in_lines,
    pooled,
    products,
    transposed,
    window,
    written,
)
from cnncalc.practice.model import Cell, Draft, Grid, Step, Topic
from cnncalc.practice.topics.pooling_by_hand import hidden, pooling
from cnncalc.practice.words import padding_words, square
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Dim, Formula, symbol

__all__ = ["TOPIC"]

_NO_FLIP = "The kernel is not flipped."
_BY_WINDOW = "The stride of the pooling is its window."
_TRAP = "The convolution of mathematics turns the kernel by 180° first; that of a CNN does not."


def _kernel(draw: Draw, size: int) -> Map | None:
    """One that differs from itself flipped, with at most a third of zeros."""
    w = drawn_map(draw, size, -1, 2)
    zeros = sum(v == 0 for row in w for v in row)
    return None if 3 * zeros > size * size or w == flipped(w) else w


def _one_by_one(x: Map, w: Map, stride: int, padding: int, bias: int) -> tuple[Step, ...]:
    """Every number of a small output; of a larger one the first, and the output."""
    y = convolved(x, w, stride=stride, padding=padding, bias=bias)
    shown = range(len(y)) if len(y) < 3 else range(1)
    lines = [
        f"Row {r + 1}, column {c + 1}: {products(window(x, r, c, len(w), stride, padding), w, bias)}"
        for r in shown
        for c in shown
    ]
    return tuple(lines) if len(y) < 3 else (*lines, "All numbers:", written(y))


def _last_window(x: Map, w: Map, stride: int, padding: int, bias: int) -> str:
    """The last number, from the rows of the window."""
    y = convolved(x, w, stride=stride, padding=padding, bias=bias)
    seen = window(x, len(y) - 1, len(y) - 1, len(w), stride, padding)
    rows = [sum(a * b for a, b in zip(xs, ws, strict=True)) for xs, ws in zip(seen, w, strict=True)]
    given = f"{', '.join(map(exact, rows))}{f' and the bias {exact(bias)}' if bias else ''}"
    return f"The last window is {in_lines(seen)}. Its rows give {given}: together {exact(y[-1][-1])}."


def _one_convolution(x: Map, w: Map, stride: int = 1, padding: int = 0, bias: int = 0) -> Draft:
    def made(kernel: Map, stride: int, padding: int, bias: int) -> Matrix:
        return Matrix(convolved(x, kernel, stride=stride, padding=padding, bias=bias))

    answer = made(w, stride, padding, bias)
    side = len(answer.rows)
    return Draft(
        values={"ask": "conv", "x": x, "w": w, "S": stride, "P": padding, "b": bias},
        stem=(
            "This map",
            written(x),
            "is convolved with this kernel:",
            written(w),
            f"The stride is {stride}, there is {padding_words(padding)}, and "
            f"{f'the bias is {exact(bias)}' if bias else 'no bias'}. What is the output?",
        ),
        conventions=(_NO_FLIP,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.FLIPPED_KERNEL, made(flipped(w), stride, padding, bias)),
                (slips.FORGOT_STRIDE, made(w, 1, padding, bias)),
                (slips.FORGOT_PADDING, made(w, stride, 0, bias)),
                (slips.FORGOT_ONE_BIAS, made(w, stride, padding, 0)),
                (slips.TRANSPOSED_KERNEL, made(transposed(w), stride, padding, bias)),
            ],
        ),
        steps=(
            f"The kernel fits at {square(side)} places: the output is {square(side)}.",
            *_one_by_one(x, w, stride, padding, bias),
        ),
        check=_last_window(x, w, stride, padding, bias),
        trap=_TRAP,
    )


def forward(draw: Draw) -> Draft | None:
    """One convolution, or one pooling, with nothing else."""
    if draw.often(0.4):
        return pooling(draw)
    size, kernel = draw.one(((4, 2), (4, 3), (5, 3)))
    x, w = drawn_map(draw, size, 0, 4), _kernel(draw, kernel)
    return None if w is None else _one_convolution(x, w)


def with_geometry(draw: Draw) -> Draft | None:
    """A convolution with a stride, padding or both, and a bias."""
    size, kernel, stride, padding = draw.one(
        ((4, 3, 2, 1), (5, 3, 2, 0), (5, 3, 2, 1), (4, 2, 2, 0), (4, 2, 2, 1), (3, 3, 1, 1))
    )
    x, w = drawn_map(draw, size, 0, 3), _kernel(draw, kernel)
    return None if w is None else _one_convolution(x, w, stride, padding, draw.one((-2, -1, 1, 2, 3)))


def chain(draw: Draw) -> Draft | None:
    """Convolution, ReLU and pooling; or a filter over two channels."""
    return _three_layers(draw) if draw.often(0.5) else _two_channels(draw)


def _three_layers(draw: Draw) -> Draft | None:
    x, w, bias = drawn_map(draw, 5, 0, 3), _kernel(draw, 2), draw.one((-3, -2, -1, 1))
    if w is None:
        return None

    def rectified(y: Map) -> Map:
        return tuple([tuple([max(0, v) for v in row]) for row in y])

    def after(kernel: Map, b: int) -> Map:
        return rectified(convolved(x, kernel, bias=b))

    y = convolved(x, w, bias=bias)
    answer = Matrix(pooled(after(w, bias), 2, max))
    if y == rectified(y) or answer.rows == ((0, 0), (0, 0)):
        return None
    return Draft(
        values={"ask": "chain", "x": x, "w": w, "b": bias},
        stem=(
            "This map",
            written(x),
            "goes through a convolution with this kernel:",
            written(w),
            f"It has stride 1, no padding and the bias {exact(bias)}. A ReLU and max pooling with windows of 2×2 follow. "
            "What is the output of the pooling?",
        ),
        conventions=(_NO_FLIP, _BY_WINDOW),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.FLIPPED_KERNEL, Matrix(pooled(after(flipped(w), bias), 2, max))),
                (slips.FORGOT_ONE_BIAS, Matrix(pooled(after(w, 0), 2, max))),
                (slips.FORGOT_RELU, Matrix(pooled(y, 2, max))),
                (slips.TOOK_AVERAGE, Matrix(pooled(after(w, bias), 2, average))),
            ],
        ),
        steps=(
            f"The first number of the convolution is {products(window(x, 0, 0, 2), w, bias)}. All of them:",
            written(y),
            "After the ReLU:",
            written(rectified(y)),
            "The largest of every window:",
            written(answer.rows),
        ),
        check="The ReLU does not change which number is the largest: pooled first, the map is "
        f"{in_lines(pooled(y, 2, max))}, and the ReLU makes {in_lines(answer.rows)} of it.",
        trap="The bias comes before the ReLU: it decides which numbers become 0.",
    )


def _two_channels(draw: Draw) -> Draft | None:
    maps = drawn_map(draw, 3, 0, 4), drawn_map(draw, 3, 0, 4)
    first, second = _kernel(draw, 2), _kernel(draw, 2)
    bias = draw.one((-2, -1, 1, 2))
    if first is None or second is None:
        return None
    kernels = first, second

    def made(kernels: tuple[Map, Map], bias: int) -> Map:
        a, b = [convolved(x, w) for x, w in zip(maps, kernels, strict=True)]
        return tuple(
            [tuple([v + u + bias for v, u in zip(*rows, strict=True)]) for rows in zip(a, b, strict=True)]
        )

    answer = Matrix(made(kernels, bias))
    halves = [convolved(x, w) for x, w in zip(maps, kernels, strict=True)]
    sums = " + ".join(exact(y[0][0]) if y[0][0] >= 0 else f"({exact(y[0][0])})" for y in halves)
    added = exact(bias) if bias > 0 else f"({exact(bias)})"
    return Draft(
        values={"ask": "channels", "x": maps, "w": kernels, "b": bias},
        stem=(
            "A map has two channels:",
            written(maps[0]),
            written(maps[1]),
            "A filter has this kernel for the first channel, and this for the second:",
            written(first),
            written(second),
            f"The stride is 1, there is no padding, and the filter's bias is {exact(bias)}. What is the output?",
        ),
        conventions=(_NO_FLIP,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.ONE_CHANNEL, Matrix(convolved(maps[0], first, bias=bias))),
                (slips.FLIPPED_KERNEL, Matrix(made((flipped(first), flipped(second)), bias))),
                (slips.FORGOT_ONE_BIAS, Matrix(made(kernels, 0))),
                (slips.BIAS_PER_CHANNEL, Matrix(made(kernels, 2 * bias))),
            ],
        ),
        steps=(
            "The first channel gives",
            written(halves[0]),
            "and the second",
            written(halves[1]),
            f"Both and the bias are added. The first number: {sums} + {added} = {exact(answer.rows[0][0])}.",
        ),
        check=f"In the first window the first channel gives {products(window(maps[0], 0, 0, 2), first)} "
        f"and the second {products(window(maps[1], 0, 0, 2), second)}.",
        trap="A filter has a kernel for every channel, but one output and one bias.",
    )


def symbolic(draw: Draw) -> Draft | None:
    """One number of the output, with weights that have names."""
    x = drawn_map(draw, 3, 0, 9)
    upper, lower = draw.one((-2, -1, 1, 2)), draw.one((-2, -1, 1, 2))
    row, column = draw.one(((0, 1), (1, 0), (0, 0), (1, 1)))
    a, b = symbol("a"), symbol("b")
    w = ((a, upper), (lower, b))

    def at(row: int, column: int, kernel: tuple[tuple[Dim, ...], ...]) -> Expression:
        return Expression(sum(int(x[row + i][column + j]) * kernel[i][j] for i in range(2) for j in range(2)))

    answer = at(row, column, w)
    seen = window(x, row, column, 2)
    if not seen[0][0] or not seen[1][1]:
        return None
    terms = f"{seen[0][0]}·a + {seen[0][1]}·{factor(upper)} + {seen[1][0]}·{factor(lower)} + {seen[1][1]}·b"
    return Draft(
        values={"x": x, "upper": upper, "lower": lower, "row": row, "column": column},
        stem=(
            "This map",
            written(x),
            "is convolved with this kernel:",
            Grid((("a", exact(upper)), (exact(lower), "b"))),
            "The stride is 1, there is no padding and no bias. Which number is in row "
            f"{row + 1}, column {column + 1} of the output, in terms of a and b?",
        ),
        conventions=(_NO_FLIP,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.FLIPPED_KERNEL, at(row, column, ((b, lower), (upper, a)))),
                (slips.SWAPPED_POSITION, at(column, row, w)),
                (slips.TRANSPOSED_KERNEL, at(row, column, ((a, lower), (upper, b)))),
            ],
        ),
        steps=(
            f"The window there is {in_lines(seen)}.",
            f"{terms} = {shown(answer)}",
        ),
        check=f"With a = b = 0 it is {seen[0][1]}·{factor(upper)} + {seen[1][0]}·{factor(lower)} = "
        f"{exact(int(seen[0][1] * upper + seen[1][0] * lower))}.",
        trap=_TRAP,
    )


@cache
def _unit() -> Working:
    """One number of the output of a convolution and its ReLU."""

    def row(i: int) -> Line:
        straight = " + ".join(f"x{i}{j}*w{i}{j}" for j in (1, 2))
        turned = " + ".join(f"x{i}{j}*w{3 - i}{3 - j}" for j in (1, 2))
        across = " + ".join(f"x{i}{j}*w{j}{i}" for j in (1, 2))
        return Line(
            f"r{i}",
            f"products of row {i}",
            Formula(straight),
            ((slips.FLIPPED_KERNEL, Formula(turned)), (slips.TRANSPOSED_KERNEL, Formula(across))),
        )

    return Working(
        (
            row(1),
            row(2),
            Line("s", "both rows", Formula("r1 + r2")),
            Line("z", "with the bias", Formula("s + b"), ((slips.FORGOT_ONE_BIAS, Formula("s")),)),
            Line("y", "after the ReLU", Formula("max(0, z)"), ((slips.FORGOT_RELU, Formula("z")),)),
        )
    )


def error(draw: Draw) -> Draft | None:
    """One number of the output, with one slip."""
    x, w = drawn_map(draw, 2, 0, 5), _kernel(draw, 2)
    bias = draw.one((-3, -2, -1, 1, 2))
    if w is None:
        return None
    names = {
        f"{name}{i + 1}{j + 1}": m[i][j] for name, m in (("x", x), ("w", w)) for i in (0, 1) for j in (0, 1)
    }
    given: dict[str, Any] = {**names, "b": bias}
    made = _unit().values(given)
    return find_the_error(
        draw,
        _unit(),
        given,
        values={"x": x, "w": w, "b": bias},
        task=(
            f"A window of the input is {in_lines(x)} (row by row), the kernel is {in_lines(w)} and its bias "
            f"{exact(bias)}. A ReLU follows. The output at this place is to be found.",
        ),
        check=f"At once: {products(x, w, bias)}; the ReLU makes {exact(made['y'])} of it.",
        conventions=(_NO_FLIP,),
    )


TOPIC = Topic(
    "convolution-values",
    "Convolution and pooling by hand",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, with_geometry),
        Cell("symbolic", 2, symbolic),
        Cell("forward", 3, chain),
        Cell("inverse", 3, hidden),
        Cell("find-the-error", 4, error),
    ),
)
