"""Heads built in torch on the map that they follow, and counted."""

from __future__ import annotations

from functools import cache

import torch
from torch import nn

from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.comparing import comparison, swapped

UNIT = "parameters"


@cache
def head(n: int, c: int, k: int, *, averaged: bool, bias: bool = True) -> int:
    """The parameters of a head that runs on the map."""
    first = [nn.AdaptiveAvgPool2d(1)] if averaged else []
    with torch.device("meta"):
        x = nn.Sequential(*first, nn.Flatten())(torch.empty(1, c, n, n))
        layers = nn.Sequential(*first, nn.Flatten(), nn.Linear(x.shape[1], k, bias=bias))
        assert layers(torch.empty(1, c, n, n)).shape == (1, k)
    return sum(p.numel() for p in layers.parameters())


def flattened(v: dict, **options) -> int:
    return head(v["n"], v["C"], v["K"], averaged=False, **options)


def averaged(v: dict, **options) -> int:
    return head(v["n"], v["C"], v["K"], averaged=True, **options)


def expected(problem: Problem) -> Answer:
    v = problem.draft.values
    match problem.form, problem.difficulty:
        case "forward", 1:
            return Number(averaged(v), UNIT)
        case "forward", 2:
            return Number(flattened(v) - averaged(v), UNIT)
        case "forward", 3:
            return both(last_map(v, v["larger"]))
        case "compare", _:
            return comparison(flattened(v, bias=False), averaged(v, bias=False), "weights")
        case "symbolic", _:
            return symbolic(v)
        case "inverse", _:
            return Integers((least(v),), onwards=True)
    raise AssertionError(problem.name)


def last_map(v: dict, size: int) -> dict:
    """What torch's layers make of an image, and the units that follow."""
    x = torch.empty(1, v["depth"], size, size, device="meta")
    for f, s, p, k, _ in v["layers"]:
        x = (nn.Conv2d(x.shape[1], k, f, s, p, device="meta") if k else nn.MaxPool2d(f, s, p))(x)
    assert x.shape[2] == x.shape[3]
    return {"n": x.shape[2], "C": x.shape[1], "K": v["K"]}


def both(m: dict, **options) -> Parts:
    return told(flattened(m, **options), averaged(m, **options))


def told(first: int, second: int) -> Parts:
    return Parts((("flattened", Number(first, UNIT)), ("averaged", Number(second, UNIT))))


def least(v: dict, **options) -> int:
    """The first of all sizes; larger ones have more."""
    enough = [
        flattened({**v, "n": n}, **options) >= v["times"] * averaged({**v, "n": n}, **options)
        for n in range(1, 40)
    ]
    first = enough.index(True)
    assert all(enough[first:])
    return first + 1


def symbolic(v: dict, *, slip: str = "") -> Expression:
    """a·n²·C + b, with a and b from two sizes, held against others."""
    n, c = symbol("n"), symbol("C")

    def count(side: int, channels: int, *, averaged: bool) -> int:
        return head(side, v["factor"] * channels, v["K"], averaged=averaged)

    each = (count(2, 1, averaged=False) - count(1, 1, averaged=False)) // 3
    rest = count(1, 1, averaged=False) - each
    for side, channels in ((3, 2), (5, 3)):
        assert count(side, channels, averaged=False) == each * side**2 * channels + rest
        assert count(side, channels, averaged=True) == each * channels + rest
    if slip == "forgot-bias":
        rest = 0
    elif slip == "one-bias":
        rest = 1
    a = each * (n if slip == "one-axis" else n * n) * c + rest
    b = each * c + rest
    match v["asked"], slip:
        case "ratio", "forgot-bias":
            return Expression(n * n)
        case "ratio", _:
            top, bottom = (b, a) if slip == "inverted" else (a, b)
            return Expression(divided(top, v["K"]), divided(bottom, v["K"]))
        case ("flattened", _) | (_, "flattened" | "nothing-left"):
            return Expression(a)
        case "averaged", _:
            return Expression(b)
    return Expression(a - b)


