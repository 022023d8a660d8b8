"""Stacks: the receptive field by walking from one output to all inputs it depends on, weights counted in torch."""

from __future__ import annotations

from functools import cache

from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.comparing import comparison, swapped
from tests.practice.oracles.measured import Measured, same


@cache
def field(f: int, m: int) -> int:
    seen = {0}
    for _ in range(m):
        seen = {position + tap for position in seen for tap in range(f)}
    return len(seen)


def layer(f: int, c: int) -> Measured:
    return same(f, f, c, c)


def depth(f: int, r: int) -> int:
    """The layers that see exactly so much."""
    return next(m for m in range(1, r) if field(f, m) == r)


def expected(problem: Problem) -> Answer:
    v = problem.draft.values
    match problem.form, problem.difficulty:
        case "forward", 1:
            return Number(field(v["F"], v["m"]))
        case "forward", 2:
            return both(field(v["F"], v["m"]), v["m"] * layer(v["F"], v["C"]).params)
        case "compare", _:
            return _compared(v, v["m"])
        case "symbolic", _:
            return _through(lambda c: v["m"] * layer(v["F"], v["times"] * c).params)
        case "inverse", _:
            return Integers(tuple(m for m in range(1, 60) if fits(v, m, field(v["F"], m))))
    raise AssertionError(problem.name)


def both(r: int, count: int) -> Parts:
    return Parts((("receptive field", Number(r)), ("parameters", Number(count))))


def _compared(v: dict[str, int], layers: int) -> Parts:
    large = field(3, v["m"])
    assert depth(3, large) == v["m"]
    return comparison(layer(large, v["C"]).weights, layers * layer(3, v["C"]).weights, "weights")


def fits(v: dict[str, int], m: int, seen: int) -> bool:
    single = layer(v["target"], v["C"]).weights
    return seen >= v["target"] and m * layer(v["F"], v["C"]).weights < single


def _through(count) -> Expression:
    """The polynomial of degree 2 through a function's values at 1, 2 and 3."""
    c = symbol("C")
    one, two, three = count(1), count(2), count(3)
    square = (three - 2 * two + one) // 2
    slope = two - one - 3 * square
    return Expression(square * c * c + slope * c + (one - slope - square))


def lines(problem: Problem) -> list[int]:
    v = problem.draft.values
    r, one = field(v["F"], v["m"]), layer(v["F"], v["C"]).weights
    large = layer(r, v["C"]).weights
    return [r, one, v["m"] * one, large, large - v["m"] * one]


def _kernels_added(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "inverse":
        return Integers(tuple(m for m in range(1, 60) if fits(v, m, sum([v["F"]] * m))))
    total = sum([v["F"]] * v["m"])
    return Number(total) if p.difficulty == 1 else both(total, v["m"] * layer(v["F"], v["C"]).params)


def _no_start(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "inverse":
        return Integers(tuple(m for m in range(1, 60) if fits(v, m, field(v["F"], m) - 1)))
    less = field(v["F"], v["m"]) - 1
    return Number(less) if p.difficulty == 1 else both(less, v["m"] * layer(v["F"], v["C"]).params)


def _one_of_stack(p: Problem) -> Answer:
    v = p.draft.values
    match p.form:
        case "compare":
            return _compared(v, 1)
        case "symbolic":
            return _through(lambda c: layer(v["F"], v["times"] * c).params)
    return both(field(v["F"], v["m"]), layer(v["F"], v["C"]).params)


def _forgot_bias(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        return _through(lambda c: v["m"] * layer(v["F"], v["times"] * c).weights)
    return both(field(v["F"], v["m"]), v["m"] * layer(v["F"], v["C"]).weights)


def _one_bias(p: Problem) -> Answer:
    v = p.draft.values
    return _through(lambda c: v["m"] * (layer(v["F"], v["times"] * c).weights + 1))


def _without_depth(p: Problem) -> Answer:
    v = p.draft.values
    return both(field(v["F"], v["m"]), v["m"] * same(v["F"], v["F"], 1, v["C"]).params)


WRONG = {
    "kernels-added": _kernels_added,
    "no-start": _no_start,
    "one-of-stack": _one_of_stack,
    "layer-too-many": lambda p: _compared(p.draft.values, p.draft.values["m"] + 1),
    "forgot-bias": _forgot_bias,
    "forgot-input-depth": _without_depth,
    "one-bias": _one_bias,
    "percent-swapped": lambda p: swapped(expected(p)),
    "one-of-many": lambda p: Integers(expected(p).values[:1]),
}
_NO_STEPS = r"strides are 1, and there is no dilation"
STATED = {
    "forward": [_NO_STEPS],
    "compare": [_NO_STEPS, r"Biases are not counted"],
    "symbolic": [r"has a bias"],
    "inverse": [_NO_STEPS, r"Biases are not counted", r"none"],
    "find-the-error": [_NO_STEPS, r"Biases are not counted"],
}


def nice(problem: Problem) -> None:
    v = problem.draft.values
    assert v["F"] in (2, 3, 5, 7)
    assert 2 <= v.get("m", 2) <= 6
    assert v.get("C", 16) in (16, 32, 64, 128, 256, 512)
