"""Depthwise separable and grouped convolutions: counted in torch's grouped convolutions."""

from __future__ import annotations

from fractions import Fraction

from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts, Size
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.comparing import comparison, swapped
from tests.practice.oracles.measured import Measured, conv, norm, same


def steps(v: dict[str, int]) -> tuple[Measured, Measured]:
    """The depthwise and the pointwise convolution."""
    return same(v["F"], v["F"], v["C"], v["C"], v["C"]), same(v["F"], 1, v["C"], v["K"])


def grouped(v: dict[str, int], g: int) -> Measured:
    return same(v["F"], v["F"], v["C"], v["K"], g)


def expected(problem: Problem) -> Answer:
    v = problem.draft.values
    match problem.form, problem.difficulty:
        case "forward", 1:
            return Number(sum(step.weights for step in steps(v)), "weights")
        case "forward", 2:
            return Number(grouped(v, v["G"]).params, "parameters")
        case "compare", 4:
            return by_tool(v)
        case "compare", _:
            return _compared(v, sum(step.weights for step in steps(v)))
        case "symbolic", _:
            return _share(v["F"])
        case "inverse", _:
            fits = [g for g in range(1, v["C"] + 1) if v["C"] % g == v["K"] % g == 0]
            return Integers(tuple(g for g in fits if grouped(v, g).params <= v["budget"]))
        case "table", _:
            return table(v)
    raise AssertionError(problem.name)


def _compared(v: dict[str, int], b: int) -> Parts:
    return comparison(same(v["F"], v["F"], v["C"], v["K"]).weights, b, "weights")


def by_tool(v: dict[str, int], changed: str = "") -> Parts:
    """Convolutions with biases, or each with a normalisation behind it."""
    full, (dw, pw) = same(v["F"], v["F"], v["C"], v["K"]), steps(v)
    if v["norm"]:
        of_norm = {"forgot-norm": 0, "one-per-channel": Fraction(1, 2), "four-per-channel": 2}.get(changed, 1)
        a, b, c = (int(m.weights + of_norm * norm(m.out[0])) for m in (full, dw, pw))
    else:
        none = changed == "forgot-bias"
        a, b, c = (m.weights if none else m.params for m in (full, dw, pw))
        b = dw.weights if changed == "no-depthwise-bias" else b
    return Parts((("A", Number(a)), ("B", Number(b + c)), ("A/B", Number(Fraction(a, b + c)))))


def _share(f: int) -> Expression:
    """Both counts are linear in the filters; they are found with 1 and 2 of them, over one input channel."""
    k = symbol("K")
    counts = []
    for filters in (1, 2):
        v = {"F": f, "C": 1, "K": filters}
        counts.append((sum(step.weights for step in steps(v)), same(f, f, 1, filters).weights))
    (a, b), (c, d) = counts
    return Expression(2 * a - c + (c - a) * k, 2 * b - d + (d - b) * k)


def table(v: dict[str, list[int]], *, full: bool = False, depth: bool = True) -> Parts:
    n, parts, total = v["n"], [], 0
    for i, stride in enumerate(v["strides"]):
        c, k = v["widths"][i : i + 2]
        dw = conv(n, 3, c, c, stride, 1, 1 if full else c)
        n = dw.out[-1]
        pw = same(n, 1, c, k)
        counts = dw.macs, pw.macs // (1 if depth else c)
        for name, found, count in ((f"dw{i + 1}", dw, counts[0]), (f"pw{i + 1}", pw, counts[1])):
            parts += [(f"{name} output", Size((n, n, found.out[0]))), (f"{name} MACs", Number(count))]
        total += sum(counts)
    return Parts((*parts, ("total MACs", Number(total))))


def lines(problem: Problem) -> list[int]:
    dw, pw = steps(problem.draft.values)
    weights = dw.weights + pw.weights
    params = dw.params + pw.params
    return [dw.weights, pw.weights, weights, params - weights, params]


def _depthwise_only(p: Problem) -> Answer:
    v = p.draft.values
    match p.form:
        case "forward":
            return Number(steps(v)[0].weights, "weights")
        case "compare":
            return _compared(v, steps(v)[0].weights)
    return Expression(1, symbol("K"))


def _pointwise_only(p: Problem) -> Answer:
    v = p.draft.values
    match p.form:
        case "forward":
            return Number(steps(v)[1].weights, "weights")
        case "compare":
            return _compared(v, steps(v)[1].weights)
    return Expression(1, v["F"] ** 2)


def _depthwise_full(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "table":
        return table(v, full=True)
    return Number(same(v["F"], v["F"], v["C"], v["C"]).weights + steps(v)[1].weights, "weights")


def _one_group(p: Problem) -> Answer:
    v = p.draft.values
    one = same(v["F"], v["F"], v["C"] // v["G"], v["K"] // v["G"])
    return Number(one.params, "parameters")


def _input_groups(p: Problem) -> Answer:
    """As if groups that do not divide the filters had fractions of them."""
    v = p.draft.values
    fits = [g for g in range(1, v["C"] + 1) if v["C"] % g == 0]
    return Integers(tuple(g for g in fits if same(v["F"], v["F"], v["C"] // g, v["K"]).params <= v["budget"]))


WRONG = {
    "depthwise-only": _depthwise_only,
    "pointwise-only": _pointwise_only,
    "depthwise-full": _depthwise_full,
    "pointwise-kernel": lambda p: Number(
        steps(p.draft.values)[0].weights + grouped(p.draft.values, 1).weights, "weights"
    ),
    "forgot-groups": lambda p: Number(grouped(p.draft.values, 1).params, "parameters"),
    "forgot-bias": lambda p: (
        by_tool(p.draft.values, "forgot-bias")
        if p.form == "compare"
        else Number(grouped(p.draft.values, p.draft.values["G"]).weights, "parameters")
    ),
    **{
        name: lambda p, name=name: by_tool(p.draft.values, name)
        for name in ("forgot-norm", "one-per-channel", "four-per-channel", "no-depthwise-bias")
    },
    "divided-bias": lambda p: Number(
        grouped(p.draft.values, p.draft.values["G"]).weights + p.draft.values["K"] // p.draft.values["G"],
        "parameters",
    ),
    "one-group": _one_group,
    "percent-swapped": lambda p: swapped(expected(p)),
    "one-of-many": lambda p: Integers(expected(p).values[:1]),
    "input-groups-only": _input_groups,
    "forgot-input-depth": lambda p: table(p.draft.values, depth=False),
}
STATED = {
    "*": [r"[Bb]ias"],
    "table": [r"one image", r"rounded down", r"H×W×C"],
    "find-the-error": [r"depthwise ones too"],
}


def nice(problem: Problem) -> None:
    v = problem.draft.values
    assert v.get("F", 3) in (1, 3, 5, 7)
    assert all(v.get(name, 16) <= 512 for name in ("C", "K"))
    if problem.form == "compare" and problem.difficulty == 2:
        share = dict(problem.draft.answer.parts)["A/B"]
        assert share.value.denominator == 1, "one over a whole number"
