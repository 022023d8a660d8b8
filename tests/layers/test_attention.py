from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cnncalc.errors import LayerError
from cnncalc.layers import Layer, check
from cnncalc.layers.attention import Attention
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts
from tests.layers.names import assert_same_in_names
from tests.layers.twin import assert_agrees

few = settings(max_examples=200, deadline=None)

attentions = st.builds(
    Attention,
    heads=st.sampled_from([1, 1, 2, 2, 2, 3, 4, 0, -2]),
    bias=st.booleans(),
    dropout=st.sampled_from([0.0, 0.1, 1.0]),
    add_bias_kv=st.booleans(),
    add_zero_attn=st.booleans(),
)
tokens = st.tuples(st.integers(1, 7), st.sampled_from([2, 4, 6, 8, 12, 1]))
others = st.sampled_from([1, 3, 4]).flatmap(lambda rank: st.tuples(*[st.sampled_from([2, 4])] * rank))
shapes = st.integers(0, 5).flatmap(lambda i: tokens if i else others)


@few
@given(attentions, shapes)
def test_attention_is_torchs(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_agrees(layer, shape)


@few
@given(attentions, shapes)
def test_names_answer_as_numbers_do(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_same_in_names(layer, shape, fields=("heads",))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("add_bias_kv", [True, False])
def test_the_tensors_come_in_torchs_order(bias: bool, add_bias_kv: bool) -> None:
    weights = Attention(2, bias=bias, add_bias_kv=add_bias_kv).weights(Shape((3, 4)))
    module = nn.MultiheadAttention(4, 2, bias=bias, add_bias_kv=add_bias_kv)
    assert [w.name for w in weights] == [name for name, _ in module.named_parameters()]


@pytest.mark.parametrize(
    ("heads", "shape", "text"),
    [
        (
            5,
            (7, 12),
            "error[CNN203]: 5 heads do not divide the embedding of 12 (choose from 1, 2, 3, 4, 6, 12)",
        ),
        (0, (7, 12), "error[CNN203]: 0 heads (give at least 1)"),
        (
            4,
            (64, 14, 14),
            "error[CNN202]: attention needs a sequence SxE, but the input is 64x14x14"
            " (flatten the map and swap its axes first: flatten,start=2 permute,order=2x1)",
        ),
        (
            4,
            (64,),
            "error[CNN202]: attention needs a sequence SxE, but the input is 64 (give one token as 1xE)",
        ),
    ],
)
def test_errors_say_what_is_wrong_and_what_helps(heads: int, shape: tuple[int, ...], text: str) -> None:
    with pytest.raises(LayerError) as caught:
        check(Attention(heads).requires(Shape(shape)), Facts())
    assert str(caught.value) == text
