"""Designs: every choice in a box, slid, walked back and counted; the conditions have to say the same of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import product
from math import prod

from cnncalc.practice.answers import Answer, Integers, Number, Parts, Size, Valid
from cnncalc.practice.model import Problem
from cnncalc.symbolic import Formula
from tests.practice.oracles.measured import conv
from tests.practice.oracles.sliding import places, reached


@cache
def learned(f: int, c: int, k: int, *, bias: bool = True) -> int:
    return conv(f, f, c, k, bias=bias).params


@cache
def seen(kernel: int, stride: int, count: int) -> int:
    """By a unit behind a first layer and so many of 3×3."""
    return reached([[kernel, stride, 0, 1, 1], *[[3, 1, 0, 1, 1]] * count])


@cache
def stacked(kernel: int, count: int, dilation: int = 1) -> int:
    return reached([[kernel, 1, 0, 1, dilation]] * count)


def expected(problem: Problem) -> Answer:
    v = problem.draft.values
    match problem.form, problem.difficulty:
        case "forward", _:
            return whole(v)
        case "inverse", 2:
            return Number(most_filters(v), "filters")
        case "inverse", 3:
            return Integers(tuple(fitting(v)))
        case "design", 3:
            return stem(v) if "M" in v else stack(v)
        case "design", 4:
            return encoder(v) if "M" in v else dilated(v)
    raise AssertionError(problem.name)


def network(v: dict) -> tuple[int, int, int, int]:
    """Side, field, parameters of the first layer and of a later one."""
    first = conv(v["W"], v["F"], 3, v["K"], v["S"], v["P"])
    later = conv(first.out[-1], 3, v["K"], v["K"], 1, 1)
    assert later.out == first.out
    return first.out[-1], seen(v["F"], v["S"], v["n"]), first.params, later.params


def told(v: dict, side: int, field: int, total: int) -> Parts:
    return Parts(
        (
            ("output", Size((side, side, v["K"]))),
            ("receptive field", Number(field)),
            ("parameters", Number(total)),
        )
    )


def whole(v: dict) -> Parts:
    side, field, first, later = network(v)
    return told(v, side, field, first + sum(later for _ in range(v["n"])))


def most_filters(v: dict, **other) -> int:
    """Filters are added one by one, as long as the next one is paid for."""
    layer = {"f": v["F"], "c": v["C"], **other}
    each = learned(**layer, k=1)
    assert learned(**layer, k=3) == each + each + each
    k, left = 0, v["B"]
    while left >= each:
        k, left = k + 1, left - each
    return k


def fitting(v: dict, enough: Callable[[int], bool] | None = None, more: int = 0) -> list[int]:
    each = learned(v["F"], v["C"], v["C"])
    if enough is None:

        def enough(n: int) -> bool:
            return stacked(v["F"], n) >= v["R"]

    return [n for n in range(1, 60) if enough(n) and each * (n - more) <= v["most"]]


def checked(
    names: Sequence[str],
    box: Iterable[Sequence[int]],
    conditions: Sequence[str],
    holds: Callable[..., bool],
    key: Callable[..., tuple[int, ...]],
) -> Valid:
    """The choice with the least key; the conditions hold where the oracle says so, and nowhere else."""
    formulas = [Formula(text) for text in conditions]
    right = []
    for choice in box:
        values = dict(zip(names, choice, strict=True))
        fits = holds(**values)
        assert fits == all(f.evaluate(values) for f in formulas), (values, conditions)
        if fits:
            right.append(choice)
    best = min(key(**dict(zip(names, one, strict=True))) for one in right)
    (smallest,) = [one for one in right if key(**dict(zip(names, one, strict=True))) == best]
    return Valid(tuple(names), tuple(conditions), tuple(smallest))


def stem(v: dict) -> Valid:
    w, m, least, few, most = (v[name] for name in ("W", "M", "least", "few", "most"))
    conditions = (
        f"({w} + 2*P - F) // S + 1 == {m}",
        f"(F*F*3 + 1)*K <= {most}",
        f"K >= {few}",
        f"F >= {least}",
        "F % 2 == 1",
        "S >= 1",
        "P >= 0",
        "2*P < F",
    )
    right_size = {
        (f, s, p): places(w, f, s, p) == m
        for f, s, p in product(range(least - 2, 10), range(1, w // m + 3), range(5))
    }

    def holds(F: int, S: int, P: int, K: int) -> bool:
        fits = least <= F and F % 2 == 1 and 2 * P < F and few <= K
        return fits and right_size[F, S, P] and learned(F, 3, K) <= most

    box = [(*one, k) for one in right_size for k in (few - 1, few, few + 1, 2 * few)]
    return checked("FSPK", box, conditions, holds, lambda F, S, P, K: (learned(F, 3, K), S, P))


def stack(v: dict) -> Valid:
    c, wanted, most = v["C"], v["R"], v["most"]
    conditions = (
        f"n*(F - 1) + 1 >= {wanted}",
        f"n*F*F*{c * c} <= {most}",
        "F >= 3",
        "F % 2 == 1",
        "n >= 1",
    )

    def weights(F: int, n: int) -> int:
        return sum(learned(F, c, c, bias=False) for _ in range(n))

    def holds(F: int, n: int) -> bool:
        return F >= 3 and F % 2 == 1 and stacked(F, n) >= wanted and weights(F, n) <= most

    box = list(product((1, 2, 3, 4, 5, 7, wanted), range(1, wanted // 2 + 3)))
    return checked("Fn", box, conditions, holds, lambda F, n: (weights(F, n),))


def dilated(v: dict) -> Valid:
    c, wanted, most, size = v["C"], v["R"], v["most"], v["W"]
    conditions = (
        f"1 + n*D*(F - 1) >= {wanted}",
        f"n*F*F*{c * c} <= {most}",
        "2*P == D*(F - 1)",
        f"D <= {v['widest']}",
        "D >= 1",
        "F >= 3",
        "F % 2 == 1",
        "n >= 1",
    )

    def holds(n: int, F: int, D: int, P: int) -> bool:
        if F < 3 or F % 2 == 0 or v["widest"] < D or n * learned(F, c, c, bias=False) > most:
            return False
        return stacked(F, n, D) >= wanted and places(size, F, 1, P, D) == size

    def key(n: int, F: int, D: int, P: int) -> tuple[int, ...]:
        return n * learned(F, c, c, bias=False), D, P

    count = (wanted - 1) // (2 * v["widest"]) + 1
    box = [
        (n, f, d, p)
        for n, f, d in product(range(max(1, count // 2), count + 2), (2, 3, 4, 5), range(1, v["widest"] + 2))
        for p in {d, d + 1, 2 * d}
    ]
    return checked(("n", "F", "D", "P"), box, conditions, holds, key)


def encoder(v: dict) -> Valid:
    w, f, m, few, most = (v[name] for name in ("W", "F", "M", "few", "most"))
    conditions = (
        f"({w + 2 * (f // 2) - f}) // S + 1 == {m}",
        f"{f} + 2*n*S >= {v['R']}",
        f"{prod((3, f, f)) + 1}*K + n*(9*K + 1)*K <= {most}",
        f"K >= {few}",
        "S >= 1",
        "n >= 1",
    )

    def total(S: int, n: int, K: int) -> int:
        return learned(f, 3, K) + sum(learned(3, K, K) for _ in range(n))

    def holds(S: int, n: int, K: int) -> bool:
        return (
            places(w, f, S, f // 2) == m and seen(f, S, n) >= v["R"] and total(S, n, K) <= most and few <= K
        )

    box = list(product(range(1, 7), range(1, 9), (few - 1, few, few + 1, few + 8)))
    return checked("SnK", box, conditions, holds, total_key(total))


def total_key(total: Callable[..., int]) -> Callable[..., tuple[int, ...]]:
    return lambda **choice: (total(**choice),)


def lines(problem: Problem) -> list[int]:
    v = problem.draft.values
    _, field, first, later = network(v)
    if v["most"]:
        total = first + sum(later for _ in range(v["n"]))
        return [first, later, total, v["most"] - total]
    one, two = (seen(v["F"], v["S"], n) for n in (1, 2))
    pixels = {(r, c) for r in range(field) for c in range(field)}
    jump = seen(1, v["S"], 1) - 1
    assert jump == two - one
    return [jump // 2, jump, field - v["F"], field, len(pixels)]


def _total(p: Problem, first: int | None = None, later: int | None = None, count: int | None = None) -> Parts:
    v = p.draft.values
    side, field, own_first, own_later = network(v)
    first = own_first if first is None else first
    later = own_later if later is None else later
    return told(v, side, field, first + later * (v["n"] if count is None else count))


def _forgot_bias(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "inverse":
        return Number(most_filters(v, bias=False), "filters")
    return _total(p, first=learned(v["F"], 3, v["K"], bias=False))


def _forgot_depth(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "inverse":
        return Number(most_filters(v, c=1), "filters")
    return _total(p, first=learned(v["F"], 1, v["K"]))


def _changed_field(p: Problem, field: int) -> Parts:
    v = p.draft.values
    side, _, first, later = network(v)
    return told(v, side, field, first + later * v["n"])


def _whole_kernel(p: Problem) -> Parts:
    v = p.draft.values
    return _changed_field(p, v["F"] + sum(3 * v["S"] for _ in range(v["n"])))


def _changed_side(p: Problem, side: int) -> Parts:
    v = p.draft.values
    _, field, first, later = network(v)
    return told(v, side, field, first + later * v["n"])


def _forgot_stride(p: Problem) -> Parts:
    v = p.draft.values
    return _changed_side(p, places(v["W"], v["F"], 1, v["P"]))


def _padded_once(p: Problem) -> Parts:
    v = p.draft.values
    return _changed_side(p, places(v["W"] + v["P"], v["F"], v["S"]))


def _one_over(p: Problem) -> Answer:
    v = p.draft.values
    return (
        Number(most_filters(v) + 1, "filters") if p.difficulty == 2 else Integers(tuple(fitting(v, more=1)))
    )


def _kernels_added(p: Problem) -> Answer:
    v = p.draft.values
    return Integers(tuple(fitting(v, lambda n: n * v["F"] >= v["R"])))


def _no_start(p: Problem) -> Answer:
    v = p.draft.values
    return Integers(tuple(fitting(v, lambda n: stacked(v["F"], n) > v["R"])))


WRONG = {
    "forgot-bias": _forgot_bias,
    "forgot-input-depth": _forgot_depth,
    "one-over": _one_over,
    "forgot-stride": _forgot_stride,
    "padded-once": _padded_once,
    "field-as-added": lambda p: _changed_field(p, seen(p.draft.values["F"], 1, p.draft.values["n"])),
    "whole-kernel": _whole_kernel,
    "one-of-many": lambda p: Integers(tuple(fitting(p.draft.values)[:1])),
    "kernels-added": _kernels_added,
    "no-start": _no_start,
}
STATED = {
    "forward": ["has a bias", "rounded down", "away from the borders", "H×W×C"],
    "inverse": ["has a bias", "at (most|least)"],
    "design": ["[Bb]ias", "Any choice", "stride", "at least"],
    "find-the-error": ["has a bias|away from the borders"],
}


def nice(problem: Problem) -> None:
    v = problem.draft.values
    match problem.draft.answer:
        case Valid(names, conditions, smallest):
            given = dict(zip(names, smallest, strict=True))
            assert all(Formula(text).evaluate(given) for text in conditions)
            assert 1 <= given.get("n", 1) <= 20
    if problem.form == "design":
        assert len(str(v["most"]).rstrip("0")) <= 2
