"""Symbols: a network in names, at some numbers, is the network in those numbers."""

from __future__ import annotations

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from cnncalc import analyse, load
from cnncalc.errors import CnncalcError
from cnncalc.network import Assumption
from cnncalc.symbolic import Dim, substitute
from tests.console import run

sizes = st.integers(1, 4)


@st.composite
def convolutions(draw: st.DrawFn) -> str:
    """A convolution whose filters may be a name."""
    out = draw(st.sampled_from(["K", "4", "{2*K}", "6"]))
    return f"conv{draw(sizes)}-{out}/{draw(sizes)},p{draw(st.integers(0, 3))},d{draw(st.integers(1, 2))}"


words = st.one_of(
    convolutions(),
    st.builds("maxpool{}/{},p0{}".format, sizes, sizes, st.sampled_from(["", ",ceil"])),
    st.builds("avgpool{}/{}".format, sizes, sizes),
    st.builds("tconv{}-K/{},p{}".format, sizes, sizes, st.integers(0, 2)),
    st.sampled_from(["bn", "relu", "gn2", "dwconv3,p1", "upsample2", "pixelunshuffle2", "pixelshuffle2"]),
    st.sampled_from(["res(conv3-{C},p1 relu)", "cat(conv1-K|conv3-4,p1)", "mul( | gap conv1-{C})"]),
)
chains = st.lists(words, min_size=1, max_size=5).map(" ".join)
points = st.fixed_dictionaries(
    {"C": st.integers(1, 8), "H": st.integers(1, 40), "W": st.integers(1, 40), "K": st.integers(1, 8)}
)


def holds(assumption: Assumption, point: dict[str, int]) -> bool:
    left, right = (substitute(side, point) for side in (assumption.left, assumption.right))
    assert isinstance(left, int)
    assert isinstance(right, int)
    match assumption.relation:
        case ">=":
            return left >= right
        case "==":
            return left == right
        case "!=":
            return left != right
        case "divides":
            return right % left == 0
    raise AssertionError(assumption.relation)


def in_numbers(chain: str, point: dict[str, int]) -> tuple[list[object], ...] | None:
    """Shapes, parameters and MACs of the same words in numbers alone; None if the network is rejected."""
    text = chain.replace("2*K", str(2 * point["K"])).replace("K", str(point["K"]))
    try:
        network = load(f"{point['C']}x{point['H']}x{point['W']} {text}")
    except CnncalcError:
        return None
    rows = analyse(network).rows
    return [r.output.dims for r in rows], [r.totals.params for r in rows], [r.totals.macs for r in rows]


@settings(max_examples=300, deadline=None)
@given(chains, points)
def test_a_network_in_names_is_the_one_in_numbers(chain: str, point: dict[str, int]) -> None:
    """And its assumptions hold at a point if and only if the network in numbers is accepted there."""
    numeric = in_numbers(chain, point)
    try:
        network = load(f"CxHxW {chain}")
    except CnncalcError:
        event("no numbers can be accepted")
        assert numeric is None
        return
    event("accepted" if numeric else "rejected")
    assert all(holds(a, point) for a in network.assumptions) == (numeric is not None)
    if numeric is None:
        return

    def at(dim: Dim) -> Dim:
        return substitute(dim, point)

    rows = analyse(network).rows
    assert numeric == (
        [tuple(map(at, r.output.dims)) for r in rows],
        [at(r.totals.params) for r in rows],
        [at(r.totals.macs) for r in rows],
    )


@pytest.mark.parametrize(("kernel", "padding", "times", "params"), [(3, 1, 3, "27*C^2"), (7, 3, 1, "49*C^2")])
def test_three_small_kernels_against_a_large_one(kernel: int, padding: int, times: int, params: str) -> None:
    ran = run("summary", "CxHxW", *[f"conv{kernel}-C,p{padding},nobias"] * times)
    total = ran.out.splitlines()[-2].split()
    assert total == ["total", "CxHxW", params, f"{params}*H*W"]


def shape_under(*conditions: str) -> str:
    return str(
        load(
            "3xHxW conv7-64/2,p3 maxpool3/2,p1 conv3-8/2,p1 conv3-8/2,p1 conv3-8/2,p1", assume=conditions
        ).output
    )


