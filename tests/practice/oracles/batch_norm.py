"""Batch normalisation: by torch's modules; a fold is found by probing a convolution and its normalisation together."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import torch
from torch import nn
from torch.nn import functional as f

from cnncalc.practice.answers import Answer, Expression, Matrix, Number, Parts
from cnncalc.practice.model import Problem
from cnncalc.symbolic import symbol
from tests.practice.oracles.by_torch import exactly, matrix, tensor

Tensor = torch.Tensor


def normalised(x: Tensor, gamma: Any, beta: Any, mean: Any, variance: Any) -> Tensor:
    """In inference, channels along the last axis."""
    return f.batch_norm(x, tensor(mean), tensor(variance), tensor(gamma), tensor(beta), eps=0.0)


def trained(x: Tensor, gamma: Any, beta: Any) -> Tensor:
    """In training, of one channel; eps as good as 0, which torch does not take."""
    return f.batch_norm(x[:, None], None, None, tensor([gamma]), tensor([beta]), training=True, eps=1e-30)[
        :, 0
    ]


def values(v: dict[str, Any], **other: Any) -> Matrix:
    v = {**v, **other}
    return matrix(trained(tensor(v["batch"]), v["gamma"], v["beta"]))


def block(f_: int, c: int, k: int, *, bias: bool = False, norm: bool = True) -> int:
    layers = [nn.Conv2d(c, k, f_, bias=bias), *([nn.BatchNorm2d(k)] if norm else [])]
    return sum(p.numel() for p in nn.Sequential(*layers).parameters())


def counts(v: dict[str, Any], **other: bool) -> Parts:
    with torch.device("meta"):
        trainable = block(v["F"], v["C"], v["K"], **other)
        running = sum(b.numel() for b in nn.BatchNorm2d(v["K"]).buffers() if b.dim())
    return _counted(trainable, running)


def _counted(trainable: int, running: int) -> Parts:
    return Parts((("trainable", Number(trainable)), ("running", Number(running))))


def running(v: dict[str, Any], *, share: Fraction | None = None, corrected: bool | None = None) -> Parts:
    """A module of torch sees a batch with this mean and variance; Keras' rule by its own words."""
    momentum = Fraction(v["momentum"])
    share = share if share is not None else (momentum if v["torch"] else 1 - momentum)
    corrected = v["torch"] if corrected is None else corrected
    mean, variance = v["batch"]
    n = v["n"]
    x = torch.full((n, 1), float(mean), dtype=torch.float64)
    apart = (variance * n / 2) ** 0.5
    x[0] += apart
    x[1] -= apart
    layer = nn.BatchNorm1d(1, momentum=float(share), dtype=torch.float64)
    layer.running_mean[0], layer.running_var[0] = v["before"]
    layer(x)
    found = [exactly(layer.running_mean), exactly(layer.running_var)]
    if not corrected:
        found[1] -= share * (exactly(x.var()) - exactly(x.var(correction=0)))
    return Parts((("mean", Number(found[0])), ("variance", Number(found[1]))))


def _columns(v: dict[str, Any]) -> list[list[str]]:
    """γ, β, mean and variance of all channels."""
    return [list(column) for column in zip(*v["channels"], strict=True)]


def fold(v: dict[str, Any], columns: list[list[str]] | None = None) -> tuple[Tensor, Tensor]:
    """Weights and biases, from what convolution and normalisation answer to 0 and to each channel alone."""
    columns = columns or _columns(v)

    def both(x: Tensor) -> Tensor:
        return normalised(f.linear(x, tensor(v["w"]), tensor(v["biases"])), *columns)

    nothing = both(torch.zeros(1, 2, dtype=torch.float64))
    return (both(torch.eye(2, dtype=torch.float64)) - nothing).T, nothing[0]


def factors(columns: list[list[str]]) -> tuple[Tensor, Tensor]:
    """s and t: what becomes of 1 and of 0."""
    count = len(columns[0])
    t = normalised(torch.zeros(1, count, dtype=torch.float64), *columns)[0]
    return normalised(torch.ones(1, count, dtype=torch.float64), *columns)[0] - t, t


def _folded(found: tuple[Tensor, Tensor]) -> Parts:
    return Parts((("weights", matrix(found[0])), ("biases", matrix(found[1]))))


def _filled(found: tuple[Tensor, Tensor]) -> Parts:
    pairs = zip(found[0].tolist(), found[1].tolist(), strict=True)
    return Parts(
        tuple(
            (f"{name}{i}", Number(exactly(value)))
            for i, both in enumerate(pairs, 1)
            for name, value in zip("st", both, strict=True)
        )
    )


def network(v: dict[str, Any]) -> nn.Module:
    layers: list[nn.Module] = []
    for f_, c, k in zip(v["kernels"], [v["depth"], *v["widths"]], v["widths"], strict=False):
        layers += [nn.Conv2d(c, k, f_, bias=False), nn.BatchNorm2d(k)]
    return nn.Sequential(*layers, nn.Linear(v["widths"][-1], v["outputs"]))


