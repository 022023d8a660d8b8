from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import Layer, check
from cnncalc.layers.adaptive_pool import AdaptiveAvgPool, AdaptiveMaxPool, GlobalAvgPool, GlobalMaxPool
from cnncalc.layers.pool import AvgPool, LPPool, MaxPool
from cnncalc.layers.window import CEIL_SIZE, CLIPPED_CEIL_SIZE, slide_up
from cnncalc.shape import Shape, Window
from cnncalc.symbolic import Facts, minimum, symbol
from tests.layers.draws import maps, mostly, per_axis
from tests.layers.names import assert_same_in_names
from tests.layers.reads import assert_reads_its_windows
from tests.layers.twin import answer, assert_agrees

few = settings(max_examples=300, deadline=None)

kernels = mostly(st.sampled_from([1, 2, 2, 3, 3, 4]), st.sampled_from([0, -1, 7]), 30)
steps = mostly(st.integers(1, 4), st.sampled_from([0, -2, 9]), 30)
dilations = mostly(st.sampled_from([1, 1, 1, 2, 3]), st.sampled_from([0, -1]), 30)


@st.composite
def sliding(draw: st.DrawFn) -> tuple[Layer, tuple[int, ...]]:
    """A max, average or power-average pooling, and a shape."""
    shape = draw(maps())
    axes = len(shape) - 1
    kernel = draw(per_axis(axes, kernels))
    half = min(kernel if isinstance(kernel, tuple) else (kernel,)) // 2
    fields: dict[str, Any] = {
        "kernel": kernel,
        "stride": draw(st.one_of(st.none(), per_axis(axes, steps))),
        "ceil_mode": draw(st.booleans()),
    }
    kind = draw(st.sampled_from([MaxPool, AvgPool, LPPool]))
    if kind is LPPool:
        powers = mostly(st.sampled_from([1.0, 2.0, 3.5, -1.0, 2]), st.just(0.0), 20)
        return LPPool(norm_type=draw(powers), **fields), shape
    fields["padding"] = draw(
        per_axis(axes, mostly(st.integers(0, max(0, half)), st.sampled_from([-1, half + 1]), 20))
    )
    if kind is MaxPool:
        return MaxPool(dilation=draw(per_axis(axes, dilations)), **fields), shape
    divisors = mostly(st.none(), st.sampled_from([5, 1, -2, 0]), 8)
    return AvgPool(count_include_pad=draw(st.booleans()), divisor_override=draw(divisors), **fields), shape


@settings(max_examples=600, deadline=None)
@given(sliding())
def test_sliding_pools_are_torchs(example: tuple[Layer, tuple[int, ...]]) -> None:
    layer, shape = example
    event("rejected" if answer(layer, [shape]) is None else "accepted")
    assert_agrees(layer, shape)


@few
@given(sliding(), st.data())
def test_sliding_pools_are_the_same_in_names(
    example: tuple[Layer, tuple[int, ...]], data: st.DataObject
) -> None:
    layer, shape = example
    candidates = ["kernel", "stride", "padding", "dilation"]
    fields = tuple(f for f in candidates if hasattr(layer, f) and data.draw(st.integers(0, 3)) == 0)
    assert_same_in_names(layer, shape, fields=fields)


@settings(max_examples=150, deadline=None)
@given(sliding())
def test_sliding_pools_read_their_windows(example: tuple[Layer, tuple[int, ...]]) -> None:
    layer, shape = example
    if answer(layer, [shape]) is not None:
        assert_reads_its_windows(layer, shape)


