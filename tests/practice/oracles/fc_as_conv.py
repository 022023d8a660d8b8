"""Layers run in torch, and the windows as torch's own `unfold` writes them."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import torch
from torch import nn

from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts, Size
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.comparing import comparison, swapped
from tests.practice.oracles.measured import conv, dense
from tests.practice.oracles.memory import DTYPES, KIB


def windows(v: dict, kind: str = "float32") -> torch.Tensor:
    """What im2col makes of an image."""
    return _windows(v["W"], v["F"], v["S"], v["P"], v["C"]).to(DTYPES[kind])


@cache
def _windows(n: int, f: int, s: int, p: int, c: int) -> torch.Tensor:
    return nn.functional.unfold(torch.empty(1, c, n, n, device="meta"), f, stride=s, padding=p)[0]


@cache
def last_map(n: int, j: int) -> int:
    """The side that is left of an image when it has been halved until the stride is j."""
    x = torch.empty(1, 1, n, n, device="meta")
    while j > 1:
        x, j = nn.MaxPool2d(2)(x), j // 2
    return x.shape[-1]


@cache
def places(n: int, j: int, f: int) -> int:
    """The side of the head's output; 0 where its kernel does not fit."""
    m = last_map(n, j)
    return conv(m, f, 1, 1).out[-1] if m >= f else 0


def expected(problem: Problem) -> Answer:
    v = problem.draft.values
    match problem.form, problem.difficulty:
        case "forward", 1:
            return the_same(v)
        case "forward", 2:
            side = places(v["N"], v["J"], v["F"])
            return Size((side, side, v["K"]))
        case "forward", 3:
            return matrices(v)
        case "compare", _:
            image = torch.empty(v["C"], v["W"], v["W"], dtype=DTYPES[v["kind"]], device="meta")
            return comparison(Fraction(windows(v, v["kind"]).nbytes, KIB), Fraction(image.nbytes, KIB), "KiB")
        case "symbolic", _:
            return places_in_n(v) if v["asked"] == "places" else windows_in_n(v)
        case "inverse", _:
            return Integers(tuple(fitting(v, v["O"])))
    raise AssertionError(problem.name)


def the_same(v: dict) -> Parts:
    """The one kernel and number of filters with which torch gives one position and as many channels."""
    fits = [f for f in range(1, v["F"] + 1) if conv(v["F"], f, v["C"], v["K"]).out == (v["K"], 1, 1)]
    layer = conv(v["F"], *fits, v["C"], v["K"])
    assert layer.params == dense(v["F"] ** 2 * v["C"], v["K"]).params
    return parts(*fits, v["K"], layer.params)


def parts(kernel: int, filters: int, total: int) -> Parts:
    return Parts(
        (
            ("kernel", Size((kernel, kernel), "H×W")),
            ("filters", Number(filters)),
            ("parameters", Number(total)),
        )
    )


def matrices(v: dict, columns: torch.Tensor | None = None, *, turned: bool = False) -> Parts:
    x = windows(v) if columns is None else columns
    w = torch.empty(v["K"], x.shape[0], device="meta")
    pairs = {"weights": w.shape, "windows": x.shape, "product": (w @ x).shape}
    return Parts(
        tuple((name, Size(tuple(p[::-1] if turned else p), "rows×columns")) for name, p in pairs.items())
    )


def fitting(v: dict, side: int) -> list[int]:
    return [n for n in range(v["J"], 20 * v["J"]) if places(n, v["J"], v["F"]) == side]


def places_in_n(v: dict, shift: int = 0) -> Expression:
    """K·(n − a)², where a is what one size says; `shift` places fewer."""
    a = v["F"] + 3 - places((v["F"] + 3) * v["J"], v["J"], v["F"])
    assert all(places(m * v["J"], v["J"], v["F"]) == m - a for m in range(v["F"], v["F"] + 6))
    return Expression(v["K"] * (symbol("n") - a - shift) ** 2)