def test_five_strides_collect_into_one_floor() -> None:
    assert shape_under() == "8x((H + 31)//32)x((W + 31)//32)"
    assert shape_under("H = 32*h", "W % 32 == 0") == "8xhxw"
    assert shape_under("H=224", "W == 32*H") == "8x7x224"


def test_a_condition_that_is_given_is_not_assumed_again() -> None:
    words = "3xHxW conv7-8"
    assert [str(a) for a in load(words).assumptions] == ["H ≥ 7", "W ≥ 7"]
    given_ = load(words, assume=["H >= 7", "W > 8"]).assumptions
    assert [(str(a), a.node) for a in given_] == [("H ≥ 7", None), ("W ≥ 9", None)]


def test_conditions_are_told_in_the_names_that_are_left() -> None:
    given_ = load("CxHxW conv3-8", assume=["H = 32*h", "H >= 64", "W = 5", "W >= 3"]).assumptions
    assert [str(a) for a in given_] == ["h ≥ 2"]
    assert [str(a) for a in load("CxHxW conv1-12,g12", assume=["C = 8*c"]).assumptions] == ["3 divides c"]
    assert [str(a) for a in load("CxHxW add(conv1-64|relu)", assume=["C = 32*c"]).assumptions] == ["c = 2"]
    assert [str(a) for a in load("CxHxW add(conv{H}-4|conv1-4)").assumptions] == ["W ≥ H", "H = 1"]


@pytest.mark.parametrize(
    ("words", "condition", "told"),
    [
        ("8x8x8 conv3-{K-1},p1,g3", "K<=1", "K − 1 filters"),
        ("8x8x8 conv3-{K-1},p1,g3", "K>=2", "groups=3 does not divide the 8 input channels"),
    ],
)
def test_the_first_condition_that_fails_is_told(words: str, condition: str, told: str) -> None:
    with pytest.raises(CnncalcError, match=told):
        load(words, assume=[condition])


def test_a_size_with_one_possible_value_is_that_number() -> None:
    words = "CxHxW add(conv3-8/32,p1|conv1-8)"
    assert [a.relation for a in load(words).assumptions] == ["==", "=="]
    stretched = load(words, assume=["H <= 32", "W <= 32"])
    assert [str(node.output) for node in stretched.nodes] == ["8x1x1", "8xHxW", "8xHxW"]
    assert [a.node for a in stretched.assumptions] == [None, None]


@pytest.mark.parametrize(
    ("words", "place", "what"),
    [
        ("CxHxW 30*(maxpool3/2 upsample3 conv3-K/S)", "1:32", "layer 'conv23' (conv)"),
        ("CxHxW " + " ".join(f"conv{{A{i}}}-K" for i in range(60)), "1:705", "layer 'conv60' (conv)"),
        ("CxHxW " + " ".join(f"conv{{A{i}}}-K" for i in range(40)), "1:7", "the sum of all layers"),
    ],
)
def test_what_grows_too_large_is_told_with_its_place(words: str, place: str, what: str) -> None:
    with pytest.raises(CnncalcError) as error:
        analyse(load(words))
    text = str(error.value)
    assert text.startswith(place)
    assert f"{what}: the expression is too large" in text


def test_only_the_strongest_assumption_is_told() -> None:
    assert [str(a) for a in load("3xHxW conv3-8 conv3-8 conv5-8").assumptions] == ["H ≥ 9", "W ≥ 9"]


@pytest.mark.parametrize(
    "condition", ["H", "H=H+1", "3=4", "H%0==0", "H=1=2", "", "H=", "H=H2*", "H<", "H%32==1"]
)
def test_what_is_no_condition_is_refused(condition: str) -> None:
    with pytest.raises(CnncalcError) as error:
        load("3xHxW conv3-8", assume=[condition])
    assert error.value.diagnostics[0].code == "CNN119"


def test_two_values_for_one_name_are_refused() -> None:
    with pytest.raises(CnncalcError, match="already has a value"):
        load("3xHxW conv3-8", assume=["H=32", "H=33"])
