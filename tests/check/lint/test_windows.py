"""Which positions windows read (CNN312, CNN313), and what reads nothing but padding (CNN314, CNN315): measured on torch."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from torch import nn

from cnncalc.check.lint import LintConfig
from cnncalc.check.lint.geometry import Slider
from cnncalc.check.lint.view import View
from cnncalc.errors import LayerError
from cnncalc.layers import KINDS, Layer, check
from cnncalc.loader import load
from cnncalc.passes.receptive_field.sets import bits
from cnncalc.record import replace
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts
from tests.check.lint.ask import found, says, seeded
from tests.layers.twin import Twin
from tests.passes.field_networks import network_of

some = settings(max_examples=120, deadline=None)

kernels = st.integers(1, 4)


@st.composite
def sliders(draw: st.DrawFn) -> Slider:
    """A window that fits into its padded input, at as many places as torch counts, or one more as with ceil."""
    kernel, stride, dilation = draw(kernels), draw(kernels), draw(kernels)
    before, after = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    extent = dilation * (kernel - 1) + 1
    size = draw(st.integers(max(1, extent - before - after), 14))
    room = size + before + after - extent
    return Slider(size, room // stride + 1 + draw(st.integers(0, 1)), kernel, stride, before, after, dilation)


def taps(s: Slider, o: int) -> list[int]:
    return [o * s.stride - s.before + t * s.dilation for t in range(s.kernel)]


def read(s: Slider) -> set[int]:
    return {i for o in range(s.places) for i in taps(s, o) if 0 <= i < s.size}


@some
@given(sliders())
def test_positions_read(s: Slider) -> None:
    positions = s.read()
    assert positions is not None
    assert set(bits(positions)) == read(s)


@some
@given(sliders())
def test_what_is_plainly_read_whole_is(s: Slider) -> None:
    assert not s.reads_all or read(s) == set(range(s.size))


@some
@given(sliders())
def test_windows_in_padding(s: Slider) -> None:
    expected = sum(not any(0 <= i < s.size for i in taps(s, o)) for o in range(s.places))
    assert s.in_padding() == expected


@some
@given(sliders())
def test_taps_that_meet_the_input(s: Slider) -> None:
    live = [t for t in range(s.kernel) if any(0 <= taps(s, o)[t] < s.size for o in range(s.places))]
    found_taps = s.live_taps()
    if found_taps is None:
        assert not live or live != list(range(live[0], live[-1] + 1))
    else:
        assert list(found_taps) == live


def even(s: Slider, size: int, padding: int) -> Slider:
    """The window on another size with the same padding on both sides, as often as it fits."""
    room = size + 2 * padding - s.extent
    return Slider(size, room // s.stride + 1, s.kernel, s.stride, padding, padding, s.dilation)


@st.composite
def cut(draw: st.DrawFn) -> Slider:
    """A window that leaves a rest behind its last place that is more than the padding."""
    kernel, dilation, stride = draw(kernels), draw(kernels), draw(st.integers(2, 6))
    padding = draw(st.integers(0, stride - 2))
    rest = draw(st.integers(padding + 1, stride - 1))
    extent = dilation * (kernel - 1) + 1
    fewest = max(0, -((rest + extent - 2 * padding - 1) // stride))
    size = draw(st.integers(fewest, fewest + 3)) * stride + rest + extent - 2 * padding
    return even(Slider(size, 1, kernel, stride, padding, padding, dilation), size, padding)


def end_is_read(s: Slider) -> bool:
    """Whether the last position is read, or lies before one that is: no rest remains behind the last window."""
    return taps(s, s.places - 1)[-1] >= s.size - 1


@some
@given(cut())
def test_sizes_that_are_read_to_the_end_are_the_next_ones(s: Slider) -> None:
    assert not end_is_read(s)
    least = max(1, s.extent - 2 * s.before)
    smaller = [n for n in range(least, s.size) if end_is_read(even(s, n, s.before))][-1:]
    larger = next(n for n in range(s.size + 1, s.size + 20) if end_is_read(even(s, n, s.before)))
    assert s.sizes_read() == (*smaller, larger)


@some
@given(cut())
def test_padding_that_reads_to_the_end_is_the_least(s: Slider) -> None:
    assert not end_is_read(s)
    usable = range(s.before + 1, min(s.before + s.stride, s.extent - 1) + 1)
    expected = next((p for p in usable if end_is_read(even(s, s.size, p))), None)
    assert s.padding_read() == expected


@some
@given(sliders())
def test_positions_at_the_end_that_no_window_reaches(s: Slider) -> None:
    s = even(s, s.size, s.before)
    assert s.unread_end() == max(0, s.size - 1 - taps(s, s.places - 1)[-1])


def test_what_is_too_long_is_not_looked_at() -> None:
    long = Slider(10**9, 10**9 // 3, 1, 3, 0, 0, 1)
    assert long.read() is None
    assert Slider(10**9, 10, 10**8, 1, 0, 0, 10).live_taps() is None
    assert found("3x1000000000000 conv1-1/3", "CNN312") == ()


# The same on torch, by layers.


@st.composite
def layers(draw: st.DrawFn) -> tuple[Layer, Shape]:
    """A convolution or pooling on a map of one or two axes."""
    shape = Shape((2, *draw(st.lists(st.integers(1, 9), min_size=1, max_size=2))))
    kind = draw(st.sampled_from(["conv", "maxpool", "avgpool"]))
    kernel = draw(kernels)
    fields: dict[str, Any] = {"kernel": kernel, "stride": draw(kernels)}
    if kind == "conv":
        fields |= {"out": 2, "padding": draw(st.integers(0, 4)), "dilation": draw(kernels)}
    else:
        fields |= {"padding": draw(st.integers(0, kernel // 2)), "ceil_mode": draw(st.booleans())}
        fields |= {"dilation": draw(kernels)} if kind == "maxpool" else {}
    layer = KINDS[kind](**fields)
    try:
        check(layer.requires(shape), Facts())
    except LayerError:
        assume(False)
    return layer, shape


def lines_read(layer: Layer, shape: Shape) -> list[list[bool]]:
    """Of every row, column, …: whether a NaN in all of it comes out."""
    sizes: Any = shape.dims
    twin = Twin(layer.torch_call(shape)).double().eval()
    for weight in twin.parameters():
        weight.data.uniform_(0.5, 1.5)
    answers = []
    for axis in range(1, len(sizes)):
        lines = []
        for i in range(sizes[axis]):
            x = torch.ones(1, *sizes, dtype=torch.float64)
            x.select(axis + 1, i).fill_(math.nan)
            with torch.no_grad():
                lines.append(bool(twin(x).isnan().any()))
        answers.append(lines)
    return answers


@settings(max_examples=200, deadline=None)
@example((KINDS["conv"](kernel=1, out=2, stride=2), Shape((2, 6, 7))))  # type: ignore[call-arg]
@example((KINDS["maxpool"](kernel=2), Shape((2, 7, 6))))  # type: ignore[call-arg]
@example((KINDS["maxpool"](kernel=2, stride=3, ceil_mode=True), Shape((2, 3))))  # type: ignore[call-arg]
@given(layers())
def test_rows_that_are_never_read(case: tuple[Layer, Shape]) -> None:
    layer, shape = case
    lines = lines_read(layer, shape)
    assume(
        all(any(line) for line in lines)
    )  # where all windows lie in the padding nothing is read on any axis
    network = network_of([(layer, (-1,))], shape)
    gaps = {gap.axis: gap for gap in View(network, LintConfig()).unread}
    for axis, read_lines in enumerate(lines, start=1):
        missing = read_lines.count(False)
        assert (axis in gaps) == (missing > 0)
        if missing:
            assert gaps[axis].missing == missing
            assert gaps[axis].end == len(read_lines) - 1 - max(i for i, r in enumerate(read_lines) if r)
    said = [bool(found(network, code)) for code in ("CNN312", "CNN313")]
    assert any(said) == any(False in line for line in lines)


def test_who_reads_the_rest_speaks_against_it() -> None:
    """As ResNet's shortcut does beside its 3×3 convolution."""
    both = "4x8x8 relu res(conv3-4/2,p1 relu|conv1-4/2)"
    alone = "4x8x8 relu res(conv1-4/2 relu|conv1-4/2)"
    assert says(both, "CNN312") == []
    (message,) = says(alone, "CNN312")
    assert "4 of 8 rows and 4 of 8 columns, which nothing else reads: 75% of the numbers" in message


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(0, 1)), min_size=2, max_size=3),
    st.integers(3, 9),
)
@settings(max_examples=80, deadline=None)
def test_what_several_readers_leave_out_together(windows: list[tuple[int, int, int]], size: int) -> None:
    """Every reader is pooled to one position, so that all fit together; a NaN that comes out was read by some."""
    branches = "|".join(f"conv{k}-1/{s},p{p} gap" for k, s, p in windows)
    network = load(f"1x{size} relu add({branches})")
    model = seeded(network, training=False)
    read_positions = set()
    for i in range(size):
        x = torch.ones(1, 1, size, dtype=torch.float64)
        x[0, 0, i] = math.nan
        with torch.no_grad():
            if model.run(x).isnan().any():
                read_positions.add(i)
    assume(read_positions)  # else all windows lie in the padding
    missing = sum(gap.missing for gap in View(network, LintConfig()).unread)
    assert missing == size - len(read_positions)


