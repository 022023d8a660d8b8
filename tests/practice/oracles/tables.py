"""Tables: torch's own layers on an image without numbers; slips by walking through the layers by hand."""

from __future__ import annotations

from math import prod

import torch
from torch import nn

from cnncalc.practice.answers import Answer, Number, Parts, Size, shown
from cnncalc.practice.model import Grid, Problem
from tests.practice.oracles.sliding import places

#: name, output (sizes of a map, or units), weights, biases
Row = tuple[str, tuple[int, ...], int, int]


def named(layers: list) -> list[str]:
    kinds = ["conv" if k else "pool" for *_, k, _ in layers]
    return [f"{kind}{kinds[: i + 1].count(kind)}" for i, kind in enumerate(kinds)]


def built(v: dict) -> list[Row]:
    """What torch's layers own and give."""
    rows: list[Row] = []
    with torch.device("meta"):
        x = torch.empty((1, v["C"], v["W"], v["W"]))
        for name, (f, s, p, k, _) in zip(named(v["layers"]), v["layers"], strict=True):
            layer = nn.Conv2d(x.shape[1], k, f, s, p) if k else nn.MaxPool2d(f)
            x = layer(x)
            _, c, h, w = x.shape
            rows.append((name, (h, w, c), *_owned(layer)))
        x = x.flatten(1)
        for i, units in enumerate(v["units"], 1):
            layer = nn.Linear(x.shape[1], units)
            x = layer(x)
            rows.append((f"fc{i}", tuple(x.shape[1:]), *_owned(layer)))
    return rows


def _owned(layer: nn.Module) -> tuple[int, int]:
    owned = {name: p.numel() for name, p in layer.named_parameters()}
    return owned.get("weight", 0), owned.get("bias", 0)


def walked(v: dict, slip: str) -> list[Row]:
    """The same by hand, with a slip in every row."""
    n, c, rows = v["W"], v["C"], []
    for name, (f, s, p, k, _) in zip(named(v["layers"]), v["layers"], strict=True):
        if k:
            seen = 1 if slip == "forgot-input-depth" else c
            n, c = places(n, f, s, 0 if slip == "forgot-padding" else p), k
            rows.append((name, (n, n, c), prod((f, f, seen, k)), 0 if slip == "forgot-bias" else k))
        else:
            counted = f * f * c if slip == "counted-pool" else 0
            n = n if slip == "skipped-pool" else places(n, f, s)
            c = c // f if slip == "pooled-depth" else c
            rows.append((name, (n, n, c), counted, 0))
    inputs = c if slip == "flattened-depth" else n * n * c
    for i, units in enumerate(v["units"], 1):
        rows.append((f"fc{i}", (units,), inputs * units, 0 if slip == "forgot-bias" else units))
        inputs = units
    return rows


def expected(p: Problem) -> Answer:
    rows = built(p.draft.values)
    return _first_wrong(p, rows) if p.form == "find-the-error" else _answer(p, rows)


def _answer(p: Problem, rows: list[Row]) -> Answer:
    weights, biases = (sum(column) for column in list(zip(*rows, strict=True))[2:])
    if p.form == "forward":
        return Number(weights + biases, "parameters")
    parts: list[tuple[str, Answer]] = []
    for name, out, w, b in rows:
        parts.append((f"{name} output", _output(out)))
        if not name.startswith("pool"):
            parts += [(f"{name} weights", Number(w)), (f"{name} biases", Number(b))]
    totals = [("weights", Number(weights)), ("biases", Number(biases)), ("total", Number(weights + biases))]
    return Parts((*parts, *totals))


def _output(out: tuple[int, ...]) -> Size | Number:
    return Size(out) if len(out) == 3 else Number(out[0])


def _first_wrong(p: Problem, rows: list[Row]) -> Answer:
    """The first cell of the printed table that torch does not confirm."""
    (grid,) = [t for t in p.draft.stem if isinstance(t, Grid)]
    for printed, (name, out, w, b) in zip(grid.rows, rows, strict=True):
        assert printed[1] == name
        for text, right in zip(printed[-3:], (_output(out), Number(w), Number(b)), strict=True):
            if text != shown(right):
                return Parts((("line", Number(int(printed[0]))), ("value", right)))
    raise AssertionError(f"{p.name}: nothing is wrong")


def _slipped(slip: str):
    return lambda p: _answer(p, walked(p.draft.values, slip))


WRONG = {
    slip: _slipped(slip)
    for slip in (
        "forgot-input-depth",
        "pooled-depth",
        "flattened-depth",
        "forgot-padding",
        "counted-pool",
        "skipped-pool",
        "forgot-bias",
    )
}
STATED = {"*": ["stride 1", "flattened", "has a bias", "H×W×C", "rounded down"]}


def nice(p: Problem) -> None:
    rows = built(p.draft.values)
    assert walked(p.draft.values, "") == rows
    assert 4 <= len(rows) <= 9
    assert all(min(out) >= 1 for _, out, *_ in rows)
    assert sum(w for _, _, w, _ in rows) < 10**7
