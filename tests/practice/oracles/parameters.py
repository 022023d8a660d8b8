"""Parameters: counted in torch's own modules."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import torch
from torch import nn

from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol

UNIT = "parameters"


def conv(f: int, c: int, k: int, *, bias: bool = True) -> int:
    """The numbers that a convolution of torch owns."""
    with torch.device("meta"):
        return sum(p.numel() for p in nn.Conv2d(c, k, f, bias=bias).parameters())


def dense(n: int, k: int, *, bias: bool = True) -> int:
    with torch.device("meta"):
        return sum(p.numel() for p in nn.Linear(n, k, bias=bias).parameters())


def expected(problem: Problem) -> Answer:
    v = problem.draft.values
    match problem.form, problem.difficulty:
        case "forward", 1:
            return Number(conv(v["F"], v["C"], v["K"]), UNIT)
        case "forward", 2:
            return Number(dense(v["H"] * v["H"] * v["C"], v["K"]), UNIT)
        case "compare", _:
            a = conv(v["large"], v["C"], v["C"], bias=False)
            b = conv(v["small"], v["C"], v["C"], bias=False)
            return Parts(
                (
                    ("A", Number(a, "weights")),
                    ("B", Number(b, "weights")),
                    ("A/B", Number(Fraction(a, b))),
                    ("A is more by", Number(Fraction(100 * (a - b), b), "%")),
                    ("B is less by", Number(Fraction(100 * (a - b), a), "%")),
                )
            )
        case "symbolic", _:
            return Expression(_through(lambda c: conv(v["F"], c, v["factor"] * c)))
        case "inverse", _:
            return Integers(tuple([n for n in range(1, 4096) if _count(v, n) == v["P"]]))
    raise AssertionError(problem.name)


def lines(problem: Problem) -> list[int]:
    v = problem.draft.values
    with torch.device("meta"):
        layer = nn.Conv2d(v["C"], v["K"], v["F"])
    one = layer.weight[0].numel()
    return [one, one + layer.bias[:1].numel(), layer.weight.numel() + layer.bias.numel()]


def _count(v: dict[str, int], n: int) -> int:
    """The parameters with n for what is unknown: every filter, and every channel of a filter, has as many as the first."""
    match v["unknown"]:
        case "F":
            return conv(n, v["C"], v["K"]) if n <= 16 else 0
        case "C":
            return n * _one_channel(v["F"], v["K"]) + v["K"]
        case _:
            return n * _one_filter(v["F"], v["C"])


@cache
def _one_filter(f: int, c: int) -> int:
    return conv(f, c, 1)


@cache
def _one_channel(f: int, k: int) -> int:
    return conv(f, 1, k, bias=False)


def _through(count) -> object:
    """The polynomial of degree 2 through a function's values at 0, 1 and 2 — 0 channels have no parameters."""
    c = symbol("C")
    one, two = count(1), count(2)
    square = (two - 2 * one) // 2
    assert two - 2 * one == 2 * square
    return square * c * c + (one - square) * c


def _forgot_bias(p: Problem) -> Answer:
    v = p.draft.values
    match p.form, p.difficulty:
        case "forward", 1:
            return Number(conv(v["F"], v["C"], v["K"], bias=False), UNIT)
        case "forward", _:
            return Number(dense(v["N"], v["K"], bias=False), UNIT)
        case "symbolic", _:
            return Expression(_through(lambda c: conv(v["F"], c, v["factor"] * c, bias=False)))
    most = 5000
    shares = {"C": "K", "K": "C"}
    each = v[shares[v["unknown"]]] * v["F"] ** 2
    return Integers((max(n for n in range(most) if n * each <= v["P"]),))


def _forgot_depth(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        return Expression((conv(v["F"], 1, 1)) * v["factor"] * symbol("C"))
    return Number(conv(v["F"], 1, v["K"]), UNIT)


def _one_bias(p: Problem) -> Answer:
    match _forgot_bias(p):
        case Number(value):
            return Number(value + 1, UNIT)
        case Expression(value):
            return Expression(value + 1)
    raise AssertionError(p.name)


def _percent_swapped(p: Problem) -> Answer:
    match expected(p):
        case Parts((*counts, (more, a), (fewer, b))):
            return Parts((*counts, (more, b), (fewer, a)))
    raise AssertionError(p.name)


WRONG = {
    "forgot-bias": _forgot_bias,
    "forgot-input-depth": _forgot_depth,
    "one-bias": _one_bias,
    "swapped-channels": lambda p: Number(
        conv(p.draft.values["F"], p.draft.values["K"], p.draft.values["K"]), UNIT
    ),
    "bias-per-input": lambda p: Number(
        dense(p.draft.values["N"], p.draft.values["K"], bias=False) + p.draft.values["N"], UNIT
    ),
    "percent-swapped": _percent_swapped,
}
STATED = {"*": [r"[Bb]ias"]}


def nice(problem: Problem) -> None:
    v = problem.draft.values
    assert v.get("F", 1) in (1, 3, 5, 7, 11)
    assert all(n <= 4096 or name in ("N", "P") for name, n in v.items() if isinstance(n, int))
