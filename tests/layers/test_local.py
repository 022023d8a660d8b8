from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import check
from cnncalc.layers.local import LocallyConnected
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts, symbol
from cnncalc.verification.realise import Twin
from tests.layers.draws import maps, mostly, per_axis
from tests.layers.names import assert_same_in_names
from tests.layers.reads import assert_reads_its_windows
from tests.layers.test_conv import at_least_1, kernels, modes, note, paddings, steps
from tests.layers.twin import answer, assert_agrees

pytestmark = pytest.mark.filterwarnings(
    "ignore:Using padding='same'", "ignore:Initializing zero-element tensors"
)


@st.composite
def locally_connected(draw: st.DrawFn) -> tuple[LocallyConnected, tuple[int, ...]]:
    """A layer, and a shape."""
    shape = draw(maps(st.sampled_from([1, 2, 3, 4, 6])))
    axes = len(shape) - 1
    same = draw(st.integers(1, 5)) == 5
    fields: dict[str, Any] = {
        "kernel": draw(per_axis(axes, kernels)),
        "out": draw(at_least_1),
        "stride": draw(per_axis(axes, mostly(st.just(1), steps, 8) if same else steps)),
        "padding": "same" if same else draw(mostly(per_axis(axes, paddings), st.just("valid"), 10)),
        "dilation": draw(per_axis(axes, steps)),
        "bias": draw(mostly(st.just(True), st.just(False), 3)),
        "shared_bias": draw(mostly(st.just(False), st.just(True), 3)),
        "padding_mode": draw(modes),
    }
    return LocallyConnected(**fields), shape


@settings(max_examples=400, deadline=None)
@given(locally_connected())
def test_locally_connected_layers_are_torchs(example: tuple[LocallyConnected, tuple[int, ...]]) -> None:
    layer, shape = example
    note(layer, shape)
    assert_agrees(layer, shape)


@settings(max_examples=150, deadline=None)
@given(locally_connected(), st.data())
def test_locally_connected_layers_are_the_same_in_names(
    example: tuple[LocallyConnected, tuple[int, ...]], data: st.DataObject
) -> None:
    layer, shape = example
    candidates = ("kernel", "stride", "dilation", "out")
    fields = tuple(f for f in candidates if data.draw(st.integers(0, 3)) == 0)
    assert_same_in_names(layer, shape, fields=fields)


@settings(max_examples=100, deadline=None)
@given(locally_connected())
def test_locally_connected_layers_read_their_windows(
    example: tuple[LocallyConnected, tuple[int, ...]],
) -> None:
    layer, shape = example
    if layer.padding_mode == "zeros" and answer(layer, [shape]) is not None:
        assert_reads_its_windows(layer, shape)


@settings(max_examples=60, deadline=None)
@given(locally_connected(), st.integers(1, 3))
def test_with_the_same_filters_everywhere_it_is_a_convolution(
    example: tuple[LocallyConnected, tuple[int, ...]], images: int
) -> None:
    """That the twin is the layer: torch's convolution is the judge."""
    layer, shape = example
    if answer(layer, [shape]) is None:
        return
    own = Twin(layer.torch_call(Shape(shape))).double().module
    x = torch.rand(images, *shape, dtype=torch.float64)
    convolution: Any = getattr(torch.nn, f"Conv{len(shape) - 1}d")
    options = {f: getattr(layer, f) for f in ("stride", "padding", "dilation", "bias", "padding_mode")}
    shared = convolution(shape[0], layer.out, layer.kernel, dtype=torch.float64, **options)
    y = shared(x)
    positions = y[0, 0].numel()
    with torch.no_grad():
        own.weight.copy_(shared.weight.repeat_interleave(positions, 0))
        if layer.bias:
            own.bias.copy_(shared.bias if layer.shared_bias else shared.bias.repeat_interleave(positions))
    torch.testing.assert_close(own(x), y)


