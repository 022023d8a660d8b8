from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import Layer, check
from cnncalc.layers.conv import Conv, DepthwiseConv
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts, symbol
from tests.layers.draws import maps, mostly, per_axis
from tests.layers.names import assert_same_in_names
from tests.layers.reads import assert_reads_its_windows
from tests.layers.twin import answer, assert_agrees

# torch mentions that it makes a copy, and that nothing can be initialised in a layer that it then refuses
pytestmark = pytest.mark.filterwarnings(
    "ignore:Using padding='same'", "ignore:Initializing zero-element tensors"
)

few = settings(max_examples=400, deadline=None)

at_least_1 = mostly(st.integers(1, 4), st.sampled_from([0, -1, 9]), 40)
kernels = mostly(st.sampled_from([1, 1, 2, 3, 3, 4]), st.sampled_from([0, -1, 7]), 40)
steps = mostly(st.sampled_from([1, 1, 1, 2, 3]), st.sampled_from([0, -2, 6]), 40)
paddings = mostly(st.integers(0, 3), st.sampled_from([-1, -2, 5]), 30)
modes = st.sampled_from(["zeros", "zeros", "zeros", "reflect", "replicate", "circular"])


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[Layer, tuple[int, ...]]:
    """A convolution of either kind, and a shape."""
    shape = draw(maps(st.sampled_from([1, 2, 3, 4, 6])))
    axes = len(shape) - 1
    same = draw(st.integers(1, 5)) == 5
    fields: dict[str, Any] = {
        "kernel": draw(per_axis(axes, kernels)),
        "stride": draw(per_axis(axes, mostly(st.just(1), steps, 8) if same else steps)),
        "padding": "same" if same else draw(mostly(per_axis(axes, paddings), st.just("valid"), 10)),
        "dilation": draw(per_axis(axes, steps)),
        "bias": draw(st.booleans()),
        "padding_mode": draw(modes),
    }
    if draw(st.booleans()):
        fields["out"] = draw(
            st.one_of(st.none(), st.sampled_from([1, 2, 3]).map(lambda m: m * shape[0]), at_least_1)
        )
        return DepthwiseConv(**fields), shape
    groups = draw(mostly(st.sampled_from([1, 1, 2, 3, shape[0]]), st.sampled_from([0, -1, 4]), 30))
    out = draw(mostly(st.sampled_from([1, 2, 3]).map(lambda m: m * groups), at_least_1, 20))
    return Conv(**fields, out=out, groups=groups), shape


def note(layer: Layer, shape: tuple[int, ...]) -> None:
    event("rejected" if answer(layer, [shape]) is None else "accepted")


@few
@given(convolutions())
def test_convolutions_are_torchs(example: tuple[Layer, tuple[int, ...]]) -> None:
    layer, shape = example
    note(layer, shape)
    assert_agrees(layer, shape)


@settings(max_examples=200, deadline=None)
@given(convolutions(), st.data())
def test_convolutions_are_the_same_in_names(
    example: tuple[Layer, tuple[int, ...]], data: st.DataObject
) -> None:
    layer, shape = example
    candidates = ["kernel", "stride", "dilation", "groups", "out"]
    fields = tuple(f for f in candidates if hasattr(layer, f) and data.draw(st.integers(0, 3)) == 0)
    assert_same_in_names(layer, shape, fields=fields)


@settings(max_examples=150, deadline=None)
@given(convolutions())
def test_convolutions_read_their_windows(example: tuple[Layer, tuple[int, ...]]) -> None:
    layer, shape = example
    if getattr(layer, "padding_mode", "zeros") == "zeros" and answer(layer, [shape]) is not None:
        assert_reads_its_windows(layer, shape)


def test_same_pads_an_odd_rest_after() -> None:
    (window,) = Conv(4, 8, padding="same").windows(Shape((2, 10)))
    assert (window.before, window.after) == (1, 2)


def test_symbolic_convolutions_simplify() -> None:
    height = symbol("H")
    x = Shape((3, height, 2 * height))
    assert Conv(3, 8, padding=1).output(x) == Shape((8, height, 2 * height))
    assert Conv(3, 8, stride=2, padding=1).output(x) == Shape((8, (height + 1) // 2, height))
    assert DepthwiseConv(3, padding="same").macs(x).value == 54 * height**2


@pytest.mark.parametrize(
    ("layer", "shape", "text"),
    [
        (
            Conv(3, 64, groups=4),
            (30, 8, 8),
            "error[CNN203]: groups=4 does not divide the 30 input channels (choose from 1, 2, 3, 5, 6, 10, 15, 30)",
        ),
        (
            Conv(3, 9, groups=2),
            (4, 8, 8),
            "error[CNN203]: groups=2 does not divide the 9 filters (choose from 1, 3, 9)",
        ),
        (
            DepthwiseConv(3, 40),
            (30, 8, 8),
            "error[CNN203]: 40 filters are not as many for each of the 30 input channels (give a multiple of 30)",
        ),
        (
            Conv(7, 8, dilation=2, padding=1),
            (3, 10, 20),
            "error[CNN203]: the kernel spans 13 positions, but the padded input has only 12 "
            "(use a smaller kernel or dilation, or more padding)",
        ),
        (
            Conv(3, 8, stride=2, padding="same"),
            (3, 10, 10),
            "error[CNN203]: padding 'same' with stride 2 "
            "('same' works with stride 1 only; give the padding as a number)",
        ),
        (
            Conv((3, 3), 8),
            (3, 10),
            "error[CNN202]: kernel has 2 values, but the input has 1 spatial axis "
            "(give one value for all axes, or 1)",
        ),
        (
            Conv(3, 8),
            (784,),
            "error[CNN202]: conv needs 1 to 3 spatial axes, but the input 784 has 0 "
            "(a flat input has no axes to slide over; put the layer before flatten)",
        ),
        (
            Conv(3, 8, padding=-1),
            (3, 9, 9),
            "error[CNN203]: padding -1 is negative (crop with a pad layer)",
        ),
        (
            Conv(3, 8, padding=4, padding_mode="reflect"),
            (3, 4, 4),
            "error[CNN203]: reflecting padding 4 needs an input larger than that "
            "(use less padding, or another padding_mode)",
        ),
    ],
)
def test_errors_say_what_is_wrong_and_what_helps(layer: Layer, shape: tuple[int, ...], text: str) -> None:
    with pytest.raises(LayerError) as caught:
        check(layer.requires(Shape(shape)), Facts())
    assert str(caught.value) == text
