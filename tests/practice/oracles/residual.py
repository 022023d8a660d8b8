"""Residual networks: blocks built in torch, and layers counted along the main path."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import torch
from torch import nn

from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts, Size
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.comparing import comparison, swapped
from tests.practice.oracles.measured import same

#: input, kernel and output of a block's convolutions, in multiples of its width
MAIN = {"basic": ((1, 3, 1), (1, 3, 1)), "bottleneck": ((4, 1, 1), (1, 3, 1), (1, 1, 4))}


def main_path(kind: str, stages: list[int]) -> list[str]:
    """The layers from the image to the scores, without shortcuts."""
    found = ["conv", "bn", "relu", "pool"]
    for blocks in stages:
        for _ in range(blocks):
            for _ in MAIN[kind]:
                found += ["conv", "bn", "relu"]
    return [*found, "pool", "flatten", "fc"]


def depth(kind: str, stages: list[int], counted: tuple[str, ...] = ("conv", "fc")) -> int:
    return sum(layer in counted for layer in main_path(kind, stages))


def projections(kind: str, stages: list[int]) -> int:
    """The stages whose first block changes the channels."""
    widths = [64, *(64 * 2**i * MAIN[kind][-1][-1] for i in range(len(stages)))]
    return sum(a != b for a, b in pairwise(widths))


class Block(nn.Module):
    """Two convolutions, each with a normalisation, and the shortcut added."""

    def __init__(
        self, c: int, k: int, f: int = 3, s: int = 1, *, shortcut: int = 0, second: int = 0, **options: bool
    ) -> None:
        super().__init__()
        bias = options.get("bias", False)
        normed = options.get("normed", True)
        norm = nn.BatchNorm2d if normed else lambda _: nn.Identity()
        self.first = nn.Sequential(nn.Conv2d(c, k, f, s, f // 2, bias=bias), norm(k))
        self.second = nn.Sequential(nn.Conv2d(second or k, k, f, 1, f // 2, bias=bias), norm(k))
        self.shortcut = nn.Identity()
        if shortcut:
            conv = nn.Conv2d(c, k, shortcut, s, shortcut // 2, bias=bias)
            self.shortcut = nn.Sequential(conv, norm(k))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(x)) + self.shortcut(x)


@cache
def owned(
    c: int, k: int, f: int = 3, s: int = 1, *, shortcut: int = 0, second: int = 0, **options: bool
) -> int:
    with torch.device("meta"):
        block = Block(c, k, f, s, shortcut=shortcut, second=second, **options)
    return sum(p.numel() for p in block.parameters())


@cache
def halved(n: int, c: int, k: int) -> int:
    with torch.device("meta"):
        return Block(c, k, 3, 2, shortcut=1)(torch.empty(1, c, n, n)).shape[-1]


def expected(problem: Problem) -> Answer:
    v = problem.draft.values
    match problem.form, problem.difficulty:
        case "forward", 1:
            return Number(depth(v["kind"], v["stages"]))
        case "forward", 2:
            return Number(v["B"] * owned(v["C"], v["C"]), "parameters")
        case "forward", 3:
            return _output(v, owned(v["C"], v["K"], s=2, shortcut=1))
        case "compare", _:
            return _compared(v)
        case "symbolic", _:
            return _through(v, shortcut=1)
        case "inverse", _:
            fits = [n for n in range(1, v["depth"]) for kind in MAIN if _as_deep(kind, n) == v["depth"]]
            return Integers(tuple(fits))
    raise AssertionError(problem.name)


@cache
def _as_deep(kind: str, blocks: int) -> int:
    return depth(kind, [blocks])


def _output(v: dict[str, int], params: int, side: int = 0) -> Parts:
    side = side or halved(v["W"], v["C"], v["K"])
    return Parts((("output", Size((side, side, v["K"]))), ("parameters", Number(params))))


def _compared(v: dict[str, int], *, outward: bool = True, shortcut: bool = False) -> Parts:
    wide, narrow = v["wide"], v["narrow"]
    extra = same(1, 1, wide, wide).weights if shortcut else 0
    a = 2 * same(3, 3, wide, wide).weights + extra
    b = same(3, 1, wide, narrow).weights + same(3, 3, narrow, narrow).weights + extra
    return comparison(a, b + (same(3, 1, narrow, wide).weights if outward else 0), "weights")


def _through(
    v: dict[str, int], *, shortcut: int, second: bool = False, normed: bool | None = None
) -> Expression:
    """The polynomial of degree 2 through the counts with 1, 2 and 3 channels, which is 0 for none."""
    c = symbol("C")
    if normed is None:
        normed = v["normed"]
    counts = [
        owned(n, v["factor"] * n, v["F"], shortcut=shortcut, second=n if second else 0, normed=normed)
        for n in (1, 2, 3)
    ]
    square = (counts[1] - 2 * counts[0]) // 2
    slope = counts[0] - square
    assert counts[2] == 9 * square + 3 * slope
    return Expression(square * c * c + slope * c)


def lines(problem: Problem) -> list[int]:
    v = problem.draft.values
    c, k = v["C"], v["K"]
    convs = [same(3, f, a, k, bias=False).params for f, a in ((3, c), (3, k), (1, c))]
    total = owned(c, k, s=2, shortcut=1)
    return [*convs, total - sum(convs), total]


def _forgot_norm(p: Problem) -> Answer:
    v = p.draft.values
    match p.form, p.difficulty:
        case "forward", 2:
            return Number(v["B"] * owned(v["C"], v["C"], normed=False), "parameters")
        case "forward", 3:
            return _output(v, owned(v["C"], v["K"], s=2, shortcut=1, normed=False))
    return _through(v, shortcut=1, normed=False)


def _bias_kept(p: Problem) -> Answer:
    v = p.draft.values
    if p.difficulty == 2:
        return Number(v["B"] * owned(v["C"], v["C"], bias=True), "parameters")
    return _output(v, owned(v["C"], v["K"], s=2, shortcut=1, bias=True))


def _shortcut_counted(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "compare":
        return _compared(v, shortcut=True)
    return Number(v["B"] * (owned(v["C"], v["C"]) + same(1, 1, v["C"], v["C"]).weights), "parameters")


def _no_projection(p: Problem) -> Answer:
    """Its normalisation stays."""
    v = p.draft.values
    if p.form == "symbolic":
        norm = 2 * v["factor"] * symbol("C") if v["normed"] else 0
        return Expression(_through(v, shortcut=0).numerator + norm)
    return _output(v, owned(v["C"], v["K"], s=2) + 2 * v["K"])


def _projection_kernel(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        return _through(v, shortcut=v["F"])
    return _output(v, owned(v["C"], v["K"], s=2, shortcut=3))


def _narrow_second(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        return _through(v, shortcut=1, second=True)
    return _output(v, owned(v["C"], v["K"], s=2, shortcut=1, second=v["C"]))


def _without_depth(p: Problem) -> Answer:
    v = p.draft.values
    if p.difficulty == 2:
        return Number(v["B"] * (2 * same(3, 3, 1, v["C"]).weights + 4 * v["C"]), "parameters")
    less = same(3, 3, v["C"], v["K"]).weights - same(3, 3, 1, v["K"]).weights
    return _output(v, owned(v["C"], v["K"], s=2, shortcut=1) - less)


def _forgot_ends(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "forward":
        return Number(sum(len(MAIN[v["kind"]]) * n for n in v["stages"]))
    fits = [n for n in range(1, v["depth"]) for kind in MAIN if _as_deep(kind, n) - 2 == v["depth"]]
    return Integers(tuple(fits))


WRONG = {
    "forgot-norm": _forgot_norm,
    "conv-bias-kept": _bias_kept,
    "shortcut-counted": _shortcut_counted,
    "no-projection": _no_projection,
    "projection-kernel": _projection_kernel,
    "narrow-second": _narrow_second,
    "stride-twice": lambda p: _output(
        p.draft.values,
        owned(p.draft.values["C"], p.draft.values["K"], s=2, shortcut=1),
        -(-p.draft.values["W"] // 4),
    ),
    "forgot-input-depth": _without_depth,
    "forgot-ends": _forgot_ends,
    "pools-in-depth": lambda p: Number(
        depth(
            p.draft.values["kind"],
            p.draft.values["stages"],
            ("conv", "fc", "pool"),
        )
    ),
    "projections-in-depth": lambda p: Number(
        depth(p.draft.values["kind"], p.draft.values["stages"])
        + projections(p.draft.values["kind"], p.draft.values["stages"])
    ),
    "blocks-as-layers": lambda p: Number(sum(p.draft.values["stages"]) + 2),
    "no-expansion": lambda p: _compared(p.draft.values, outward=False),
    "percent-swapped": lambda p: swapped(expected(p)),
    "one-of-many": lambda p: Integers(expected(p).values[-1:]),
}
STATED = {
    "forward": [r"no biases|main path"],
    "compare": [r"Biases and normalisations are not counted"],
    "symbolic": [r"no biases"],
    "inverse": [r"main path"],
    "find-the-error": [r"no biases", r"a scale and a shift"],
}


def nice(problem: Problem) -> None:
    v = problem.draft.values
    assert v.get("C", 16) in (16, 32, 64, 128, 256, 512)
    assert v.get("wide", 64) <= 1024
    if problem.form == "inverse":
        assert problem.draft.answer.values, "there is such a network"