def test_what_the_network_gives_as_well_is_read() -> None:
    network = load("3x8x8 conv3-4,p1 maxpool1/2")
    assert says(network, "CNN312") != []
    assert says(replace(network, last=0), "CNN312") == []


def test_a_part_that_is_taken_on_purpose_is_no_finding() -> None:
    assert says("3x8x8 conv3-4,p1 select0-2,dim=2 relu", "CNN313") == []
    assert says("3x8x8 pad,padding=-1 relu", "CNN313") == []


def test_names_say_nothing() -> None:
    assert says("3xHxW maxpool2", "CNN313") == []
    assert says("3xHxW conv1-4/2", "CNN312") == []
    assert says("3x15xW maxpool2", "CNN313") == [
        "layer 'maxpool1' (maxpool): of its input 3x15xW the last row is never read"
    ]


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        ("3x33x33 maxpool2", "32 or 34 rows would be read to the end; or use ceil"),
        ("3x33x32 conv2-4/2", "32 or 34 rows would be read to the end; or use padding 1"),
        ("3x32x33 conv2-4/2", "32 or 34 columns would be read to the end; or use padding 1"),
        ("3x12 conv5-4/5", "10 or 15 positions would be read to the end; or use padding 2"),
    ],
)
def test_the_cure_of_a_dropped_border_works(words: str, cure: str) -> None:
    (d,) = found(words, "CNN313")
    assert d.cure == cure
    shape, word = words.split()
    wrong = next(n for n in ("33", "12") if n in shape)
    for size in cure.split(maxsplit=3)[:3:2]:
        assert found(f"{shape.replace(wrong, size)} {word}", "CNN313") == ()
    better = f"{word},ceil" if "ceil" in cure else f"{word},p{cure[-1]}"
    assert found(f"{shape} {better}", "CNN313") == ()


