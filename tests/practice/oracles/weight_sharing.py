"""Weight sharing: windows cut out by torch's unfolding, each with weights of its own, against torch's layers."""

from __future__ import annotations

from functools import cache

import torch
from torch import nn

from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.comparing import comparison, swapped
from tests.practice.oracles.measured import conv, dense, same


@cache
def windows(n: int, f: int, c: int, s: int = 1, p: int = 0) -> tuple[int, int]:
    """How many windows there are, and the numbers in each."""
    with torch.device("meta"):
        numbers, count = nn.Unfold(f, padding=p, stride=s)(torch.empty(1, c, n, n)).shape[1:]
    return count, numbers


def local(n: int, f: int, c: int, k: int, s: int = 1, p: int = 0, *, bias: bool = True) -> int:
    count, numbers = windows(n, f, c, s, p)
    return count * k * (numbers + bias)


def given(v: dict[str, int]) -> tuple[int, ...]:
    return tuple(v[name] for name in "WFCKSP")


def known(v: dict[str, int]) -> tuple[int, int, int, int]:
    """A layer without padding whose output is O×O."""
    return v["O"] + v["F"] - 1, v["F"], v["C"], v["K"]


def expected(problem: Problem) -> Answer:
    v = problem.draft.values
    match problem.form, problem.difficulty:
        case "forward", 1:
            return Number(local(*known(v)), "parameters")
        case "forward", 2:
            return three(v)
        case "compare", _:
            return comparison(*(kept(v, v[name]) for name in "AB"), "weights")
        case "symbolic", _:
            return Expression(_through(lambda n: between(v, n)))
        case "inverse", _:
            return Integers(tuple(fitting(v)))
    raise AssertionError(problem.name)


def three(v: dict[str, int], **told: int) -> Parts:
    found = conv(*given(v))
    n, k = v["W"], v["K"]
    size = found.out[-1]
    right = {
        "convolution": found.params,
        "locally connected": local(*given(v)),
        "fully connected": dense(n * n * v["C"], size * size * k).params,
    }
    return Parts(tuple((name, Number(told.get(name.split()[0], count))) for name, count in right.items()))


def kept(v: dict[str, int], kind: str) -> int:
    """The weights of a layer that keeps the size."""
    n, c, k = v["O"], v["C"], v["K"]
    match kind:
        case "convolutional":
            return same(n, v["F"], c, k).weights
        case "locally connected":
            return local(n, v["F"], c, k, 1, v["F"] // 2, bias=False)
    return dense(n * n * c, n * n * k).weights


def between(v: dict[str, int], n: int, *, bias: bool = True) -> int:
    if v["kind"] == "locally connected":
        return local(n, v["F"], v["C"], v["K"], 1, v["F"] // 2, bias=bias)
    return dense(n * n * v["C"], n * n * v["K"], bias=bias).params


def _through(count) -> object:
    """a·n⁴ + b·n² through a function's values at 1 and 2, held against 3."""
    n = symbol("n")
    a = (count(2) - 4 * count(1)) // 12
    b = count(1) - a
    assert count(3) == 81 * a + 9 * b
    return a * n**4 + b * n**2


def fitting(v: dict[str, int], forgotten: int = 0) -> list[int]:
    least = max(1, v["F"] - 2 * v["P"])
    each = v["F"] ** 2 * v["C"] + 1

    def places(n: int) -> int:
        """Where the kernel can lie on a padded side."""
        return len(range(0, n + 2 * v["P"] - v["F"] + 1, v["S"])) - forgotten

    return [n for n in range(least, 4 * v["W"]) if places(n) ** 2 * v["K"] * each == v["params"]]


def lines(problem: Problem) -> list[int]:
    v = problem.draft.values
    count, numbers = windows(v["W"], v["F"], v["C"], v["S"], v["P"])
    return [conv(*given(v)).out[-1], numbers, numbers + 1, count * v["K"], local(*given(v))]


def _shared_weights(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        return Expression(same(v["F"], v["F"], v["C"], v["K"]).params)
    return Number(conv(*known(v)).params, "parameters")


def _shared_bias(p: Problem) -> Answer:
    v = p.draft.values
    match p.form, p.difficulty:
        case "forward", 1:
            return Number(local(*known(v), bias=False) + v["K"], "parameters")
        case "forward", _:
            return three(v, locally=local(*given(v), bias=False) + v["K"])
    return Expression(_through(lambda n: between(v, n, bias=False)) + v["K"])


def _without_depth(p: Problem) -> Answer:
    v = {**p.draft.values, "C": 1}
    if p.difficulty == 1:
        return Number(local(*known(v)), "parameters")
    return three(p.draft.values, convolution=conv(*given(v)).params)


def _forgot_bias(p: Problem) -> Answer:
    v = p.draft.values
    match p.form, p.difficulty:
        case "forward", 1:
            return Number(local(*known(v), bias=False), "parameters")
        case "forward", _:
            outputs = conv(*given(v)).out[-1] ** 2 * v["K"]
            return three(v, fully=dense(v["W"] ** 2 * v["C"], outputs, bias=False).params)
    return Expression(_through(lambda n: between(v, n, bias=False)))


def _input_positions(p: Problem) -> Answer:
    v = p.draft.values
    numbers = v["W"] ** 2 * v["K"]
    _, taps = windows(v["W"], v["F"], v["C"], v["S"], v["P"])
    return three(v, locally=numbers * (taps + 1), fully=dense(v["W"] ** 2 * v["C"], numbers).params)


def _one_side(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "compare":
        return comparison(kept(v, v["A"]) // v["O"], kept(v, v["B"]), "weights")
    outputs = conv(*given(v)).out[-1] ** 2 * v["K"]
    return three(v, fully=dense(v["W"] * v["C"], outputs).params)


def _units(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        n = symbol("n")
        one, two = (dense(m * m * v["C"], v["K"]).params for m in (1, 2))
        square = (two - one) // 3
        return Expression(square * n * n + one - square)
    return three(v, fully=dense(v["W"] ** 2 * v["C"], v["K"]).params)


WRONG = {
    "shared-weights": _shared_weights,
    "shared-bias": _shared_bias,
    "forgot-input-depth": _without_depth,
    "forgot-bias": _forgot_bias,
    "input-positions": _input_positions,
    "one-side": _one_side,
    "units-as-channels": _units,
    "percent-swapped": lambda p: swapped(expected(p)),
    "one-of-many": lambda p: Integers(expected(p).values[:1]),
    "forgot-one": lambda p: Integers(tuple(fitting(p.draft.values, forgotten=1))),
    "forgot-padding": lambda p: Integers(tuple(fitting({**p.draft.values, "P": 0}))),
    "forgot-stride": lambda p: Integers(tuple(fitting({**p.draft.values, "S": 1}))),
}
STATED = {
    "forward": [r"bias of its own|one of its own", r"H×W×C"],
    "compare": [r"Biases are not counted", r"stride 1", r"keeps the size"],
    "symbolic": [r"bias of its own"],
    "inverse": [r"bias of its own", r"rounded down"],
    "find-the-error": [r"bias of its own", r"rounded down"],
}


def nice(problem: Problem) -> None:
    v = problem.draft.values
    assert v["F"] in (3, 5, 7)
    assert v["K"] <= 32
    assert v["C"] <= 16
    assert v.get("W", v.get("O", 5)) <= 32
