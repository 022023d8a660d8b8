"""Receptive fields of hostile networks: an answer, or an honest "not told", without going through all that there is.

Nothing is timed: what would take hours, or more memory than there is, would not end here; memory is counted.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import pytest

from cnncalc import load
from cnncalc.errors import SpecError
from cnncalc.layers.reach import Slide, Spread
from cnncalc.passes.receptive_field import Field, NodeField, receptive_fields
from cnncalc.passes.receptive_field.sets import covered, of_mask, runs, union, within
from cnncalc.passes.receptive_field.unit import UnitField, unit_field
from cnncalc.shape import Window

BIG = 10**15
MEBIBYTE = 1 << 20


def within_memory(limit: int, run: Callable[[], object]) -> object:
    tracemalloc.start()
    try:
        found = run()
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()
    return found


def last(words: str, axis: int = -1, limit: int = 16 * MEBIBYTE) -> Field:
    network = load(words)
    found = within_memory(limit, lambda: receptive_fields(network))
    assert isinstance(found, tuple)
    node: NodeField = found[-1]
    return node.fields[axis]


@pytest.mark.parametrize(
    ("words", "size", "start", "jump"),
    [
        (f"1x32x32 conv3-8,p{BIG}", 3, -BIG, 1),
        (f"1x{10**9} conv{10**9 - 7}-8", 10**9 - 7, 0, 1),
        (f"1x{10**9}x5 conv3x1-8/1000x1 conv{10**5}x1-8,d9", None, 0, 1000),
        ("4x2000000 500*(conv3-8,d997)", 1 + 500 * 2 * 997, 0, 1),
        ("64x1000000 100*(conv3-8,p1) adaptiveavgpool7", 142_858 + 200, -100, 142_857),
    ],
)
def test_closed_forms_need_no_positions(words: str, size: int | None, start: int, jump: int) -> None:
    field = last(words, axis=0)
    assert (field.basis, field.start, field.jump) == ("affine", start, jump)
    assert size is None or field.size == size


@pytest.mark.parametrize(
    "words",
    [
        "3x32 tconv3-8/1000000",
        "3x32 tconv1000000000-8/1000000 gap",
        f"1x{10**9} conv3-8 gap",
        "1x4 30*(upsample2) conv3-8",
        "1x1000003 conv3-8 adaptiveavgpool400000",
        "1x4x1000000 30*(conv3-8,p1,padding_mode=reflect)",
    ],
)
def test_what_is_too_much_is_not_told(words: str) -> None:
    field = receptive_fields(load(words))[-1].fields[-1]
    assert (field.basis, field.size, field.least, field.support) == ("unknown", None, None, None)


def test_what_is_not_told_of_one_layer_may_be_told_of_others() -> None:
    found = receptive_fields(load("1x3000000 add(conv3-8,p1|gap) conv3-8"))
    assert [n.fields[0].basis for n in found] == ["affine", "unknown", "unknown", "unknown"]
    assert [n.fields[0].sees_all for n in found] == [False, True, True, True]


def test_there_is_a_limit_for_what_is_kept_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    branches = "|".join(["conv3-1,p1"] * 20)
    words = f"1x113 adaptiveavgpool100 add({branches})"
    assert last(words).basis == "units"
    monkeypatch.setattr("cnncalc.passes.receptive_field._MOST_KEPT", 10 * 100)
    assert last(words).basis == "unknown"


def test_long_chains_with_holes_keep_only_what_is_read_later() -> None:
    field = last("1x110000 2000*(conv3-1,d25)", limit=8 * MEBIBYTE)
    assert (field.size, field.support) == (1 + 2000 * 2 * 25, 1 + 2000 * 2)


def test_a_long_axis_does_not_stand_in_the_way_of_a_short_one() -> None:
    fields = receptive_fields(load("1x9x3000000 2*(conv3-1,p1) adaptiveavgpool4"))[-1].fields
    assert [f.basis for f in fields] == ["affine", "affine"]
    fields = receptive_fields(load("1x9x3000001 2*(conv3-1,p1) adaptiveavgpool5x1 conv3x1-1"))[-1].fields
    assert [f.basis for f in fields] == ["units", "unknown"]


def test_phases_end_where_they_are_too_many() -> None:
    assert last("1x4 11*(upsample2) conv16-1,p8").basis == "units"
    assert last("1x40 9*(upsample2) conv16-1,p8").basis == "phases"


# what a window reads is found without going through the window


@pytest.mark.parametrize("border", ["zeros", "replicate"])
def test_windows_larger_than_anything(border: str) -> None:
    taps = Slide(Window(BIG, 1, BIG // 2, BIG // 2, 2), 9, border)  # type: ignore[arg-type]
    assert set(taps.of(BIG // 4)) in ({0, 2, 4, 6, 8}, {0, 2, 4, 6, 8, 1, 3, 5, 7})
    assert len(list(taps.of(3))) < 12


@pytest.mark.parametrize("dilation", [1, 2, 3, 6, 7])
@pytest.mark.parametrize("stride", [1, 2, 3, 4, 6])
def test_transposed_windows_are_those_of_the_definition(stride: int, dilation: int) -> None:
    """o reads (o + padding − t·dilation)/stride for every tap t for which that is an integer."""
    for kernel in (1, 2, 5):
        taps = Spread(kernel, stride, 3, dilation, 8)
        for o in range(-5, 40):
            places = {(o + 3 - t * dilation) / stride for t in range(kernel)}
            read = {int(i) for i in places if i.is_integer()}
            assert set(taps.inside(o)) == read
            assert set(taps.of(o)) == {i for i in read if 0 <= i < 8}


def test_transposed_windows_larger_than_anything() -> None:
    assert list(Spread(BIG, 10**6, 0, 1, 4).of(10**7)) == [0, 1, 2, 3]
    assert list(Spread(BIG, 10**6, 0, 10**6 + 1, 4).of(10**7)) == []


# sets


@pytest.mark.parametrize("mask", [0, 1, 0b1011, 0b110, (1 << 70) | 5])
def test_runs_are_what_the_bits_are(mask: int) -> None:
    positions = [i for first, end in runs(mask) for i in range(first, end + 1)]
    assert positions == [i for i in range(80) if mask >> i & 1]
    offset, bits = of_mask(mask)
    assert bits << offset == mask
    assert bits & 1 == (mask > 0)


@pytest.mark.parametrize("offset", [-3, 0, 2, 9])
def test_what_lies_within_an_axis(offset: int) -> None:
    positions = {offset + i for i in range(6) if 0b101101 >> i & 1}
    start, mask = within((offset, 0b101101), 5)
    assert {start + i for i in range(9) if mask >> i & 1} == {i for i in positions if 0 <= i < 5}


def test_what_ranges_cover() -> None:
    spans = [range(0, 9, 4), range(12, 20, 4), range(3, 5), range(4, 4), range(1, 2, 7), range(5, 6)]
    assert {i for i in range(20) if covered(spans, 20) >> i & 1} == {0, 4, 8, 12, 16, 3, 1, 5}


def test_unions_of_many_are_those_of_all() -> None:
    sets = [((7 * i) % 101 - 20, 0b1001 if i % 3 else 1) for i in range(60)]
    positions = {o + i for o, mask in sets for i in range(4) if mask >> i & 1}
    offset, mask = union(sets)
    assert {offset + i for i in range(200) if mask >> i & 1} == positions
    assert min(positions) == offset


# single units


def seen_by_unit(words: str, unit: tuple[int, ...], limit: int = 64 * MEBIBYTE) -> UnitField:
    network = load(words)
    found = within_memory(limit, lambda: unit_field(network, network.nodes[-1], unit))
    assert isinstance(found, UnitField)
    return found


def test_a_unit_that_sees_a_million_positions() -> None:
    field = seen_by_unit("1x1000000 20*(conv3-1,p1) gap", (0,))
    assert field.hull == ((0, 999_999),)
    field = seen_by_unit("1x1000000 conv3-1/3 20*(conv3-1,p1,d2) gap", (0,))
    assert (field.hull, field.seen) == (((0, 999_998),), 999_999)


def test_a_window_as_wide_as_the_input() -> None:
    field = seen_by_unit("1x100000x32 conv100001x1-1,p50000x0 gap", (0, 0))
    assert field.seen == 100_000 * 32


def test_a_unit_that_reads_every_other_of_a_million() -> None:
    field = seen_by_unit("1x1000000 conv1-1/2 gap", (0,))
    assert (field.hull, field.seen) == (((0, 999_998),), 500_000)
    assert field.map(64) == [(1, (1 << 15_625) - 1)]


def test_a_reshape_of_a_million_positions() -> None:
    field = seen_by_unit("1x1000x1000 flatten linear-4", (1,))
    assert (field.seen, field.exact) == (1_000_000, True)


def test_branches_that_see_many_boxes_are_counted_once() -> None:
    """Strips that cross: 40 rows and 40 columns, of which each holds the others' crossings."""
    branches = "|".join(f"conv{2 * i + 1}x{81 - 2 * i}-1,p{i}x{40 - i}" for i in range(41))
    field = seen_by_unit(f"1x200x200 add({branches})", (100, 100))
    inside = {(y, x) for i in range(41) for y in range(-i, i + 1) for x in range(i - 40, 41 - i)}
    assert field.seen == len(inside)
    assert field.exact


def test_looking_one_by_one_has_an_end() -> None:
    with pytest.raises(SpecError, match="too many positions"):
        seen_by_unit("1x1000000 9*(conv3-1,p1,padding_mode=reflect) gap", (0,))
