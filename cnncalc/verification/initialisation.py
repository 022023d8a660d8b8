"""Fans, and what torch's initialisations draw weights from."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from typing import Any

import torch
from torch import nn

from cnncalc.layers import Derivation
from cnncalc.passes.initialisation import Initialisation, bound_squared, initialisation
from cnncalc.verification.environment import seeded
from cnncalc.verification.lab import Lab
from cnncalc.verification.model import Check, Compared, Unchecked

__all__ = ["measure"]

#: numbers drawn for each initialisation of each shape
_DRAWN = 1 << 15
#: the probability that chance alone makes one comparison fail
_CHANCE = 1e-9
#: of a normal distribution, so many standard deviations are left with less than that
_DEVIATIONS = 6.2
#: the root mean square of n such numbers, however few, is off by more than this/√n with less than that as well: the norm of a
#: normal vector is farther than t from its mean with probability exp(−t²/2) on either side
_DISTANCE = 6.6


class _Drawn(torch.Tensor):
    """A tensor without memory that hands a sample of its numbers to whoever asked for it to be initialised."""

    sample: torch.Tensor

    def normal_(self, mean: float = 0, std: float = 1, **_: Any) -> Any:
        self.sample = torch.empty(_DRAWN, dtype=torch.float64).normal_(mean, std)
        return self

    def uniform_(self, a: float = 0, b: float = 1, **_: Any) -> Any:  # type: ignore[override]
        self.sample = torch.empty(_DRAWN, dtype=torch.float64).uniform_(a, b)
        return self


def measure(lab: Lab) -> Check:
    """Fans exactly; deviations and bounds by drawing, with the gain of ReLU; torch's own from the weights that it has drawn."""
    known: dict[tuple[int, ...], dict[str, float]] = {}
    values, missing = [], []
    seeded(lab.seed, lab.device)
    found = initialisation(lab.network)
    for told in found:
        name = lab.network.nodes[told.node].name
        tensor = told.fans.tensor
        weight = dict(lab.meta.steps[told.node].module.named_parameters()).get(tensor)
        if weight is None:
            missing.append(Unchecked(name, tensor, "torch has no such tensor"))
            continue
        shape = tuple(weight.shape)
        if shape not in known:
            known[shape] = _sampled(weight)
        values += _compared(name, told, known[shape])
        values += _own(lab, told, name)
    values += _constant(
        lab, {(told.node, tensor) for told in found for tensor in (told.fans.tensor, told.fans.bias)}
    )
    return Check(
        "initialisation",
        f"torch.nn.init: fans; Kaiming and Xavier by {_DRAWN:,} draws for each shape, torch's own by all weights that it"
        f" drew; each comparison fails by chance with probability {_CHANCE:g}",
        "the initialisation pass",
        "torch.nn.init",
        tuple(values),
        tuple(missing),
    )


def _sampled(weight: torch.Tensor) -> dict[str, float]:
    """What torch makes of a weight of this shape."""
    init: Any = nn.init
    fan_in, fan_out = init._calculate_fan_in_and_fan_out(weight)  # noqa: SLF001 - init has no public name for it
    gain = nn.init.calculate_gain("relu")
    return {
        "fan in": fan_in,
        "fan out": fan_out,
        "Kaiming std": _deviation(weight, init.kaiming_normal_, nonlinearity="relu"),
        "Kaiming bound": _greatest(weight, init.kaiming_uniform_, nonlinearity="relu"),
        "Kaiming std by fan out": _deviation(
            weight, init.kaiming_normal_, mode="fan_out", nonlinearity="relu"
        ),
        "Xavier std": _deviation(weight, init.xavier_normal_, gain=gain),
        "Xavier bound": _greatest(weight, init.xavier_uniform_, gain=gain),
    }


def _draw(weight: torch.Tensor, initialise: Callable[..., Any], **options: Any) -> torch.Tensor:
    drawn: Any = torch.empty(weight.shape, device="meta").as_subclass(_Drawn)
    initialise(drawn, **options)
    sample: torch.Tensor = drawn.sample
    return sample