def corrected(size: int, w: Any) -> Any:
    """Torch's rule for ceil_mode: round up, and take back a window that starts behind the input."""
    count = -(-(size + 2 * w.before - w.dilation * (w.kernel - 1) - 1) // w.stride) + 1
    return count - 1 if (count - 1) * w.stride >= size + w.before else count


@settings(max_examples=500, deadline=None)
@given(
    size=st.integers(1, 60),
    kernel=st.integers(1, 12),
    stride=st.integers(1, 15),
    dilation=st.integers(1, 6),
    data=st.data(),
)
def test_rounding_up_drops_windows_that_start_behind_the_input(
    size: int, kernel: int, stride: int, dilation: int, data: st.DataObject
) -> None:
    padding = data.draw(st.integers(0, kernel // 2))
    w = Window(kernel, stride, padding, padding, dilation)
    expected = corrected(size, w)
    if expected >= 1:
        assert slide_up(size, w).value == expected


def test_rounding_up_has_the_shorter_formula_where_no_window_is_dropped() -> None:
    height = symbol("H")
    (halved,) = MaxPool(3, 2, ceil_mode=True).sizes(Shape((1, height)))
    assert (halved.formula, halved.value) == (CEIL_SIZE, height // 2)
    (clipped,) = MaxPool(2, 3, ceil_mode=True).sizes(Shape((1, height)))
    assert clipped.formula == CLIPPED_CEIL_SIZE
    assert clipped.value == minimum((height + 3) // 3, (height + 2) // 3)


targets = mostly(st.integers(1, 12), st.sampled_from([0, -1]), 6)


@st.composite
def adaptive(draw: st.DrawFn) -> tuple[Layer, tuple[int, ...]]:
    """An adaptive pooling and a shape."""
    shape = draw(maps())
    axes = mostly(st.just(len(shape) - 1), st.integers(1, 4), 8)
    each = axes.flatmap(lambda n: st.tuples(*(mostly(targets, st.none(), 4) for _ in range(n))))
    kind = draw(st.sampled_from([AdaptiveAvgPool, AdaptiveMaxPool]))
    return kind(draw(st.one_of(targets, each))), shape


@settings(max_examples=400, deadline=None)
@given(adaptive())
def test_adaptive_pools_are_torchs(example: tuple[Layer, tuple[int, ...]]) -> None:
    layer, shape = example
    event("rejected" if answer(layer, [shape]) is None else "accepted")
    assert_agrees(layer, shape)


@settings(max_examples=100, deadline=None)
@given(adaptive())
def test_adaptive_pools_are_the_same_in_names(example: tuple[Layer, tuple[int, ...]]) -> None:
    layer, shape = example
    assert_same_in_names(layer, shape, fields=("size",))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([GlobalAvgPool(), GlobalMaxPool()]), maps())
def test_global_pools_are_torchs(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_agrees(layer, shape)
    assert_same_in_names(layer, shape)


@pytest.mark.parametrize(
    ("layer", "shape", "text"),
    [
        (
            MaxPool(3, padding=2, dilation=2),
            (4, 9, 9),
            "error[CNN203]: padding 2 is more than half of the kernel size 3 (use at most 1)",
        ),
        (
            MaxPool(8),
            (4, 7, 7),
            "error[CNN203]: the window spans 8 positions, but the padded input has only 7 "
            "(use a smaller kernel, or put the pooling where the map is larger)",
        ),
        (
            MaxPool(9, 2, ceil_mode=True),
            (4, 7, 7),
            "error[CNN203]: the window spans 9 positions and may overhang by 1, but the padded input has only 7 "
            "(use a smaller kernel, or put the pooling where the map is larger)",
        ),
        (
            AvgPool(3, padding=1),
            (4, 2, 9, 9),
            "error[CNN203]: average pooling over three axes: the kernel size 3 is larger than the input's 2, "
            "which padding does not help (use a smaller kernel)",
        ),
        (
            AvgPool(2, divisor_override=3),
            (4, 9),
            "error[CNN202]: average pooling over one axis takes no divisor_override (leave it out)",
        ),
        (
            AvgPool(2, divisor_override=0),
            (4, 9, 9),
            "error[CNN203]: divisor_override is 0 (give another number, or leave it out)",
        ),
        (
            LPPool(2, 0.0),
            (4, 9, 9),
            "error[CNN203]: norm_type is 0 (give another power, such as 2)",
        ),
        (
            AdaptiveAvgPool((None,)),
            (4, 9),
            "error[CNN202]: adaptiveavgpool over one axis has to change it "
            "(give a number, or leave the layer out)",
        ),
        (
            AdaptiveMaxPool((7, 7)),
            (4, 9),
            "error[CNN202]: size has 2 values, but the input has 1 spatial axis "
            "(give one value for all axes, or 1)",
        ),
        (
            GlobalAvgPool(),
            (512,),
            "error[CNN202]: gap needs 1 to 3 spatial axes, but the input 512 has 0 "
            "(a flat input has no axes to slide over; put the layer before flatten)",
        ),
    ],
)
def test_errors_say_what_is_wrong_and_what_helps(layer: Layer, shape: tuple[int, ...], text: str) -> None:
    with pytest.raises(LayerError) as caught:
        check(layer.requires(Shape(shape)), Facts())
    assert str(caught.value) == text
