"""Receptive fields: the first and the last position that a unit reads, followed back to the input."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction

from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts, Valid
from cnncalc.practice.model import Problem
from cnncalc.symbolic import Formula, symbol
from tests.practice.oracles.sliding import fields, jumps, reached

Layers = list[list[int]]


def stacked(v: dict, n: int, **other: int) -> int:
    """Behind the layers that come first, n of one kind."""
    v = {**v, **other}
    return reached([*v["head"], *[[v["F"], 1, 0, 1, v["D"]]] * n])


def expected(p: Problem) -> Answer:
    v = p.draft.values
    match p.form:
        case "forward":
            return _pixels(fields(v["layers"])[-1])
        case "table":
            return _rows(v["layers"], fields(v["layers"]))
        case "symbolic":
            return _in_n(lambda n: stacked(v, n))
        case "compare" if p.difficulty == 4:
            return in_both(v["layers"])
        case "compare":
            return _compared(reached(v["layers"]), reached(v["dense"]))
        case "inverse":
            return _least(lambda n: stacked(v, n) >= v["R"])
        case "design":
            return _design(v["F"], v["R"], v["most"])
    raise AssertionError(p.name)


def lines(p: Problem) -> list[int]:
    layers = p.draft.values["layers"]
    both = [n for pair in zip(fields(layers), jumps(layers), strict=True) for n in pair]
    return both[:-1]


def _pixels(n: int) -> Number:
    return Number(n, "pixels")


def _rows(layers: Layers, found: list[int]) -> Parts:
    kinds = ["conv" if k else "pool" for *_, k, _ in layers]
    named = [f"{kind}{kinds[: i + 1].count(kind)}" for i, kind in enumerate(kinds)]
    rows = zip(named, jumps(layers), found, strict=True)
    return Parts(
        tuple(
            part
            for name, j, r in rows
            for part in ((f"{name} jump", Number(j)), (f"{name} field", Number(r)))
        )
    )


def _in_n(of) -> Expression:
    one, two, three = of(1), of(2), of(3)
    assert three - two == two - one
    return Expression((two - one) * symbol("n") + (2 * one - two))


def in_both(layers: Layers, of=reached) -> Parts:
    """With as many positions left out between taps as the table says, and with as many less one."""
    notes = [[f, s, pad, k, len(["tap", *["gap"] * d])] for f, s, pad, k, d in layers]
    return Parts((("notes", _pixels(of(notes))), ("library", _pixels(of(layers)))))


def _least(does) -> Integers:
    return Integers((bisect_left(range(300), True, key=does),), onwards=True)


def _compared(a: int, b: int) -> Parts:
    return Parts(
        (
            ("A", _pixels(a)),
            ("B", _pixels(b)),
            ("A/B", Number(Fraction(a, b))),
            ("A is more by", Number(Fraction(100 * (a - b), b), "%")),
            ("B is less by", Number(Fraction(100 * (a - b), a), "%")),
        )
    )


def _design(f: int, wanted: int, most: int) -> Valid:
    """The conditions say of every choice whether it sees enough; the fewest layers, then the fewest before the pooling."""
    step = f - 1
    conditions = (f"2 + {step}*m + {2 * step}*n >= {wanted}", f"m + n <= {most}", "m >= 1", "n >= 1")
    fine = []
    for a in range(1, 4):
        for b in range(1, 18):
            conv, pool = [f, 1, 0, 1, 1], [2, 2, 0, 0, 1]
            enough = reached([*[conv] * a, pool, *[conv] * b]) >= wanted
            assert Formula(conditions[0])(m=a, n=b) == enough
            if enough and a + b <= most:
                fine.append((a + b, a, b))
    return Valid(("m", "n"), conditions, min(fine)[1:])


def _each(changed):
    """A slip as other layers: of the whole chain, of a table, or of those before n others."""

    def answer(p: Problem) -> Answer:
        v = p.draft.values
        if p.form == "table":
            return _rows(v["layers"], fields(changed(v["layers"])))
        if p.form == "compare":
            return in_both(v["layers"], lambda layers: reached(changed(layers)))
        if "layers" in v:
            return _pixels(fields(changed(v["layers"]))[-1])

        def of(n: int) -> int:
            return (
                fields(changed([*v["head"], *[[v["F"], 1, 0, 1, v["D"]]] * n]))[-1] if n or v["head"] else 1
            )

        return _least(lambda n: of(n) >= v["R"]) if p.form == "inverse" else _in_n(of)

    return answer


def _own_stride(p: Problem) -> Answer:
    """The jump after the layer instead of that before it."""
    layers = p.draft.values["layers"]

    def late(layers: Layers) -> list[int]:
        found, r = [], 1
        for (f, _, _, _, d), jump in zip(layers, jumps(layers), strict=True):
            r += len(range(0, d * (f - 1), 1)) * jump
            found.append(r)
        return found

    if p.form == "compare":
        return in_both(layers, lambda layers: late(layers)[-1])
    found = late(layers)
    r = found[-1]
    return _rows(layers, found) if p.form == "table" else _pixels(r)


def _whole(p: Problem) -> Answer:
    """One step more in every layer; of those before n others only in the others."""
    v = p.draft.values
    if "layers" not in v:
        if p.form == "inverse":
            return _least(lambda n: stacked(v, n, F=v["F"] + 1) >= v["R"])
        return _in_n(lambda n: stacked(v, n, F=v["F"] + 1))
    return _each(lambda layers: [[f + 1, s, pad, k, d] for f, s, pad, k, d in layers])(p)


def _both_swapped(p: Problem) -> Answer:
    (notes, a), (library, b) = expected(p).parts
    return Parts(((notes, b), (library, a)))


def _rounded_down(p: Problem) -> Answer:
    v = p.draft.values
    return _least(lambda n: stacked(v, n + 1) > v["R"])


def _swapped(p: Problem) -> Answer:
    *counts, (more, a), (fewer, b) = expected(p).parts
    return Parts((*counts, (more, b), (fewer, a)))


WRONG = {
    "summed-kernels": lambda p: _pixels(sum(f for f, *_ in p.draft.values["layers"])),
    "ignored-strides": _each(lambda layers: [[f, 1, pad, k, d] for f, _, pad, k, d in layers]),
    "ignored-dilation": _each(lambda layers: [[f, s, pad, k, 1] for f, s, pad, k, _ in layers]),
    "own-stride": _own_stride,
    "whole-kernel": _whole,
    "forgot-one-unit": lambda p: _pixels(fields(p.draft.values["layers"])[-1] - 1),
    "conventions-swapped": _both_swapped,
    "one-layer": lambda p: _pixels(fields(p.draft.values["layers"][:1])[-1]),
    "percent-swapped": _swapped,
    "rounded-down": _rounded_down,
    "one-of-many": lambda p: Integers(expected(p).values),
}
STATED = {
    "*": ["away from the borders", "stride"],
    "table": ["jump is"],
    "find-the-error": ["jump is"],
    "inverse": ["at least", "all of them"],
    "design": ["at least 1", "Any choice"],
}


def nice(p: Problem) -> None:
    v = p.draft.values
    match p.draft.answer:
        case Number(value):
            assert 3 <= value <= 150
        case Valid(names, conditions, smallest):
            given = dict(zip(names, smallest, strict=True))
            assert all(Formula(text).evaluate(given) for text in conditions)
        case Integers(values):
            assert 1 <= values[0] <= 120
    assert 1 <= len(v.get("layers", [1])) <= 6
