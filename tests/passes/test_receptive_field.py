"""Receptive fields against a walk along every dependency, on random networks. `FIELD_EXAMPLES=10000` walks more of them."""

from __future__ import annotations

import os
from contextlib import suppress
from fractions import Fraction
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnncalc import load
from cnncalc.errors import CnncalcError
from cnncalc.network import Network
from cnncalc.passes.receptive_field import Field, receptive_fields
from cnncalc.passes.receptive_field.boxes import boxes_seen
from cnncalc.shape import Shape
from cnncalc.symbolic import IntExpr, substitute
from tests.passes.field_networks import chain, graph, network_of
from tests.passes.field_oracle import Sets, positions, sets_of

EXAMPLES = int(os.environ.get("FIELD_EXAMPLES", "120"))
many = settings(
    deadline=None,
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
randoms = st.randoms(use_true_random=False)


def spatial(network: Network) -> tuple[int, ...]:
    return tuple(int(d) for d in network.input.spatial)  # type: ignore[call-overload]


def lines(mask: int, network: Network, axis: int) -> list[int]:
    """The positions on one axis of the input (0 is the first spatial one)."""
    return sorted({p[axis] for p in positions(mask, spatial(network))})


def extent(found: list[int]) -> int:
    return found[-1] - found[0] + 1 if found else 0


def told(network: Network) -> str:
    nodes = [f"{n.name} = {n.layer}{list(n.inputs)} -> {n.output}" for n in network.nodes]
    return f"input {network.input}\n" + "\n".join(nodes)


@given(randoms)
@many
def test_a_unit_sees_what_it_depends_on(r: Random) -> None:
    network = graph(r, r.choice([1, 2, 2]), r.randint(1, 8), (3, 8))
    truth = sets_of(network)
    for node in r.sample(network.nodes, min(2, len(network.nodes))):
        unit = tuple(r.randrange(int(d)) for d in node.output.dims)  # type: ignore[call-overload]
        boxes, exact = boxes_seen(network, node.index, tuple(1 << i for i in unit))
        found = set()
        for _, *masks in boxes:
            found |= {
                p
                for p in positions(-1, spatial(network))
                if all(m >> i & 1 for m, i in zip(masks, p, strict=True))
            }
        assert exact
        assert found == positions(truth[node.index][unit], spatial(network)), (
            f"{told(network)}\n{node.name} {unit}"
        )


@given(randoms)
@many
def test_sizes_are_those_of_all_units(r: Random) -> None:
    """On one axis, where no closed form exists, the smallest and the largest field are those among the units."""
    network = graph(r, 1, r.randint(1, 8), (3, 14))
    truth = sets_of(network)
    for found in receptive_fields(network):
        (field,) = found.fields
        assert field.basis != "unknown"
        if field.basis == "units":
            sizes = {extent(lines(m, network, 0)) for m in truth[found.node.index].flat}
            assert (field.least, field.size) == (min(sizes), max(sizes)), (
                f"{told(network)}\n{found.node.name}"
            )
            assert field.sees_all == (len(set(truth[found.node.index].flat)) == 1 and field.sees_all)


#: layers that do the same to height and width, if not to every channel
SAME_ON_BOTH = (
    *(
        "conv3-4,p1",
        "conv1-4,g2",
        "dwconv2",
        "tconv2-4/2,g2",
        "maxpool3/2,ceil",
        "maxpool2/1,p1",
        "upsample2",
    ),
    *(
        "pixelunshuffle2",
        "pixelunshuffle2 conv1-4,g4",
        "pixelshuffle2",
        "channelshuffle2",
        "split,sections=2,dim=1",
    ),
    *(
        "cat(|maxpool3/1,p1)",
        "add(|relu)",
        "flatten",
        "flatten split,sections=2,dim=1",
        "flatten split,sections=3,dim=1",
    ),
)


@given(randoms)
@many
def test_both_axes_of_a_square_have_sizes_of_their_own(r: Random) -> None:
    """Layers that do the same to both may still tell them apart: by what of each has become channels, or lies in a row."""
    network = None
    while network is None:
        side = r.randint(4, 8)
        with suppress(CnncalcError):
            network = load(" ".join([f"2x{side}x{side}", *r.choices(SAME_ON_BOTH, k=r.randint(2, 6))]))
    truth = sets_of(network)
    for found in receptive_fields(network):
        for axis, field in enumerate(found.fields):
            if field.basis == "units":
                sizes = {extent(lines(m, network, axis)) for m in truth[found.node.index].flat}
                assert (field.least, field.size) == (min(sizes), max(sizes)), (
                    f"{told(network)}\n{found.node.name} {field.axis}"
                )


@pytest.mark.parametrize(
    ("words", "height", "width"),
    [
        ("1x8x8 pixelunshuffle2 conv1-2,g2 pixelunshuffle2 conv1-4,g4 flatten", (1, 1), (4, 4)),
        # the first row of windows is whole, of whose columns the last one is not
        ("1x7x7 maxpool4/2,ceil flatten split,sections=3,dim=1", (4, 4), (3, 4)),
    ],
)
def test_axes_that_are_told_apart_late(words: str, height: tuple[int, int], width: tuple[int, int]) -> None:
    h, w = receptive_fields(load(words))[-1].fields
    assert ((h.least, h.size), (w.least, w.size)) == (height, width)


def resized(network: Network, size: tuple[int, ...]) -> Network | None:
    """The same layers on another input; None if they do not fit."""
    layers = [(n.layer, n.inputs) for n in network.nodes]
    try:
        return network_of(layers, Shape((network.input.dims[0], *size)))
    except Exception:  # noqa: BLE001 - whatever does not fit
        return None


def sizes_of(truth: Sets, network: Network) -> set[int]:
    return {extent(lines(m, network, 0)) for m in truth.flat}


@given(randoms)
@many
def test_the_smallest_input_has_the_first_whole_field(r: Random) -> None:
    """Unit o* sees start + jump·o* and so on, all of it and no more; one position less, and no unit sees so much."""
    network = (
        chain(r, 1, r.randint(1, 6), (12, 40))
        if r.random() < 0.5
        else graph(r, 1, r.randint(1, 7), (12, 40), everything=False)
    )
    for found in receptive_fields(network):
        (field,) = found.fields
        if field.basis != "affine" or field.smallest is None:
            continue
        least, unit = field.smallest.input, field.smallest.unit
        assert isinstance(least, int)
        assert isinstance(unit, int)
        assert isinstance(field.size, int)
        part = Network(None, None, network.input, network.nodes[: found.node.index + 1], found.node.index, {})
        whole = resized(part, (least,))
        if whole is None or not needed_all(part):
            continue
        out = sets_of(whole)[-1]
        union = lines(union_over_channels(out.reshape(len(out), -1))[unit], whole, 0)
        first = field.start + field.jump * unit  # type: ignore[operator]
        assert (union[0], union[-1]) == (first, first + field.size - 1), f"{told(whole)}\n{field}"
        assert len(union) == field.support
        smaller = resized(part, (least - 1,)) if least > 1 else None
        if smaller is not None:
            assert all(s < field.size for s in sizes_of(sets_of(smaller)[-1], smaller))


def needed_all(network: Network) -> bool:
    """Whether the last node depends on all others, so that no other decides whether the network fits."""
    needed = {len(network.nodes) - 1}
    for node in reversed(network.nodes):
        if node.index in needed:
            needed |= set(node.inputs)
    return len(needed - {-1}) == len(network.nodes)


@given(randoms)
@many
def test_phases_repeat_in_the_middle_of_a_large_input(r: Random) -> None:
    network = chain(r, 1, r.randint(1, 5), (24, 40), resizing=True)
    large = resized(network, (160,))
    if large is None:
        return
    truth = sets_of(large)
    for found in receptive_fields(large):
        (field,) = found.fields
        out = truth[found.node.index]
        if field.basis != "phases" or out.ndim != 2 or not isinstance(field.jump, Fraction):
            continue
        # units that lie around the middle of the input, one period of them
        middle = int(80 / field.jump) if field.jump else 0
        first = max(0, min(middle, out.shape[1]) - field.period // 2)
        around = [lines(m, large, 0) for m in union_over_channels(out)[first : first + field.period]]
        if len(around) < field.period or any(s and (s[0] < 40 or s[-1] > 120) for s in around):
            continue
        sizes = [extent(s) for s in around]
        assert (field.least, field.size) == (min(sizes), max(sizes)), f"{told(large)}\n{found.node.name}"
        assert field.support == max(map(len, around))


def union_over_channels(out: Sets) -> list[int]:
    total = [0] * out.shape[1]
    for row in out:
        total = [a | b for a, b in zip(total, row, strict=True)]
    return total


# from the table of published fields; per axis, the last feature map before the head
GOLDEN = [
    ("lenet5", "1x32x32", 32, 4, 0, 32, 0),
    ("alexnet", None, 195, 32, 66, 225, 3),
    ("vgg16", None, 212, 32, 90, 218, 3),
    ("vgg19", None, 268, 32, 118, 278, 4),
    ("resnet18", None, 435, 32, 217, 442, 7),
    ("resnet34", None, 899, 32, 449, 930, 15),
    ("resnet50", None, 427, 32, 213, 438, 7),
    ("resnet101", None, 971, 32, 485, 998, 16),
    ("resnet152", None, 1451, 32, 725, 1462, 23),
    ("mobilenet_v1", None, 315, 32, 157, 318, 5),
]


def last_affine(name: str, size: str | None) -> Field:
    found = receptive_fields(load(name, input_size=size))
    return [f for f in (n.fields[0] for n in found) if f.smallest is not None][-1]


@pytest.mark.parametrize(("name", "input_size", "size", "jump", "padding", "least", "unit"), GOLDEN)
def test_published_fields(
    name: str, input_size: str | None, size: int, jump: int, padding: int, least: int, unit: int
) -> None:
    field = last_affine(name, input_size)
    assert (field.size, field.jump, field.padding) == (size, jump, padding)
    assert field.smallest is not None
    assert (field.smallest.input, field.smallest.unit) == (least, unit)


def sizes(words: str) -> list[tuple[object, object]]:
    return [(n.fields[-1].least, n.fields[-1].size) for n in receptive_fields(load(words))]


def test_by_hand() -> None:
    assert sizes("3x32x32 conv3-8 conv3-8 conv3-8") == [(3, 3), (5, 5), (7, 7)]
    assert sizes("3x32x32 conv3-8/2 tconv2-8/2") == [(3, 3), (3, 3)]
    assert sizes("3x32x32 upsample2 conv3-8") == [(1, 1), (2, 2)]
    assert sizes("3x32x32 tconv3-8/2") == [(1, 2)]
    # units that see nothing but the bias
    assert sizes("3x32x32 tconv2-8/3") == [(0, 1)]
    assert sizes("3x32x32 conv1-8/2 conv3-8") == [(1, 1), (5, 5)]
    assert [n.fields[0].support for n in receptive_fields(load("3x32x32 conv1-8/2 conv3-8"))] == [1, 3]


def test_names() -> None:
    field = receptive_fields(load("CxHxW convF-K/S,pP convG-K"))[-1].fields[0]
    values = {"F": 7, "S": 2, "P": 3, "G": 3}
    assert isinstance(field.size, IntExpr)
    assert substitute(field.size, values) == 7 + 2 * 2
    assert field.jump is not None
    assert not isinstance(field.jump, Fraction)
    assert substitute(field.jump, values) == 2
    assert substitute(field.start, values) == -3  # type: ignore[arg-type]


def test_branches_that_drift_apart_are_told() -> None:
    found = receptive_fields(load("3x16x16 cat(conv3-4/2,p1|maxpool2/2)"))[-1].fields[0]
    assert found.alignment == "shifted"
    network = load("3x16x16 mul(conv1-4|conv9-4/2,p4 upsample2,bilinear,align_corners=true)")
    assert receptive_fields(network)[-1].fields[0].basis == "units"


def test_variance_of_the_effective_field() -> None:
    """n layers of k by k with stride 1: n(k² − 1)/12 (Luo et al. 2016)."""
    field = receptive_fields(load("3x64x64 5*(conv3-8)"))[-1].fields[0]
    assert field.variance == Fraction(5 * 8, 12)
    field = receptive_fields(load("3x64x64 conv3-8/2 conv5-8,d2"))[-1].fields[0]
    assert field.variance == Fraction(8, 12) + Fraction((2 * 2) ** 2 * 24, 12)
    assert receptive_fields(load("3x64x64 res(conv3-3,p1)"))[-1].fields[0].variance is None