def kept(v: dict[str, Any], changed: str = "") -> Parts:
    """What a network of torch holds: of each name in its state how many numbers, and which of them are learned."""
    with torch.device("meta"):
        net = network(v)
    learned = sum(p.numel() for p in net.parameters())
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    if v["asked"] == "channels":
        more = v["total"] - v["learned"]
        assert (learned, more) == (
            v["learned"],
            sum(b.numel() for m in norms for b in m.buffers() if b.dim()),
        )
        channels = {"counted-twice": more // 4, "one-per-channel": more}.get(
            changed, sum(m.num_features for m in norms)
        )
        affine = sum(p.numel() for m in norms for p in m.parameters())
        scaled = affine * channels // sum(m.num_features for m in norms)
        return Parts((("channels", Number(channels)), ("γ and β", Number(scaled))))
    names = ["running_mean", "running_var", *(["num_batches_tracked"] if v["asked"] == "state_dict" else [])]
    if changed == "forgot-counter":
        names = names[:2]
    elif changed == "one-per-channel":
        names = names[1:]
    elif changed == "counted-twice":
        names += ["weight", "bias"]
    of = [m.state_dict()[name].numel() for m in norms for name in names]
    return Parts((("all", Number(learned + sum(of))), ("not trainable", Number(sum(of)))))


def symbolic(v: dict[str, int], **other: bool) -> Expression:
    """The polynomial of degree 2 through 0, 1 and 2 channels; 0 channels have no parameters."""

    def count(c: int) -> int:
        with torch.device("meta"):
            return block(v["F"], c, v["factor"] * c, **other)

    one, two = count(1), count(2)
    square = (two - 2 * one) // 2
    assert count(3) == 9 * square + 3 * (one - square)
    c = symbol("C")
    return Expression(square * c * c + (one - square) * c)


def expected(p: Problem) -> Answer:
    v = p.draft.values
    match p.form, p.difficulty:
        case "forward", 1:
            return values(v)
        case "forward", 2:
            return counts(v) if v["ask"] == "counts" else running(v)
        case "forward", 3:
            return _folded(fold(v))
        case "symbolic", _:
            return symbolic(v)
        case "compare", _:
            return kept(v)
        case "inverse", _:
            return inverse(v)
        case "table", _:
            return _filled(factors(_columns(v)))
    raise AssertionError(p.name)


def inverse(v: dict[str, Any]) -> Answer:
    """The line that the layer is, through its values at 0 and 1, turned round."""
    if v["ask"] == "identity":
        (s,), (t,) = factors([["1"], ["0"], [str(v["mean"])], [str(v["variance"])]])
        # γ·(s·x + t) + β = x for x = 0 and for x = 1
        gamma = 1 / s
        return _both(exactly(gamma), exactly(-gamma * t))
    (s,), (t,) = factors([[str(v[name])] for name in ("gamma", "beta", "mean", "variance")])
    return Number(exactly((float(Fraction(v["y"])) - t) / s))


def _both(gamma: Fraction, beta: Fraction) -> Parts:
    return Parts((("γ", Number(gamma)), ("β", Number(beta))))


def lines(p: Problem) -> list[Fraction]:
    v = p.draft.values
    columns = [[v["g"]], [v["B"]], [v["m"]], [str(Fraction(v["d"]) ** 2)]]
    (s,), (t,) = factors(columns)
    x = tensor([[v["x"]], [0]])
    y = normalised(f.linear(x, tensor([[v["W"]]]), tensor([v["b"]])), *columns)[:, 0]
    slope = (y[0] - y[1]) / x[0, 0]
    return [exactly(one) for one in (s, t, slope, y[1], y[0])]


def _by_variance(p: Problem) -> Answer:
    v = p.draft.values
    if "batch" in v:
        plain = trained(tensor(v["batch"]), 1, 0)
        return matrix(plain / tensor(v["batch"]).std(correction=0) * float(Fraction(v["gamma"])) + v["beta"])
    if "variance" in v:
        if v["ask"] == "identity":
            return _both(Fraction(v["variance"]), Fraction(v["mean"]))
        return inverse({**v, "variance": v["variance"] ** 2})
    gamma, beta, mean, variance = _columns(v)
    columns = [gamma, beta, mean, [str(Fraction(one) ** 2) for one in variance]]
    return _folded(fold(v, columns)) if "w" in v else _filled(factors(columns))


def _not_centred(p: Problem) -> Answer:
    v = p.draft.values
    x = tensor(v["batch"])
    return matrix(x / x.std(correction=0) * float(Fraction(v["gamma"])) + v["beta"])


