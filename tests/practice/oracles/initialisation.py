"""Initialisation: what torch.nn.init draws from is listened to; mean squares by all signs of the weights."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.by_torch import exactly
from tests.practice.oracles.macs import comparison, swapped


class _Asked(TorchFunctionMode):
    """Keeps the arguments with which random numbers are asked for."""

    found: tuple[float, ...] = ()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in (torch.Tensor.normal_, torch.Tensor.uniform_):
            self.found = tuple(args[1:])
        return func(*args, **(kwargs or {}))


def drawn(initialise: Callable[..., Any], weight: torch.Tensor, **options: Any) -> float:
    """The standard deviation of a normal distribution, the upper bound of a uniform one."""
    with _Asked() as asked:
        initialise(weight, **options)
    return asked.found[-1]


@cache
def weight(f: int, c: int, k: int) -> torch.Tensor:
    return nn.Conv2d(c, k, f, device="meta").weight


@cache
def square(f: int, c: int, k: int, how: str = "he") -> Fraction:
    """The variance of He or Xavier, He's with the fan-out or without the ReLU's gain, or the square of Xavier's bound."""
    w = weight(f, c, k)
    found = {
        "he": lambda: drawn(nn.init.kaiming_normal_, w, nonlinearity="relu"),
        "he out": lambda: drawn(nn.init.kaiming_normal_, w, mode="fan_out", nonlinearity="relu"),
        "linear": lambda: drawn(nn.init.kaiming_normal_, w, nonlinearity="linear"),
        "xavier": lambda: drawn(nn.init.xavier_normal_, w),
        "bound": lambda: drawn(nn.init.xavier_uniform_, w),
    }[how]()
    return exactly(found**2) if found > 0.02 else 1 / exactly(1 / found**2)


def root(value: Fraction) -> Fraction:
    return exactly(float(value) ** 0.5)


def fans(f: int, c: int, k: int) -> tuple[int, int]:
    """The weights that an output reads, and those that an input channel goes into."""
    w = weight(f, c, k)
    return w[0].numel(), w[:, 0].numel()


def told(n: int, m: int, variance: Fraction) -> Parts:
    return Parts((("fan-in", Number(n)), ("fan-out", Number(m)), ("variance", Number(variance))))


@cache
def growth(n: int, v: str, *, relu: bool = True) -> Fraction:
    """Of the mean square through one layer: by all signs of 8 weights as large as so many need be."""
    signs = torch.tensor(list(product((-1.0, 1.0), repeat=8)), dtype=torch.float64)
    h = torch.tensor([1.0, 2, 3, 1, 2, 5, 1, 1], dtype=torch.float64)
    z = signs @ h * (float(Fraction(v)) * n / 8) ** 0.5
    out = torch.relu(z) if relu else z
    return exactly((out**2).mean() / (h**2).mean())


def symbolic(v: dict[str, Any], how: str) -> Expression:
    """The variance of one channel, over C."""
    one = square(v["F"], 1, v["factor"], how)
    for c in (2, 3):
        assert square(v["F"], c, v["factor"] * c, how) == one / c
    return Expression(one.numerator, one.denominator * symbol("C"))


def possible(v: dict[str, Any], test: Callable[[int], Fraction]) -> Integers:
    """Those of many channels with which the variance is on the right side; if all the last are, all larger ones are."""
    bound = Fraction(v["bound"]) ** 2
    last = 900
    fits = [c for c in range(1, last) if (test(c) >= bound if v["least"] else test(c) <= bound)]
    if v["least"]:
        assert fits[-1] < last - 1
        return Integers(tuple(fits))
    assert fits == list(range(fits[0], last))
    return Integers((fits[0],), onwards=True)