def test_every_position_has_its_own_filters() -> None:
    """3 outputs from 2 taps over 2 channels: written out by hand."""
    layer = LocallyConnected(2, 1)
    own = Twin(layer.torch_call(Shape((2, 4)))).module
    x = torch.tensor([[[1.0, 2, 3, 4], [5, 6, 7, 8]]])
    with torch.no_grad():
        own.weight.copy_(torch.arange(12.0).view(3, 2, 2))
        own.bias.copy_(torch.tensor([0.0, 100, 200]))
    found = own(x).flatten().tolist()
    assert found == [
        0 * 1 + 1 * 2 + 2 * 5 + 3 * 6,
        4 * 2 + 5 * 3 + 6 * 6 + 7 * 7 + 100,
        8 * 3 + 9 * 4 + 10 * 7 + 11 * 8 + 200,
    ]


def test_symbolic_layers_simplify() -> None:
    height, channels = symbol("H"), symbol("C")
    x = Shape((channels, height, height))
    layer = LocallyConnected(3, 8, padding=1)
    assert layer.params(x).value == 8 * height**2 * (9 * channels + 1)
    assert layer.macs(x).value == 72 * channels * height**2


@pytest.mark.parametrize(
    ("layer", "formulas"),
    [
        (LocallyConnected(3, 8), ("(F·F·C+1)·K·O·O", "F·F·C·K·O·O")),
        (LocallyConnected(3, 8, bias=False), ("F·F·C·K·O·O", "F·F·C·K·O·O")),
        (LocallyConnected(3, 8, shared_bias=True), ("F·F·C·K·O·O + K", "F·F·C·K·O·O")),
        (LocallyConnected((3, 1), 8), ("(F_h·F_w·C+1)·K·O_h·O_w", "F_h·F_w·C·K·O_h·O_w")),
    ],
)
def test_formulas_are_those_of_the_textbook(layer: LocallyConnected, formulas: tuple[str, str]) -> None:
    x = Shape((4, 9, 9))
    assert (layer.params(x).formula.pretty(), layer.macs(x).formula.pretty()) == formulas


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_true_fans_are_its_connections(k: int, c: int, o: int, d: int) -> None:
    layer, size = LocallyConnected(k, o, dilation=d), 16
    (fans,) = layer.fans(Shape((c, size)))
    own = Twin(layer.torch_call(Shape((c, size)))).double().module
    with torch.no_grad():
        own.weight.fill_(1.0)
        own.bias.fill_(0.0)
        linked = own(torch.eye(c * size, dtype=torch.float64).view(-1, c, size)).flatten(1).T.ne(0)
    assert set(linked.sum(1).tolist()) == {fans.true_in.value}
    assert linked.sum(0).max() == fans.true_out.value


@pytest.mark.parametrize(
    ("layer", "shape", "text"),
    [
        (LocallyConnected(3, 0), (3, 8, 8), "error[CNN203]: 0 filters (give at least 1)"),
        (
            LocallyConnected(3, 8, bias=False, shared_bias=True),
            (3, 8, 8),
            "error[CNN202]: without bias, none can be shared (remove nobias or sharedbias)",
        ),
        (
            LocallyConnected(5, 8),
            (3, 4, 9),
            "error[CNN203]: the kernel spans 5 positions, but the padded input has only 4 "
            "(use a smaller kernel or dilation, or more padding)",
        ),
        (
            LocallyConnected(3, 8),
            (784,),
            "error[CNN202]: lc needs 1 to 3 spatial axes, but the input 784 has 0 "
            "(a flat input has no axes to slide over; put the layer before flatten)",
        ),
    ],
)
def test_errors_say_what_is_wrong_and_what_helps(
    layer: LocallyConnected, shape: tuple[int, ...], text: str
) -> None:
    with pytest.raises(LayerError) as caught:
        check(layer.requires(Shape(shape)), Facts())
    assert str(caught.value) == text
