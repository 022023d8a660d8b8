"""Pooling of small maps by hand: the output, and what the output tells of the input."""

from __future__ import annotations

from cnncalc.practice import slips
from cnncalc.practice.answers import Integers, Matrix, exact
from cnncalc.practice.compose import distinct
from cnncalc.practice.draw import Draw
from cnncalc.practice.maps import apart, average, drawn_map, pooled, window, written
from cnncalc.practice.model import Draft, Grid

__all__ = ["hidden", "pooling"]

_BY_WINDOW = "The stride of the pooling is its window."


def pooling(draw: Draw) -> Draft:
    """Max or average pooling."""
    largest = draw.often(0.5)
    x = drawn_map(draw, 4, 0, 9)
    maximum, mean = Matrix(pooled(x, 2, max)), Matrix(pooled(x, 2, average))
    answer, other = (maximum, mean) if largest else (mean, maximum)
    of = max if largest else average
    name = "Max pooling" if largest else "Average pooling"
    first = [v for row in window(x, 0, 0, 2) for v in row]
    last = [v for row in window(x, 1, 1, 2, 2) for v in row]
    does = "the largest is" if largest else "a quarter of their sum is"
    return Draft(
        values={"ask": "max" if largest else "average", "x": x},
        stem=(f"{name} with windows of 2×2 is applied to this map:", written(x), "What is the output?"),
        conventions=(_BY_WINDOW,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.TOOK_AVERAGE if largest else slips.TOOK_LARGEST, other),
                (slips.OVERLAPPING, Matrix(pooled(x, 2, of, stride=1))),
                *([] if largest else [(slips.SUMMED_WINDOW, Matrix(pooled(x, 2, sum)))]),
            ],
        ),
        steps=(
            f"The first window holds {', '.join(map(exact, first))}: {does} {exact(of(first))}.",
            "All windows:",
            written(answer.rows),
        ),
        check=f"The last window holds {', '.join(map(exact, last))}: {does} {exact(of(last))}.",
        trap="The windows do not overlap: 4×4 becomes 2×2.",
    )


def hidden(draw: Draw) -> Draft | None:
    """Which numbers can be hidden in a map whose max pooling is known?"""
    x = apart(draw, 4, 0, 30)
    row, column = draw.whole(0, 3), draw.whole(0, 3)
    y = pooled(x, 2, max)
    found = y[row // 2][column // 2]
    beside = [
        v
        for i, line in enumerate(x)
        for j, v in enumerate(line)
        if (i // 2, j // 2) == (row // 2, column // 2) and (i, j) != (row, column)
    ]
    visible = max(beside)
    largest = visible < found
    answer = Integers((int(found),) if largest else tuple(range(int(found) + 1)))
    wrong = (
        (slips.EXCLUDED_END, Integers(answer.values[:-1])),
        (slips.ONE_OF_MANY, Integers(answer.values[-1:])),
    )
    if len(answer.values) == 2 or (largest and draw.often(0.5)):
        return None
    hidden = tuple(
        [
            tuple(["x" if (i, j) == (row, column) else exact(v) for j, v in enumerate(line)])
            for i, line in enumerate(x)
        ]
    )
    others = ", ".join(map(exact, beside))
    return Draft(
        values={"x": x, "row": row, "column": column, "y": y},
        stem=(
            "One number of this map is hidden; all are whole numbers, 0 or larger.",
            Grid(hidden),
            "Max pooling with windows of 2×2 gives",
            written(y),
            "Which numbers can x be? Give all of them.",
        ),
        conventions=(_BY_WINDOW,),
        answer=answer,
        distractors=distinct(answer, [(slip, a) for slip, a in wrong if a.values]),
        steps=(
            f"The window of x holds {others} as well, and its largest is {exact(found)}.",
            f"None of the others is {exact(found)}, so x is."
            if largest
            else f"{exact(found)} is one of the others, so x must just not be larger: 0 ≤ x ≤ {exact(found)}.",
        ),
        check=f"With x = {exact(found)} the largest is {exact(found)}; "
        f"with x = {exact(found + 1)} it would be {exact(found + 1)}.",
        trap="Max pooling says nothing about the numbers that are not the largest.",
    )
