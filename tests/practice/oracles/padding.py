"""Padding: zeros are added one by one until the windows that are slid are as many as they should be."""

from __future__ import annotations

from fractions import Fraction
from itertools import count

from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts, Size
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.sliding import places, through


def keeping(f: int, d: int) -> int:
    """The padding on each side with which a window of stride 1 has as many places as a long input."""
    return next(p for p in count() if places(500, f, 1, p, d) == 500)


def same(v: dict) -> tuple[int, int, int]:
    """Keras' rule: places at 0, S, 2S … as far as the input goes, with as few zeros as hold the last window."""
    n, f, s = v["W"], v["F"], v["S"]
    wanted = len(range(0, n, s))
    total = next(t for t in count() if places(n + t, f, s) == wanted)
    before = len(range(1, total, 2))
    return wanted, before, total - before


def expected(p: Problem) -> Answer:
    v = p.draft.values
    match p.form, p.difficulty:
        case "forward", 1 if v["ask"] == "volume":
            side = len(range(-v["P"], v["W"] + v["P"]))
            return Size((side, side, v["C"]))
        case "forward", 1:
            return Number(keeping(v["F"], 1))
        case "forward", 2:
            return _ends(*same(v))
        case "forward", 3:
            return Number(_around(v["layers"]))
        case "symbolic", _:
            return Expression(_in_name(v, keeping))
        case "compare", _:
            a, b = (places(v["W"], v["F"], 1, pad) for pad in (keeping(v["F"], 1), 0))
            return _compared(a * a * v["K"], b * b * v["K"])
        case "inverse", _:
            return _paddings(v, lambda pad: places(v["W"], v["F"], v["S"], pad) == v["M"])
    raise AssertionError(p.name)


def lines(p: Problem) -> list[int]:
    v = p.draft.values
    wanted, before, after = same(v)
    return [wanted, before + v["W"] + after, before + after, before, after]


def _around(layers: list) -> int:
    """The padding of the image after which a chain without padding ends with the image's size."""
    return next(p for p in count() if through(500 + 2 * p, layers)[-1] == 500)


def _paddings(v: dict, fits) -> Integers:
    return Integers(tuple(pad for pad in range(60) if fits(pad)))


def _in_name(v: dict, padding) -> object:
    """The line through the paddings for 1 and 2, and 3 is on it."""
    name = v["name"]
    one, two, three = (padding(v["F"], n) if name == "d" else padding(2 * n + 1, v["D"]) for n in (1, 2, 3))
    assert three - two == two - one
    return (two - one) * symbol(name) + (2 * one - two)


def _ends(size: int, before: int, after: int) -> Parts:
    return Parts((("output", Number(size)), ("before", Number(before)), ("after", Number(after))))


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


def _both_sides(p: Problem) -> Answer:
    match expected(p):
        case Number(value):
            return Number(2 * value)
        case Expression(value):
            return Expression(2 * value)
    raise AssertionError(p.name)


def _dense(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        return Expression(_in_name(v, lambda f, _: keeping(f, 1)))
    return Number(_around([[f, s, pad, k, 1] for f, s, pad, k, _ in v["layers"]]))


def _padded_once(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "inverse":
        return _paddings(v, lambda pad: places(v["W"] + pad, v["F"], v["S"]) == v["M"])
    side = len(range(v["W"] + v["P"]))
    return Size((side, side, v["C"]))


def _fixed(p: Problem) -> Answer:
    v = p.draft.values
    pad = keeping(v["F"], 1)
    return _ends(places(v["W"], v["F"], v["S"], pad), pad, pad)


def _with_places(p: Problem, wanted: int, reach: int) -> Parts:
    """The zeros for so many places, the last of which reaches so far."""
    v = p.draft.values
    total = max((wanted - 1) * v["S"] + reach - v["W"], 0)
    return _ends(wanted, total // 2, total - total // 2)


def _half(p: Problem) -> Number:
    v = p.draft.values
    kernels = [f for f, *_ in v["layers"]] if "layers" in v else [v["F"]]
    return Number(sum((f + 1) // 2 for f in kernels))


def _even(p: Problem) -> Integers:
    v = p.draft.values

    def fits(pad: int) -> bool:
        return (
            places(v["W"], v["F"], v["S"], pad) == v["M"]
            and -pad + (v["M"] - 1) * v["S"] + v["F"] == v["W"] + pad
        )

    return _paddings(v, fits)


def _swapped(p: Problem) -> Answer:
    *counts, (more, a), (fewer, b) = expected(p).parts
    return Parts((*counts, (more, b), (fewer, a)))


def _sides(p: Problem) -> Answer:
    v = p.draft.values
    sides = _compared(v["W"], places(v["W"], v["F"], 1))
    return Parts((*expected(p).parts[:2], *sides.parts[2:]))


def _turned(p: Problem) -> Parts:
    wanted, before, after = same(p.draft.values)
    return _ends(wanted, after, before)


WRONG = {
    "both-sides": _both_sides,
    "ignored-dilation": _dense,
    "half-kernel": _half,
    "padded-once": _padded_once,
    "padded-depth": lambda p: Size((*expected(p).sizes[:2], p.draft.values["C"] + 2 * p.draft.values["P"])),
    "fixed-padding": _fixed,
    "rounded-down": lambda p: _with_places(
        p, p.draft.values["W"] // p.draft.values["S"], p.draft.values["F"]
    ),
    "short-window": lambda p: _with_places(p, same(p.draft.values)[0], p.draft.values["F"] - 1),
    "extra-before": _turned,
    "halved-once": _sides,
    "percent-swapped": _swapped,
    "one-layer": lambda p: Number(_around(p.draft.values["layers"][-1:])),
    "exact-fit-only": _even,
    "one-of-many": lambda p: Integers(expected(p).values[:1]),
}
STATED = {
    "forward": ["each side|same"],
    "inverse": ["rounded down", "all sides", "there are none"],
    "symbolic": ["stride 1", "all sides", "Dilation 1"],
    "compare": ["keeps the size", "pads nothing"],
    "find-the-error": ["Keras", "⌈W/S⌉", "after than before"],
}


def nice(p: Problem) -> None:
    v = p.draft.values
    assert v.get("W", 1) <= 300
    assert v.get("F", 1) <= 11
    if p.form == "inverse":
        assert all(n <= v["F"] for n in p.draft.answer.values)
    if p.form == "find-the-error" or p.difficulty == 2:
        assert p.form in ("symbolic", "compare") or sum(same(v)[1:]) > 0
