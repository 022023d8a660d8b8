"""Memory: the bytes of torch's own tensors, and batches and filters tried one by one."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import torch
from torch import nn

from cnncalc.practice.answers import Answer, Expression, Number, Parts, Size
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.comparing import comparison, swapped
from tests.practice.oracles.measured import conv

KIB, MIB, GIB = 1024, 1024 * 1024, 1024 * 1024 * 1024
DTYPES = {"float32": torch.float32, "float16": torch.float16, "int8": torch.int8}
OTHER = {"float32": "float16", "float16": "float32"}
LAYERS = ("conv1", "pool1", "conv2", "pool2")


def taken(kind: str, *shape: int) -> int:
    """The bytes of a tensor."""
    return torch.empty(shape, dtype=DTYPES[kind], device="meta").nbytes


def weights(kind: str, f: int, c: int, k: int) -> int:
    return taken(kind, conv(f, f, c, k, bias=False).weights)


def expected(problem: Problem, changed: str = "") -> Answer:
    """The answer; that of a slip, if it is named."""
    v = problem.draft.values
    kind = {"byte-each": "int8", "other-float": OTHER.get(v.get("kind", ""), "")}.get(changed) or v.get(
        "kind", ""
    )
    match problem.form, problem.difficulty:
        case "forward", 1:
            return single(v, kind, changed)
        case "forward", 2:
            return batch_and_weights(v, kind, changed)
        case "forward", 3:
            return Number(peak(v, kind, changed), "KiB")
        case "compare", 4:
            return megabytes(v, changed)
        case "compare", _:
            a, b = (taken(k, *shape, shape[0]) for k, shape in zip(v["kinds"], v["shapes"], strict=True))
            return comparison(Fraction(a, KIB), Fraction(b, KIB), "KiB")
        case "symbolic", _:
            return symbolic(v, kind, changed)
        case "inverse", 2:
            budget = v["budget"] * (10**6 if changed == "mebi-as-million" else MIB)
            found = largest(lambda k: taken(kind, k, v["W"], v["W"]) <= budget)
            return Number(found + (changed == "one-over"), "filters")
        case "inverse", 3:
            return Number(
                largest(lambda n: n * v["A"] <= room(v, changed)) + (changed == "one-over"), "images"
            )
        case "table", _:
            return table(v, kind, changed)
    raise AssertionError(problem.name)


def single(v: dict, kind: str, changed: str) -> Number:
    size = taken(kind, v["C"], v["H"], *([] if changed == "one-axis" else [v["H"]]))
    unit = {"decimal-unit": 1000, "divided-once": KIB}.get(changed) or {"KiB": KIB, "MiB": MIB}[v["unit"]]
    return Number(Fraction(size, unit), v["unit"])


def batch_and_weights(v: dict, kind: str, changed: str) -> Parts:
    """Slips in the format are made in the output only."""
    own = v["kind"]
    images = 1 if changed == "forgot-batch" else v["n"]
    _, h, w = conv(v["W"], v["F"], v["C"], v["K"], 1, (v["F"] - 1) // 2).out
    each = weights(own, v["F"], 1 if changed == "forgot-input-depth" else v["C"], v["K"])
    times = v["n"] if changed == "batch-of-weights" else 1
    return Parts(
        (
            ("output", Number(Fraction(taken(kind, images, v["K"], h, w), MIB), "MiB")),
            ("weights", Number(Fraction(times * each, KIB), "KiB")),
        )
    )


def outputs(v: dict) -> list[torch.Size]:
    """The image, and what torch's layers make of it."""
    layers = (
        nn.Conv2d(v["depth"], v["first"], 3, padding=1, device="meta"),
        nn.MaxPool2d(2),
        nn.Conv2d(v["first"], v["second"], 3, padding=1, device="meta"),
        nn.MaxPool2d(2),
    )
    x = torch.empty(v["depth"], v["n"], v["n"], device="meta")
    found = [x.shape]
    for layer in layers:
        x = layer(x)
        found.append(x.shape)
    return found


def peak(v: dict, kind: str, changed: str) -> Fraction:
    """Maps come when they are made and go when they have been read."""
    sizes = [taken(kind, *shape) for shape in outputs(v)]
    if changed == "all-maps":
        return Fraction(sum(sizes), KIB)
    if changed == "largest-map":
        return Fraction(max(sizes), KIB)
    held = most = sizes[0]
    for before, after in pairwise(sizes):
        held += after
        most = max(most, held)
        held -= before
    return Fraction(most, KIB)


