"""One step of gradient descent for a unit with one weight, with one slip."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from cnncalc.practice import slips
from cnncalc.practice.answers import exact
from cnncalc.practice.compose import find_the_error
from cnncalc.practice.draw import Draw
from cnncalc.practice.maps import factor
from cnncalc.practice.model import Draft
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula

__all__ = ["error"]


@cache
def _step() -> Working:
    """Forward, back, and one step of gradient descent, for a unit with one weight."""
    return Working(
        (
            Line(
                "z",
                "z",
                Formula("w*x + b", w="weight", x="input", b="bias"),
                ((slips.FORGOT_ONE_BIAS, Formula("w*x")),),
            ),
            Line("y", "y", Formula("max(0, z)")),
            Line(
                "e",
                "dL/dy",
                Formula("y - t", t="target"),
                ((slips.ERROR_REVERSED, Formula("t - y")), (slips.SQUARE_NOT_HALVED, Formula("2*(y - t)"))),
            ),
            Line("d", "dL/dz", Formula("e*h", h="slope of the ReLU"), ((slips.RELU_VALUE, Formula("e*y")),)),
            Line("g", "dL/dw", Formula("d*x"), ((slips.TIMES_WEIGHT, Formula("d*w")),)),
            Line("v", "new w", Formula("w - r*g", r="learning rate"), ((slips.UPHILL, Formula("w + r*g")),)),
        )
    )


def error(draw: Draw) -> Draft | None:
    """One step of gradient descent, with one slip."""
    given: dict[str, int | Fraction] = {
        "w": draw.one((-3, -2, 2, 3, 4)),
        "x": draw.one((-3, -2, 2, 3, 4)),
        "b": draw.one((-2, -1, 1, 2)),
        "t": draw.whole(0, 9),
        "h": 1,
        "r": Fraction(1, draw.one((2, 4, 5, 10))),
    }
    values = _step().values(given)
    if values["z"] <= 0 or values["e"] == 0:
        return None
    shown = {n: exact(v) for n, v in values.items()}
    step = Fraction(1, 10)
    before, after = ((values["e"] + change * given["x"]) ** 2 / 2 for change in (-step, step))
    return find_the_error(
        draw,
        _step(),
        given,
        values={**given, "r": str(given["r"])},
        task=(
            "A unit computes y = ReLU(w·x + b), and its loss is L = (y − t)²/2. "
            f"The weight is w = {shown['w']}, the input x = {shown['x']}, the bias b = {shown['b']} and the target "
            f"t = {shown['t']}. One step of gradient descent with the learning rate {shown['r']} is made for w.",
        ),
        check=f"With w = {exact(given['w'] + step)} the loss is {exact(after)}, with w = {exact(given['w'] - step)} it is "
        f"{exact(before)}: dL/dw is ({exact(after)} − {factor(before)})/0.2 = {shown['g']}.",
    )
