"""Bottlenecks and Inception modules: built of torch's convolutions."""

from __future__ import annotations

from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts, Size
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.comparing import comparison, swapped
from tests.practice.oracles.measured import same

UNIT = "MACs"


def detour(v: dict[str, int], *, waist: bool = True) -> tuple[int, int]:
    """The MACs of the 1×1 convolution, and of the large one behind it."""
    seen = v["R"] if waist else v["C"]
    return same(v["O"], 1, v["C"], v["R"]).macs, same(v["O"], v["F"], seen, v["K"]).macs


def direct(v: dict[str, int]) -> int:
    return same(v["O"], v["F"], v["C"], v["K"]).macs


def expected(problem: Problem) -> Answer:
    v = problem.draft.values
    match problem.form, problem.difficulty:
        case "forward", 1:
            return Number(same(v["H"], 1, v["C"], v["K"]).params, "parameters")
        case "forward", 2:
            return Number(sum(detour(v)), UNIT)
        case "compare", _:
            return comparison(direct(v), sum(detour(v)), UNIT)
        case "symbolic", _:
            return block(v)
        case "inverse", _:
            return Integers(tuple(r for r in range(1, 2 * v["C"]) if cheap(v, r)))
        case "table", _:
            return module(v)
    raise AssertionError(problem.name)


def cheap(v: dict[str, int], r: int) -> bool:
    """A channel of the waist is made by one filter, and read by all: torch's layers for one, r times."""
    return r * sum(detour({**v, "R": 1})) * v["share"] <= direct(v)


def block(v: dict[str, int], *, inward: bool = True, waist: bool = True, outward: bool = True) -> Expression:
    """A multiple of C², found with 1 and held against 2 and 3."""

    def count(c: int) -> int:
        before, after = v["before"] * c, v["after"] * c
        middle = same(v["F"], v["F"], c if waist else before, c).weights
        ends = same(1, 1, before, c).weights * inward + same(1, 1, c, after).weights * outward
        return middle + ends

    assert [count(2), count(3)] == [4 * count(1), 9 * count(1)]
    return Expression(count(1) * symbol("C") ** 2)


def module(v: dict[str, int], *, waist: bool = True, missed: bool = False) -> Parts:
    n, c = v["n"], v["C"]
    three, five = (v["before3"], v["before5"]) if waist else (c, c)
    convs = {
        "1×1": same(n, 1, c, v["one"]),
        "3×3 reduce": same(n, 1, c, v["before3"]),
        "3×3": same(n, 3, three, v["three"]),
        "5×5 reduce": same(n, 1, c, v["before5"]),
        "5×5": same(n, 5, five, v["five"]),
        "pool proj": same(n, 1, c, v["pool"]),
    }
    parts, joined, total = [], 0, 0
    for name, conv in convs.items():
        if not name.endswith("reduce"):
            channels, height, width = conv.out
            parts.append((f"{name} output", Size((height, width, channels))))
            joined += channels
        parts.append((f"{name} MACs", Number(conv.macs)))
        total += conv.macs * (not (missed and name == "pool proj"))
    return Parts((*parts, ("module output", Size((n, n, joined))), ("total MACs", Number(total))))


def lines(problem: Problem) -> list[int]:
    v = problem.draft.values
    small, large = detour(v)
    return [small, large, small + large, direct(v), direct(v) - small - large]


def _waist_ignored(p: Problem) -> Answer:
    v = p.draft.values
    match p.form:
        case "forward":
            return Number(sum(detour(v, waist=False)), UNIT)
        case "symbolic":
            return block(v, waist=False)
    return module(v, waist=False)


def _reduction_free(p: Problem) -> Answer:
    v = p.draft.values
    match p.form:
        case "forward":
            return Number(detour(v)[1], UNIT)
        case "compare":
            return comparison(direct(v), detour(v)[1], UNIT)
        case "symbolic":
            return block(v, inward=False, outward=False)
    fits = [r for r in range(1, 2 * v["C"]) if r * detour({**v, "R": 1})[1] * v["share"] <= direct(v)]
    return Integers(tuple(fits))


def _without_depth(p: Problem) -> Answer:
    v = p.draft.values
    if p.difficulty == 1:
        return Number(same(v["H"], 1, 1, v["K"]).params, "parameters")
    return Number(detour({**v, "C": 1})[0] + detour(v)[1], UNIT)


def _in_params(p: Problem) -> Answer:
    v = p.draft.values
    found = same(v["H"], 1, v["C"], v["K"])
    return Number(found.macs + found.params - found.weights, "parameters")


WRONG = {
    "waist-ignored": _waist_ignored,
    "reduction-free": _reduction_free,
    "no-expansion": lambda p: block(p.draft.values, outward=False),
    "branch-missed": lambda p: module(p.draft.values, missed=True),
    "forgot-input-depth": _without_depth,
    "forgot-bias": lambda p: Number(
        same(1, 1, p.draft.values["C"], p.draft.values["K"]).weights, "parameters"
    ),
    "image-in-params": _in_params,
    "one-side": lambda p: Number(
        detour(p.draft.values)[0] // p.draft.values["O"] + detour(p.draft.values)[1], UNIT
    ),
    "kernel-side": lambda p: Number(
        detour(p.draft.values)[0] + detour(p.draft.values)[1] // p.draft.values["F"], UNIT
    ),
    "percent-swapped": lambda p: swapped(expected(p)),
    "one-of-many": lambda p: Integers(expected(p).values[-1:]),
}
STATED = {
    "*": [r"[Bb]ias"],
    "compare": [r"one image", r"H×W×C"],
    "inverse": [r"H×W×C"],
    "table": [r"one image", r"joined", r"keep height and width"],
    "find-the-error": [r"one image", r"keep the size"],
}


def nice(problem: Problem) -> None:
    v = problem.draft.values
    assert v.get("F", 3) in (3, 5, 7)
    assert (
        all(size <= 512 for size in v.values() if isinstance(size, int)) or problem.form == "find-the-error"
    )
    assert v.get("O", 7) in (7, 14, 16, 28, 32, 56)
    if problem.form == "inverse":
        assert problem.draft.answer.values, "some waist does"
