"""Where units look: misaligned branches (CNN316), gridding (CNN317), checkerboards (CNN318), a receptive field too small (CNN319).

The positions that a unit sees are those at which a gradient arrives, on torch, with weights of which none is 0.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from torch import nn

from cnncalc.loader import load
from tests.check.lint.ask import found, says, seeded

# torch mentions the copy that an even kernel needs
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")

#: enough positions for a unit in the middle whose field no border cuts
_SIZE = 61


def seen(words: str, unit: int, size: int = _SIZE) -> list[int]:
    """The positions of the input that a unit sees."""
    model = seeded(f"1x{size} {words}", training=False)
    x = torch.rand(1, 1, size, dtype=torch.float64, requires_grad=True)
    model.run(x)[0, 0, unit].backward()
    assert x.grad is not None
    positions: list[int] = x.grad[0, 0].nonzero().flatten().tolist()
    return positions


def centre(words: str, unit: int) -> Fraction:
    positions = seen(words, unit)
    assert positions[0] > 0
    assert positions[-1] < _SIZE - 1
    return Fraction(positions[0] + positions[-1], 2)


@st.composite
def branches(draw: st.DrawFn) -> str:
    """A branch of one or two convolutions that keeps the size, padded in the middle or at one end."""
    words = []
    for _ in range(draw(st.integers(1, 2))):
        kernel, dilation = draw(st.integers(1, 4)), draw(st.integers(1, 2))
        span = dilation * (kernel - 1)
        before = draw(st.sampled_from([span // 2, span // 2, 0, span]))
        words += [f"pad,padding={before}x{span - before}", f"conv{kernel}-1,d{dilation}"]
    return " ".join(words)


@settings(max_examples=80, deadline=None)
@example("conv3-1,p1", "conv2-1,same", 1)
@example("conv3-1,p1", "conv5-1,p2", 2)
@given(branches(), branches(), st.integers(1, 3))
def test_branches_are_misaligned_where_their_units_see_other_places(a: str, b: str, stride: int) -> None:
    end = f"maxpool1/{stride}"
    apart = centre(f"{a} {end}", 30 // stride) != centre(f"{b} {end}", 30 // stride)
    assert bool(says(f"1x{_SIZE} add({a} {end}|{b} {end})", "CNN316")) == apart


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("1x9 add(conv1-1/2|conv5-1)", "on L: units of 'conv1' step by 2, units of 'conv2' step by 1"),
        (
            "1x9 relu cat(|conv2-1,same)",
            "on L: the first unit of 'relu1' is centred at 0, the first unit of 'conv1' is centred at 0.5",
        ),
        (
            "1x9 cat(|conv2-1,same)",
            "on L: the first unit of the input is centred at 0, the first unit of 'conv1' is centred at 0.5",
        ),
        (
            "1x9x9 cat(pad,padding=1x0x0x0 conv1x2-1|conv3-1,p1)",
            "on W: the first unit of 'conv1' is centred at -0.5, the first unit of 'conv2' is centred at 0",
        ),
    ],
)
def test_how_branches_are_told(words: str, message: str) -> None:
    (said,) = says(words, "CNN316")
    assert said.endswith(f"its branches do not look at the same place {message}")


@pytest.mark.parametrize(
    "words",
    [
        "8x9x9 mul(|gap conv1-8 sigmoid)",  # a gate sees everything
        "8x9x9 res(conv3-8,p1 relu conv3-8,p1)",
        "8x9x9 res(conv3-8/2,p1 relu conv3-8,p1|conv1-8/2)",
        "8x9x9 cat(conv1-4|conv3-4,p1|conv5-4,p2|maxpool3/1,p1)",
        "8xHxW res(conv3-8,p1 relu conv3-8,p1)",
        "8xHxW cat(conv{2*K+1}-4,p{K}|conv1-4)",
        "784 res(fc-784)",
        "8x9x9 cat(flatten|conv3-4/2 relu flatten)",  # in a row, numbers stand at no place
    ],
)
def test_branches_that_are_aligned(words: str) -> None:
    assert says(words, "CNN316") == []


steps = st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 2))


@settings(max_examples=80, deadline=None)
@example([(3, 2, 1), (3, 2, 1), (3, 2, 1)])
@example([(3, 1, 1), (3, 2, 1), (3, 4, 1)])
@example([(3, 2, 1), (2, 1, 1)])
@given(st.lists(steps, min_size=1, max_size=4))
def test_gridding_is_where_positions_between_are_not_seen(windows: list[tuple[int, int, int]]) -> None:
    words = " ".join([f"conv{k}-1/{s},d{d},p{d * (k - 1)}" for k, d, s in windows])
    size = 401
    last = load(f"1x{size} {words}").output.dims[1]
    assert isinstance(last, int)
    positions = seen(words, last // 2, size)
    assume(positions[0] > 0 and positions[-1] < size - 1)
    holes = len(positions) < positions[-1] - positions[0] + 1
    dilated = any(d > 1 and k > 1 for k, d, _ in windows)
    said = says(f"1x{size} {words}", "CNN317")
    assert len(said) == (holes and dilated)
    if said:
        index = max(i for i, (k, d, _) in enumerate(windows) if d > 1 and k > 1)
        at = " ".join(words.split()[: index + 1])
        there = seen(at, int(load(f"1x{size} {at}").output.dims[1]) // 2, size)  # type: ignore[arg-type]
        span = there[-1] - there[0] + 1
        assert f"'conv{index + 1}' (conv): a unit sees only {len(there)} of the {span} positions" in said[0]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("3x64x64 conv3-8,p2,d2", 1),
        ("3x64x64 conv3-8,p2,d2 relu gap flatten fc-10", 1),
        ("3x64x64 conv3-8,p2,d2 relu conv3-8,p1", 0),
        ("3x64x64 cat(conv3-8,p1|conv3-8,p2,d2)", 0),
        ("3x64x64 conv3-8,p1 conv3-8,p1 cat(conv3-8,p1|conv3-8,p3,d3|conv3-8,p5,d5)", 0),
        ("3x64x64 conv1-8,d2", 0),
        ("3xHxW conv3-8,pD,dD", 0),
        ("3xHxW conv3-8,p2,d2", 1),
    ],
)
def test_gridding(words: str, count: int) -> None:
    assert len(found(words, "CNN317")) == count


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 6), st.integers(1, 4), st.integers(1, 3))
def test_a_checkerboard_is_where_ones_become_uneven(kernel: int, stride: int, dilation: int) -> None:
    layer = nn.ConvTranspose1d(1, 1, kernel, stride, dilation=dilation, bias=False)
    layer.weight.data.fill_(1)
    with torch.no_grad():
        y = layer(torch.ones(1, 1, 40))[0, 0]
    span = dilation * (kernel - 1)
    uneven = len(set(y[span : len(y) - span].tolist())) > 1
    assert bool(says(f"1x40 tconv{kernel}-1/{stride},d{dilation}", "CNN318")) == uneven


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        ("8x8x8 tconv3-4/2,p1,op1", "take kernel 4 (with other padding), or upsample2 and a convolution"),
        ("8x8x8 tconv5-4/3", "take kernel 6 (with other padding), or upsample3 and a convolution"),
    ],
)
def test_the_cure_of_a_checkerboard_works(words: str, cure: str) -> None:
    (d,) = found(words, "CNN318")
    assert d.cure == cure
    kernel = cure.split()[2]
    assert found(words.replace(words.split()[1][:6], f"tconv{kernel}"), "CNN318") == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), min_size=1, max_size=4), st.integers(1, 40))
def test_a_receptive_field_is_too_small_if_the_gradient_reaches_less_far(
    windows: list[tuple[int, int]], wanted: int
) -> None:
    words = " ".join([f"conv{k}-1/{s},p{k - 1}" for k, s in windows])
    size = 401
    last = load(f"1x{size} {words}").output.dims[1]
    assert isinstance(last, int)
    positions = seen(words, last // 2, size)
    field = positions[-1] - positions[0] + 1
    said = says(f"1x{size} {words} gap flatten fc-10", "CNN319", min_receptive_field=wanted)
    assert bool(said) == (field < wanted)
    assert all(f"is {field}, but {wanted} is asked for" in message for message in said)


@pytest.mark.parametrize(
    ("words", "wanted", "count"),
    [
        ("3x32x32 conv3-8 relu gap", "input", 1),
        ("3x5x5 conv3-8 conv3-8", "input", 0),
        ("3x5x9 conv3-8 conv3-8", "input", 1),
        ("3xHxW conv3-8", "input", 0),
        ("3xHxW conv3-8", 4, 1),
        ("3x32x32 conv3-8", 3, 0),
        ("784 fc-10", "input", 0),
        ("3x32x32 upsample2 conv3-8", 4, 1),  # 3 of 64 positions are 2 of 32, or 3 at most
    ],
)
def test_small_receptive_fields(words: str, wanted: int | str, count: int) -> None:
    assert len(found(words, "CNN319", min_receptive_field=wanted)) == count


def test_nothing_is_said_of_the_field_unless_somebody_asks() -> None:
    assert found("3x32x32 conv3-8", "CNN319") == ()