def expected(p: Problem) -> Answer:
    v = p.draft.values
    match p.form, p.difficulty:
        case "forward", 1 if v["ask"] == "deviation":
            return Number(root(square(v["F"], v["C"], v["K"])))
        case "forward", 1:
            return Number(root(square(1, v["n"], v["m"], "bound")))
        case "forward", 2:
            return told(*fans(v["F"], v["C"], v["K"]), square(v["F"], v["C"], v["K"], "xavier"))
        case "forward", 3:
            return Number(growth(v["n"], v["v"]) ** v["L"])
        case "compare", _:
            return comparison(square(1, v["n"], v["m"]), square(1, v["n"], v["m"], "xavier"), "")
        case "symbolic", _:
            return symbolic(v, "he" if v["he"] else "xavier")
        case "inverse", _:
            return possible(v, lambda c: square(v["F"], c, 1))
    raise AssertionError(p.name)


def lines(p: Problem) -> list[Fraction]:
    v = p.draft.values
    shape = v["F"], v["C"], v["K"]
    n, m = fans(*shape)
    return [Fraction(n), Fraction(m), Fraction(n + m), square(*shape, "xavier"), square(*shape, "bound")]


def _no_taps(p: Problem) -> Answer:
    """As if the kernel were 1×1."""
    v = {**p.draft.values, "F": 1}
    match p.form, p.difficulty:
        case "forward", 1:
            return Number(root(square(1, v["C"], v["K"])))
        case "forward", 2:
            return told(*fans(1, v["C"], v["K"]), square(1, v["C"], v["K"], "xavier"))
        case "symbolic", _:
            return symbolic(v, "he" if v["he"] else "xavier")
    return possible(v, lambda c: square(1, c, 1))


def _variance(p: Problem) -> Answer:
    v = p.draft.values
    if v["ask"] == "deviation":
        return Number(square(v["F"], v["C"], v["K"]))
    return Number(square(1, v["n"], v["m"], "xavier"))


def _fan_out(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        return symbolic(v, "he out")
    return Number(root(square(v["F"], v["C"], v["K"], "he out")))


def _no_gain(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        return symbolic(v, "linear")
    return possible(v, lambda c: square(v["F"], c, 1, "linear"))


def _swapped(p: Problem) -> Answer:
    v = p.draft.values
    n, m = fans(v["F"], v["K"], v["C"])
    return told(n, m, square(v["F"], v["K"], v["C"], "xavier"))


def _with_bias(p: Problem) -> Answer:
    v = p.draft.values
    n, m = fans(v["F"], v["C"], v["K"])
    return told(n + 1, m, square(1, n + 1, m, "xavier"))


def _one(p: Problem) -> Answer:
    found = expected(p)
    assert isinstance(found, Integers)
    return Integers(found.values[-1:])


WRONG = {
    "forgot-taps": _no_taps,
    "variance-given": _variance,
    "fan-out": _fan_out,
    "bound-squared": lambda p: Number(square(1, p.draft.values["n"], p.draft.values["m"], "bound")),
    "fans-swapped": _swapped,
    "bias-in-fan": _with_bias,
    "no-gain": _no_gain,
    "one-fan": lambda p: symbolic(p.draft.values, "he"),
    "relu-ignored": lambda p: Number(
        growth(p.draft.values["n"], p.draft.values["v"], relu=False) ** p.draft.values["L"]
    ),
    "one-layer": lambda p: Number(growth(p.draft.values["n"], p.draft.values["v"])),
    "percent-swapped": lambda p: swapped(expected(p)),
    "one-of-many": _one,
}
STATED = {
    "forward": [r"Var\(w\) = 2/|half of the mean square"],
    "compare": [r"He: Var", r"Xavier: Var"],
    "symbolic": [r"Var\(w\) = 2/"],
    "inverse": [r"He: Var", r"Give all"],
    "find-the-error": [r"uniform"],
}


def nice(p: Problem) -> None:
    if p.form == "forward" and p.difficulty == 1:
        value = p.draft.answer
        assert isinstance(value, Number)
        assert Fraction(value.value).numerator == 1
        assert Fraction(value.value).denominator <= 7 * 16
