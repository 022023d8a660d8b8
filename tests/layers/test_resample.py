from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import Layer, check
from cnncalc.layers.resample import Upsample
from cnncalc.layers.shuffle import ChannelShuffle, PixelShuffle, PixelUnshuffle
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts, symbol
from tests.layers.draws import maps, mostly, per_axis
from tests.layers.names import assert_same_in_names
from tests.layers.twin import answer, assert_agrees

MODES = ["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"]
FITTING = {1: "linear", 2: "bilinear", 3: "trilinear"}

scales: st.SearchStrategy[float] = mostly(
    st.one_of(
        st.sampled_from([2, 3, 1, 2.0, 0.5, 1.5, 0.75]),
        st.floats(0.2, 3.0),
        st.fractions(0, 3, max_denominator=12).map(float),
    ),
    st.sampled_from([0, 0.0, -1, -2.5, 0.01, math.nan, math.inf, 1e30]),
    16,
)
targets = mostly(st.integers(1, 9), st.sampled_from([0, -1]), 20)


@st.composite
def upsamplings(draw: st.DrawFn) -> tuple[Upsample, tuple[int, ...]]:
    """An interpolation and a shape."""
    shape = draw(maps())
    axes = len(shape) - 1
    fitting = st.sampled_from(
        ["nearest", "nearest-exact", "area", *([FITTING[axes]] * 3 if axes in FITTING else [])]
    )
    mode: Any = draw(mostly(fitting, st.sampled_from(MODES), 5))
    smooth = mode in ("linear", "bilinear", "bicubic", "trilinear")
    scale = draw(per_axis(axes, scales))
    size = draw(per_axis(axes, targets))
    scaled = draw(st.booleans())
    both, neither = draw(mostly(st.just((False, False)), st.sampled_from([(True, False), (False, True)]), 20))
    layer = Upsample(
        scale=scale if (scaled or both) and not neither else None,
        size=size if (not scaled or both) and not neither else None,
        mode=mode,
        align_corners=draw(
            st.sampled_from([None, True, False]) if smooth else mostly(st.none(), st.booleans(), 12)
        ),
        recompute_scale_factor=draw(mostly(st.just(False), st.just(True), 3 if scaled else 12)),
    )
    return layer, shape


@settings(max_examples=400, deadline=None)
@given(upsamplings())
def test_upsampling_is_torchs(example: tuple[Upsample, tuple[int, ...]]) -> None:
    layer, shape = example
    event("rejected" if answer(layer, [shape]) is None else "accepted")
    try:
        assert_agrees(layer, shape)
    except OverflowError:  # torch's own, from inf and 1e30 in some modes
        assert answer(layer, [shape]) is None


@settings(max_examples=300, deadline=None)
@given(size=st.integers(1, 10**6), scale=st.floats(1e-6, 100))
def test_a_scaled_size_is_the_floor_of_the_product_of_two_floats(size: int, scale: float) -> None:
    (derived,) = Upsample(scale).sizes(Shape((1, size))) or ()
    assert derived.value == math.floor(float(size) * scale)


@pytest.mark.parametrize(("size", "scale", "expected"), [(100, 0.29, 28), (3, 1 / 3.0, 1), (10, 0.7, 7)])
def test_products_round_as_floats_do(size: int, scale: float, expected: int) -> None:
    assert Upsample(scale).output(Shape((1, size))) == Shape((1, expected))


@settings(max_examples=200, deadline=None)
@given(upsamplings())
def test_upsampling_is_the_same_in_names(example: tuple[Upsample, tuple[int, ...]]) -> None:
    layer, shape = example
    assert_same_in_names(layer, shape, stricter=True)


@settings(max_examples=100, deadline=None)
@given(upsamplings())
def test_integer_factors_and_sizes_are_the_same_in_names(example: tuple[Upsample, tuple[int, ...]]) -> None:
    layer, shape = example
    given_scales = layer.scale if isinstance(layer.scale, tuple) else (layer.scale,)
    if all(s is None or isinstance(s, int) for s in given_scales):
        fields = tuple(f for f in ("scale", "size") if getattr(layer, f) is not None)
        assert_same_in_names(layer, shape, fields=fields)


