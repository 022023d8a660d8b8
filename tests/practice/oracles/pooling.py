"""Poolings: torch pools a tensor without numbers; dilated windows are slid by hand."""

from __future__ import annotations

from fractions import Fraction

import torch
from torch import nn
from torch.nn import functional

from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts, Size
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.sliding import overhanging, places


def torch_pooled(v: dict, *, ceil: bool = False) -> Size:
    x = torch.empty((1, v["C"], v["W"], v["W"]), device="meta")
    y = functional.max_pool2d(x, v["F"], v.get("S"), v.get("P", 0), ceil_mode=ceil)
    _, c, h, w = y.shape
    return Size((h, w, c))


def expected(p: Problem) -> Answer:
    v = p.draft.values
    match p.form, p.difficulty:
        case "forward", 1:
            return torch_pooled(v)
        case "forward", 2 if v["ask"] == "ceil_mode":
            return Parts((("floor", torch_pooled(v)), ("ceil_mode", torch_pooled(v, ceil=True))))
        case "forward", 2:
            starts = len(range(0, v["W"], v["S"]))
            return Parts((("valid", torch_pooled(v)), ("same", Size((starts, starts, v["C"])))))
        case "forward", 3:
            return _cube(p, _dilated(v))
        case "symbolic", _:
            return Expression(_in_name(v, _span))
        case "compare", 4:
            return two_libraries(v)
        case "compare", _:
            h, w, c = torch_pooled(v).sizes
            return _compared(v["W"] ** 2 * v["C"], h * w * c)
        case "inverse", _:
            return _inputs(v, up=bool(v["up"]))
    raise AssertionError(p.name)


def lines(p: Problem) -> list[int]:
    v = p.draft.values
    span, padded = _span(v["F"], v["D"]), len(range(-v["P"], v["W"] + v["P"]))
    found = _dilated(v)
    return [span, padded, padded - span, found - 1, found]


def two_libraries(v: dict, changed: str = "") -> Parts:
    """Torch's layers, with ceil_mode and without; a fully connected layer that reads what they give."""
    sides = []
    for up in (True, False):
        x = torch.empty(1, v["C"], v["W"], v["W"], device="meta")
        for f, s, padding, k, _ in v["layers"]:
            if k:
                c, h = x.shape[1:3]
                x = nn.Conv2d(c, k, f, s, padding, device="meta")(x)
                if changed == "rounded-up" and up and (h + 2 * padding - f) % s:
                    x = torch.empty(1, k, x.shape[2] + 1, x.shape[2] + 1, device="meta")
            elif changed == "divided-by-stride" and not up:
                x = x[:, :, : places(x.shape[2], s, s), : places(x.shape[2], s, s)]
            else:
                x = functional.max_pool2d(x, f, s, ceil_mode=up and changed != "rounded-down")
        sides.append(x.flatten(1))
        depth, side = x.shape[1:3]
        sides[-1] = (side, depth, nn.Linear(sides[-1].shape[1], v["units"], device="meta").weight.numel())
    (a, c, more), (b, _, fewer) = sides
    differ = (a - b) * c * v["units"] if changed == "one-axis" else more - fewer
    return Parts(
        (
            ("Caffe", Size((a, a, c))),
            ("PyTorch", Size((b, b, c))),
            ("more weights", Number(differ, "weights")),
        )
    )


def _dilated(v: dict, **other: int) -> int:
    v = {**v, **other}
    return places(v["W"], v["F"], v["S"], v["P"], v["D"])


def _span(f: int, d: int) -> int:
    """From the first tap to the last, both counted."""
    taps = [tap * d for tap in range(f)]
    return len(range(taps[0], taps[-1] + 1))


def _cube(p: Problem, n: int) -> Size:
    return Size((n, n, p.draft.values["K"]))


def _inputs(v: dict, *, up: bool) -> Integers:
    def after(n: int) -> int:
        for _ in range(v["count"]):
            n = overhanging(n, v["F"], v["F"]) if up else places(n, v["F"], v["F"])
        return n

    return Integers(tuple(n for n in range(1, 200) if after(n) == v["M"]))


def _in_name(v: dict, span) -> object:
    """Through the values for 1 and 2: the span of a kernel, or the places it has in a long input."""
    if v["name"] == "n":
        spread = span(v["F"], v["D"])
        (lost,) = {n - places(n, spread, 1) for n in (300, 301)}
        return symbol("n") - lost
    one, two, three = (span(v["F"], d) for d in (1, 2, 3))
    assert three - two == two - one
    return (two - one) * symbol("d") + (2 * one - two)


def _compared(a: int, b: int) -> Parts:
    return Parts(
        (
            ("A", Number(a, "values")),
            ("B", Number(b, "values")),
            ("A/B", Number(Fraction(a, b))),
            ("A is more by", Number(Fraction(100 * (a - b), b), "%")),
            ("B is less by", Number(Fraction(100 * (a - b), a), "%")),
        )
    )


