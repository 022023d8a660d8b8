"""MACs: layers run in torch, the numbers of their outputs times the weights that each is a sum over."""

from __future__ import annotations

from fractions import Fraction

from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts, Size
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.comparing import comparison, swapped
from tests.practice.oracles.measured import Measured, conv, dense, same

UNIT = "MACs"


def layer(v: dict[str, int]) -> Measured:
    """The layer of a question that tells its input, or its output."""
    if "W" in v:
        return conv(v["W"], v["F"], v["C"], v["K"], v["S"], v["P"])
    return same(v["O"], v["F"], v["C"], v["K"])


def expected(problem: Problem) -> Answer:
    v = problem.draft.values
    match problem.form, problem.difficulty:
        case "forward", 1:
            return Number(layer(v).macs, UNIT)
        case "forward", 2:
            return Number(layer(v).macs + layer(v).macs, "FLOPs")
        case "compare", 4:
            return two_counts(v)
        case "compare", _:
            a = same(v["O"], v["large"], v["C"], v["C"]).macs
            more = v["factor"] * v["C"]
            return comparison(a, same(v["O"] // 2, v["small"], more, more).macs, UNIT)
        case "symbolic", _:
            return Expression(symbolic(v))
        case "inverse", _:
            return Integers(tuple(fitting(v)))
        case "table", _:
            return table(v)
    raise AssertionError(problem.name)


def symbolic(v: dict[str, int], by_input: bool = False) -> object:
    """A multiple of C²·n², which is found with 1 and held against others."""

    def count(n: int, c: int) -> int:
        found = conv(v["S"] * n, v["F"], c, v["factor"] * c, v["S"], v["F"] // 2)
        return found.macs * (v["S"] ** 2 if by_input else 1)

    one = count(1, 1)
    assert all(count(n, c) == one * c * c * n * n for n, c in ((2, 1), (1, 2), (3, 5)))
    return one * symbol("C") ** 2 * symbol("n") ** 2


def fitting(v: dict[str, int], forgotten: int = 0) -> list[int]:
    least = max(1, v["F"] - 2 * v["P"])
    weights = conv(v["F"], v["F"], v["C"], v["K"]).weights

    def places(n: int) -> int:
        """Where the kernel can lie on a padded side."""
        return len(range(0, n + 2 * v["P"] - v["F"] + 1, v["S"])) - forgotten

    return [n for n in range(least, 4 * v["W"]) if weights * places(n) ** 2 == v["M"]]


def table(v: dict[str, int], *, depth: bool = True, everywhere: bool = True) -> Parts:
    n, half, quarter = v["n"], v["n"] // 2, v["n"] // 4
    conv1 = same(n, v["F"], v["channels"], v["first"])
    conv2 = same(half, 3, v["first"], v["second"])
    fc = dense(v["second"] * quarter * quarter, v["outputs"])
    counts = []
    for found, seen, positions in ((conv1, v["channels"], n * n), (conv2, v["first"], half * half)):
        counts.append(found.macs // (1 if depth else seen) // (1 if everywhere else positions))
    return Parts(
        (
            ("conv1 output", channels_last(conv1)),
            ("conv1 MACs", Number(counts[0])),
            ("pool1 output", Size((half, half, v["first"]))),
            ("conv2 output", channels_last(conv2)),
            ("conv2 MACs", Number(counts[1])),
            ("pool2 output", Size((quarter, quarter, v["second"]))),
            ("fc MACs", Number(fc.macs)),
            ("total MACs", Number(sum(counts) + fc.macs)),
        )
    )


def two_counts(v: dict[str, int], changed: str = "") -> Parts:
    """What a paper and a tool count, where one of them is told: a slip changes the other, and with it the ratio."""
    found = layer(v)
    paper, numbers = found.macs, found.out[0] * found.out[1] * found.out[2]
    biases = {"forgot-bias": 0, "bias-added-once": found.params - found.weights}.get(changed, numbers)
    factor = 1 if changed == "mac-as-flop" else 2
    images = 1 if changed == "forgot-batch" else v["n"]
    tool = v["n"] * (paper + paper + numbers)
    if v["asked"] == "tool":
        tool = sum(factor * paper + biases for _ in range(images))
        return Parts((("tool", Number(tool)), ("tool/paper", Number(Fraction(tool, paper)))))
    told, paper = tool, Fraction(tool, images) - biases
    return Parts((("paper", Number(paper / factor)), ("tool/paper", Number(told / (paper / factor)))))


def channels_last(found: Measured) -> Size:
    c, h, w = found.out
    return Size((h, w, c))


def lines(problem: Problem) -> list[int]:
    v = problem.draft.values
    k, size, _ = layer(v).out
    each = layer(v).weights // k
    return [size, size * size, each, each * k, layer(v).macs, layer(v).macs + layer(v).macs]


def _without_depth(p: Problem) -> Answer:
    v = p.draft.values
    match p.form, p.difficulty:
        case "forward", 1:
            return Number(layer({**v, "C": 1}).macs, UNIT)
        case "forward", 2:
            return Number(2 * layer({**v, "C": 1}).macs, "FLOPs")
        case "symbolic", _:
            return Expression(v["F"] ** 2 * v["factor"] * symbol("C") * symbol("n") ** 2)
        case "table", _:
            return table(v, depth=False)
    raise AssertionError(p.name)


def _one_position(p: Problem) -> Answer:
    v = p.draft.values
    match p.form:
        case "forward":
            return Number(layer(v).weights, UNIT)
        case "symbolic":
            return Expression(v["F"] ** 2 * v["factor"] * symbol("C") ** 2)
        case "table":
            return table(v, everywhere=False)
    raise AssertionError(p.name)


def _input_positions(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        return Expression(symbolic(v, by_input=True))
    return Number(2 * layer(v).weights * v["W"] ** 2, "FLOPs")


def _one_side(p: Problem) -> Answer:
    v = p.draft.values
    found = layer(v).macs // layer(v).out[-1]
    return Number(found, UNIT) if p.difficulty == 1 else Number(2 * found, "FLOPs")


def _two_per_mac(p: Problem) -> Answer:
    if p.form == "symbolic":
        return Expression(2 * symbolic(p.draft.values))
    return Number(2 * layer(p.draft.values).macs, UNIT)


def _forgot_stride(p: Problem) -> Answer:
    """The one input that leads to it with stride 1."""
    v = p.draft.values
    return Integers(tuple(fitting({**v, "S": 1})))


WRONG = {
    "forgot-input-depth": _without_depth,
    "one-position": _one_position,
    "input-positions": _input_positions,
    "one-side": _one_side,
    "two-per-mac": _two_per_mac,
    "mac-as-flop": lambda p: (
        two_counts(p.draft.values, "mac-as-flop")
        if p.form == "compare"
        else Number(layer(p.draft.values).macs, "FLOPs")
    ),
    **{
        name: lambda p, name=name: two_counts(p.draft.values, name)
        for name in ("forgot-bias", "bias-added-once", "forgot-batch")
    },
    "percent-swapped": lambda p: swapped(expected(p)),
    "one-of-many": lambda p: Integers(tuple(fitting(p.draft.values)[:1])),
    "forgot-one": lambda p: Integers(tuple(fitting(p.draft.values, forgotten=1))),
    "forgot-padding": lambda p: Integers(tuple(fitting({**p.draft.values, "P": 0}))),
    "forgot-stride": _forgot_stride,
}
STATED = {
    "*": [r"MAC", r"Biases are not counted|leaves the biases out", r"one image"],
    "find-the-error": [r"2 FLOPs", r"rounded down"],
    "inverse": [r"rounded down"],
    "table": [r"H×W×C"],
}


def nice(problem: Problem) -> None:
    v = problem.draft.values
    assert v.get("F", 1) in (1, 3, 5, 7)
    assert v.get("O", 8) in (8, 14, 16, 28, 32, 56)
    assert all(v.get(name, 3) <= 256 for name in ("C", "K", "first", "second"))
    assert v.get("S", 1) <= v.get("F", 1) or problem.form == "symbolic"
