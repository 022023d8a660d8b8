from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import Layer, check
from cnncalc.layers.norm import (
    BatchNorm,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    LocalResponseNorm,
    RMSNorm,
    Scale,
)
from cnncalc.shape import Shape, Weight
from cnncalc.symbolic import Facts
from tests.layers.names import assert_same_in_names
from tests.layers.twin import assert_agrees

few = settings(max_examples=200, deadline=None)

sizes = st.sampled_from([1, 2, 3, 4, 6])
shapes = st.integers(1, 5).flatmap(lambda rank: st.tuples(*[sizes] * rank))
maps = st.integers(2, 4).flatmap(lambda rank: st.tuples(*[sizes] * rank))
eps = st.sampled_from([1e-5, 1e-5, 1e-3, 0.0, -1e-5])

batch_norms = st.builds(
    BatchNorm,
    eps=eps,
    momentum=st.sampled_from([0.1, 0.0, None]),
    affine=st.booleans(),
    bias=st.booleans(),
    track_running_stats=st.booleans(),
)
instance_norms = st.builds(
    InstanceNorm,
    eps=eps,
    momentum=st.sampled_from([0.1, 0.0]),
    affine=st.booleans(),
    bias=st.booleans(),
    track_running_stats=st.booleans(),
)
group_norms = st.builds(
    GroupNorm,
    groups=st.sampled_from([1, 1, 1, 2, 2, 3, 4, 0, -1]),
    eps=eps,
    affine=st.booleans(),
    bias=st.booleans(),
)
trailing = st.sampled_from([None, None, 1, 1, 2, 3, 4, 5, 6, 0, -1])
layer_norms = st.builds(LayerNorm, dims=trailing, eps=eps, affine=st.booleans(), bias=st.booleans())
rms_norms = st.builds(RMSNorm, dims=trailing, eps=st.one_of(st.none(), eps), affine=st.booleans())
response_norms = st.builds(
    LocalResponseNorm,
    size=st.sampled_from([1, 2, 3, 5, 9, 0, -1, -2]),
    alpha=st.sampled_from([1e-4, 0.0, -1.0]),
    beta=st.sampled_from([0.75, 0.0, -2.0]),
    k=st.sampled_from([1.0, 2.0, 0.0]),
)
scales = st.builds(Scale, bias=st.booleans(), bare=st.booleans())


@few
@given(batch_norms, st.one_of(shapes, maps))
def test_batch_norm_is_torchs(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_agrees(layer, shape)


@few
@given(instance_norms, st.one_of(shapes, maps))
def test_instance_norm_is_torchs(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_agrees(layer, shape)


@few
@given(group_norms, shapes)
def test_group_norm_is_torchs(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_agrees(layer, shape)


@few
@given(layer_norms, shapes)
def test_layer_norm_is_torchs(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_agrees(layer, shape)


@few
@given(rms_norms, shapes)
def test_rms_norm_is_torchs(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_agrees(layer, shape)


@few
@given(response_norms, shapes)
def test_local_response_norm_is_torchs(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_agrees(layer, shape)


@few
@given(scales, shapes)
def test_scale_is_its_twin(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_agrees(layer, shape)


def test_a_bare_scale_is_a_parameter_of_the_enclosing_module() -> None:
    (weight,) = Scale(bare=True).weights(Shape((8, 7, 5)))
    assert weight.shape == (8, 1, 1)
    assert weight.named("features.1.0.layer_scale") == "features.1.0.layer_scale"
    assert Weight("weight", (8,)).named("scale1") == "scale1.weight"
    with pytest.raises(LayerError, match="a bare scale is one parameter"):
        check(Scale(bare=True, bias=True).requires(Shape((8, 7, 5))), Facts())


@few
@given(st.one_of(batch_norms, instance_norms, layer_norms, rms_norms, scales), shapes)
def test_names_for_sizes_answer_as_numbers_do(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_same_in_names(layer, shape)


@few
@given(group_norms, shapes)
def test_names_for_groups_answer_as_numbers_do(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_same_in_names(layer, shape, fields=("groups",))


@few
@given(response_norms, shapes)
def test_names_for_neighbours_answer_as_numbers_do(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_same_in_names(layer, shape, fields=("size",))


@pytest.mark.parametrize(
    ("shape", "normalised"),
    [((7,), (7,)), ((5, 7), (7,)), ((3, 5, 7), (3, 5, 7)), ((2, 3, 5, 7), (2, 3, 5, 7))],
)
def test_layer_norm_covers_tokens_last_axis_and_whole_maps(
    shape: tuple[int, ...], normalised: tuple[int, ...]
) -> None:
    assert LayerNorm().weights(Shape(shape))[0].shape == normalised
    assert RMSNorm().weights(Shape(shape))[0].shape == normalised


def test_batch_norm_counts_its_batches_in_an_integer() -> None:
    assert BatchNorm().weights(Shape((8, 4)))[-1] == Weight("num_batches_tracked", (), "buffer", "int64")


@pytest.mark.parametrize(
    ("layer", "shape", "text"),
    [
        (
            BatchNorm(track_running_stats=False),
            (8, 1, 1),
            "error[CNN203]: 1 value per channel in 8x1x1, but its own statistics need at least 2"
            " (put the layer before the pooling, or keep running statistics)",
        ),
        (BatchNorm(eps=-1.0), (8, 4), "error[CNN202]: eps=-1 is negative (give a small positive number)"),
        (
            BatchNorm(),
            (8, 4, 4, 4, 4),
            "error[CNN202]: bn takes at most 3 spatial axes, but the input 8x4x4x4x4 has 4"
            " (give C, CxL, CxHxW or CxDxHxW)",
        ),
        (
            InstanceNorm(),
            (8,),
            "error[CNN202]: in needs 1 to 3 spatial axes, but the input 8 has 0"
            " (a flat input has one value per channel; take ln)",
        ),
        (
            GroupNorm(4),
            (30, 8, 8),
            "error[CNN203]: groups=4 does not divide the 30 channels (choose from 1, 2, 3, 5, 6, 10, 15, 30)",
        ),
        (
            LayerNorm(dims=4),
            (3, 8, 8),
            "error[CNN202]: dims=4, but the input 3x8x8 has 3 axes (give 1 to 3)",
        ),
        (
            LocalResponseNorm(5),
            (10,),
            "error[CNN202]: lrn needs a map, but the input 10 is flat (put the layer before flatten)",
        ),
    ],
)
def test_errors_say_what_is_wrong_and_what_helps(layer: Layer, shape: tuple[int, ...], text: str) -> None:
    with pytest.raises(LayerError) as caught:
        check(layer.requires(Shape(shape)), Facts())
    assert str(caught.value) == text
