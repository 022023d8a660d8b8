"""Softmax, cross-entropy and gradients: by torch, from scores that are logarithms."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import torch
from torch.nn import functional as f

from cnncalc.practice.answers import Answer, Expression, Integers, Number
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.by_torch import exactly, matrix, tensor


def scores(v: dict[str, Any]) -> torch.Tensor:
    return tensor(v["e"]).log()


def loss(z: torch.Tensor, target: int) -> torch.Tensor:
    return f.cross_entropy(z[None], torch.tensor([target]))


def gradient(v: dict[str, Any]) -> torch.Tensor:
    z = scores(v).requires_grad_()
    loss(z, v["target"]).backward()
    assert z.grad is not None
    return z.grad


def weights(v: dict[str, Any]) -> torch.Tensor:
    """The gradient in a linear layer whose biases make the scores what they are."""
    w = torch.ones(3, 2, dtype=torch.float64, requires_grad=True)
    x = tensor(v["x"])
    biases = scores(v) - (w @ x).detach()
    loss(w @ x + biases, v["target"]).backward()
    assert w.grad is not None
    return w.grad


def many(v: dict[str, Any], count: int) -> Fraction:
    """What is asked of `count` classes."""
    z = torch.zeros(count, dtype=torch.float64)
    z[0] = tensor([v["own"]]).log()[0]
    if v["ask"] == "gradient":
        return exactly(gradient({"e": z.exp().tolist(), "target": 0})[0])
    return exactly(z.softmax(0)[0 if v["ask"] == "own" else 1])


def tried(v: dict[str, Any], *, odds: bool = False) -> Integers:
    """All x of a long range; if the last is among them, all larger ones are."""
    last = 400
    found = []
    for x in range(1, last):
        p = torch.softmax(tensor([v["a"], v["b"], x]).log(), 0)[2 if v["raised"] else 0]
        p = p / (1 - p) if odds else p
        if exactly(p) >= Fraction(v["share"]):
            found.append(x)
    if found and found[-1] == last - 1:
        assert found == list(range(found[0], last))
        return Integers((found[0],), onwards=True)
    return Integers(tuple(found))


def in_classes(v: dict[str, Any]) -> Expression:
    """(α + βK)/(K + own − 1), from two numbers of classes and held against a third."""
    k, own = symbol("K"), v["own"]
    tops = [many(v, n) * (n + own - 1) for n in (3, 4, 7)]
    slope = tops[1] - tops[0]
    assert tops[2] == tops[0] + 4 * slope
    return Expression(int(tops[0] - 3 * slope) + int(slope) * k, k + (own - 1))


def expected(p: Problem) -> Answer:
    v = p.draft.values
    match p.form, v.get("ask"):
        case "symbolic", _:
            return in_classes(v)
        case "inverse", _:
            return tried(v)
        case "forward", "loss":
            return Number(exactly(loss(scores(v), v["target"]).exp()))
        case "forward", "gradient":
            return matrix(gradient(v))
        case "forward", "weights":
            return matrix(weights(v))
    return matrix(scores(v).softmax(0))


def lines(p: Problem) -> list[Fraction]:
    v = p.draft.values
    w = tensor([v["w"]]).requires_grad_()
    others = tensor([v["b"], v["c"]]).log()
    own = w * v["x"] + (tensor([v["a"]]).log() - v["w"] * v["x"])
    own.retain_grad()
    z = torch.cat([own, others])
    loss(z, 0).backward()
    found = [z.exp().sum(), z.softmax(0)[0], own.grad, w.grad]
    exact = [exactly(one.detach()) for one in found if one is not None]
    torch.optim.SGD([w], lr=float(Fraction(v["r"]))).step()
    return [*exact, exactly(w.detach())]


def _odds(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "inverse":
        return tried(v, odds=True)
    if p.form == "symbolic":
        right = in_classes(v)
        return Expression(right.numerator, right.denominator - (v["own"] if v["ask"] == "own" else 1))
    if v.get("ask") == "loss":
        return Number(exactly(loss(scores(v), v["target"]).exp()) - 1)
    shares = scores(v).softmax(0)
    return matrix(shares / (1 - shares))


def _reversed(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        right = in_classes(v)
        return Expression(-right.numerator, right.denominator)
    return matrix(-(weights(v) if v["ask"] == "weights" else gradient(v)))


def _no_target(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        return in_classes({**v, "ask": "own"})
    shares = scores(v).softmax(0)
    return matrix(torch.outer(shares, tensor(v["x"])) if v["ask"] == "weights" else shares)


def _of_probability(p: Problem) -> Answer:
    v = p.draft.values
    shares = scores(v).softmax(0).requires_grad_()
    f.nll_loss(shares.log()[None], torch.tensor([v["target"]])).backward()
    assert shares.grad is not None
    return matrix(shares.grad + 0.0)


def _target_row(p: Problem) -> Answer:
    v = p.draft.values
    found = torch.zeros(3, 2, dtype=torch.float64)
    found[v["target"]] = weights(v)[v["target"]]
    return matrix(found)


def _zeroed(p: Problem) -> Answer:
    e = tensor([one if one > 1 else 0 for one in p.draft.values["e"]])
    return matrix(f.normalize(e, p=1, dim=0))


def _one_of(p: Problem) -> Answer:
    found = tried(p.draft.values)
    return Integers(found.values[-1:])


WRONG = {
    "own-left-out": _odds,
    "error-reversed": _reversed,
    "target-forgotten": _no_target,
    "for-probability": _of_probability,
    "target-row": _target_row,
    "exp-of-zero": _zeroed,
    "not-normalised": lambda p: matrix(scores(p.draft.values).exp()),
    "by-largest": lambda p: matrix(f.normalize(tensor(p.draft.values["e"]), p=float("inf"), dim=0)),
    "not-inverted": lambda p: Number(exactly(scores(p.draft.values).softmax(0)[p.draft.values["target"]])),
    "all-classes": lambda p: Number(exactly(sum(loss(scores(p.draft.values), i) for i in range(3)).exp())),
    "class-too-many": lambda p: Expression(
        in_classes(p.draft.values).numerator, in_classes(p.draft.values).denominator + 1
    ),
    "one-of-many": _one_of,
}
STATED = {
    "*": [r"natural logarithm"],
    "inverse": [r"whole number x", r"Give all"],
    "find-the-error": [r"cross-entropy −ln p", r"learning rate"],
}


def nice(p: Problem) -> None:
    v = p.draft.values
    if "e" in v:
        assert sum(v["e"]) <= 20
    if v.get("ask") in ("loss", "gradient", "weights"):
        assert "cross-entropy" in " ".join(p.draft.conventions)
