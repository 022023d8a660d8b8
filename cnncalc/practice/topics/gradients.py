"""Gradients of pooling and ReLU by hand: which input gets how much of what comes back."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

from cnncalc.practice import slips
from cnncalc.practice.answers import Exact, Expression, Integers, Matrix, exact, shown
from cnncalc.practice.backward import evenly, gated, sent_back, to_all, to_largest, to_smallest
from cnncalc.practice.compose import distinct
from cnncalc.practice.draw import Draw
from cnncalc.practice.maps import Map, apart, drawn_map, in_lines, pooled, window, written
from cnncalc.practice.model import Cell, Draft, Grid, Topic
from cnncalc.practice.topics.gradient_step import error
from cnncalc.practice.words import square
from cnncalc.symbolic import symbol

__all__ = ["TOPIC"]

_BY_WINDOW = "The stride of the pooling is its window."
_MEANING = "The gradient is that of the loss."
_ROUTE = "Max pooling sends the gradient of each output to the number that it was, and nothing to the others."


def _without_zeros(draw: Draw, size: int, low: int, high: int) -> Map:
    numbers = [v for v in range(low, high + 1) if v]
    return tuple([tuple([draw.one(numbers) for _ in range(size)]) for _ in range(size)])


def _total(x: Map) -> Exact:
    return sum(v for row in x for v in row)


def forward(draw: Draw) -> Draft | None:
    """Back through max pooling, or through a ReLU."""
    return _through_max(draw) if draw.often(0.6) else _through_relu(draw)


def _through_max(draw: Draw) -> Draft:
    x, g = apart(draw, 4, 0, 20), _without_zeros(draw, 2, -4, 5)
    back = sent_back(x, g, 2, 2, to_largest)
    first = [v for row in window(x, 0, 0, 2) for v in row]
    answer = Matrix(back)
    return Draft(
        values={"ask": "max", "x": x, "g": g, "F": 2, "S": 2},
        stem=(
            "Max pooling with windows of 2×2 has this input:",
            written(x),
            "The gradient with respect to its output is",
            written(g),
            "What is the gradient with respect to its input?",
        ),
        conventions=(_MEANING, _BY_WINDOW),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.SPREAD_EVENLY, Matrix(sent_back(x, g, 2, 2, evenly))),
                (slips.TO_EVERY, Matrix(sent_back(x, g, 2, 2, to_all))),
                (slips.SMALLEST, Matrix(sent_back(x, g, 2, 2, to_smallest))),
                (slips.RETURNED_VALUE, Matrix(sent_back(x, pooled(x, 2, max), 2, 2, to_largest))),
            ],
        ),
        steps=(
            _ROUTE,
            f"The first window holds {', '.join(map(exact, first))}: {exact(g[0][0])} goes to the {exact(max(first))}.",
            "All windows:",
            written(back),
        ),
        check=f"Both gradients have the same sum, {exact(_total(g))}.",
        trap="The values of the map decide where the gradient goes; they do not appear in it.",
    )


def _through_relu(draw: Draw) -> Draft | None:
    x, g = _without_zeros(draw, 3, -5, 5), _without_zeros(draw, 3, -4, 4)
    positive = sum(v > 0 for row in x for v in row)
    if not 3 <= positive <= 6:
        return None
    back = gated(x, g)
    answer = Matrix(back)
    rectified = tuple([tuple([max(0, v) for v in row]) for row in x])
    return Draft(
        values={"ask": "relu", "x": x, "g": g},
        stem=(
            "A ReLU has this input:",
            written(x),
            "The gradient with respect to its output is",
            written(g),
            "What is the gradient with respect to its input?",
        ),
        conventions=(_MEANING,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.GATE_BY_GRADIENT, Matrix(gated(g, g))),
                (slips.GATE_OPEN, Matrix(g)),
                (slips.RETURNED_VALUE, Matrix(rectified)),
            ],
        ),
        steps=(
            "The slope of the ReLU is 1 where its input is positive, and 0 where it is negative.",
            f"{positive} numbers of the input are positive; their gradients stay, the others become 0.",
            written(back),
        ),
        check=f"{9 - positive} numbers are 0, as many as are negative in the input.",
        trap="A negative gradient passes as well: only the sign of the input counts.",
    )


def overlapping(draw: Draw) -> Draft | None:
    """Back through average pooling, or through max pooling whose windows overlap."""
    return _through_average(draw) if draw.often(0.4) else _through_overlap(draw)


def _through_average(draw: Draw) -> Draft:
    x, g = apart(draw, 4, 0, 20), drawn_map(draw, 2, -3, 4)
    if draw.often(0.5):
        g = tuple([tuple([4 * v for v in row]) for row in g])
    back = sent_back(x, g, 2, 2, evenly)
    answer = Matrix(back)
    return Draft(
        values={"ask": "average", "x": x, "g": g, "F": 2, "S": 2},
        stem=(
            "Average pooling with windows of 2×2 has this input:",
            written(x),
            "The gradient with respect to its output is",
            written(g),
            "What is the gradient with respect to its input?",
        ),
        conventions=(_MEANING, _BY_WINDOW),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.NOT_SHARED, Matrix(sent_back(x, g, 2, 2, to_all))),
                (slips.ONLY_LARGEST, Matrix(sent_back(x, g, 2, 2, to_largest))),
            ],
        ),
        steps=(
            "Each of the four numbers of a window counts a quarter in the average, and so gets a quarter of the gradient.",
            f"The first window: {exact(g[0][0])}/4 = {exact(Fraction(g[0][0]) / 4)} for each. All windows:",
            written(back),
        ),
        check=f"Both gradients have the same sum, {exact(_total(g))}.",
        trap="The input itself plays no part: averaging is linear.",
    )


def _through_overlap(draw: Draw) -> Draft | None:
    side, size, stride = draw.one(((3, 2, 1), (5, 3, 2), (4, 3, 1)))
    x = apart(draw, side, 0, 30)
    g = drawn_map(draw, 2, 1, 5)
    back = sent_back(x, g, size, stride, to_largest)
    answer = Matrix(back)
    tops = pooled(x, size, max, stride)
    if len({*tops[0], *tops[1]}) == 4:
        return None
    routes = [
        f"{exact(g[r][c])} to the {exact(tops[r][c])} of window {r * 2 + c + 1}"
        for r in (0, 1)
        for c in (0, 1)
    ]
    return Draft(
        values={"ask": "max", "x": x, "g": g, "F": size, "S": stride},
        stem=(
            f"Max pooling with windows of {square(size)} and stride {stride} has this input:",
            written(x),
            "The gradient with respect to its output is",
            written(g),
            "What is the gradient with respect to its input?",
        ),
        conventions=(_MEANING, "There is no padding."),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.LAST_ONE_ONLY, Matrix(sent_back(x, g, size, stride, to_largest, add=False))),
                (slips.SMALLEST, Matrix(sent_back(x, g, size, stride, to_smallest))),
            ],
        ),
        steps=(
            f"The windows, row by row, have the largest numbers {in_lines(tops)}.",
            f"The gradient goes {', '.join(routes)}.",
            "A number that is the largest of several windows gets the sum:",
            written(back),
        ),
        check=f"Both gradients have the same sum, {exact(_total(g))}.",
        trap="Windows that overlap can have the same largest number: their gradients add up there.",
    )


def chain(draw: Draw) -> Draft | None:
    """Back through max pooling and the ReLU before it."""
    numbers = draw.some([v for v in range(-12, 13) if v], 16)
    top, left = draw.one((0, 2)), draw.one((0, 2))
    # one window, at least, has no positive number
    x: Map = tuple(
        [
            tuple(
                [-abs(v) if i in (top, top + 1) and j in (left, left + 1) else v for j, v in enumerate(row)]
            )
            for i, row in enumerate([numbers[i : i + 4] for i in range(0, 16, 4)])
        ]
    )
    g = _without_zeros(draw, 2, -4, 5)
    rectified: Map = tuple([tuple([max(0, v) for v in row]) for row in x])
    routed = sent_back(x, g, 2, 2, to_largest)
    back = gated(x, routed)
    windows = [window(x, r, c, 2, 2) for r in (0, 1) for c in (0, 1)]
    if any(a == b for (a, b), (c, d) in windows for a, b in combinations((a, b, c, d), 2)) or not any(
        map(any, back)
    ):
        return None
    lost = exact(_total(routed) - _total(back))
    answer = Matrix(back)
    return Draft(
        values={"ask": "chain", "x": x, "g": g},
        stem=(
            "A ReLU has this input; max pooling with windows of 2×2 follows it.",
            written(x),
            "The gradient with respect to the output of the pooling is",
            written(g),
            "What is the gradient with respect to the input of the ReLU?",
        ),
        conventions=(_MEANING, _BY_WINDOW),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.GATE_OPEN, Matrix(routed)),
                (slips.GATE_BY_GRADIENT, Matrix(gated(routed, routed))),
                (slips.TO_EVERY, Matrix(gated(x, sent_back(x, g, 2, 2, to_all)))),
                (slips.SPREAD_EVENLY, Matrix(gated(x, sent_back(x, g, 2, 2, evenly)))),
            ],
        ),
        steps=(
            "After the ReLU the map is",
            written(rectified),
            "The pooling sends each gradient to the largest of its window; where all four are 0, none of them was positive "
            "and the ReLU stops the gradient, wherever it goes:",
            written(back),
        ),
        check=f"What the windows without a positive number got is lost: {lost} is missing from the sum "
        f"{exact(_total(g))} of the gradient that came in.",
        trap="The gradient passes two gates: it must reach the largest number, and that must be positive.",
    )


def symbolic(draw: Draw) -> Draft:
    """How many numbers get a gradient, or none, through max pooling."""
    size, depth, none = draw.one((2, 3, 4, 5)), draw.one((1, 2, 3, 4)), draw.often(0.6)
    n, channels = symbol("n"), depth * symbol("C")
    outputs = n * n * channels
    others = (size * size - 1) * outputs
    answer = Expression(others if none else outputs)
    deep = "C" if depth == 1 else f"{depth}C"
    return Draft(
        values={"F": size, "depth": depth, "none": none},
        stem=(
            f"Max pooling with windows of {square(size)} takes a map of {size}n×{size}n×{deep} (H×W×C). In no window "
            "is the largest number there twice, and no gradient of an output is 0.",
            f"For how many numbers of the input is the gradient {'0' if none else 'not 0'}, in terms of n and C?",
        ),
        conventions=(_BY_WINDOW,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.COUNTED_RECEIVERS, Expression(outputs))
                if none
                else (slips.COUNTED_OTHERS, Expression(others)),
                (slips.ONE_PLANE, Expression((size * size - 1) * n * n if none else n * n)),
            ],
        ),
        steps=(
            f"The output is a map of n×n×{deep}, and each of its numbers sends its gradient to one number: "
            f"{shown(Expression(outputs))} get one.",
            *(
                [
                    f"The other {size * size - 1} of the {size * size} numbers of each window get none: {shown(Expression(others))}."
                ]
                if none
                else []
            ),
        ),
        check=f"With n = C = 1 there are {depth * size * size} numbers: {depth} with a gradient and "
        f"{depth * (size * size - 1)} without.",
        trap="Each channel is pooled by itself.",
    )


_MOST = 20


def inverse(draw: Draw) -> Draft | None:
    """Which numbers can be hidden in a map, if the gradient that max pooling sends back is known?"""
    x, g = apart(draw, 4, 0, _MOST), _without_zeros(draw, 2, -4, 5)
    row, column = draw.whole(0, 3), draw.whole(0, 3)
    back = sent_back(x, g, 2, 2, to_largest)
    seen = window(x, row // 2, column // 2, 2, 2)
    beside = [v for line in seen for v in line if v != x[row][column]]
    most = int(max(beside))
    largest = x[row][column] > most
    answer = Integers(tuple(range(most + 1, _MOST + 1) if largest else range(most)))
    if len(answer.values) < 3:
        return None
    others = ", ".join(map(exact, beside))
    told = (
        f"The gradient went to x, so x is larger than {most}: {most + 1} ≤ x ≤ {_MOST}."
        if largest
        else f"The gradient went to the {most}, so x is smaller: 0 ≤ x < {most}."
    )
    return Draft(
        values={"x": x, "g": g, "row": row, "column": column, "back": back, "most": _MOST},
        stem=(
            f"One number of this map is hidden; all are whole numbers from 0 to {_MOST}, and in no window of 2×2 is the "
            "largest there twice.",
            Grid(
                tuple(
                    [
                        tuple(["x" if (i, j) == (row, column) else exact(v) for j, v in enumerate(line)])
                        for i, line in enumerate(x)
                    ]
                )
            ),
            "Max pooling with these windows sends back the gradient",
            written(back),
            "Which numbers can x be? Give all of them.",
        ),
        conventions=(_BY_WINDOW,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.WITH_EQUAL, Integers(tuple(range(most, _MOST + 1) if largest else range(most + 1)))),
                (slips.ONE_OF_MANY, Integers(answer.values[:1])),
            ],
        ),
        steps=(f"The window of x holds {others} as well.", told),
        check=f"With x = {answer.values[0]} and with x = {answer.values[-1]} the gradient goes where it is given.",
        trap="The gradient tells which number was the largest, but not by how much.",
    )


TOPIC = Topic(
    "gradients",
    "Gradients of pooling and ReLU",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, overlapping),
        Cell("symbolic", 2, symbolic),
        Cell("forward", 3, chain),
        Cell("inverse", 3, inverse),
        Cell("find-the-error", 4, error),
    ),
)
