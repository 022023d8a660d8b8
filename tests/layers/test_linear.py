from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import KINDS, check
from cnncalc.layers.linear import Linear
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts, symbol
from tests.layers.draws import mostly
from tests.layers.names import assert_same_in_names
from tests.layers.twin import assert_agrees

# torch mentions that nothing can be initialised in a layer without outputs
pytestmark = pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")

layers = st.builds(
    Linear, out=mostly(st.integers(1, 12), st.sampled_from([0, -1, -7]), 6), bias=st.booleans()
)
shapes = st.lists(st.integers(1, 6), min_size=1, max_size=5).map(tuple)


@settings(max_examples=300, deadline=None)
@given(layers, shapes)
def test_linear_is_torchs(layer: Linear, shape: tuple[int, ...]) -> None:
    assert_agrees(layer, shape)


@settings(max_examples=100, deadline=None)
@given(layers, shapes)
def test_linear_is_the_same_in_names(layer: Linear, shape: tuple[int, ...]) -> None:
    assert_same_in_names(layer, shape, fields=("out",))


def test_fc_is_another_name_for_it() -> None:
    assert KINDS["fc"] is KINDS["linear"] is Linear


def test_macs_count_every_row() -> None:
    assert Linear(10).macs(Shape((7, symbol("N")))).value == 70 * symbol("N")


def test_a_layer_without_outputs_is_refused() -> None:
    with pytest.raises(LayerError) as caught:
        check(Linear(0).requires(Shape((784,))), Facts())
    assert str(caught.value) == "error[CNN203]: 0 outputs (give at least 1)"
