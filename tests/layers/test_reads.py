"""What a layer says it reads is what torch reads, number by number."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, example, given, reject, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import KINDS, Layer, check, decide
from cnncalc.layers.adaptive_pool import AdaptiveAvgPool
from cnncalc.layers.conv import Conv
from cnncalc.layers.merge import Mul
from cnncalc.layers.norm import BatchNorm
from cnncalc.layers.pad import Pad
from cnncalc.layers.pool import MaxPool
from cnncalc.layers.reach import Along, Blocks, Groups, Parts, Slide, Spread, Taps, Whole, same
from cnncalc.layers.resample import Upsample
from cnncalc.layers.sampled import Nearest, Sampled
from cnncalc.layers.shuffle import PixelShuffle, PixelUnshuffle
from cnncalc.shape import Shape, Window
from cnncalc.symbolic import Facts, IntExpr, substitute, symbol
from tests.layers.cases import ONE_PER_CLASS, Case, cases
from tests.layers.dependency import Mask, by_impulses, by_poison, positions, told
from tests.layers.names import Names
from tests.layers.twin import answer

# torch mentions copies, ranks that dropouts are not meant for, and what it cannot initialise in a layer that it then refuses
pytestmark = pytest.mark.filterwarnings(
    "ignore:Using padding='same'", "ignore:Initializing zero-element", "ignore:dropout[23]d. Received a"
)

every_kind = pytest.mark.parametrize("name", ONE_PER_CLASS)
unfiltered = [HealthCheck.filter_too_much, HealthCheck.too_slow]
some = settings(max_examples=25, deadline=None, suppress_health_check=unfiltered)
few = settings(max_examples=15, deadline=None, suppress_health_check=unfiltered)

_MOST_NUMBERS = 200
#: fields that a name can stand for
_NAMED = (
    *("kernel", "stride", "dilation", "groups", "out", "size", "chunks", "sections", "pieces"),
    *("start", "stop", "factor", "heads", "shape", "scale"),
)


Standing: TypeAlias = tuple[Layer, list[tuple[int, ...]], tuple[int, ...]]


def accepted(case: Case) -> Standing:
    """A small case that can stand, with the shape of its output."""
    layer, shapes = case
    assume(all(math.prod(s) <= _MOST_NUMBERS for s in shapes))
    if isinstance(layer, Upsample):
        layer = replace(layer, scale=simple(layer.scale))
    try:
        return standing(layer, *shapes)
    except LayerError:
        reject()


def standing(layer: Layer, *shapes: tuple[int, ...]) -> Standing:
    """A layer on inputs that it accepts, with the shape of its output."""
    inputs = [Shape(s) for s in shapes]
    assert check(layer.requires(*inputs), Facts()) == ()
    output: Any = layer.output(*inputs).dims
    return layer, list(shapes), output


def simple(scale: Any) -> Any:
    """A scale without weights that are 0 but for rounding."""
    if isinstance(scale, tuple):
        return tuple(map(simple, scale))
    return round(scale, 3) if isinstance(scale, float) and math.isfinite(scale) else scale


@every_kind
@some
@given(st.data())
def test_a_layer_reads_what_torch_reads(name: str, data: st.DataObject) -> None:
    assert_reads_what_torch_reads(*accepted(data.draw(cases(name))))


@pytest.mark.parametrize("padding", [(-2, 2), (2, -2), (1, -2), (-1, 3), (-1, -1)])
@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_a_pad_reads_what_a_crop_leaves(padding: tuple[int, int], mode: Any) -> None:
    assert_reads_what_torch_reads(*standing(Pad(padding, mode), (2, 5)))


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "linear", "area"])
@pytest.mark.parametrize("scale", [1.1, 1.15, 1.19])
def test_a_scale_that_keeps_the_size_reads_what_torch_reads(mode: Any, scale: float) -> None:
    assert_reads_what_torch_reads(*standing(Upsample(scale, mode=mode), (1, 5)))


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "linear"])
@pytest.mark.parametrize("recomputed", [True, False])
def test_the_ratio_is_the_scales_unless_recomputed(mode: Any, recomputed: bool) -> None:
    layer = Upsample(1.3, mode=mode, recompute_scale_factor=recomputed)
    assert_reads_what_torch_reads(*standing(layer, (1, 5)))


@pytest.mark.parametrize(
    ("mode", "shape"), [("bicubic", (1, 5, 4)), ("bilinear", (1, 5, 4)), ("trilinear", (1, 3, 4, 2))]
)
def test_a_scale_that_keeps_all_sizes_reads_what_torch_reads(mode: Any, shape: tuple[int, ...]) -> None:
    assert_reads_what_torch_reads(*standing(Upsample(1.15, mode=mode), shape))


def assert_reads_what_torch_reads(
    layer: Layer, shapes: list[tuple[int, ...]], output: tuple[int, ...]
) -> None:
    answers: Any = layer.reads(*map(Shape, shapes))
    assert len(answers) == len(shapes)
    for which, reads in enumerate(answers):
        expected = told(reads, shapes[which], output)
        if not isinstance(layer, Upsample):
            measured = united(layer, by_poison(layer, shapes, which))
        elif layer.mode in ("nearest", "nearest-exact"):
            measured = by_impulses(layer, shapes[0], torch.float32)
            if len(output) > 2 and any(along.taps.approximate for along in reads):
                assert_nearly(reads, measured, output)
                continue
        else:
            measured = by_impulses(layer, shapes[0], torch.float64)
        assert np.array_equal(expected, measured)


def united(layer: Layer, mask: Mask) -> Mask:
    """For shuffles between channels and positions: what is read by any of the outputs at one place."""
    if not isinstance(layer, PixelShuffle | PixelUnshuffle):
        return mask
    r: Any = layer.factor
    rank = mask.ndim // 2
    if isinstance(layer, PixelUnshuffle):
        return unite(mask, rank - 3, r * r)
    return unite(unite(mask, rank - 2, r), rank - 1, r)


def unite(mask: Mask, axis: int, block: int) -> Mask:
    """Each `block` outputs that follow one another read what any of them reads."""
    form = (*mask.shape[:axis], mask.shape[axis] // block, block, *mask.shape[axis + 1 :])
    return np.repeat(mask.reshape(form).any(axis + 1), block, axis)


def assert_nearly(reads: tuple[Along, ...], mask: Mask, output: tuple[int, ...]) -> None:
    """On every axis, each output position reads one position, at most one off the one told."""
    rank = len(output)
    for axis, along in enumerate(reads):
        others = tuple(a for a in range(2 * rank) if a not in (axis, rank + axis))
        for o, row in enumerate(mask.any(others)):
            (measured,) = np.flatnonzero(row)
            (expected,) = along.taps.of(o)
            assert abs(measured - expected) <= (1 if along.taps.approximate else 0)


@every_kind
@few
@given(st.data())
def test_names_read_what_numbers_read(name: str, data: st.DataObject) -> None:
    layer, shapes, output = accepted(data.draw(cases(name)))
    names = Names(shared=False)
    fields = [f for f in _NAMED if hasattr(layer, f) and data.draw(st.integers(0, 3)) == 0]
    named: Any = replace(layer, **{f: names(getattr(layer, f)) for f in fields})  # type: ignore[type-var]
    inputs = [Shape(names(s)) for s in shapes]
    try:
        undecided = check(named.requires(*inputs), Facts())
    except LayerError:
        reject()  # names may be refused where some numbers would do
    sides = [(c, names.back((c.left, c.right))) for c in undecided]
    assume(all(decide(c._replace(left=a, right=b), Facts()) for c, (a, b) in sides))
    symbolic, numeric = named.reads(*inputs), layer.reads(*map(Shape, shapes))
    for reads, expected, shape in zip(symbolic, numeric, shapes, strict=True):
        found = told(in_numbers(reads, names.values), shape, output)
        assert np.array_equal(found, told(expected, shape, output))


def in_numbers(value: Any, names: dict[str, Any]) -> Any:
    """A record with numbers for its names."""
    if isinstance(value, IntExpr):
        return substitute(value, names)
    if isinstance(value, tuple):
        return tuple(in_numbers(v, names) for v in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {f.name: in_numbers(getattr(value, f.name), names) for f in dataclasses.fields(value)}
        return replace(value, **changes)
    return value


def axes_read(case: Case) -> list[tuple[Any, int]]:
    """How every axis of every input is read, with the number of output positions that do."""
    layer, shapes, output = accepted(case)
    tuples = [reads for reads in layer.reads(*map(Shape, shapes)) if isinstance(reads, tuple)]
    alongs = [along for reads in tuples for along in reads]
    return [(a.taps, 1 if a.axis is None else output[a.axis]) for a in alongs]


@every_kind
@few
@given(st.data())
def test_what_is_read_a_step_further_on_lies_a_step_further_on(name: str, data: st.DataObject) -> None:
    for taps, count in axes_read(data.draw(cases(name))):
        if taps.step is None:
            continue
        p, q = taps.step
        for o in range(-3, count + 3):
            assert set(taps.inside(o + p)) == {i + q for i in taps.inside(o)}
        for o in range(count):
            assert set(taps.of(o)) == set(taps.inside(o)) & set(range(taps.size))


@every_kind
@few
@given(st.data())
def test_what_slides_over_nothing_reads_its_window(name: str, data: st.DataObject) -> None:
    for taps, count in axes_read(data.draw(cases(name))):
        w = taps.sliding
        if w is None or taps.border != "zeros":
            continue
        for o in range(count):
            window = {o * w.stride - w.before + t * w.dilation for t in range(w.kernel)}
            assert set(taps.of(o)) == window & set(range(taps.size))


def only(layer: Layer, *shape: Any) -> Any:
    """What is read of the last axis of the one input."""
    (reads,) = layer.reads(Shape(shape))
    assert isinstance(reads, tuple)
    return reads[-1].taps


@pytest.mark.parametrize("factor", range(1, 64))
@pytest.mark.parametrize("by_size", [False, True])
def test_nearest_neighbours_are_blocks_as_far_as_torchs_rounding_goes(factor: int, by_size: bool) -> None:
    layer = Upsample(size=50 * factor) if by_size else Upsample(factor)
    with torch.no_grad():
        ramp = torch.nn.Upsample(scale_factor=factor)(torch.arange(50.0).view(1, 1, 50)).int().flatten()
    taps = only(layer, 1, 50)
    assert [list(taps.of(o)) for o in range(50 * factor)] == [[i] for i in ramp.tolist()]
    if factor > 1:
        assert isinstance(taps, Nearest if taps.approximate else Blocks)
        assert taps.approximate == (factor > 40)


@settings(max_examples=200, deadline=None)
@example(2, 55, True)  # where rounding twice instead of once comes to another position
@given(st.integers(1, 60), st.one_of(st.floats(0.1, 5), st.integers(1, 60)), st.booleans())
def test_nearest_neighbours_over_one_axis_are_torchs(size: int, target: float, exact: bool) -> None:
    mode: Any = "nearest-exact" if exact else "nearest"
    layer = Upsample(size=target, mode=mode) if isinstance(target, int) else Upsample(target, mode=mode)
    assume(answer(layer, [(1, size)]) is not None)
    ramp = torch.arange(float(size)).view(1, 1, size)
    torchs = torch.nn.Upsample(size=layer.size, scale_factor=layer.scale, mode=mode)(ramp).int().flatten()
    taps = only(layer, 1, size)
    assert [list(taps.of(o)) for o in range(len(torchs))] == [[i] for i in torchs.tolist()]


H, K = symbol("H"), symbol("K")


@pytest.mark.parametrize(
    ("layer", "size", "taps"),
    [
        (Upsample(0.5, mode="linear"), H, Slide(Window(2, 2), H)),
        (Upsample(1 / 3.0, mode="linear"), 9, Slide(Window(1, 3, -1), 9)),
        (Upsample(0.25), H, Slide(Window(1, 4), H)),
        (Upsample(size=K), 4 * K, Slide(Window(1, 4), 4 * K, fixed=False)),
        (Upsample(2), H, Blocks(H, 2)),
        (Upsample(size=2 * H), H, Blocks(H, 2)),
        (Upsample(K), H, Blocks(H, K)),
        (Upsample(size=H, mode="linear", align_corners=True), H, same(H)),
        (Upsample(size=1, mode="area"), H, Whole(H)),
        (Upsample(size=K), H, Nearest(H, K)),
        (AdaptiveAvgPool(H), 4 * H, Slide(Window(4, 4), 4 * H, fixed=False)),
        (AdaptiveAvgPool(2), 2 * H + 1, Slide(Window(H + 1, H), 2 * H + 1, fixed=False)),
        (AdaptiveAvgPool(7), H, Parts(H, 7)),
        (AdaptiveAvgPool(1), H, Whole(H)),
        (AdaptiveAvgPool(3), 1, Whole(1)),
    ],
)
def test_the_answer_is_as_plain_as_can_be_known(layer: Layer, size: Any, taps: Taps) -> None:
    assert only(layer, 3, size) == taps


@pytest.mark.parametrize(
    ("layer", "step"),
    [
        (Upsample(2), (2, 1)),
        (Upsample(3, mode="linear"), (3, 1)),
        (Upsample(0.5, mode="linear"), (1, 2)),
        (Upsample(1.5, mode="linear"), None),
        (Upsample(2, mode="linear", align_corners=True), None),
        (Conv(3, 8, 2, 1), (1, 2)),
        (Conv(3, 8, 2, 1, padding_mode="reflect"), None),
        (Pad(-1, "reflect"), (1, 1)),
        (AdaptiveAvgPool(4), None),
    ],
)
def test_steps(layer: Layer, step: tuple[int, int] | None) -> None:
    assert only(layer, 2, 10).step == step


def test_the_channels_of_one_group_are_all_read() -> None:
    (plain,) = Conv(3, 8).reads(Shape((K, H)))
    (grouped,) = Conv(3, 8, groups=2).reads(Shape((K, H)))
    assert isinstance(plain, tuple)
    assert isinstance(grouped, tuple)
    assert plain[0] == Along(None, Whole(K))
    assert grouped[0] == Along(0, Groups(K, 8, 2))


def test_a_gate_of_one_position_is_read_everywhere() -> None:
    _, gate = Mul().reads(Shape((8, H, H)), Shape((8, 1, 1)))
    assert gate == (Along(0, same(8)), Along(None, Whole(1)), Along(None, Whole(1)))


def test_running_statistics_read_nothing_else() -> None:
    assert only(BatchNorm(), 3, H) == same(H)
    assert only(BatchNorm(track_running_stats=False), 3, H) == Whole(H)


@pytest.mark.parametrize(
    "taps",
    [
        only(MaxPool(K), 3, H),
        Spread(K, 2, 0, 1, H),
        Parts(H, 7),
        Blocks(H, K),
        Whole(H),
        Sampled(H, K),
        Nearest(H, K),
    ],
)
def test_positions_need_numbers(taps: Taps) -> None:
    with pytest.raises(TypeError, match="is not a number"):
        list(taps.of(0))


@pytest.mark.parametrize("taps", [Whole(4), Parts(7, 3), Nearest(4, 7), Sampled(4, 7)])
def test_without_a_step_there_is_no_inside(taps: Taps) -> None:
    assert taps.step is None
    with pytest.raises(TypeError, match="has no inside"):
        list(taps.inside(0))


def test_every_kind_answers() -> None:
    assert {kind.kind for kind in KINDS.values()} == set(ONE_PER_CLASS)
    assert positions(same(3), 3, 3).tolist() == np.eye(3, dtype=bool).tolist()


@few
@given(st.sampled_from(["pixelshuffle", "pixelunshuffle"]), st.data())
def test_steps_read_what_torch_reads_of_every_channel(name: str, data: st.DataObject) -> None:
    layer, (shape,), output = accepted(data.draw(cases(name)))
    expected = np.eye(int(np.prod(shape)), dtype=bool)
    before = shape
    for reads, written in layer.steps(Shape(shape)):
        after: Any = written.dims
        step = told(reads, before, after).reshape(int(np.prod(after)), -1)
        expected, before = step @ expected, after
    assert before == output
    measured = by_poison(layer, [shape], 0)
    assert np.array_equal(expected.reshape(*output, *shape), measured)
