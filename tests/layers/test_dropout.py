from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import check
from cnncalc.layers.dropout import (
    AlphaDropout,
    Dropout,
    Dropout1d,
    Dropout2d,
    Dropout3d,
    DropPath,
    FeatureAlphaDropout,
)
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts
from tests.layers.twin import assert_agrees

# torch takes ranks that dropout2d and dropout3d are not meant for, and says so
pytestmark = pytest.mark.filterwarnings("ignore:dropout[23]d. Received a")

CLASSES = [AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout, DropPath]

shapes = st.integers(1, 5).flatmap(lambda rank: st.tuples(*[st.integers(1, 4)] * rank))
probabilities = st.one_of(
    st.floats(0, 1), st.sampled_from([0.0, 1.0, -0.1, 1.5, float("nan"), float("inf"), -0.0, 1 + 1e-9])
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(CLASSES), probabilities, shapes)
def test_dropout_is_torchs_in_inference(kind: Any, p: float, shape: tuple[int, ...]) -> None:
    assert_agrees(kind(p), shape)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(["row", "batch", "column"]), shapes)
def test_droppath_draws_for_images_or_for_the_batch(mode: Any, shape: tuple[int, ...]) -> None:
    layer = DropPath(0.1, mode)
    if mode == "column":
        with pytest.raises(LayerError):
            check(layer.requires(Shape(shape)), Facts())
    else:
        assert_agrees(layer, shape)


@pytest.mark.parametrize(
    ("layer", "shape", "text"),
    [
        (Dropout(1.5), (4,), "error[CNN202]: p=1.5 is not a probability (give 0 to 1)"),
        (
            Dropout1d(),
            (4, 5, 5),
            "error[CNN202]: dropout1d takes CxL, but the input 4x5x5 has 2 spatial axes (use dropout2d)",
        ),
        (DropPath(0.1, "column"), (4,), "error[CNN202]: mode 'column' (give row or batch)"),  # type: ignore[arg-type]
    ],
)
def test_errors_say_what_is_wrong_and_what_helps(layer: Any, shape: tuple[int, ...], text: str) -> None:
    with pytest.raises(LayerError) as caught:
        check(layer.requires(Shape(shape)), Facts())
    assert str(caught.value) == text
