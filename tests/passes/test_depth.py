"""Depth: what papers call their networks, and the longest of all ways through random graphs, walked one by one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from cnncalc.loader import load
from cnncalc.network import Network
from cnncalc.passes.depth import depth
from tests.passes.random_graphs import graphs

#: which kinds have a weight matrix, said a second time
MATRICES = {"conv", "dwconv", "tconv", "lc", "linear", "attention"}


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        *((f"resnet{n}", n) for n in (18, 34, 50, 101, 152)),
        *((f"vgg{n}", n) for n in (11, 13, 16, 19)),
        *((f"vgg{n}_bn", n) for n in (11, 19)),
        ("alexnet", 8),
        ("googlenet", 22),
        ("lenet5", 5),
        ("mobilenet_v1", 28),
    ],
)
def test_papers_count_as_many(name: str, layers: int) -> None:
    assert depth(load(name)) == layers


@pytest.mark.parametrize(
    ("words", "layers"),
    [
        ("3x8x8 bn relu scale maxpool2 prelu", 0),
        ("4x8x8 res(conv3-4,p1 conv3-4,p1 | conv1-4)", 2),
        ("4x8x8 res(relu | conv1-4)", 1),
        ("4x8x8 mul( | gap conv1-2 conv1-4) conv1-4", 3),
        ("CxHxW conv3-K tconv2-4 dwconv3", 3),
        ("4x8 attention2 fc-4", 2),
    ],
)
def test_small_ones(words: str, layers: int) -> None:
    assert depth(load(words)) == layers


def ways(network: Network, index: int) -> Iterator[int]:
    """For every single way from the input to a node: how many layers with a matrix are on it."""
    if index < 0:
        yield 0
        return
    node = network.nodes[index]
    for i in node.inputs:
        yield from (n + (node.layer.kind in MATRICES) for n in ways(network, i))


@settings(deadline=None, max_examples=150)
@given(graphs(most=10))
def test_it_is_the_longest_of_all_ways(network: Network) -> None:
    assert depth(network) == max(ways(network, network.last))


def test_what_leads_nowhere_does_not_count() -> None:
    """The last node of a network need not be its output."""
    network = load("3x8x8 conv3-4 conv3-4 conv3-4")
    from cnncalc.record import replace

    assert depth(replace(network, last=0)) == 1
