"""Advice on the number of weights and channels (CNN331, CNN333), beside torch's own modules."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cnncalc.loader import load
from cnncalc.verification.realise import Realised
from tests.check.lint.ask import found, says

channels = st.sampled_from([3, 8, 12, 16, 20, 24])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(channels, st.booleans()), min_size=1, max_size=4), st.integers(1, 2))
def test_channels_are_those_of_torchs_modules(widths: list[tuple[int, bool]], groups: int) -> None:
    words = []
    for i, (width, pointwise) in enumerate(widths):
        words += [
            f"conv{1 if pointwise else 3}-{width * 2},p{0 if pointwise else 1}{f',g{groups}' if i else ''}",
            "relu",
        ]
    network = load(" ".join(["4x9x9", *words, "gap flatten fc-10"]))
    modules = [m for m in Realised(network).modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    expected = []
    for i, m in enumerate(modules):
        dense = not isinstance(m, nn.Conv2d) or m.groups == 1
        sizes = (
            [m.in_channels, m.out_channels] if isinstance(m, nn.Conv2d) else [m.in_features, m.out_features]
        )
        counted = sizes[i == 0 : 2 - (i == len(modules) - 1)]
        expected += [i] if dense and any(n % 8 for n in counted) else []
    names = [n.name for n in network.nodes if n.layer.kind in ("conv", "linear")]
    assert [m.split("'")[1] for m in says(network, "CNN331")] == [names[i] for i in expected]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("3x9x9 conv3-12", 0),  # from the image to the result
        ("3x9x9 conv3-12 relu conv3-16", 2),
        ("12x9x9 relu dwconv3 relu conv1-8", 1),
        ("CxHxW relu conv3-K relu conv3-8", 0),
        ("CxHxW relu conv3-12 relu conv3-8", 2),
        ("12x9 relu fc-16 relu fc-8", 1),  # 9 numbers in a row, from the second layer on
    ],
)
def test_unaligned_channels(words: str, count: int) -> None:
    assert len(found(words, "CNN331")) == count


sizes = st.integers(1, 6)


@settings(max_examples=60, deadline=None)
@given(sizes, sizes, st.integers(1, 30), st.sampled_from(["", "dropout", "gap"]))
def test_a_heavy_layer_has_more_than_half_of_torchs_numbers(
    size: int, width: int, out: int, between: str
) -> None:
    network = load(f"3x{size}x{size} conv3-{width},p1 relu {between} flatten fc-{out} relu fc-5")
    model = Realised(network)
    linear = next(m for m in model.modules() if isinstance(m, nn.Linear))
    total = sum(p.numel() for p in model.parameters())
    share = sum(p.numel() for p in linear.parameters()) / total
    said = says(network, "CNN333")
    assert bool(said) == (share > 0.5 and between != "gap" and size > 1)
    assert all(f"are {share:.0%} of the network's" in message for message in said)


@pytest.mark.parametrize(
    "words", ["784 fc-100 relu fc-10", "8x9 fc-100 relu fc-2", "3xHxW conv3-8 flatten fc-10"]
)
def test_what_is_not_heavy(words: str) -> None:
    assert found(words, "CNN333") == ()


def test_pooling_before_it_lets_the_network_take_other_images() -> None:
    """Why the cure is one: behind a global pooling the same weights fit every size."""
    heavy, light = (load(f"3x8x8 conv3-4 relu {end} fc-10") for end in ("flatten", "gap flatten"))
    model = Realised(light).eval()
    assert model.run(torch.rand(1, 3, 20, 20)).shape == (1, 10)
    with pytest.raises(RuntimeError):
        Realised(heavy).eval().run(torch.rand(1, 3, 20, 20))
