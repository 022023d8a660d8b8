"""Normalisations: torch's own kernels give the means out, and their number is counted."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import torch
from torch.nn import functional as f

from cnncalc.practice.answers import Answer, Expression, Integers, Matrix, Number, Parts
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.by_torch import exactly, matrix, tensor
from tests.practice.oracles.macs import comparison, swapped

_EPS = 1e-30  # as good as 0, which not all kernels take


def means(x: torch.Tensor, kind: str, groups: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """Means, and the inverse roots of variances."""
    n, c, *rest = x.shape
    if kind == "in":  # what torch makes of it: every channel of every image is one of a single image
        x, kind = x.reshape(1, n * c, *rest), "bn"
    if kind == "bn":
        return torch.native_batch_norm(x, None, None, None, None, True, 0.1, _EPS)[1:]
    if kind == "ln":
        return torch.native_layer_norm(x, x.shape[1:], None, None, _EPS)[1:]
    positions = x[0, 0].numel()
    return torch.native_group_norm(x, None, None, n, c, positions, groups, _EPS)[1:]


def counted(n: int, c: int, h: int, w: int, kind: str, groups: int = 1) -> tuple[int, int]:
    """How many means there are, and how many numbers come to each."""
    x = torch.empty(n, c, h, w, device="meta")
    found = means(x, kind, groups)[0].numel()
    assert x.numel() % found == 0
    return found, x.numel() // found


def batch(v: dict[str, Any], kind: str) -> tuple[int, int]:
    return counted(v["N"], v["C"], v["H"], v["W"], kind, v["G"])


def both(found: tuple[int, int]) -> Parts:
    return Parts((("means", Number(found[0])), ("numbers each", Number(found[1]))))


def small(v: dict[str, Any], kind: str) -> Parts:
    """The mean and the variance that normalise one channel of one image."""
    x = tensor(v["x"])
    mean, inverse = means(x, kind)
    shape = {"bn": (1, 2), "ln": (2, 1), "in": (2, 2)}[kind]
    at = v["image"] % shape[0], v["channel"] % shape[1]
    return _spread(exactly(mean.reshape(shape)[at]), exactly(1 / inverse.reshape(shape)[at] ** 2))


def _spread(mean: Fraction, variance: Fraction) -> Parts:
    return Parts((("mean", Number(mean)), ("variance", Number(variance))))


def vector(v: dict[str, Any], weight: float | None = None) -> torch.Tensor:
    x = tensor(v["x"])
    w = torch.full_like(x, v["weight"] if weight is None else weight)
    return f.rms_norm(x, (4,), w, eps=0.0) if v["rms"] else f.layer_norm(x, (4,), w, eps=0.0)


def symbolic(v: dict[str, Any], kind: str) -> Expression:
    """A product of powers of N, C, H and W: the powers by doubling each, and the factor."""
    ask = 0 if v["means"] else 1

    def count(n: int = 1, c: int = 1, h: int = 1, w: int = 1) -> int:
        return counted(2 * n, v["wide"] * c, 2 * h, 2 * w, kind, v["groups"])[ask]

    one, found = count(), 1
    scale = Fraction(one)
    for name in "nchw":
        ratio = count(**{name: 2}) // one
        assert ratio in (1, 2)
        if ratio == 2:
            found = found * symbol("K" if name == "c" else name.upper())
            scale /= 1 if name == "c" else 2
    assert scale.denominator == 1
    assert count(3, 3, 3, 3) == one * 3 ** (0 if found == 1 else found.degree)
    return Expression(int(scale) * found)


def table(v: dict[str, Any], **order: str) -> Parts:
    parts: list[tuple[str, Answer]] = []
    for kind in ("bn", "ln", "in", "gn"):
        count, each = batch(v, order.get(kind, kind))
        parts += [(f"{kind.upper()} means", Number(count)), (f"{kind.upper()} numbers", Number(each))]
    return Parts(tuple(parts))


def enough(v: dict[str, Any], groups: range) -> list[int]:
    return [g for g in groups if counted(2, v["C"], v["H"], v["W"], "gn", g)[1] >= v["least"]]


def expected(p: Problem) -> Answer:
    v = p.draft.values
    match p.form, p.difficulty:
        case "forward", 1:
            return both(batch(v, v["kind"]))
        case "forward", 2:
            return small(v, v["kind"])
        case "forward", 3:
            return matrix(vector(v))
        case "compare", _:
            return comparison(batch(v, v["first"])[0], batch(v, v["second"])[0], "means")
        case "symbolic", _:
            return symbolic(v, v["kind"])
        case "inverse", _:
            fits = [g for g in range(1, v["C"] + 1) if v["C"] % g == 0]
            return Integers(tuple(g for g in fits if enough(v, range(g, g + 1))))
        case "table", _:
            return table(v)
    raise AssertionError(p.name)


def lines(p: Problem) -> list[Fraction]:
    x = tensor(p.draft.values["numbers"])
    mean, inverse = means(x.reshape(2, 1, 2), "bn")
    found = [x.sum(), mean, (x**2).sum(), (x**2).mean(), 1 / inverse**2]
    return [exactly(one) for one in found]


def _as(kind: str) -> Any:
    def answer(p: Problem) -> Answer:
        v = p.draft.values
        match p.form, p.difficulty:
            case "forward", 1:
                return both(batch(v, kind))
            case "forward", 2:
                return small(v, kind)
            case "symbolic", _:
                return symbolic(v, kind)
        return table(v, **{"ln": {"bn": "ln"}, "bn": {"ln": "bn"}, "in": {"gn": "in"}}[kind])

    return answer


def _sample(p: Problem) -> Answer:
    v = p.draft.values
    x = tensor(v["x"])
    one = {"bn": x[:, v["channel"]], "ln": x[v["image"]], "in": x[v["image"], v["channel"]]}[v["kind"]]
    return _spread(exactly(one.mean()), exactly(one.var()))


def _by_square(p: Problem) -> Answer:
    v = p.draft.values
    x = tensor(v["x"])
    root = (x**2).mean().sqrt() if v["rms"] else x.std(correction=0)
    return matrix(vector(v) / root)


def _not_centred(p: Problem) -> Answer:
    v = p.draft.values
    x = tensor(v["x"])
    return matrix(v["weight"] * x / x.std(correction=0))


def _not_dividing(p: Problem) -> Answer:
    v = p.draft.values
    whole = v["C"] * v["H"] * v["W"]
    return Integers(tuple(g for g in range(1, whole + 1) if g * v["least"] <= whole))


WRONG = {
    "as-batch-norm": _as("bn"),
    "as-layer-norm": _as("ln"),
    "as-instance-norm": _as("in"),
    "sample-variance": _sample,
    "squares-summed": lambda p: matrix(vector(p.draft.values) / 2),
    "by-square": _by_square,
    "by-variance": _by_square,
    "without-weight": lambda p: matrix(vector(p.draft.values, 1.0)),
    "not-centred": _not_centred,
    "not-dividing": _not_dividing,
    "percent-swapped": lambda p: swapped(expected(p)),
    "one-of-many": lambda p: Integers(expected(p).values[-1:]),
}
STATED = {
    "forward": [r"N×C×H×W|number of values|ε = 0"],
    "compare": [r"N×C×H×W"],
    "inverse": [r"equally large", r"Give all"],
    "table": [r"N×C×H×W", r"over C, H and W", r"in training"],
    "find-the-error": [r"number of values"],
}


def nice(p: Problem) -> None:
    match p.draft.answer:
        case Parts(parts):
            values = [part.value for _, part in parts if isinstance(part, Number) and part.unit != "%"]
        case Matrix(rows):
            values = [value for row in rows for value in row]
        case _:
            values = []
    assert all(Fraction(value).denominator <= 64 for value in values)
    if p.draft.values.get("kind") == "bn" and p.form != "find-the-error":
        assert "in training" in " ".join(s for s in p.draft.stem if isinstance(s, str))
