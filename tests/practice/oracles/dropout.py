"""Dropout: every choice of units is made, each with its probability; how torch scales is measured."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import product
from math import comb
from typing import Any

import torch
from torch.nn import functional as f

from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.by_torch import exactly
from tests.practice.oracles.macs import comparison, swapped

Moments = tuple[Fraction, Fraction]


@cache
def scale(p: str) -> Fraction:
    """What torch makes of a 1 that is kept."""
    return exactly(f.dropout(torch.ones(1000, dtype=torch.float64), float(Fraction(p)), training=True).max())


@cache
def kept(n: int, p: str) -> Moments:
    """Mean and variance of how many are kept, by the probability of every number."""
    drop = Fraction(p)
    a, b = drop.numerator, drop.denominator
    ways = [comb(n, k) * (b - a) ** k * a ** (n - k) for k in range(n + 1)]
    whole = b**n
    mean = Fraction(sum(k * w for k, w in enumerate(ways)), whole)
    return mean, Fraction(sum(k * k * w for k, w in enumerate(ways)), whole) - mean**2


def unit(products: list[int], p: str, factor: Fraction, bias: Fraction = Fraction(0)) -> Moments:
    """Of a sum whose terms are kept or not, times a factor, by every choice."""
    drop = Fraction(p)
    first = second = Fraction(0)
    for mask in product((0, 1), repeat=len(products)):
        chance = Fraction(1)
        for one in mask:
            chance *= 1 - drop if one else drop
        z = sum(m * v for m, v in zip(mask, products, strict=True)) * factor + bias
        first += chance * z
        second += chance * z * z
    return first, second - first**2


def both(moments: Moments) -> Parts:
    return Parts((("mean", Number(moments[0])), ("variance", Number(moments[1]))))


def single(v: dict[str, Any], *, scaled: bool = True, p: str | None = None) -> Moments:
    return unit([v["x"]], p or v["p"], scale(p or v["p"]) if scaled else Fraction(1))


def linear(v: dict[str, Any], inverted: bool) -> Moments:
    products = [a * b for a, b in zip(v["x"], v["w"], strict=True)]
    return unit(products, v["p"], scale(v["p"]) if inverted else Fraction(1), Fraction(v["b"]))


def networks(n: int) -> int:
    return len({frozenset(i for i, m in enumerate(mask) if m) for mask in product((0, 1), repeat=n)})


def symbolic(v: dict[str, Any]) -> Expression:
    """Which of four expressions has the values that all choices give."""
    n, x, p = symbol("n"), symbol("x"), symbol("p")
    t = v["times"]
    found = {
        "kept": Expression(t * n - t * n * p),
        "spread": Expression(t * n * p - t * n * p * p),
        "squares": Expression(t * t * x * x, 1 - p),
        "variance": Expression(t * t * x * x * p, 1 - p),
    }[v["ask"]]
    for size in (1, 2, 5):
        for rate in ("1/4", "1/2", "4/5"):
            drop = Fraction(rate)
            match v["ask"]:
                case "kept" | "spread" as ask:
                    value = kept(t * size, rate)[ask == "spread"]
                case ask:
                    mean, variance = unit([t * size], rate, scale(rate))
                    value = variance if ask == "variance" else variance + mean**2
            assert _at(found, size, drop) == value
    return found


def _at(e: Expression, size: int, drop: Fraction) -> Fraction:
    """An expression for n = x = size and a fraction p, read as a polynomial in p of degree 2."""

    def side(d: Any) -> Fraction:
        if isinstance(d, int):
            return Fraction(d)
        at = [int(d.at(n=size, x=size, p=q)) for q in (0, 1, 2)]
        c = Fraction(at[2] - 2 * at[1] + at[0], 2)
        return at[0] + (at[1] - at[0] - c) * drop + c * drop**2

    return side(e.numerator) / side(e.denominator)


def expected(p: Problem) -> Answer:
    v = p.draft.values
    match p.form, p.difficulty:
        case "forward", 1:
            return Number(_one(v))
        case "forward", 2:
            return both(kept(v["n"], v["p"]) if v["ask"] == "kept" else single(v))
        case "forward", 3:
            return both(linear(v, v["inverted"]))
        case "compare", 4:
            return ported(v)
        case "compare", _:
            a, b = (single(v, p=v[name])[1] for name in ("p", "q"))
            return comparison(a, b, "")
        case "symbolic", _:
            return symbolic(v)
        case "inverse", _:
            whole = range(1, 100)
            fits = [
                c for c in whole if v["n"] * unit([1], f"{c}/100", Fraction(1))[1] == Fraction(v["variance"])
            ]
            return Integers(tuple(fits))
    raise AssertionError(p.name)


def _one(v: dict[str, Any]) -> Fraction:
    match v["ask"]:
        case "networks":
            return Fraction(networks(v["n"]))
        case "kept":
            return kept(v["n"], v["p"])[0]
        case "inverted":
            return v["x"] * scale(v["p"])
        case "keep":
            return v["x"] * scale(str(1 - Fraction(v["q"])))
    return unit([v["x"]], v["p"], Fraction(1))[0]


def ported(v: dict[str, Any], changed: str = "") -> Parts:
    """A book's dropout by its own words, a library's by torch."""
    x, q = v["x"], Fraction(v["q"])
    p = q if changed == "keep-as-drop" else 1 - q
    at_test = sum(chance * value for chance, value in ((q, x), (1 - q, 0)))
    if v["ask"] == "weight":
        weight = {"scaled-up": x * scale(str(1 - q)), "unscaled": x}.get(changed, at_test)
        return Parts((("p", Number(p)), ("weight", Number(weight))))
    idle = exactly(f.dropout(torch.tensor([x], dtype=torch.float64), float(p), training=False)[0])
    training = {"scaled-down": at_test, "unscaled": x}.get(changed, x * scale(str(p)))
    return Parts(
        (
            ("p", Number(p)),
            ("training", Number(training)),
            ("test", Number(at_test if changed == "unscaled" else idle)),
            ("training/book", Number(Fraction(training, x))),
        )
    )


def _in_two_books(name: str, otherwise: Any) -> Any:
    """The slip where a book and a library are compared, and elsewhere."""
    return lambda p: ported(p.draft.values, name) if p.form == "compare" else otherwise(p)


def lines(p: Problem) -> list[Fraction]:
    v = {name: Fraction(value) for name, value in p.draft.values.items() if name in "npxwb"}
    rate = p.draft.values["p"]
    count = kept(int(v["n"]), rate)[0]
    each = v["x"] * scale(rate)
    # the sum has no spread around the sum without dropout
    assert count * each == v["n"] * v["x"]
    return [unit([1], rate, Fraction(1))[0], count, each, count * each, v["w"] * v["n"] * v["x"] + v["b"]]


def _rate(p: Problem) -> str:
    v = p.draft.values
    return v.get("p") or str(1 - Fraction(v["q"]))


def _dropped(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        n = symbol("n")
        return Expression(v["times"] * n - symbolic(v).numerator)
    mean, variance = kept(v["n"], v["p"])
    return Number(v["n"] - mean) if p.difficulty == 1 else both((v["n"] - mean, variance))


def _unscaled(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        right = symbolic(v)
        x = right.numerator
        return Expression(x - x * symbol("p"))
    if p.difficulty == 1:
        return Number(v["x"])
    return both(single(v, scaled=False) if p.difficulty == 2 else linear(v, inverted=False))


def _other_rate(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        q, x = symbol("p"), symbol("x")
        square = v["times"] ** 2 * x * x
        return Expression(square if v["ask"] == "squares" else square - square * q, q)
    other = {**v, "p": str(1 - Fraction(v["p"]))}
    return Number(_one(other)) if p.difficulty == 1 else both(single(other))


def _scaled_up(p: Problem) -> Answer:
    v = p.draft.values
    if p.difficulty == 3:
        return both(linear(v, inverted=True))
    return Number(v["n" if v["ask"] == "kept" else "x"] * scale(v["p"]))


def _bias_dropped(p: Problem) -> Answer:
    v = p.draft.values
    mean, variance = linear(v, v["inverted"])
    return both((mean - v["b"] * Fraction(v["p"]), variance))


def _squared_sum(p: Problem) -> Answer:
    v = p.draft.values
    total = sum(a * b for a, b in zip(v["x"], v["w"], strict=True))
    factor = scale(v["p"]) if v["inverted"] else Fraction(1)
    return both((linear(v, v["inverted"])[0], unit([total], v["p"], factor)[1]))


def _one_factor(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        return Expression(symbolic({**v, "ask": "kept"}).numerator)
    mean = kept(v["n"], v["p"])[0]
    return both((mean, mean))


def _deviation(p: Problem) -> Answer:
    v = p.draft.values
    mean, variance = kept(v["n"], v["p"])
    return both((mean, exactly(float(variance) ** 0.5)))


WRONG = {
    "dropped-not-kept": _dropped,
    "unscaled": _in_two_books("unscaled", _unscaled),
    "by-drop-rate": _other_rate,
    "scaled-up": _in_two_books("scaled-up", _scaled_up),
    "keep-as-drop": _in_two_books(
        "keep-as-drop", lambda p: Number(p.draft.values["x"] * scale(p.draft.values["q"]))
    ),
    "scaled-down": _in_two_books(
        "scaled-down", lambda p: Number(unit([p.draft.values["x"]], _rate(p), Fraction(1))[0])
    ),
    "two-per-unit": lambda p: Number(sum(2 for _ in range(p.draft.values["n"]))),
    "deviation": _deviation,
    "one-factor": _one_factor,
    "bias-dropped": _bias_dropped,
    "squared-sum": _squared_sum,
    "percent-swapped": lambda p: swapped(expected(p)),
    "one-of-many": lambda p: Integers(expected(p).values[:1]),
}
STATED = {
    "forward": [r"set to 0|are counted"],
    "compare": [r"set to 0", r"inverted"],
    "symbolic": [r"set to 0"],
    "inverse": [r"set to 0", r"whole per cent", r"Give all"],
    "find-the-error": [r"set to 0", r"inverted"],
}


def nice(p: Problem) -> None:
    v = p.draft.values
    assert all(10_000 % Fraction(v[name]).denominator == 0 for name in ("p", "q") if name in v)
    told = " ".join([*p.draft.conventions, *(s for s in p.draft.stem if isinstance(s, str))])
    if (
        v.get("ask") in ("inverted", "test", "unit")
        or "inverted" in v
        or v.get("ask") in ("squares", "variance")
    ):
        assert "inverted" in told.lower()