def table(v: dict, kind: str, changed: str) -> Parts:
    parts, total = [], Fraction(0)
    for name, (c, h, w) in zip(LAYERS, outputs(v)[1:], strict=True):
        size = Fraction(taken(kind, 1 if changed == "one-plane" else c, h, w), KIB)
        total += size
        parts += [(f"{name} output", Size((h, w, c))), (f"{name} memory", Number(size, "KiB"))]
    return Parts((*parts, ("total", Number(total, "KiB"))))


def symbolic(v: dict, kind: str, changed: str) -> Expression:
    """Output: a multiple of b·n²·C; weights: a multiple of C²; the factors are those of ones, held against other numbers."""

    def output(b: int, n: int, c: int) -> int:
        k, h, w = conv(n, v["F"], c, v["factor"] * c, 1, v["F"] // 2).out
        return taken(kind, b, k, h, w)

    def learned(c: int) -> int:
        return weights(kind, v["F"], c, v["factor"] * c)

    one, each = output(1, 1, 1), learned(1)
    assert output(2, 3, 5) == one * 2 * 9 * 5
    assert learned(3) == 9 * each
    b, n, c = symbol("b"), symbol("n"), symbol("C")
    y = one * n * n * c * (1 if changed == "forgot-batch" else b)
    w = each * c * c * (b if changed == "batch-of-weights" else 1)
    return Expression({"output": y, "weights": w, "both": y + w}[v["asked"]])


def room(v: dict, changed: str) -> int:
    """What is left for activations, in MiB."""
    copies = ["parameters", "gradients"]
    copies += {"SGD": [], "SGD with momentum": ["momentum"], "Adam": ["mean", "square"]}[v["optimizer"]]
    if changed == "forgot-parameters":
        copies = []
    elif changed == "parameters-once":
        copies = copies[:1]
    device = v["G"] * 1000 if changed == "thousand-mebi" else v["G"] * GIB // MIB
    return device - sum(v["P"] for _ in copies)


def megabytes(v: dict, changed: str) -> Number:
    """The tensors that torch holds behind a ReLU, for a batch or for one image. A slip is what belongs to the other count."""
    by_tool = v["asked"] == "tool"
    images = v["n"] if by_tool != (changed == "forgot-batch") else 1
    in_place = not v["kept"] or by_tool == (changed == "relu-alike")
    unit = 10**6 if by_tool != (changed == "same-unit") else MIB
    x = torch.empty(images, v["C"], v["H"], v["H"], dtype=DTYPES[v["kind"]], device="meta")
    held = {id(t): t.nbytes for t in (x, nn.ReLU(in_place)(x))}
    return Number(Fraction(sum(held.values()), unit), "MB")


def largest(fits) -> int:
    """The last number before the first that does not fit."""
    n = 1
    while fits(n + 1):
        n += 1
    return n


def lines(problem: Problem) -> list[object]:
    v = problem.draft.values
    k, h, w = conv(v["W"], v["F"], v["C"], v["K"], v["S"], v["P"]).out
    batch = torch.empty(v["n"], k, h, w, dtype=DTYPES[v["kind"]], device="meta")
    return [h, batch[0].numel(), batch.numel(), batch.nbytes, Fraction(batch.nbytes, KIB)]


def _slip(name: str):
    return lambda problem: expected(problem, name)


WRONG = {
    "percent-swapped": lambda p: swapped(expected(p)),
    **{
        name: _slip(name)
        for name in (
            "one-axis",
            "byte-each",
            "other-float",
            "decimal-unit",
            "divided-once",
            "forgot-batch",
            "batch-of-weights",
            "forgot-input-depth",
            "mebi-as-million",
            "one-over",
            "one-plane",
            "all-maps",
            "largest-map",
            "forgot-parameters",
            "parameters-once",
            "thousand-mebi",
            "same-unit",
            "relu-alike",
        )
    },
}
_BYTES = r"float\d\d has [24] bytes"
STATED = {
    "forward": [_BYTES, "[KM]iB is 2", "H×W×C"],
    "compare": [_BYTES, "KiB is 2|MB has 2.*10⁶|MB has 10⁶.*2²⁰", "one image"],
    "symbolic": [_BYTES, "no biases", "H×W×C"],
    "inverse": ["(MiB is 2|GiB is 2)", "at most"],
    "table": [_BYTES, "KiB is 2", "one image", "image is not counted", "H×W×C"],
    "find-the-error": [_BYTES, "KiB is 2", "rounded down", "batch of"],
}


def nice(problem: Problem) -> None:
    """Answers in few digits."""
    answer = problem.draft.answer
    parts = [part for _, part in answer.parts] if isinstance(answer, Parts) else [answer]
    for part in parts:
        if isinstance(part, Number) and part.unit in ("KiB", "MiB", "MB"):
            assert (part.value * 10_000) % 1 == 0
    assert problem.draft.values.get("F", 1) in (1, 3, 5, 7)