def _changed(answer: Answer, *, first=lambda s: s, second=lambda s: s) -> Parts:
    """One or both of two sizes changed."""
    assert isinstance(answer, Parts)
    (a, x), (b, y) = answer.parts
    return Parts(((a, first(x)), (b, second(y))))


def _shallower(p: Problem) -> Answer:
    v = p.draft.values
    by = v.get("S", v["F"])

    def pooled(size: Size) -> Size:
        return Size((*size.sizes[:2], size.sizes[2] // by))

    found = expected(p)
    return pooled(found) if isinstance(found, Size) else _changed(found, first=pooled, second=pooled)


def _one_less(p: Problem) -> Answer:
    def less(size: Size) -> Size:
        return Size((size.sizes[0] - 1, size.sizes[1] - 1, size.sizes[2]))

    found = expected(p)
    if isinstance(found, Size):
        return less(found)
    return _changed(found, first=less, second=less if p.draft.values["ask"] == "ceil_mode" else lambda s: s)


def _down(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "inverse":
        return _inputs(v, up=False)
    if p.form == "compare":
        return two_libraries(v, "rounded-down")
    if v["ask"] == "ceil_mode":
        return Parts((("floor", torch_pooled(v)), ("ceil_mode", torch_pooled(v))))
    whole = places(v["W"], v["S"], v["S"])
    return _changed(expected(p), second=lambda s: Size((whole, whole, v["C"])))


def _up(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "inverse":
        return _inputs(v, up=True)
    if p.form == "compare":
        return two_libraries(v, "rounded-up")
    longer = places(v["W"] + v["S"] - 1, v["F"], v["S"])
    return _changed(expected(p), first=lambda s: Size((longer, longer, v["C"])))


def _behind(p: Problem) -> Answer:
    v = p.draft.values
    unclipped = places(v["W"] + 2 * v["P"] + v["S"] - 1, v["F"], v["S"])
    return _changed(expected(p), second=lambda s: Size((unclipped, unclipped, v["C"])))


def _with_span(span):
    def answer(p: Problem) -> Answer:
        v = p.draft.values
        if p.form == "symbolic":
            return Expression(_in_name(v, span))
        return _cube(p, places(v["W"], span(v["F"], v["D"]), v["S"], v["P"]))

    return answer


def _sides(p: Problem) -> Answer:
    v = p.draft.values
    sides = _compared(v["W"], torch_pooled(v).sizes[0])
    return Parts((*expected(p).parts[:2], *sides.parts[2:]))


def _swapped(p: Problem) -> Answer:
    *counts, (more, a), (fewer, b) = expected(p).parts
    return Parts((*counts, (more, b), (fewer, a)))


def _forgot_one(p: Problem) -> Answer:
    return _cube(p, _dilated(p.draft.values) - 1) if p.difficulty == 3 else _one_less(p)


def _once(p: Problem) -> Answer:
    v = p.draft.values
    return _cube(p, _dilated(v, W=v["W"] + v["P"], P=0))


def _dense(p: Problem) -> Answer:
    v = p.draft.values
    return Size((*(places(v["W"], v["F"], 1),) * 2, v["C"]))


WRONG = {
    "pooled-depth": _shallower,
    "forgot-one": _forgot_one,
    "forgot-stride": _dense,
    "rounded-down": _down,
    "rounded-up": _up,
    **{
        name: lambda p, name=name: two_libraries(p.draft.values, name)
        for name in ("one-axis", "divided-by-stride")
    },
    "started-behind": _behind,
    "same-keeps": lambda p: _changed(
        expected(p), second=lambda s: Size((p.draft.values["W"], p.draft.values["W"], s.sizes[2]))
    ),
    "ignored-dilation": _with_span(lambda f, d: f),
    "span-times": _with_span(lambda f, d: f * d),
    "zeros-between": _with_span(lambda f, d: _span(f, d + 1)),
    "padded-once": _once,
    "halved-once": _sides,
    "percent-swapped": _swapped,
    "exact-fit-only": lambda p: Integers(
        (p.draft.values["M"] * p.draft.values["F"] ** p.draft.values["count"],)
    ),
}
STATED = {
    "forward": ["H×W×C", "stride", "padd"],
    "inverse": ["stride is as large", "rounded (down|up)", "all of them"],
    "compare": ["stride is as large|rounds the sizes of poolings up.*rounds them down"],
    "symbolic": ["Dilation 1"],
    "find-the-error": ["Dilation 1", "rounded down"],
}


def nice(p: Problem) -> None:
    v = p.draft.values
    assert v.get("W", 1) <= (224 if "units" in v else 128)
    if p.form == "inverse":
        assert 2 <= len(p.draft.answer.values) <= 16
    if p.form == "forward" and p.difficulty == 1:
        assert v["W"] % v["F"] == 0