def test_short_binary_scales_are_exact_in_names() -> None:
    height = symbol("H")
    x = Shape((1, height, height))
    assert Upsample(0.5).output(x) == Shape((1, height // 2, height // 2))
    assert Upsample((2.0, 1.25)).output(x) == Shape((1, 2 * height, 5 * height // 4))
    assert Upsample(symbol("r")).output(x) == Shape((1, symbol("r") * height, symbol("r") * height))


factors = mostly(st.sampled_from([1, 2, 2, 3]), st.sampled_from([0, -1, 4]), 20)


@st.composite
def shuffles(draw: st.DrawFn) -> tuple[Layer, tuple[int, ...]]:
    """A shuffle, and a shape of rank 3 to 5 (torch takes the batch axis for one of a shorter image's)."""
    factor = draw(factors)
    rank = draw(mostly(st.sampled_from([3, 3, 4]), st.just(5), 12))
    square = st.sampled_from([factor**2, 2 * factor**2])
    multiple = st.sampled_from([factor, 2 * factor, 6])
    kind: Any = draw(st.sampled_from([PixelShuffle, PixelUnshuffle, ChannelShuffle]))
    channels, size = (square, st.integers(1, 4)) if kind is PixelShuffle else (st.integers(1, 4), multiple)
    shape = [max(1, draw(mostly(s, st.integers(1, 6), 10))) for s in (channels, size, size)]
    shape = [draw(st.sampled_from([1, 2, factor, 6])) for _ in range(rank - 3)] + shape
    return kind(factor), tuple(max(1, s) for s in shape)


@settings(max_examples=400, deadline=None)
@given(shuffles())
def test_shuffles_are_torchs(example: tuple[Layer, tuple[int, ...]]) -> None:
    layer, shape = example
    event("rejected" if answer(layer, [shape]) is None else "accepted")
    assert_agrees(layer, shape)


@settings(max_examples=200, deadline=None)
@given(shuffles(), st.booleans())
def test_shuffles_are_the_same_in_names(example: tuple[Layer, tuple[int, ...]], named: bool) -> None:
    layer, shape = example
    field = "groups" if isinstance(layer, ChannelShuffle) else "factor"
    assert_same_in_names(layer, shape, fields=(field,) if named else ())


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([PixelShuffle, PixelUnshuffle, ChannelShuffle]), factors, st.integers(1, 2), st.data())
def test_shuffles_of_short_shapes_do_not_reach_into_the_batch(
    kind: Any, factor: int, rank: int, data: st.DataObject
) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 8), min_size=rank, max_size=rank)))
    if kind is ChannelShuffle:
        assert_agrees(kind(factor), shape)
    else:
        assert answer(kind(factor), [shape]) is None


@pytest.mark.parametrize(
    ("layer", "shape", "text"),
    [
        (
            Upsample(),
            (3, 9, 9),
            "error[CNN202]: upsample needs a scale or a size (give one of them: upsample2, or upsample,size=56)",
        ),
        (
            Upsample(2, 18),
            (3, 9, 9),
            "error[CNN202]: upsample has a scale and a size (give one of them: upsample2, or upsample,size=56)",
        ),
        (
            Upsample(2, mode="linear"),
            (3, 9, 9),
            "error[CNN202]: mode 'linear' is for 1 spatial axis, but the input has 2 (use bilinear or nearest)",
        ),
        (
            Upsample(2, align_corners=True),
            (3, 9, 9),
            "error[CNN202]: mode 'nearest' takes no align_corners "
            "(leave it out, or use linear, bilinear, bicubic or trilinear)",
        ),
        (Upsample(0.1), (3, 9, 9), "error[CNN203]: output size 0 (give at least 1)"),
        (
            Upsample(-2.5),
            (3, 9, 9),
            "error[CNN203]: scale -2.5 is no factor of a size (give a number such as 2 or 0.5)",
        ),
        (
            PixelShuffle(2),
            (6, 9, 9),
            "error[CNN203]: factor 2 needs a multiple of 4 channels, but there are 6 "
            "(give the layer before a multiple of 4 channels)",
        ),
        (
            PixelUnshuffle(2),
            (3, 9, 10),
            "error[CNN203]: factor 2 does not divide the size 9 (choose from 1, 3, 9)",
        ),
        (
            PixelShuffle(2),
            (4, 9),
            "error[CNN202]: pixelshuffle needs two spatial axes, but the input 4x9 has 1 (give CxHxW)",
        ),
        (
            ChannelShuffle(4),
            (6, 9, 9),
            "error[CNN203]: groups=4 does not divide the 6 channels (choose from 1, 2, 3, 6)",
        ),
        (
            ChannelShuffle(4),
            (8,),
            "error[CNN202]: channelshuffle needs channels and positions, but the input 8 is flat "
            "(put it before flatten)",
        ),
    ],
)
def test_errors_say_what_is_wrong_and_what_helps(layer: Layer, shape: tuple[int, ...], text: str) -> None:
    with pytest.raises(LayerError) as caught:
        check(layer.requires(Shape(shape)), Facts())
    assert str(caught.value) == text


def test_a_scale_that_needs_rounding_wants_a_number() -> None:
    with pytest.raises(LayerError) as caught:
        check(Upsample(0.7).requires(Shape((3, symbol("H")))), Facts())
    assert str(caught.value) == (
        "error[CNN203]: scale 0.7 times the size H depends on how floating point rounds "
        "(give the input size a number, or use a scale such as 2, 0.5 or 1.25, or a size)"
    )
