"""Gradients: by torch's autograd; what is hidden is tried out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import torch
from torch.nn import functional as f

from cnncalc.practice.answers import Answer, Expression, Integers
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.by_torch import exactly, matrix, tensor


def layer(v: dict[str, Any], x: torch.Tensor) -> torch.Tensor:
    match v["ask"]:
        case "relu":
            return torch.relu(x)
        case "chain":
            return f.max_pool2d(torch.relu(x)[None], 2)[0]
        case "average":
            return f.avg_pool2d(x[None], v["F"], v["S"])[0]
        case "max":
            return f.max_pool2d(x[None], v["F"], v["S"])[0]
        case "sum":
            return f.lp_pool2d(x[None], 1.0, v["F"], v["S"])[0]
        case "min":
            return -f.max_pool2d(-x[None], v["F"], v["S"])[0]
        case "linear":
            return f.max_pool2d(x[None], 2)[0]
    raise AssertionError(v["ask"])


def back(v: dict[str, Any], **other: Any) -> torch.Tensor:
    """The gradient of the input, with something else taken for what the question says."""
    v = {**v, **other}
    x = tensor(v["x"]).requires_grad_()
    layer(v, x).backward(tensor(v["g"]))
    assert x.grad is not None
    return x.grad + 0.0  # no negative zeros


def hidden(v: dict[str, Any], *, equal: bool = False) -> list[int]:
    """What x may be: the gradient comes back as given, and is not a second largest, unless `equal` is allowed."""
    i, j = v["row"], v["column"]
    top, left = i // 2 * 2, j // 2 * 2
    found = []
    for n in range(v["most"] + 1):
        x = tensor(v["x"])
        x[i, j] = n
        block = x[top : top + 2, left : left + 2]
        if int((block == block.max()).sum()) > 1 and not equal:
            continue
        # where numbers are equal either of them can be the largest
        ways = [x.clone() for _ in range(3)]
        ways[1][i, j] -= 0.5
        ways[2][i, j] += 0.5
        sent = [
            back({**v, "ask": "max", "F": 2, "S": 2, "x": way.tolist()}) for way in ways[:: 1 if equal else 3]
        ]
        if any(torch.equal(one, tensor(v["back"])) for one in sent):
            found.append(n)
    return found


def receivers(v: dict[str, Any]) -> object:
    """n²C times what there is for n = C = 1; held against others."""

    def count(n: int, c: int) -> int:
        size = v["F"] * n
        x = torch.randperm(size * size * v["depth"] * c).double().reshape(-1, size, size).requires_grad_()
        f.max_pool2d(x[None], v["F"]).sum().backward()
        assert x.grad is not None
        return int(((x.grad == 0) == v["none"]).sum())

    one = count(1, 1)
    assert all(count(n, c) == one * n * n * c for n, c in ((2, 1), (1, 3)))
    return one * symbol("n") ** 2 * symbol("C")


def expected(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        return Expression(receivers(v))
    if p.form == "inverse":
        return Integers(tuple(hidden(v)))
    return matrix(back(v))


def lines(p: Problem) -> list[Fraction]:
    v = p.draft.values
    w = tensor([v["w"]]).requires_grad_()
    z = w * v["x"] + v["b"]
    y = torch.relu(z)
    for one in (z, y):
        one.retain_grad()
    (((y - v["t"]) ** 2) / 2).sum().backward()
    optimizer = torch.optim.SGD([w], lr=float(Fraction(v["r"])))
    found = [z, y, y.grad, z.grad, w.grad]
    exact = [exactly(one.detach().item()) for one in found if one is not None]
    optimizer.step()
    return [*exact, exactly(w.detach().item())]


def _open(p: Problem) -> Answer:
    v = p.draft.values
    return matrix(tensor(v["g"]) if v["ask"] == "relu" else back(v, ask="linear"))


def _by_gradient(p: Problem) -> Answer:
    v = p.draft.values
    came = tensor(v["g"]) if v["ask"] == "relu" else back(v, ask="linear")
    return matrix(torch.relu(came) + 0.0)


def _where_open(p: Problem, ask: str) -> Answer:
    v = p.draft.values
    sent = back({**v, "ask": ask, "F": v.get("F", 2), "S": v.get("S", 2), "x": _positive(v)})
    return matrix(sent * (tensor(v["x"]) > 0) if v["ask"] == "chain" else sent)


def _positive(v: dict[str, Any]) -> Any:
    """Numbers whose sum has the slope 1 by each."""
    return (tensor(v["x"]).abs() + 1).tolist()


def _values_sent(p: Problem) -> Answer:
    v = p.draft.values
    y = layer(v, tensor(v["x"]))
    return matrix(y if v["ask"] == "relu" else back(v, g=y.tolist()))


def _last_only(p: Problem) -> Answer:
    v = p.draft.values
    found = torch.zeros_like(tensor(v["x"]))
    for i in range(4):
        one = torch.zeros(4, dtype=torch.float64)
        one[i] = tensor(v["g"]).flatten()[i]
        sent = back(v, g=one.reshape(2, 2).tolist())
        found = torch.where(sent != 0, sent, found)
    return matrix(found)


def _plane(p: Problem) -> Answer:
    return Expression(receivers({**p.draft.values, "depth": 1}).at(C=1))


WRONG = {
    "spread-evenly": lambda p: _where_open(p, "average"),
    "to-every": lambda p: _where_open(p, "sum"),
    "not-shared": lambda p: _where_open(p, "sum"),
    "only-largest": lambda p: matrix(back(p.draft.values, ask="max")),
    "smallest": lambda p: matrix(back(p.draft.values, ask="min")),
    "returned-value": _values_sent,
    "gate-by-gradient": _by_gradient,
    "gate-open": _open,
    "last-one-only": _last_only,
    "counted-receivers": lambda p: Expression(receivers({**p.draft.values, "none": False})),
    "counted-others": lambda p: Expression(receivers({**p.draft.values, "none": True})),
    "one-plane": _plane,
    "with-equal": lambda p: Integers(tuple(hidden(p.draft.values, equal=True))),
    "one-of-many": lambda p: Integers(tuple(hidden(p.draft.values)[:1])),
}
STATED = {
    "forward": [r"gradient is that of the loss", r"stride of the pooling is its window|stride|ReLU"],
    "symbolic": [r"stride of the pooling is its window", r"H×W×C", r"there twice"],
    "inverse": [r"stride of the pooling is its window", r"whole numbers from 0 to", r"Give all"],
    "find-the-error": [r"/2", r"learning rate"],
}


def nice(p: Problem) -> None:
    v = p.draft.values
    for name in ("x", "g"):
        rows = v.get(name, ())
        assert all(abs(n) <= 30 for row in (rows if isinstance(rows, tuple) else ()) for n in row)
    if p.form == "forward":
        x = tensor(v["x"])
        assert v["ask"] == "relu" or all(len(set(b)) == len(b) for b in _blocks(x, v))
        assert v["ask"] in ("max", "average") or bool((x != 0).all())


def _blocks(x: torch.Tensor, v: dict[str, Any]) -> list[list[float]]:
    """The windows, in which no number may be twice."""
    size, stride = v.get("F", 2), v.get("S", 2)
    found = x.unfold(0, size, stride).unfold(1, size, stride).reshape(-1, size * size)
    return [[float(n) for n in block] for block in found]
