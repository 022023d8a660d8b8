from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import Layer, check
from cnncalc.layers.reshape import Flatten, Permute, Unflatten
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts, symbol
from tests.layers.names import assert_same_in_names
from tests.layers.twin import assert_agrees

few = settings(max_examples=300, deadline=None)

shapes = st.integers(1, 4).flatmap(lambda rank: st.tuples(*[st.sampled_from([1, 2, 3, 4, 6])] * rank))
flattens = st.builds(
    Flatten,
    start=st.sampled_from([1, 1, 1, 2, 2, 3, -1, -2, -3, 0, 4, 5, -5]),
    end=st.sampled_from([-1, -1, -1, -2, -3, 1, 2, 3, 4, 5, 0, -5]),
)


@st.composite
def unflattens(draw: st.DrawFn) -> tuple[Unflatten, tuple[int, ...]]:
    """An unflatten and a shape; in most cases the sizes fit."""
    sizes = draw(st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=3))
    shape = list(draw(shapes))
    axis = draw(st.integers(0, len(shape) - 1))
    shape[axis] = math.prod(sizes)
    if draw(st.booleans()):
        sizes[draw(st.integers(0, len(sizes) - 1))] = -1
    if draw(st.integers(0, 3)) == 0:
        sizes = draw(st.lists(st.sampled_from([1, 2, 3, 4, 0, -1, -2]), max_size=3))
    dim = draw(
        st.sampled_from([axis + 1, axis + 1, axis + 1, axis - len(shape), axis - len(shape), -5, 0, 5])
    )
    return Unflatten(tuple(sizes), dim), tuple(shape)


@st.composite
def permutes(draw: st.DrawFn) -> tuple[Permute, tuple[int, ...]]:
    """A permute and a shape; in half of the cases the order is a permutation."""
    shape = draw(shapes)
    order = draw(st.permutations(range(1, len(shape) + 1)))
    signed = tuple(a - len(shape) - 1 if draw(st.booleans()) else a for a in order)
    if draw(st.booleans()):
        return Permute(signed), shape
    return Permute(tuple(draw(st.lists(st.integers(-5, 5), max_size=5)))), shape


@few
@given(flattens, shapes)
def test_flatten_is_torchs_on_every_axis_but_the_batch(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_agrees(layer, shape)


@few
@given(unflattens())
@example((Unflatten((0, -1)), (6,)))
@example((Unflatten((-2, -3)), (6,)))
def test_unflatten_is_torchs_on_every_axis_but_the_batch(case: tuple[Unflatten, tuple[int, ...]]) -> None:
    assert_agrees(*case)


@few
@given(permutes())
def test_permute_is_torchs(case: tuple[Permute, tuple[int, ...]]) -> None:
    assert_agrees(*case)


@few
@given(flattens, shapes)
def test_flattened_names_answer_as_numbers_do(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_same_in_names(layer, shape)


@few
@given(unflattens())
def test_unflattened_names_answer_as_numbers_do(case: tuple[Unflatten, tuple[int, ...]]) -> None:
    assert_same_in_names(*case, fields=("shape",))


@few
@given(permutes())
def test_permuted_names_answer_as_numbers_do(case: tuple[Permute, tuple[int, ...]]) -> None:
    assert_same_in_names(*case)


@few
@given(unflattens())
def test_flatten_takes_unflatten_back(case: tuple[Unflatten, tuple[int, ...]]) -> None:
    layer, shape = case
    x = Shape(shape)
    try:
        check(layer.requires(x), Facts())
    except LayerError:
        return
    dim = layer.dim if layer.dim > 0 else layer.dim + len(shape) + 1
    assert Flatten(dim, dim + len(layer.shape) - 1).output(layer.output(x)) == x


def test_what_remains_of_a_name_is_exact_where_it_divides() -> None:
    c = symbol("c")
    assert Unflatten((-1, 4)).output(Shape((8 * c, 7))) == Shape((2 * c, 4, 7))


@pytest.mark.parametrize(
    ("layer", "shape", "text"),
    [
        (Flatten(2, 1), (3, 4), "error[CNN202]: start=2 comes after end=1 (exchange them)"),
        (
            Flatten(0),
            (3, 4),
            "error[CNN202]: start=0 is the batch axis"
            " (give 1 to 2, or -1 to -2 from the end; 1 is the first axis after the batch)",
        ),
        (
            Unflatten((2, 4)),
            (6,),
            "error[CNN203]: shape=2x4 has 8 values, which do not fit the 6 on axis 1 of 6"
            " (give sizes that multiply to them, or -1 for one of them)",
        ),
        (Unflatten((-1, -1)), (6,), "error[CNN202]: more than one size in shape is -1 (give all but one)"),
        (Unflatten(()), (6,), "error[CNN202]: shape is empty (give one or more)"),
        (
            Permute((1, 1)),
            (3, 4),
            "error[CNN202]: order=1x1 does not name each axis of 3x4 once (name the axes 1 to 2 in the order wanted)",
        ),
    ],
)
def test_errors_say_what_is_wrong_and_what_helps(layer: Layer, shape: tuple[int, ...], text: str) -> None:
    with pytest.raises(LayerError) as caught:
        check(layer.requires(Shape(shape)), Facts())
    assert str(caught.value) == text