def _deviation(weight: torch.Tensor, initialise: Callable[..., Any], **options: Any) -> float:
    return _draw(weight, initialise, **options).std().item()


def _greatest(weight: torch.Tensor, initialise: Callable[..., Any], **options: Any) -> float:
    return _draw(weight, initialise, **options).abs().max().item()


def _compared(name: str, told: Initialisation, found: dict[str, float]) -> list[Compared]:
    expected = {
        "fan in": told.fans.fan_in.value,
        "fan out": told.fans.fan_out.value,
        "Kaiming std": _root(told.kaiming),
        "Kaiming bound": _root(bound_squared(told.kaiming)),
        "Kaiming std by fan out": _root(told.kaiming_fan_out),
        "Xavier std": _root(told.xavier),
        "Xavier bound": _root(bound_squared(told.xavier)),
    }
    values = []
    for what, ours in expected.items():
        number: Any = ours
        value = Compared(name, f"{told.fans.tensor} {what}", number, found[what])
        if "bound" in what:
            value = _within(name, value.what, number, found[what], _DRAWN)
        elif "std" in what:
            value = Compared(name, value.what, number, found[what], _spread(_DRAWN))
        values.append(value)
    return values


def _root(variance: Derivation) -> float:
    value: Any = variance.value
    return math.sqrt(value) if value >= 0 else math.nan


def _spread(count: int) -> float:
    """How far the standard deviation of so many normal numbers may lie from the true one."""
    return _DEVIATIONS / math.sqrt(2 * count)


def _within(
    name: str, what: str, bound: float, greatest: float, count: int, rounding: float = 1e-6
) -> Compared:
    """The largest of n uniform numbers: never above the bound b, and below q·b only with probability q^n."""
    allowed = 1 - _CHANCE ** (1 / count) if greatest <= bound else 0.0
    return Compared(name, what, bound, greatest, max(allowed, rounding))


def _own(lab: Lab, told: Initialisation, name: str) -> list[Compared]:
    """What torch drew for this very weight, and for its bias, when the module was made."""
    if lab.real is None or lab.network.nodes[told.node].weights_of is not None:
        return []
    if lab.executed_network is not lab.network:
        return []
    tensors = dict(lab.real.steps[told.node].module.named_parameters())
    weight = tensors[told.fans.tensor].detach()
    rounding = max(1e-6, torch.finfo(lab.type).eps)
    if told.fans.scheme == "xavier_normal":
        std = weight.double().square().mean().sqrt().item()
        allowed = _DISTANCE / math.sqrt(weight.numel())
        return [Compared(name, f"{told.fans.tensor} own std", _root(told.default), std, allowed)]
    bound = _root(bound_squared(told.default))
    drawn = {told.fans.tensor: weight}
    if told.fans.bias:
        drawn[told.fans.bias] = tensors[told.fans.bias].detach()
    return [
        _within(name, f"{tensor} own bound", bound, _largest(numbers), numbers.numel(), rounding)
        for tensor, numbers in drawn.items()
    ]


def _constant(lab: Lab, drawn: Collection[tuple[int, str | None]]) -> Iterator[Compared]:
    """Tensors that nothing is said of are those that torch does not draw: factors of 1, summands of 0."""
    if lab.real is None or lab.executed_network is not lab.network:
        return
    for node, step in zip(lab.network.nodes, lab.real.steps, strict=True):
        if node.weights_of is not None or step.module is None:
            continue
        for tensor, numbers in step.module.named_parameters():
            if (node.index, tensor) not in drawn:
                least, most = torch.aminmax(numbers.detach())
                yield Compared(
                    node.name, f"{tensor} as made", "constant", "constant" if least == most else "drawn"
                )


def _largest(numbers: torch.Tensor) -> float:
    """The largest absolute value, without a copy."""
    least, most = torch.aminmax(numbers)
    return max(-float(least), float(most))
