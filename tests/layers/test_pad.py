from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import check
from cnncalc.layers.pad import Pad
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts, symbol
from tests.layers.draws import maps, mostly
from tests.layers.names import assert_same_in_names
from tests.layers.twin import answer, assert_agrees

sides = mostly(st.integers(-1, 2), st.integers(-9, 9), 6)
modes = st.sampled_from(["constant", "reflect", "replicate", "circular"])


@st.composite
def pads(draw: st.DrawFn) -> tuple[Pad, tuple[int, ...]]:
    """A padding and a shape."""
    shape = draw(maps())
    axes = len(shape) - 1
    length = st.integers(0, 2 * axes + 4)
    pairs = mostly(st.just(2 * axes), mostly(st.just(2 * axes + 2), length, 2), 6)
    padding: Any = draw(
        st.one_of(sides, pairs.flatmap(lambda n: st.lists(sides, min_size=n, max_size=n).map(tuple)))
    )
    mode: Any = draw(modes)
    value = (
        draw(st.sampled_from([0.0, 1.5, -1.0]))
        if mode == "constant"
        else draw(mostly(st.just(0.0), st.just(1.0), 20))
    )
    return Pad(padding, mode, value), shape


def wraps_what_it_crops(layer: Pad, shape: tuple[int, ...]) -> bool:
    """Whether a circular padding crops one end so far that too little is left to wrap around to the other.

    Torch then raises or not by how the tensor lies in memory (it copies parts of the result onto each other), and
    where nothing is left it returns memory that it never wrote to.
    """
    padding: Any = layer.padding
    if not isinstance(padding, tuple):
        padding = (padding,) * (2 * len(shape) - 2)
    ends = zip(reversed(shape), padding[::2], padding[1::2], strict=False)
    return layer.mode == "circular" and any(
        min(before, after) < 0 < max(before, after) and size + min(before, after) < max(before, after)
        for size, before, after in ends
    )


def pads_the_batch(layer: Pad, shape: tuple[int, ...]) -> bool:
    """Whether torch would pad the batch axis."""
    return (
        layer.mode == "constant" and isinstance(layer.padding, tuple) and len(layer.padding) > 2 * len(shape)
    )


@settings(max_examples=600, deadline=None)
@given(pads())
def test_pads_are_torchs(example: tuple[Pad, tuple[int, ...]]) -> None:
    layer, shape = example
    ours = answer(layer, [shape])
    event("rejected" if ours is None else "accepted")
    if wraps_what_it_crops(layer, shape) or pads_the_batch(layer, shape):
        assert ours is None
    else:
        assert_agrees(layer, shape)


@settings(max_examples=300, deadline=None)
@given(pads(), st.booleans())
def test_pads_are_the_same_in_names(example: tuple[Pad, tuple[int, ...]], named: bool) -> None:
    layer, shape = example
    assert_same_in_names(layer, shape, fields=("padding",) if named else ())


def test_sides_are_given_last_axis_first() -> None:
    assert Pad((1, 2, 0, -1)).output(Shape((3, 10, 20))) == Shape((3, 9, 23))


def test_one_axis_more_pads_the_channels() -> None:
    x = Shape((16, symbol("H"), symbol("H")))
    assert Pad((0, 0, 0, 0, 8, 8)).output(x) == Shape((32, symbol("H"), symbol("H")))


@pytest.mark.parametrize(
    ("layer", "shape", "text"),
    [
        (
            Pad((1, 2, 3)),
            (3, 9, 9),
            "error[CNN202]: padding has 3 values, but the input has 2 spatial axes "
            "(give one value for all sides, or 4: before and after, the last axis first)",
        ),
        (
            Pad(9, "reflect"),
            (3, 9, 9),
            "error[CNN203]: reflecting padding 9 needs an input larger than that "
            "(use less padding, or another mode)",
        ),
        (
            Pad(10, "circular"),
            (3, 9, 9),
            "error[CNN203]: circular padding 10 wraps around an input of 9 more than once "
            "(use less padding, or another mode)",
        ),
        (
            Pad((-6, 3)),
            (3, 5),
            "error[CNN203]: cropping by -6 and 3 takes more than the input's 5 (crop less)",
        ),
        (Pad(-2), (3, 4), "error[CNN203]: padding -2 and -2 leave an output of size 0 (crop less)"),
        (
            Pad(1, "replicate", 1.0),
            (3, 9, 9),
            "error[CNN202]: mode 'replicate' takes no value (leave it out, or use mode constant)",
        ),
        (
            Pad(1),
            (784,),
            "error[CNN202]: pad needs 1 to 3 spatial axes, but the input 784 has 0 "
            "(a flat input has no axes to slide over; put the layer before flatten)",
        ),
    ],
)
def test_errors_say_what_is_wrong_and_what_helps(layer: Pad, shape: tuple[int, ...], text: str) -> None:
    with pytest.raises(LayerError) as caught:
        check(layer.requires(Shape(shape)), Facts())
    assert str(caught.value) == text
