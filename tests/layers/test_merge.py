from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import Layer, check
from cnncalc.layers.merge import Add, Cat, Mul
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts, minimum, symbol
from tests.layers.names import assert_same_in_names
from tests.layers.twin import assert_agrees

few = settings(max_examples=300, deadline=None)

sizes = st.sampled_from([1, 2, 3, 4])


@st.composite
def broadcasts(draw: st.DrawFn) -> list[tuple[int, ...]]:
    """Two to four shapes that mostly broadcast: of one shape, some axes are 1 and some leading ones missing."""
    whole = [draw(sizes) for _ in range(draw(st.integers(1, 4)))]
    found = []
    for _ in range(draw(st.integers(2, 4))):
        shape = [1 if draw(st.integers(0, 3)) == 0 else s for s in whole]
        shape = shape[draw(st.integers(0, len(shape) - 1)) :] if draw(st.integers(0, 3)) == 0 else shape
        if draw(st.integers(0, 5)) == 0:
            shape[draw(st.integers(0, len(shape) - 1))] = draw(sizes)
        found.append(tuple(shape))
    return found


@st.composite
def joins(draw: st.DrawFn) -> tuple[Cat, list[tuple[int, ...]]]:
    """A cat and one to four shapes that mostly fit."""
    whole = [draw(sizes) for _ in range(draw(st.integers(1, 4)))]
    rank = len(whole)
    axis = draw(st.integers(0, rank - 1))
    dim = draw(
        st.sampled_from([axis + 1, axis + 1, axis + 1, axis - rank, axis - rank, 0, rank + 1, -rank - 1, -9])
    )
    found = []
    for _ in range(draw(st.integers(1, 4))):
        shape = [*whole]
        shape[axis] = draw(sizes)
        if draw(st.integers(0, 7)) == 0:
            shape[draw(st.integers(0, rank - 1))] = draw(sizes)
        if draw(st.integers(0, 15)) == 0:
            shape.append(draw(sizes))
        found.append(tuple(shape))
    return Cat(dim), found


@few
@given(st.sampled_from([Add(), Mul()]), broadcasts())
def test_sums_and_products_are_torchs(layer: Layer, shapes: list[tuple[int, ...]]) -> None:
    assert_agrees(layer, *shapes)


@few
@given(joins())
def test_cat_is_torchs_on_every_axis_but_the_batch(case: tuple[Cat, list[tuple[int, ...]]]) -> None:
    layer, shapes = case
    assert_agrees(layer, *shapes)


@few
@given(st.sampled_from([Add(), Mul()]), broadcasts(), st.booleans())
def test_broadcast_names_answer_as_numbers_do(
    layer: Layer, shapes: list[tuple[int, ...]], shared: bool
) -> None:
    # a name is never taken for 1, though its number may be
    assert_same_in_names(layer, *shapes, shared=shared, stricter=True)


@few
@given(joins(), st.booleans())
def test_joined_names_answer_as_numbers_do(case: tuple[Cat, list[tuple[int, ...]]], shared: bool) -> None:
    layer, shapes = case
    assert_same_in_names(layer, *shapes, shared=shared)


C, H, W = symbol("C"), symbol("H"), symbol("W")


@pytest.mark.parametrize(
    ("layer", "shapes", "output"),
    [
        (Add(), [(C, H, W), (C, H, W)], (C, H, W)),
        (Mul(), [(C, H, W), (C, 1, 1)], (C, H, W)),
        (Mul(), [(1, H, 1), (C, 1, W)], (C, H, W)),
        (Add(), [(C, 1), (H, W, C, 1)], (H, W, C, 1)),
        (Add(), [(C, H), (C, (H + 1) // (H + 2) + 1)], (C, H)),
        (Mul(), [(minimum(C, 1), H), (C, W // (W + 1) + 1)], (C, H)),
        (Cat(), [(C, H, W), (2 * C, H, W), (3, H, W)], (3 * C + 3, H, W)),
        (Cat(-1), [(C, H), (C, W)], (C, H + W)),
    ],
)
def test_equal_names_need_no_assumption(layer: Layer, shapes: list[Any], output: tuple[Any, ...]) -> None:
    inputs = [Shape(s) for s in shapes]
    assert check(layer.requires(*inputs), Facts()) == ()
    assert layer.output(*inputs) == Shape(output)


@pytest.mark.parametrize("layer", [Add(), Mul(), Cat()])
@pytest.mark.parametrize("order", [1, -1])
def test_different_names_are_assumed_equal(layer: Layer, order: int) -> None:
    shapes = [Shape((5, H)), Shape((5, W))][::order]
    (assumed,) = check(layer.requires(*shapes), Facts())
    assert assumed.relation == "=="
    assert {assumed.left, assumed.right} == {H, W}


@pytest.mark.parametrize("layer", [Add(), Mul(), Cat()])
@pytest.mark.parametrize("order", [1, -1])
def test_a_name_beside_a_number_is_assumed_to_be_it(layer: Layer, order: int) -> None:
    shapes = [Shape((5, H)), Shape((5, 7))][::order]
    assert len(check(layer.requires(*shapes), Facts())) == 1
    assert layer.output(*shapes).dims[1] == 7


@pytest.mark.parametrize("layer", [Add(), Mul()])
def test_names_that_are_never_equal_are_refused_though_one_may_be_1(layer: Layer) -> None:
    with pytest.raises(LayerError, match="− 2 against H on axis 1"):
        check(layer.requires(Shape((H - 2,)), Shape((H,))), Facts())


@pytest.mark.parametrize(
    ("layer", "shapes", "text"),
    [
        (
            Add(),
            [(64, 56, 56), (64, 28, 28)],
            "error[CNN203]: add of 64x56x56 and 64x28x28: 56 against 28 on axis 3 (give both the same size there, or 1)",
        ),
        (
            Mul(),
            [(64, 8, 8), (64,)],
            "error[CNN203]: mul of 64x8x8 and 64: 8 against 64 on axis 3 (give both the same size there, or 1)",
        ),
        (
            Cat(),
            [(64, 28, 28), (32, 28, 27)],
            "error[CNN203]: cat of 64x28x28 and 32x28x27: 28 against 27 on axis 3"
            " (only axis 1 may differ; use the same strides, and paddings that keep the size)",
        ),
        (
            Cat(),
            [(64, 8, 8), (64,)],
            "error[CNN202]: cat of 64x8x8 and 64: 3 axes against 1 (give all inputs the same number of axes)",
        ),
        (
            Cat(0),
            [(3, 4), (3, 4)],
            "error[CNN202]: dim=0 is the batch axis"
            " (give 1 to 2, or -1 to -2 from the end; 1 is the first axis after the batch)",
        ),
    ],
)
def test_errors_say_what_is_wrong_and_what_helps(
    layer: Layer, shapes: list[tuple[int, ...]], text: str
) -> None:
    with pytest.raises(LayerError) as caught:
        check(layer.requires(*map(Shape, shapes)), Facts())
    assert str(caught.value) == text
