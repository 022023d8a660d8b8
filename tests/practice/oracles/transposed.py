"""Transposed convolution: torch's own on tensors without numbers, and copies of the kernel laid out by hand."""

from __future__ import annotations

import torch
from torch.nn import functional

from cnncalc.practice.answers import Answer, Expression, Integers, Size
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.sliding import places


def enlarged(v: dict, **other: int) -> int:
    """The size that torch gives."""
    v = {"A": 0, "D": 1, **v, **other}
    x, w = (torch.empty((1, 1, v[name]), device="meta") for name in ("W", "F"))
    y = functional.conv_transpose1d(
        x, w, stride=v["S"], padding=v["P"], output_padding=v["A"], dilation=v["D"]
    )
    return y.shape[-1]


def laid(v: dict, **other: int) -> int:
    """The size from the positions that the copies of the kernel cover."""
    v = {"A": 0, "D": 1, **v, **other}
    covered = {i * v["S"] + tap * v["D"] for i in range(v["W"]) for tap in range(v["F"])}
    return len(range(min(covered) + v["P"], max(covered) + 1 - v["P"])) + v["A"]


def expected(p: Problem) -> Answer:
    v = p.draft.values
    match p.form, p.difficulty:
        case "forward", 3:
            return _chained(v, enlarged)
        case "forward", _:
            return _cube(enlarged(v), v["K"])
        case "symbolic", _:
            return _in_n(lambda n: enlarged(v, W=v["times"] * n))
        case "inverse", _ if v["ask"] == "A":
            fits = [a for a in range(v["S"]) if enlarged(v, W=v["M"], A=a) == v["W"]]
            return Integers(tuple(fits))
        case "inverse", _:
            fits = [n for n in range(1, 300) if places(n, v["F"], v["S"], v["P"]) == v["M"]]
            return Integers(tuple(fits))
    raise AssertionError(p.name)


def lines(p: Problem) -> list[int]:
    v = p.draft.values
    starts = [i * v["S"] for i in range(v["W"])]
    span = laid(v, W=1, P=0, A=0)
    whole = laid(v, P=0, A=0)
    return [starts[-1], span, whole, laid(v, A=0), enlarged(v)]


def _cube(n: int, k: int) -> Size:
    return Size((n, n, k))


def _chained(v: dict, of) -> Size:
    n = v["W"]
    for f, s, padding, added in v["layers"]:
        n = of({"W": n, "F": f, "S": s, "P": padding, "A": added})
    return _cube(n, v["filters"][-1])


def _in_n(of) -> Expression:
    two, three, four = of(2), of(3), of(4)
    assert four - three == three - two
    return Expression((three - two) * symbol("n") + (3 * two - 2 * three))


def _each(of):
    """A slip in the size of one layer, of a chain, or with n left in it."""

    def answer(p: Problem) -> Answer:
        v = p.draft.values
        if p.form == "symbolic":
            return _in_n(lambda n: of({**v, "W": v["times"] * n}))
        return _chained(v, of) if "layers" in v else _cube(of(v), v["K"])

    return answer


def _stride(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "inverse":
        return Integers((len(range(v["M"])) * v["S"],))
    return _each(lambda v: v["W"] * v["S"])(p)


def _unpadded(p: Problem) -> Answer:
    return Integers((0,)) if p.form == "inverse" else _each(lambda v: laid(v, A=0))(p)


WRONG = {
    # as much more as it should be less
    "padding-added": _each(lambda v: laid(v, P=0) + 2 * v["P"]),
    "cut-once": _each(lambda v: laid(v, P=0) - v["P"]),
    "times-stride": _stride,
    # one copy too many
    "all-steps": _each(lambda v: laid(v, W=v["W"] + 1)),
    "forward-formula": _each(lambda v: places(v["W"], v["F"], v["S"], v["P"])),
    "forgot-output-padding": _unpadded,
    "output-padding-twice": _each(lambda v: laid(v) + v["A"]),
    "ignored-dilation": _each(lambda v: laid(v, D=1)),
    "stride-less-one": lambda p: Integers((p.draft.values["S"] - 1,)),
    "one-of-many": lambda p: Integers(expected(p).values[:1]),
}
STATED = {
    "*": ["cut off each side", "stride"],
    "forward": ["H×W×C", "output padding"],
    "inverse": ["rounded down", "output padding"],
    "symbolic": ["output padding"],
    "find-the-error": ["one side", "Dilation 1"],
}


def nice(p: Problem) -> None:
    v = p.draft.values
    assert v.get("W", 1) <= 64
    if isinstance(p.draft.answer, Size):
        assert 4 <= p.draft.answer.sizes[0] <= 300
    if p.form == "inverse":
        assert 1 <= len(p.draft.answer.values) <= 4