def windows_in_n(v: dict, *, depth: bool = True, dense_steps: bool = False) -> Expression:
    """A multiple of C·n², found with 1 and held against others."""

    def count(n: int, c: int) -> int:
        found = windows({"W": v["S"] * n, "F": v["F"], "S": v["S"], "P": v["F"] // 2, "C": c * v["factor"]})
        return found.numel()

    one = count(1, 1)
    assert all(count(n, c) == one * n * n * c for n, c in ((2, 1), (3, 2)))
    one *= v["S"] ** 2 if dense_steps else 1
    return Expression(
        one * symbol("n") ** 2 * symbol("C") if depth else one // v["factor"] * symbol("n") ** 2
    )


def lines(problem: Problem) -> list[object]:
    v = problem.draft.values
    x = windows(v, v["kind"])
    side = conv(v["W"], v["F"], v["C"], v["K"], v["S"], v["P"]).out[-1]
    return [side, x.shape[0], x.shape[1], x.numel(), x.nbytes]


def _forgot_one(p: Problem) -> Answer:
    v = p.draft.values
    match p.form:
        case "symbolic":
            return places_in_n(v, 1)
        case "inverse":
            return Integers(tuple(fitting(v, v["O"] + 1)))
    side = places(v["N"], v["J"], v["F"]) - 1
    return Size((side, side, v["K"]))


def _whole_map(p: Problem) -> Answer:
    v = p.draft.values
    match p.form:
        case "symbolic":
            return Expression(v["K"] * symbol("n") ** 2)
        case "inverse":
            return Integers(tuple(n for n in range(v["J"], 20 * v["J"]) if last_map(n, v["J"]) == v["O"]))
    side = last_map(v["N"], v["J"])
    return Size((side, side, v["K"]))


def _one_place(p: Problem) -> Answer:
    k = p.draft.values["K"]
    return Expression(k) if p.form == "symbolic" else Size((1, 1, k))


def _shifted(p: Problem) -> Answer:
    v = p.draft.values
    m = last_map(v["N"], v["J"])
    side = conv(m, v["F"], 1, 1, v["F"]).out[-1]
    return Size((side, side, v["K"]))


def _without_depth(p: Problem) -> Answer:
    v = p.draft.values
    return windows_in_n(v, depth=False) if p.form == "symbolic" else matrices(v, windows({**v, "C": 1}))


def _input_positions(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        return windows_in_n(v, dense_steps=True)
    return matrices(v, torch.empty(windows(v).shape[0], v["W"] * v["W"], device="meta"))


def _filter_per_number(p: Problem) -> Answer:
    v = p.draft.values
    count = v["F"] ** 2 * v["C"]
    return parts(v["F"], count, dense(count, count).params)


def _kernel_side(p: Problem) -> Answer:
    v = p.draft.values
    return matrices(v, torch.empty(v["F"] * v["C"], windows(v).shape[1], device="meta"))


def _one_axis(p: Problem) -> Answer:
    v = p.draft.values
    side = conv(v["W"], v["F"], v["C"], v["K"], v["S"], v["P"]).out[-1]
    return matrices(v, torch.empty(windows(v).shape[0], side, device="meta"))


def _not_copied(p: Problem) -> Answer:
    v = p.draft.values
    return Expression((v["S"] * symbol("n")) ** 2 * v["factor"] * symbol("C"))


def _forgot_bias(p: Problem) -> Answer:
    v = p.draft.values
    return parts(v["F"], v["K"], dense(v["F"] ** 2 * v["C"], v["K"], bias=False).params)


WRONG = {
    "one-by-one": lambda p: parts(
        1, p.draft.values["K"], conv(1, 1, p.draft.values["C"], p.draft.values["K"]).params
    ),
    "filter-per-number": _filter_per_number,
    "forgot-bias": _forgot_bias,
    "forgot-one": _forgot_one,
    "whole-map": _whole_map,
    "one-place": _one_place,
    "shifted-by-kernel": _shifted,
    "forgot-input-depth": _without_depth,
    "kernel-side": _kernel_side,
    "one-axis": _one_axis,
    "input-positions": _input_positions,
    "sides-swapped": lambda p: matrices(p.draft.values, turned=True),
    "not-copied": _not_copied,
    "one-of-many": lambda p: Integers(tuple(fitting(p.draft.values, p.draft.values["O"])[:1])),
    "percent-swapped": lambda p: swapped(expected(p)),
}
STATED = {
    "*": [r"H×W×C|last map", "padding"],
    "inverse": ["rounded down", "all of them", "stride 1"],
    "compare": ["has [24] bytes", "KiB is 2", "without the padding"],
    "find-the-error": ["has [24] bytes", "rounded down"],
}


def nice(problem: Problem) -> None:
    v = problem.draft.values
    assert v.get("K", 10) in (6, 10, 16, 20, 32, 64, 84, 96, 100, 120, 128, 1000, 4096)
    assert v.get("F", 1) <= 11
    for _, part in getattr(problem.draft.answer, "parts", ()):
        if isinstance(part, Number) and part.unit == "KiB":
            assert (part.value * 10_000) % 1 == 0
