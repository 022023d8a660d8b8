from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import Layer, check
from cnncalc.layers.slice import Select, Split
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts, symbol
from tests.layers.names import assert_same_in_names
from tests.layers.twin import assert_agrees

few = settings(max_examples=300, deadline=None)

dims = st.sampled_from([1, 1, 1, 1, 1, -1, -1, 2, -2, 0, 3, -4])
shapes = st.integers(1, 3).flatmap(lambda rank: st.tuples(*[st.sampled_from([2, 3, 5, 8, 12])] * rank))
selects = st.builds(
    Select,
    start=st.sampled_from([0, 0, 1, 1, 2, 3, 5, -1, -2, -3, -5, 8, 13, -13]),
    stop=st.sampled_from([None, None, None, 2, 2, 3, 4, 5, 8, -1, -1, -2, 13, -13]),
    dim=dims,
)
indices = st.sampled_from([0, 0, 0, 1, 1, 1, 2, 3, 4, -1])
some = st.one_of(st.integers(1, 5), st.integers(-1, 13))
one_way = st.one_of(
    st.builds(Split, size=some, index=indices, dim=dims),
    st.builds(Split, chunks=some, index=indices, dim=dims),
    st.builds(Split, sections=some, index=indices, dim=dims),
)


@st.composite
def cuts_into_pieces(draw: st.DrawFn) -> tuple[Split, tuple[int, ...]]:
    """A split by sizes and a shape; in most cases the pieces sum to the whole."""
    sizes = [draw(st.sampled_from([1, 2, 3, 4, 0])) for _ in range(draw(st.sampled_from([2, 3, 4, 1, 0])))]
    shape = list(draw(shapes))
    if sum(sizes) and draw(st.integers(0, 5)):
        shape[0] = sum(sizes)
    elif draw(st.booleans()):
        sizes.append(-1)
    return Split(pieces=tuple(sizes), index=draw(indices), dim=draw(dims)), tuple(shape)


@few
@given(selects, shapes)
def test_select_is_torchs_narrow(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_agrees(layer, shape)


@settings(max_examples=500, deadline=None)
@given(one_way, shapes)
def test_split_is_torchs_split_chunk_and_tensor_split(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_agrees(layer, shape)


@few
@given(cuts_into_pieces())
def test_split_into_given_pieces_is_torchs(case: tuple[Split, tuple[int, ...]]) -> None:
    assert_agrees(*case)


@few
@given(selects, shapes, st.sets(st.sampled_from(["start", "stop"])))
def test_selected_names_answer_as_numbers_do(layer: Layer, shape: tuple[int, ...], fields: set[str]) -> None:
    assert_same_in_names(layer, shape, fields=tuple(sorted(fields)))


@few
@given(one_way, shapes, st.booleans())
def test_split_names_answer_as_numbers_do(layer: Layer, shape: tuple[int, ...], everything: bool) -> None:
    assert_same_in_names(layer, shape, fields=("size", "chunks", "sections") if everything else ())


@few
@given(cuts_into_pieces(), st.booleans())
def test_names_split_into_given_pieces_answer_as_numbers_do(
    case: tuple[Split, tuple[int, ...]], everything: bool
) -> None:
    assert_same_in_names(*case, fields=("pieces",) if everything else ())


@pytest.mark.parametrize("index", range(4))
@pytest.mark.parametrize("way", [{"chunks": 4}, {"sections": 4}, {"size": symbol("c")}])
def test_pieces_of_a_divisible_name_have_no_remainder(way: dict[str, int], index: int) -> None:
    c = symbol("c")
    layer = Split(index=index, **way)  # type: ignore[arg-type]
    x = Shape((4 * c, 7))
    assert check(layer.requires(x), Facts()) == ()
    assert layer.output(x) == Shape((c, 7))


def test_two_chunks_of_a_name_sum_to_it() -> None:
    c = symbol("c")
    first, second = (Split(chunks=2, index=i).output(Shape((c,))).channels for i in range(2))
    assert first + second == c


@pytest.mark.parametrize(
    "layer",
    [
        Split(),
        Split(chunks=2, size=2),
        Split(chunks=2, pieces=(1, 1)),
        Split(size=1, pieces=(1,), chunks=1, sections=1),
    ],
)
def test_split_wants_exactly_one_way(layer: Layer) -> None:
    with pytest.raises(LayerError, match="split with"):
        check(layer.requires(Shape((2,))), Facts())


@pytest.mark.parametrize(
    ("layer", "shape", "text"),
    [
        (
            Select(stop=9),
            (8, 4),
            "error[CNN203]: stop=9 lies beyond the 8 positions on axis 1 of 8x4 (stop earlier)",
        ),
        (
            Select(start=-9),
            (8, 4),
            "error[CNN203]: start=-9 lies before axis 1 of 8x4 (give 0 to 7)",
        ),
        (
            Select(start=8),
            (8, 4),
            "error[CNN203]: nothing of axis 1 of 8x4 is selected (give a stop after the start)",
        ),
        (
            Split(chunks=4, index=3),
            (5,),
            "error[CNN203]: axis 1 of 5 with chunks=4 has nothing left for index=3"
            " (give a smaller index; the first piece is 0)",
        ),
        (
            Split(sections=2, index=2),
            (5,),
            "error[CNN203]: index=2 of 2 sections (give a smaller index; the first piece is 0)",
        ),
        (
            Split(pieces=(2, 2)),
            (5,),
            "error[CNN203]: the pieces sum to 4, but axis 1 of 5 has 5 (give pieces that sum to it)",
        ),
        (
            Split(chunks=2, sections=2),
            (5,),
            "error[CNN202]: split with chunks and sections (give one of chunks, size, pieces, sections)",
        ),
        (Split(chunks=2, index=-1), (4,), "error[CNN202]: index=-1 (pieces are counted from 0)"),
    ],
)
def test_errors_say_what_is_wrong_and_what_helps(layer: Layer, shape: tuple[int, ...], text: str) -> None:
    with pytest.raises(LayerError) as caught:
        check(layer.requires(Shape(shape)), Facts())
    assert str(caught.value) == text
