"""Expectations of dropout: closed forms against the sum over all masks; units against what torch drops together."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.layers import KINDS, Layer
from cnncalc.layers.dropout import AlphaDropout, Dropout, Dropout2d, DropPath, FeatureAlphaDropout
from cnncalc.layers.facts import Dropping
from cnncalc.shape import Shape
from tests.layers.twin import Twin

tenths = st.integers(0, 10).map(lambda n: n / 10)


def of(layer: Layer, *shape: int) -> Dropping:
    found = layer.dropping(Shape(shape))
    assert found is not None
    return found


@given(st.integers(1, 8), tenths)
@settings(max_examples=60, deadline=None)
def test_the_number_kept_is_the_sum_over_all_masks(n: int, p: float) -> None:
    found, drop = of(Dropout(p), n), Fraction(round(10 * p), 10)
    mean = second = Fraction(0)
    for mask in product((0, 1), repeat=n):
        kept = sum(mask)
        chance = (1 - drop) ** kept * drop ** (n - kept)
        mean += chance * kept
        second += chance * kept**2
    assert found.kept_mean.value == mean
    assert found.kept_variance.value == second - mean**2


@given(tenths)
def test_a_number_is_kept_and_scaled_or_dropped(p: float) -> None:
    found, drop = of(Dropout(p), 4), Fraction(round(10 * p), 10)
    assert found.scale is not None
    assert found.mean is not None
    assert found.variance is not None
    scale = Fraction(0) if drop == 1 else 1 / (1 - drop)
    values = {Fraction(0): drop, scale: 1 - drop} if drop < 1 else {Fraction(0): Fraction(1)}
    mean = sum(v * chance for v, chance in values.items())
    assert found.scale.value == scale
    assert found.mean.value == mean
    assert found.variance.value == sum(v * v * chance for v, chance in values.items()) - mean**2


@given(tenths)
def test_the_scale_is_torchs(p: float) -> None:
    torch.manual_seed(0)
    y = torch.nn.Dropout(p)(torch.ones(400, dtype=torch.float64))
    found = of(Dropout(p), 400)
    assert found.scale is not None
    assert {round(v, 12) for v in y.tolist()} <= {0.0, round(float(found.scale.value), 12)}  # type: ignore[arg-type]


def dropped_together(layer: Layer, shape: tuple[int, ...]) -> int:
    """Into how many parts an image falls whose numbers share their fate in all of 48 draws: with p = 1/2, two parts
    agree by chance once in 2^48."""
    torch.manual_seed(0)
    module = Twin(layer.torch_call(Shape(shape))).train()
    draws = torch.stack([module(torch.ones(1, *shape)) for _ in range(48)])
    return len(torch.unique((draws > 0.5).flatten(1), dim=1).T)


@pytest.mark.filterwarnings("ignore:dropout[23]d")
@pytest.mark.parametrize(
    ("name", "shape"),
    [
        (name, shape)
        for name in ("dropout", "dropout1d", "dropout2d", "dropout3d", "alphadropout", "featurealphadropout")
        for shape in ((5,), (3, 4), (3, 2, 4), (3, 2, 2, 2))
        if name != "dropout1d" or len(shape) < 3  # torch refuses the others
    ],
    ids=str,
)
def test_units_are_what_torch_drops_together(name: str, shape: tuple[int, ...]) -> None:
    layer = KINDS[name](p=0.5)  # type: ignore[call-arg]
    assert dropped_together(layer, shape) == of(layer, *shape).kept_mean.value * 2


def test_units_have_names() -> None:
    assert of(Dropout2d(), 3, 4, 4).unit == "channel"
    assert of(Dropout(), 3, 4, 4).unit == "number"
    assert of(DropPath(0.1), 3, 4, 4).unit == "branch"


def test_stochastic_depth_draws_once_for_an_image() -> None:
    found = of(DropPath(0.25), 64, 7, 7)
    assert (found.kept_mean.value, found.kept_variance.value) == (Fraction(3, 4), Fraction(3, 16))


def test_alpha_dropout_has_no_factor_that_says_it() -> None:
    for layer in (AlphaDropout(0.5), FeatureAlphaDropout(0.5)):
        found = of(layer, 4, 4)
        assert (found.scale, found.mean, found.variance) == (None, None, None)