def _changed(p: Problem, change: Any) -> Answer:
    """A fold or a table with other columns."""
    v = p.draft.values
    columns = change(_columns(v))
    return _folded(fold(v, columns)) if "w" in v else _filled(factors(columns))


def _no_mean(columns: list[list[str]]) -> list[list[str]]:
    gamma, beta, mean, variance = columns
    return [gamma, beta, ["0"] * len(mean), variance]


def _beta_scaled(columns: list[list[str]]) -> list[list[str]]:
    gamma, beta, mean, variance = columns
    scales = [exactly(s) for s in factors(columns)[0]]
    return [gamma, [str(Fraction(b) * s) for b, s in zip(beta, scales, strict=True)], mean, variance]


def _weights_only(p: Problem) -> Answer:
    v = p.draft.values
    return _folded((fold(v)[0], factors(_columns(v))[1] + tensor(v["biases"])))


def _inputs(p: Problem) -> Answer:
    v = p.draft.values
    return _folded((tensor(v["w"]) @ torch.diag(factors(_columns(v))[0]), fold(v)[1]))


def _four(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        more = symbolic(v).numerator - symbolic(v, norm=False).numerator
        return Expression(symbolic(v).numerator + more)
    return _counted(block(v["F"], v["C"], v["K"]) + 2 * v["K"], 2 * v["K"])


def _one_each(p: Problem) -> Answer:
    v = p.draft.values
    if p.form == "symbolic":
        return symbolic(v, bias=True, norm=False)
    if p.form == "compare":
        return kept(v, "one-per-channel")
    return _counted(block(v["F"], v["C"], v["K"], bias=True, norm=False), v["K"])


def _with(p: Problem, **other: bool) -> Answer:
    v = p.draft.values
    return symbolic(v, **other) if p.form == "symbolic" else counts(v, **other)


def _mean_reversed(p: Problem) -> Answer:
    v = p.draft.values
    right = inverse(v)
    if isinstance(right, Parts):
        return _both(right.parts[0][1].value, -right.parts[1][1].value)
    return Number(right.value - 2 * v["mean"])


def _forward_again(p: Problem) -> Answer:
    v = p.draft.values
    columns = [[str(v[name])] for name in ("gamma", "beta", "mean", "variance")]
    return Number(exactly(normalised(tensor([[v["y"]]]), *columns)))


WRONG = {
    "by-variance": _by_variance,
    "not-centred": _not_centred,
    "forgot-factor": lambda p: values(p.draft.values, gamma=1, beta=0),
    "shift-first": lambda p: values(
        p.draft.values, beta=Fraction(p.draft.values["gamma"]) * p.draft.values["beta"]
    ),
    "four-per-channel": _four,
    "one-per-channel": _one_each,
    "conv-bias-kept": lambda p: _with(p, bias=True),
    "forgot-norm": lambda p: _with(p, norm=False),
    "momentum-swapped": lambda p: running(
        p.draft.values,
        share=Fraction(p.draft.values["momentum"])
        if not p.draft.values["torch"]
        else 1 - Fraction(p.draft.values["momentum"]),
    ),
    "wrong-variance": lambda p: running(p.draft.values, corrected=not p.draft.values["torch"]),
    "only-batch": lambda p: running(p.draft.values, share=Fraction(1)),
    "counted-twice": lambda p: kept(p.draft.values, "counted-twice"),
    "forgot-counter": lambda p: kept(p.draft.values, "forgot-counter"),
    "forgot-mean": lambda p: _changed(p, _no_mean),
    "beta-scaled": lambda p: _changed(p, _beta_scaled),
    "weights-only": _weights_only,
    "scaled-inputs": _inputs,
    "left-at-start": lambda p: _both(Fraction(1), Fraction(0)),
    "mean-reversed": _mean_reversed,
    "forward-again": _forward_again,
}
STATED = {
    "forward": [r"ε = 0|not counted|PyTorch: new|Keras: new"],
    "symbolic": [r"without biases", r"not trainable"],
    "compare": [r"γ and β", r"(moving|running) mean .* (moving|running) variance", r"not trainable"],
    "inverse": [r"ε = 0", r"In inference"],
    "table": [r"ε = 0", r"In inference"],
    "find-the-error": [r"ε = 0", r"running"],
}


def nice(p: Problem) -> None:
    for value in _numbers(p.draft.answer):
        assert value.denominator <= 100
        assert abs(value) < 10**6
    v = p.draft.values
    if "torch" in v:
        named = "PyTorch" if v["torch"] else "Keras"
        assert named in " ".join(p.draft.conventions)


def _numbers(answer: Answer) -> list[Fraction]:
    match answer:
        case Number(value):
            return [Fraction(value)]
        case Matrix(rows):
            return [Fraction(n) for row in rows for n in row]
        case Parts(parts):
            return [n for _, part in parts for n in _numbers(part)]
    return []
