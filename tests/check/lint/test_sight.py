"""What units see, axis by axis: beside the receptive field pass, which follows every axis for itself."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.check.lint import LintConfig
from cnncalc.check.lint.view import View
from cnncalc.loader import load
from cnncalc.network import Network
from cnncalc.passes.receptive_field import receptive_fields
from tests.passes.field_networks import graph


def assert_is_what_the_pass_says(network: Network) -> None:
    told = receptive_fields(network)
    for number, axis in enumerate(View(network, LintConfig()).axes):
        for sight, node in zip(axis.sights, told, strict=True):
            field = node.fields[number]
            assert field.axis == axis.name
            if field.basis == "affine":
                assert sight is not None
                assert sight.size == field.size
                assert sight.start in (None, field.start)
                assert sight.jump in (None, field.jump)
            if sight is not None and field.basis == "unknown":
                assert not isinstance(field.size, int)


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_random_graphs_on_maps(r: Random) -> None:
    assert_is_what_the_pass_says(graph(r, 2, r.randint(1, 8), (8, 8)))


@pytest.mark.parametrize(
    "words",
    [
        "3x16x16 conv3x5-8 relu conv3-8",  # a kernel that is no square
        "3x16x20 conv3-8/2 relu conv3-8",  # an image that is no square
        "3x16x16 conv3-8 permute,order=1x3x2 conv3x1-8",
        "3x16x16 conv3-8 maxpool2 flatten fc-10",
        "3x16x16 res(conv3x1-3,p1x0 | conv3-3,p1) gap flatten",
    ],
)
def test_axes_are_followed_apart_where_they_differ(words: str) -> None:
    assert_is_what_the_pass_says(load(words))
