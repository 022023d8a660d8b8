"""Initialisation against torch.nn.init: fans, gains, standard deviations, bounds, and what modules really draw."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Literal

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cnncalc import load
from cnncalc.errors import SpecError
from cnncalc.layers import Derivation
from cnncalc.passes.initialisation import GAINS, bound_squared, gain_squared, initialisation
from tests.layers.twin import Twin

torch.set_num_threads(1)

#: words whose first layer has weights of many kinds
LAYERS = [
    "6x9x9 conv3-8",
    "6x9x9 conv3-9,g3",
    "6x9x9 dwconv5",
    "6x9x9 tconv4-8/2",
    "6x9x9 tconv3-4,g2",
    "7x11 conv3-5",
    "4x5x5x5 conv2-3",
    "84 fc-10",
    "5x8 attention2,add_bias_kv=true",
]
leaky = st.integers(0, 30).map(lambda n: n / 10)


def root(derivation: Derivation) -> float:
    return math.sqrt(derivation.value)  # type: ignore[arg-type]


@pytest.mark.parametrize("nonlinearity", [*GAINS, "leaky_relu"])
def test_gains_are_torchs(nonlinearity: Any) -> None:
    torchs = {"conv": "conv2d"}.get(nonlinearity, nonlinearity)
    assert math.sqrt(gain_squared(nonlinearity)) == pytest.approx(nn.init.calculate_gain(torchs))


@given(leaky)
def test_the_gain_of_a_slope_is_torchs(slope: float) -> None:
    assert math.sqrt(gain_squared("leaky_relu", slope)) == pytest.approx(
        nn.init.calculate_gain("leaky_relu", slope)
    )


def test_an_unknown_nonlinearity_is_told_the_nearest() -> None:
    with pytest.raises(SpecError, match=r"there is no gain for 'rellu' .did you mean relu"):
        gain_squared("rellu")


class Recorded(torch.Tensor):
    """A weight that remembers what torch's initialisation draws it from."""

    calls: list[tuple[str, float, float]]

    def normal_(self, mean: float = 0, std: float = 1, **_: Any) -> Any:
        self.calls.append(("normal", mean, std))
        return self

    def uniform_(self, a: float = 0, b: float = 1, **_: Any) -> Any:
        self.calls.append(("uniform", a, b))
        return self


def drawn_from(initialise: Any, shape: tuple[Any, ...], **options: Any) -> tuple[str, float, float]:
    weight = torch.empty(shape).as_subclass(Recorded)
    weight.calls = []
    initialise(weight, **options)
    return weight.calls[-1]


@pytest.mark.parametrize("nonlinearity", ["relu", "tanh", "linear"])
@pytest.mark.parametrize("words", LAYERS)
def test_kaiming_and_xavier_are_torchs(words: str, nonlinearity: Any) -> None:
    network = load(words)
    shapes = {w.name: w.shape for w in network.nodes[0].layer.weights(network.input)}
    gain = nn.init.calculate_gain(nonlinearity)
    for init in initialisation(network, nonlinearity=nonlinearity):
        shape = shapes[init.fans.tensor]
        modes: list[tuple[Literal["fan_in", "fan_out"], Derivation]] = [
            ("fan_in", init.kaiming),
            ("fan_out", init.kaiming_fan_out),
        ]
        for mode, ours in modes:
            options = {"mode": mode, "nonlinearity": nonlinearity}
            drawn = drawn_from(nn.init.kaiming_normal_, shape, **options)
            assert drawn == ("normal", 0, pytest.approx(root(ours)))
            bound = root(bound_squared(ours))
            drawn = drawn_from(nn.init.kaiming_uniform_, shape, **options)
            assert drawn == ("uniform", pytest.approx(-bound), pytest.approx(bound))
        drawn = drawn_from(nn.init.xavier_normal_, shape, gain=gain)
        assert drawn == ("normal", 0, pytest.approx(root(init.xavier)))
        bound = root(bound_squared(init.xavier))
        drawn = drawn_from(nn.init.xavier_uniform_, shape, gain=gain)
        assert drawn == ("uniform", pytest.approx(-bound), pytest.approx(bound))


@pytest.mark.parametrize("words", LAYERS)
def test_what_torch_draws_by_itself_fills_the_default_bound(words: str) -> None:
    """Of n uniform numbers the largest is above 0.9 of the bound but for 0.9^n; two hundred draws make n > 10,000."""
    network = load(words)
    call = network.nodes[0].layer.torch_call(network.input)
    torch.manual_seed(0)
    modules = [dict(Twin(call).module.named_parameters()) for _ in range(200)]  # type: ignore[union-attr]
    for init in initialisation(network):
        drawn = torch.stack([m[init.fans.tensor].detach() for m in modules])
        if init.fans.scheme == "xavier_normal":
            assert drawn.std().item() == pytest.approx(
                root(init.default), rel=0.1
            )  # 3200 numbers: 8 deviations
            continue
        bound = root(bound_squared(init.default))
        assert 0.9 * bound < drawn.abs().max().item() <= bound * (1 + 1e-6)
        if init.fans.bias:
            biases = torch.stack([m[init.fans.bias].detach() for m in modules])
            assert 0.9 * bound < biases.abs().max().item() <= bound * (1 + 1e-6)


@settings(max_examples=50)
@given(st.integers(1, 9), st.integers(1, 64), st.integers(1, 64))
def test_squares_are_exact(kernel: int, channels: int, filters: int) -> None:
    (init,) = initialisation(load(f"{channels}x9x9 conv{kernel}-{filters}"))
    fan = kernel * kernel * channels
    assert init.kaiming.value == Fraction(2, fan)
    assert init.xavier.value == Fraction(4, fan + kernel * kernel * filters)
    assert init.default.value == Fraction(1, 3 * fan)


def test_layers_without_weights_are_left_out() -> None:
    assert [i.node for i in initialisation(load("3x8x8 conv3-4 bn relu maxpool2 flatten fc-2"))] == [0, 5]
