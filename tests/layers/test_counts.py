"""The formulas for numbers of elements, sizes and fans: each against what the layer has, or torch counts."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import nn

from cnncalc.layers import Layer
from cnncalc.layers.attention import Attention
from cnncalc.layers.conv import Conv, DepthwiseConv
from cnncalc.layers.conv_transpose import TransposedConv
from cnncalc.layers.linear import Linear
from cnncalc.shape import Shape
from cnncalc.symbolic import substitute, symbol
from tests.layers.cases import ONE_PER_CLASS, cases
from tests.layers.twin import answer

pytestmark = pytest.mark.filterwarnings(
    "ignore:Using padding='same'", "ignore:Initializing zero-element tensors"
)

few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
every_kind = pytest.mark.parametrize("name", ONE_PER_CLASS)


def accepted(data: st.DataObject, name: str) -> tuple[Layer, list[Shape]]:
    layer, shapes = data.draw(cases(name))
    assume(answer(layer, shapes) is not None)
    return layer, [Shape(s) for s in shapes]


@every_kind
@few
@given(st.data())
def test_counts_are_those_of_the_tensors(name: str, data: st.DataObject) -> None:
    layer, inputs = accepted(data, name)
    counts = layer.counts(*inputs)
    assert [(n, d.value) for n, d in counts.items()] == [(w.name, w.elements) for w in layer.weights(*inputs)]


@every_kind
@few
@given(st.data())
def test_params_are_those_of_the_tensors_that_are_trained(name: str, data: st.DataObject) -> None:
    layer, inputs = accepted(data, name)
    trained = [w.elements for w in layer.weights(*inputs) if w.role == "parameter"]
    assert layer.params(*inputs).value == sum(trained)


@every_kind
@few
@given(st.data())
def test_axes_are_the_sizes_of_the_output(name: str, data: st.DataObject) -> None:
    layer, inputs = accepted(data, name)
    axes, sizes = layer.axes(*inputs), layer.output(*inputs).dims
    assert len(axes) == len(sizes)
    assert [d.value for d in axes if d] == [n for d, n in zip(axes, sizes, strict=True) if d]


@every_kind
@few
@given(st.data())
def test_fans_are_those_that_torch_counts(name: str, data: st.DataObject) -> None:
    layer, inputs = accepted(data, name)
    wide = {w.name: w.shape for w in layer.weights(*inputs) if len(w.shape) > 1}
    fans = {f.tensor: (f.fan_in.value, f.fan_out.value) for f in layer.fans(*inputs)}
    if layer.statistics(inputs[0], 2) is not None:  # factors per element multiply, but sum over nothing
        assert fans == {}
        return
    count = nn.init._calculate_fan_in_and_fan_out
    assert fans == {name: count(torch.empty(shape)) for name, shape in wide.items()}


@every_kind
@few
@given(st.data())
def test_formulas_in_names_become_those_in_numbers(name: str, data: st.DataObject) -> None:
    layer, inputs = accepted(data, name)
    named = Shape(tuple([symbol(f"n{i}") for i in range(inputs[0].rank)]))
    values = {f"n{i}": size for i, size in enumerate(inputs[0].dims)}
    found = {n: substitute(d.value, values) for n, d in layer.counts(named, *inputs[1:]).items()}
    assert found == {w.name: w.elements for w in layer.weights(*inputs)}
    assert substitute(layer.params(named, *inputs[1:]).value, values) == layer.params(*inputs).value


@pytest.mark.parametrize(
    ("layer", "shape", "formulas"),
    [
        (Conv(5, 10), (3, 32, 32), ("(F·F·C+1)·K", "F·F·C·K·O·O")),
        (Conv((3, 1), 8, bias=False), (4, 9, 9), ("F_h·F_w·C·K", "F_h·F_w·C·K·O_h·O_w")),
        (Conv(3, 8, groups=2), (4, 9), ("(F·⌊C/G⌋+1)·K", "F·⌊C/G⌋·K·O")),
        (DepthwiseConv(3), (4, 9, 9), ("(F·F+1)·K", "F·F·K·O·O")),
        (TransposedConv(4, 6, groups=2), (4, 5, 5), ("F·F·C·⌊K/G⌋ + K", "F·F·C·⌊K/G⌋·I·I")),
        (Linear(10), (84,), ("(N+1)·K", "N·K")),
        (Linear(10), (3, 84), ("(N+1)·K", "N·K·R")),
        (Attention(2, add_bias_kv=True), (3, 8), ("4E·E + 6E", "4S·E·E + 2S·T·E")),
    ],
)
def test_formulas_are_those_of_the_textbook(
    layer: Layer, shape: tuple[int, ...], formulas: tuple[str, str]
) -> None:
    x = Shape(shape)
    assert (layer.params(x).formula.pretty(), layer.macs(x).formula.pretty()) == formulas


def connections(module: nn.Module, channels: int, size: int) -> torch.Tensor:
    """How many inputs each output has, and how many outputs each input: rows and columns of the whole linear map."""
    with torch.no_grad():
        for p in module.parameters():
            p.fill_(1.0 if p.ndim > 1 else 0.0)
        unit = torch.eye(channels * size, dtype=torch.float64).view(-1, channels, size)
        return module.double()(unit).flatten(1).T.ne(0)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_true_fans_of_a_convolution_are_its_connections(k: int, c: int, o: int, g: int, d: int) -> None:
    layer, size = Conv(k, o * g, groups=g, dilation=d), 16
    (fans,) = layer.fans(Shape((c * g, size)))
    linked = connections(nn.Conv1d(c * g, o * g, k, groups=g, dilation=d), c * g, size)
    assert set(linked.sum(1).tolist()) == {fans.true_in.value}
    assert linked.sum(0).max() == fans.true_out.value


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.integers(1, 2), st.integers(1, 4))
def test_true_fans_of_a_transposed_convolution_are_its_connections(
    k: int, c: int, o: int, g: int, s: int
) -> None:
    layer, size = TransposedConv(k, o * g, stride=s, groups=g), 9
    (fans,) = layer.fans(Shape((c * g, size)))
    linked = connections(nn.ConvTranspose1d(c * g, o * g, k, stride=s, groups=g), c * g, size)
    assert set(linked.sum(0).tolist()) == {fans.true_out.value}
    period = linked.sum(1).view(o * g, -1)[:, 4 * s : 5 * s].double()  # away from the ends
    assert period.mean().item() == pytest.approx(float(fans.true_in.value))


def test_attention_stacks_three_projections() -> None:
    fans: Any = {f.tensor: f for f in Attention(2).fans(Shape((5, 8)))}
    assert list(fans) == ["in_proj_weight", "out_proj.weight"]
    assert fans["in_proj_weight"].fan_out.value == 24
    assert fans["in_proj_weight"].true_out.value == 8
