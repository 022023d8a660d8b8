"""Convolution and pooling: by torch; what is hidden is tried out."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional as f

from cnncalc.practice.answers import Answer, Expression, Integers, Matrix
from cnncalc.practice.model import Grid, Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.by_torch import matrix, tensor


def conv(x: Any, w: Any, s: int = 1, p: int = 0, b: int = 0) -> torch.Tensor:
    """Of one channel, or of several."""
    x, w = (t if t.dim() == 3 else t[None] for t in (tensor(x), tensor(w)))
    return f.conv2d(x[None], w[None], tensor([b]), stride=s, padding=p)[0, 0]


def pool(x: torch.Tensor, how: str, stride: int = 2) -> torch.Tensor:
    y = f.max_pool2d(x[None], 2, stride) if how == "max" else f.avg_pool2d(x[None], 2, stride)
    return y[0]


def turned(w: Any) -> Any:
    return tensor(w).flip(-1, -2).tolist()


def across(w: Any) -> Any:
    return tensor(w).mT.tolist()


def output(v: dict[str, Any], **other: Any) -> torch.Tensor:
    """What the question asks for, with something else taken for what it says."""
    v = {**v, **other}
    match v["ask"]:
        case "conv":
            return conv(v["x"], v["w"], v["S"], v["P"], v["b"])
        case "chain":
            y = conv(v["x"], v["w"], b=v["b"])
            return pool(y if v.get("linear") else torch.relu(y), v.get("how", "max"))
        case "channels":
            return conv(v["x"], v["w"], b=v["b"])
        case how:
            return pool(tensor(v["x"]), how)


def symbolic(v: dict[str, Any], arrange: Any = lambda a, b, v: [[a, v["upper"]], [v["lower"], b]]) -> object:
    """A sum of a and b, found by putting in 0 and 1."""

    def at(a: int, b: int) -> int:
        return int(conv(v["x"], arrange(a, b, v))[v["row"], v["column"]])

    none = at(0, 0)
    by_a, by_b = at(1, 0) - none, at(0, 1) - none
    assert at(3, 5) == none + 3 * by_a + 5 * by_b
    return by_a * symbol("a") + by_b * symbol("b") + none


def hidden(v: dict[str, Any]) -> list[int]:
    found = []
    for n in range(100):
        x = tensor(v["x"])
        x[v["row"], v["column"]] = n
        if torch.equal(pool(x, "max"), tensor(v["y"])):
            found.append(n)
    return found


def expected(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        return Expression(symbolic(v))
    if p.form == "inverse":
        return Integers(tuple(hidden(v)))
    return matrix(output(v))


def lines(p: Problem) -> list[int]:
    v = p.draft.values
    rows = (tensor(v["x"]) * tensor(v["w"])).sum(1)
    y = conv(v["x"], v["w"], b=v["b"])
    found = [*rows, conv(v["x"], v["w"])[0, 0], y[0, 0], torch.relu(y)[0, 0]]
    return [int(n) for n in found]


def _flipped(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        return Expression(symbolic(v, lambda a, b, v: [[b, v["lower"]], [v["upper"], a]]))
    return matrix(output(v, w=turned(v["w"])))


def _transposed(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        return Expression(symbolic(v, lambda a, b, v: [[a, v["lower"]], [v["upper"], b]]))
    return matrix(output(v, w=across(v["w"])))


def _summed(p: Problem) -> Answer:
    v = p.draft.values
    return matrix(4 * pool(tensor(v["x"]), "average"))


def _averaged(p: Problem) -> Answer:
    v = p.draft.values
    return matrix(output(v, how="average") if v["ask"] == "chain" else pool(tensor(v["x"]), "average"))


def _values(p: Problem) -> Any:
    return p.draft.values


WRONG = {
    "flipped-kernel": _flipped,
    "transposed-kernel": _transposed,
    "swapped-position": lambda p: Expression(
        symbolic({**_values(p), "row": _values(p)["column"], "column": _values(p)["row"]})
    ),
    "forgot-stride": lambda p: matrix(output(_values(p), S=1)),
    "forgot-padding": lambda p: matrix(output(_values(p), P=0)),
    "forgot-one-bias": lambda p: matrix(output(_values(p), b=0)),
    "forgot-relu": lambda p: matrix(output(_values(p), linear=True)),
    "took-average": _averaged,
    "took-largest": lambda p: matrix(pool(tensor(_values(p)["x"]), "max")),
    "summed-window": _summed,
    "overlapping": lambda p: matrix(pool(tensor(_values(p)["x"]), _values(p)["ask"], 1)),
    "one-channel": lambda p: matrix(output(_values(p), x=_values(p)["x"][0], w=_values(p)["w"][0])),
    "bias-per-channel": lambda p: matrix(output(_values(p), b=2 * _values(p)["b"])),
    "excluded-end": lambda p: Integers(tuple(hidden(_values(p))[:-1])),
    "one-of-many": lambda p: Integers(tuple(hidden(_values(p))[-1:])),
}
STATED = {
    "forward": [r"not flipped|stride of the pooling is its window"],
    "symbolic": [r"not flipped", r"stride is 1", r"no padding", r"no bias"],
    "inverse": [r"stride of the pooling is its window", r"whole numbers, 0 or larger", r"Give all"],
    "find-the-error": [r"not flipped"],
}


def nice(p: Problem) -> None:
    match p.draft.answer:
        case Matrix(rows):
            assert 2 <= len(rows) <= 4
            assert all(abs(v) < 100 and v.denominator in (1, 2, 4) for row in rows for v in row)
    grids = [t for t in p.draft.stem if isinstance(t, Grid) and not t.header]
    assert all(len(cell) <= 2 for grid in grids for row in grid.rows for cell in row)
