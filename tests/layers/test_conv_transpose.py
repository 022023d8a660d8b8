from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import check
from cnncalc.layers.conv import Conv
from cnncalc.layers.conv_transpose import TransposedConv
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts, symbol
from tests.layers.draws import maps, mostly, per_axis
from tests.layers.names import assert_same_in_names
from tests.layers.twin import answer, assert_agrees

# torch mentions that nothing can be initialised in a layer that it then refuses
pytestmark = pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")

kernels = mostly(st.sampled_from([1, 2, 3, 3, 4]), st.sampled_from([0, -1]), 40)
steps = mostly(st.sampled_from([1, 1, 2, 3]), st.sampled_from([0, -2]), 40)
paddings = mostly(st.sampled_from([0, 0, 1, 1, 2]), st.sampled_from([-1, 5]), 40)
output_paddings = mostly(st.sampled_from([0, 0, 0, 1]), st.sampled_from([-1, 1, 2]), 10)


@st.composite
def transposed(draw: st.DrawFn) -> tuple[TransposedConv, tuple[int, ...]]:
    """A transposed convolution and a shape."""
    shape = draw(maps(st.sampled_from([1, 2, 3, 4, 6])))
    axes = len(shape) - 1
    groups = draw(mostly(st.sampled_from([1, 1, 2, 3, shape[0]]), st.sampled_from([0, -1, 4]), 30))
    fields: dict[str, Any] = {
        "kernel": draw(per_axis(axes, kernels)),
        "out": draw(mostly(st.integers(1, 3).map(lambda m: m * groups), st.integers(-1, 4), 20)),
        "stride": draw(per_axis(axes, steps)),
        "padding": draw(per_axis(axes, paddings)),
        "output_padding": draw(per_axis(axes, output_paddings)),
        "groups": groups,
        "bias": draw(st.booleans()),
        "dilation": draw(per_axis(axes, steps)),
    }
    return TransposedConv(**fields), shape


@settings(max_examples=400, deadline=None)
@given(transposed())
def test_transposed_convolutions_are_torchs(example: tuple[TransposedConv, tuple[int, ...]]) -> None:
    layer, shape = example
    event("rejected" if answer(layer, [shape]) is None else "accepted")
    assert_agrees(layer, shape)


@settings(max_examples=200, deadline=None)
@given(transposed(), st.data())
def test_transposed_convolutions_are_the_same_in_names(
    example: tuple[TransposedConv, tuple[int, ...]], data: st.DataObject
) -> None:
    layer, shape = example
    candidates = ["kernel", "stride", "output_padding", "dilation", "groups", "out"]
    fields = tuple(f for f in candidates if data.draw(st.integers(0, 3)) == 0)
    assert_same_in_names(layer, shape, fields=fields)


@settings(max_examples=200, deadline=None)
@given(
    kernel=st.integers(1, 7),
    stride=st.integers(1, 4),
    padding=st.integers(0, 3),
    dilation=st.integers(1, 3),
    size=st.integers(1, 30),
)
def test_a_transposed_convolution_undoes_a_convolutions_shape(
    kernel: int, stride: int, padding: int, dilation: int, size: int
) -> None:
    forth = Conv(kernel, 1, stride, padding, dilation)
    rest = size + 2 * padding - dilation * (kernel - 1) - 1
    if rest >= 0:
        output_padding = rest % stride  # what the convolution's floor dropped
        back = TransposedConv(kernel, 1, stride, padding, output_padding, dilation=dilation)
        assert back.output(forth.output(Shape((1, size)))) == Shape((1, size))


def test_doubling_is_exact_in_names() -> None:
    height, width = symbol("H"), symbol("W")
    x = Shape((64, height, width))
    assert TransposedConv(4, 32, 2, 1).output(x) == Shape((32, 2 * height, 2 * width))


@pytest.mark.parametrize(
    ("layer", "shape", "text"),
    [
        (
            TransposedConv(3, 8, 2, output_padding=2),
            (4, 5, 5),
            "error[CNN203]: output_padding 2 is smaller neither than the stride 2 nor than the dilation 1 "
            "(give less output_padding)",
        ),
        (
            TransposedConv(3, 8, padding=2),
            (4, 2, 2),
            "error[CNN203]: padding 2 on both sides leaves an output of size 0 "
            "(use less padding, or a larger kernel)",
        ),
        (
            TransposedConv(3, 9, groups=2),
            (4, 5, 5),
            "error[CNN203]: groups=2 does not divide the 9 filters (choose from 1, 3, 9)",
        ),
        (
            TransposedConv(3, 8),
            (10,),
            "error[CNN202]: tconv needs 1 to 3 spatial axes, but the input 10 has 0 "
            "(a flat input has no axes to slide over; put the layer before flatten)",
        ),
    ],
)
def test_errors_say_what_is_wrong_and_what_helps(
    layer: TransposedConv, shape: tuple[int, ...], text: str
) -> None:
    with pytest.raises(LayerError) as caught:
        check(layer.requires(Shape(shape)), Facts())
    assert str(caught.value) == text
