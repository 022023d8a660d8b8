"""Normalisation statistics against torch: which outputs move when one input does, in training and in inference."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnncalc.layers import Layer
from cnncalc.layers.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RMSNorm, Scale
from cnncalc.shape import Shape
from cnncalc.symbolic import substitute, symbol
from tests.layers.twin import Twin, answer

torch.set_num_threads(1)

EPS = 1.0  # large, so that two values do not always become −1 and 1
norms = st.one_of(
    st.builds(BatchNorm, st.just(EPS), track_running_stats=st.booleans()),
    st.builds(InstanceNorm, st.just(EPS), track_running_stats=st.booleans()),
    st.builds(GroupNorm, st.integers(1, 3), st.just(EPS)),
    st.builds(LayerNorm, st.sampled_from([None, 1, 2, 3]), st.just(EPS)),
    st.builds(RMSNorm, st.sampled_from([None, 1, 2, 3]), st.just(EPS)),
)
shapes = st.integers(1, 4).flatmap(lambda rank: st.tuples(*[st.integers(1, 3)] * rank))


def moved(module: torch.nn.Module, batch: int, shape: tuple[int, ...]) -> int:
    """How many output elements change when one input element does."""
    torch.manual_seed(0)
    x = torch.randn(batch, *shape, dtype=torch.float64)
    other = x.clone()
    other.view(-1)[0] += 1.5
    return int((module(x) - module(other)).abs().gt(1e-9).sum())


@settings(max_examples=150, deadline=None)
@given(norms, shapes, st.integers(1, 3))
def test_an_input_moves_all_that_is_normalised_with_it(layer: Layer, shape: tuple[int, ...], n: int) -> None:
    assume(answer(layer, [shape]) is not None)
    found = layer.statistics(Shape(shape), n)
    assert found is not None
    values: Any = found.values.value
    assume(values > 1)  # a single value is always its own mean
    train = Twin(layer.torch_call(Shape(shape))).double().train()
    assert moved(train, n, shape) == values
    assert found.count.value * values == n * Shape(shape).elements


@settings(max_examples=100, deadline=None)
@given(norms, shapes)
def test_inference_uses_running_statistics_where_there_are_some(layer: Layer, shape: tuple[int, ...]) -> None:
    assume(answer(layer, [shape]) is not None)
    found = layer.statistics(Shape(shape), 2)
    assert found is not None
    values: Any = found.values.value
    assume(values > 1)
    module = Twin(layer.torch_call(Shape(shape))).double().eval()
    assert moved(module, 2, shape) == (1 if found.running else values)


@settings(max_examples=60, deadline=None)
@given(norms, shapes)
def test_a_shift_of_everything_is_taken_off_where_a_mean_is(layer: Layer, shape: tuple[int, ...]) -> None:
    assume(answer(layer, [shape]) is not None)
    found = layer.statistics(Shape(shape), 2)
    assert found is not None
    values: Any = found.values.value
    assume(values > 1)
    module = Twin(layer.torch_call(Shape(shape))).double().train()
    torch.manual_seed(0)
    x = torch.randn(2, *shape, dtype=torch.float64)
    assert torch.allclose(module(x), module(x + 3.0)) == found.centred


@pytest.mark.parametrize(
    ("layer", "over", "values", "count"),
    [
        (BatchNorm(), "N H W", "N*42", "12"),
        (LayerNorm(), "C H W", "504", "N"),
        (LayerNorm(1), "W", "7", "N*72"),
        (InstanceNorm(), "H W", "42", "N*12"),
        (GroupNorm(4), "C/G H W", "126", "N*4"),
        (RMSNorm(2), "H W", "42", "N*12"),
    ],
)
def test_the_table_of_a_textbook(layer: Layer, over: str, values: str, count: str) -> None:
    found = layer.statistics(Shape((12, 6, 7)), symbol("N"))
    assert found is not None
    assert " ".join(found.over) == over
    for derivation, expected in ((found.values, values), (found.count, count)):
        assert substitute(derivation.value, {"N": 5}) == eval(expected, {"N": 5})


def test_a_learned_scale_has_no_statistics() -> None:
    assert Scale().statistics(Shape((3, 4, 4)), 2) is None