def constant_lines(layer: Layer, shape: Shape) -> list[int]:
    """How many positions of a result over one axis are the same for every input."""
    sizes: Any = shape.dims
    twin = Twin(layer.torch_call(shape)).double().eval()
    with torch.no_grad():
        a, b = (twin(torch.rand(1, *sizes, dtype=torch.float64)) for _ in range(2))
    return [int((a == b).all(1).sum())]


@settings(max_examples=150, deadline=None)
@example((KINDS["maxpool"](kernel=2, padding=1, dilation=5), Shape((2, 4))))  # type: ignore[call-arg]
@example((KINDS["conv"](kernel=1, out=2, padding=2), Shape((2, 4))))  # type: ignore[call-arg]
@given(layers().filter(lambda case: case[1].rank == 2))
def test_results_that_see_nothing_but_padding(case: tuple[Layer, Shape]) -> None:
    layer, shape = case
    (constant,) = constant_lines(layer, shape)
    places = layer.output(shape).dims[1]
    messages = says(network_of([(layer, (-1,))], shape), "CNN314")
    plural = "" if places == 1 else "s"
    expected = f": {constant} of {places} position{plural} of its result see nothing but padding"
    assert len(messages) == (constant > 0)
    assert all(expected in message for message in messages)


def test_a_dilated_max_pooling_in_the_padding_gives_minus_infinity() -> None:
    words = "1x4 maxpool2/1,p1,d5"
    assert says(words, "CNN314")
    assert nn.MaxPool1d(2, 1, 1, 5)(torch.ones(1, 1, 4)).min() == -math.inf


@settings(max_examples=120, deadline=None)
@example((KINDS["conv"](kernel=3, out=2, padding=1), Shape((2, 1, 1))))  # type: ignore[call-arg]
@given(layers().filter(lambda case: case[0].kind == "conv"))
def test_weights_that_only_ever_meet_padding_have_no_gradient(case: tuple[Layer, Shape]) -> None:
    layer, shape = case
    sizes: Any = shape.dims
    twin = Twin(layer.torch_call(shape)).double()
    torch.manual_seed(0)
    twin(torch.rand(1, *sizes, dtype=torch.float64) + 0.5).sum().backward()
    met = (twin.module.weight.grad[0, 0] != 0).flatten()
    dead = int((~met).sum())
    messages = says(network_of([(layer, (-1,))], shape), "CNN315")
    if messages:
        assert f"{dead} of the {len(met)} taps" in messages[0]
    elif shape.rank == 2 and met.any():
        places = met.nonzero().flatten().tolist()
        # nothing is said only where all weights are met, or some between others are not
        assert dead == 0 or places != list(range(places[0], places[-1] + 1))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3), st.integers(1, 2), st.integers(1, 4), st.integers(0, 2))
def test_the_smaller_kernel_computes_the_same(size: int, half: int, dilation: int, more: int) -> None:
    """Of a kernel with half of it as padding, which keeps the size."""
    kernel, padding = 2 * half + 1, half * dilation
    words = f"2x{size} conv{kernel}-3,p{padding},d{dilation}"
    for d in found(words, "CNN315"):
        assert d.cure is not None
        _, _, _, smaller, _, _, less, *_ = d.cure.split()
        large = nn.Conv1d(2, 3, kernel, padding=padding, dilation=dilation).double()
        small = nn.Conv1d(2, 3, int(smaller), padding=int(less), dilation=dilation).double()
        cut = (kernel - int(smaller)) // 2
        small.weight.data = large.weight.data[..., cut : kernel - cut]
        small.bias, large.bias = None, None
        x = torch.rand(1, 2, size, dtype=torch.float64)
        assert torch.allclose(small(x), large(x), atol=1e-12)


def test_no_taps_are_lost_to_other_paddings() -> None:
    assert says("4x2x2 conv3-4,p1,padding_mode=circular", "CNN315") == []
    assert says("4x1x1 conv3-4,p1,padding_mode=replicate", "CNN315") == []
    assert says("4x1x1 conv3-4,p1", "CNN315") != []