def divided(polynomial: object, by: int) -> object:
    """A polynomial all of whose coefficients are multiples."""
    found = polynomial // by
    assert found * by == polynomial
    return found


def lines(problem: Problem) -> list[int]:
    v = problem.draft.values
    x = torch.empty(1, v["C"], v["n"], v["n"], device="meta")
    return [
        nn.Flatten()(x).shape[1],
        flattened(v),
        nn.AdaptiveAvgPool2d(1)(x).numel(),
        averaged(v),
        flattened(v) - averaged(v),
    ]


def _forgot_bias(p: Problem) -> Answer:
    v = p.draft.values
    match p.form, p.difficulty:
        case "forward", 1:
            return Number(averaged(v, bias=False), UNIT)
        case "forward", 3:
            return both(last_map(v, v["larger"]), bias=False)
        case "inverse", _:
            return Integers((least(v, bias=False),), onwards=True)
    return symbolic(v, slip="forgot-bias")


def _one_bias(p: Problem) -> Answer:
    v = p.draft.values
    return symbolic(v, slip="one-bias") if p.form == "symbolic" else Number(averaged(v, bias=False) + 1, UNIT)


def _positions_kept(p: Problem) -> Answer:
    """One number of each position: as many as there are in a map of one channel."""
    v = p.draft.values
    match p.difficulty:
        case 1:
            return Number(flattened({**v, "C": 1}), UNIT)
        case 2:
            return Number(flattened(v) - flattened({**v, "C": 1}), UNIT)
    m = last_map(v, v["larger"])
    return told(flattened(m), flattened({**m, "C": 1}))


def _flattened(p: Problem) -> Answer:
    v = p.draft.values
    return symbolic(v, slip="flattened") if p.form == "symbolic" else Number(flattened(v), UNIT)


def _nothing_left(p: Problem) -> Answer:
    v = p.draft.values
    return symbolic(v, slip="nothing-left") if p.form == "symbolic" else Number(flattened(v), UNIT)


def row(m: dict) -> int:
    """A head on a single row of the map."""
    return nn.Linear(m["n"] * m["C"], m["K"], device="meta").weight.numel() + m["K"]


def _one_axis(p: Problem) -> Answer:
    v = p.draft.values
    match p.form, p.difficulty:
        case "symbolic", _:
            return symbolic(v, slip="one-axis")
        case "forward", 2:
            return Number(row(v) - averaged(v), UNIT)
        case "inverse", _:
            found = next(
                n for n in range(1, 200) if row({**v, "n": n}) >= v["times"] * averaged({**v, "n": 1})
            )
            return Integers((found,), onwards=True)
    m = last_map(v, v["larger"])
    return told(row(m), averaged(m))


def _old_image(p: Problem) -> Answer:
    v = p.draft.values
    return told(flattened(last_map(v, v["n"])), averaged(last_map(v, v["larger"])))


WRONG = {
    "forgot-bias": _forgot_bias,
    "one-bias": _one_bias,
    "flattened": _flattened,
    "positions-kept": _positions_kept,
    "averaged-to-one": lambda p: Number(
        flattened(p.draft.values) - averaged({**p.draft.values, "C": 1}), UNIT
    ),
    "nothing-left": _nothing_left,
    "one-axis": _one_axis,
    "old-image": _old_image,
    "inverted": lambda p: symbolic(p.draft.values, slip="inverted"),
    "one-of-many": lambda p: Integers((least(p.draft.values),)),
    "percent-swapped": lambda p: swapped(expected(p)),
}
STATED = {
    "*": [r"[Bb]ias", r"global average pooling|flattened"],
    "compare": ["Biases are not counted"],
    "inverse": ["all of them", "at least"],
}


def nice(problem: Problem) -> None:
    v = problem.draft.values
    assert v["K"] in (10, 20, 100, 1000)
    assert v.get("C", 8) in (8, 16, 32, 64, 128, 256, 512)
    if isinstance(problem.draft.answer, Integers):
        assert 2 <= problem.draft.answer.values[0] <= 12
