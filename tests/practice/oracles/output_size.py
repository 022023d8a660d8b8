"""Output sizes: windows slid position by position."""

from __future__ import annotations

import itertools
from fractions import Fraction

from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts, Size, Valid
from cnncalc.practice.model import Problem
from cnncalc.symbolic import Formula, symbol
from tests.practice.oracles.sliding import places, through

HALF = Fraction(1, 2)


def layer(v: dict, **other: int) -> int:
    v = {**v, **other}
    return places(v["W"], v["F"], v["S"], v["P"])


def heights(p: Problem) -> tuple[int, int]:
    v = p.draft.values
    return v.get("H", v["W"]), v["W"]


def expected(p: Problem) -> Answer:
    v = p.draft.values
    match p.form, p.difficulty:
        case "forward", 1 | 2:
            return _size(p, lambda n: layer(v, W=n))
        case "forward", 3:
            return _cube(through(v["W"], v["layers"])[-1], _depth(v))
        case "symbolic", _:
            return _in_n(p, v["F"], v["P"], v["L"])
        case "compare", _:
            return _compared(layer(v, S=1) ** 2, layer(v) ** 2)
        case "inverse", _:
            name = v["unknown"]
            fits = [n for n in range(1, 4 * v["W"]) if layer(v, **{name: n}) == v["M"]]
            return Integers(tuple(fits))
        case "design", _:
            return _design(v)
    raise AssertionError(p.name)


def _size(p: Problem, of) -> Size:
    h, w = heights(p)
    return Size((of(h), of(w), p.draft.values["K"]))


def _cube(n: int, depth: int) -> Size:
    return Size((n, n, depth))


def _depth(v: dict) -> int:
    return [k for _, _, _, k, _ in v["layers"] if k][-1]


def _in_n(p: Problem, f: int, padding: int, count: int) -> Expression:
    """n less what is lost on a long input: with stride 1 it is the same for all."""
    (lost,) = {n - through(n, [[f, 1, padding, 1, 1]] * count)[-1] for n in (200, 201, 317)}
    return Expression(symbol("n") - lost)


def _compared(a: int, b: int) -> Parts:
    return Parts(
        (
            ("A", Number(a, "positions")),
            ("B", Number(b, "positions")),
            ("A/B", Number(Fraction(a, b))),
            ("A is more by", Number(Fraction(100 * (a - b), b), "%")),
            ("B is less by", Number(Fraction(100 * (a - b), a), "%")),
        )
    )


def _design(v: dict) -> Valid:
    """The first layer that does it, by kernel, stride and padding; and the conditions accept what slides rightly, only."""
    n, m, least = v["W"], v["M"], v["least"]
    conditions = (
        f"({n} + 2*P - F) // S + 1 == {m}",
        f"F >= {least}",
        "F % 2 == 1",
        "S >= 1",
        "P >= 0",
        "2*P < F",
    )
    right = [
        (f, s, p)
        for f, s, p in itertools.product(range(least, 12, 2), range(1, 9), range(6))
        if 2 * p < f and places(n, f, s, p) == m
    ]
    return Valid(("F", "S", "P"), conditions, right[0])


def lines(p: Problem) -> list[int]:
    v = p.draft.values
    padded = len(range(-v["P"], v["W"] + v["P"]))
    room = padded - v["F"]
    one = layer(v)
    positions = one * one
    return [padded, room, one - 1, one, positions, positions * v["K"]]


def _each(p: Problem, of) -> Answer:
    """The slip `of(n, f, s, p)` on both axes, or layer by layer."""
    v = p.draft.values
    if "layers" in v:
        n = v["W"]
        for f, s, padding, _, _ in v["layers"]:
            n = of(n, f, s, padding)
        return _cube(n, _depth(v))
    return _size(p, lambda n: of(n, v["F"], v["S"], v["P"]))


def _skipped(p: Problem) -> Answer:
    v = p.draft.values
    pool = [k for _, _, _, k, _ in v["layers"]].index(0)
    return _cube(through(v["W"], v["layers"][:pool] + v["layers"][pool + 1 :])[-1], _depth(v))


def _pooled(p: Problem) -> Answer:
    v = p.draft.values
    depth = 0
    for _, s, _, k, _ in v["layers"]:
        depth = k or depth // s
    return _cube(through(v["W"], v["layers"])[-1], depth)


def _once(p: Problem) -> Answer:
    if p.form == "symbolic":
        v = p.draft.values
        return Expression(symbol("n") - v["L"] * (v["F"] - 1 - v["P"]))
    # one side only: half as much padding on each, taken twice
    return _each(p, lambda n, f, s, padding: places(n + padding, f, s))


def _halved(p: Problem) -> Answer:
    v = p.draft.values
    sides = _compared(layer(v, S=1), layer(v))
    return Parts((*expected(p).parts[:2], *sides.parts[2:]))


def _swapped(p: Problem) -> Answer:
    *counts, (more, a), (fewer, b) = expected(p).parts
    return Parts((*counts, (more, b), (fewer, a)))


WRONG = {
    "kept-depth": lambda p: Size((*expected(p).sizes[:2], p.draft.values["C"])),
    "forgot-one": lambda p: _each(p, lambda n, f, s, padding: places(n, f, s, padding) - 1),
    "padded-once": _once,
    # one more step than fits, unless it comes out even
    "rounded-up": lambda p: _each(p, lambda n, f, s, padding: places(n + s - 1, f, s, padding)),
    "divided-by-stride": lambda p: _each(p, lambda n, f, s, padding: int(n * Fraction(1, s))),
    "forgot-stride": lambda p: _each(p, lambda n, f, s, padding: places(n, f, 1, padding)),
    "skipped-pool": _skipped,
    "pooled-depth": _pooled,
    "one-of-many": lambda p: Integers(expected(p).values[:1]),
    "percent-swapped": _swapped,
    "halved-once": _halved,
    "kernel-not-taken": lambda p: Expression(
        symbol("n") - p.draft.values["L"] * (p.draft.values["F"] - 2 * p.draft.values["P"])
    ),
    "forgot-padding": lambda p: _in_n(p, p.draft.values["F"], 0, p.draft.values["L"]),
    "one-layer": lambda p: _in_n(p, p.draft.values["F"], p.draft.values["P"], 1),
}
STATED = {
    "forward": ["H×W×C", "stride", "padding"],
    "inverse": ["rounded down", "all of them"],
    "compare": ["rounded down", "stride"],
    "symbolic": ["stride 1"],
    "design": ["rounded down", "on each side"],
    "find-the-error": ["rounded down"],
}


def nice(p: Problem) -> None:
    v = p.draft.values
    assert v.get("W", 1) <= 300
    if p.difficulty == 1:
        # exact: the last window ends where the padded input ends
        assert (layer(v) - 1) * v["S"] + v["F"] == v["W"] + 2 * v["P"]
    match p.draft.answer:
        case Size(sizes):
            assert all(1 <= n <= 512 for n in sizes)
        case Integers(values):
            assert 1 <= len(values) <= 8
        case Valid(names, conditions, smallest):
            given = dict(zip(names, smallest, strict=True))
            assert all(Formula(text).evaluate(given) for text in conditions)
