"""Values at points: they are what Python computes there, and spare proofs that cannot succeed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc import load
from cnncalc.symbolic import Dim, Facts, IntExpr, intervals, known_ge, symbol
from cnncalc.symbolic.samples import sampled
from tests.symbolic.strategies import NAMES, POSITIVE, built, evaluated, trees

H, S, W = map(symbol, ["H", "S", "W"])

ranges = st.builds(
    Facts,
    st.dictionaries(st.sampled_from(NAMES), st.integers(-3, 4)),
    st.dictionaries(st.sampled_from(NAMES), st.integers(4, 8)),
)


@settings(max_examples=150, deadline=None)
@given(trees(), ranges)
def test_samples_are_values_within_the_ranges(tree: object, facts: Facts) -> None:
    dim = built(tree)
    places = {name: sampled(symbol(name), facts) for name in (*NAMES, *POSITIVE)}
    for i, value in enumerate(sampled(dim, facts)):
        point = {name: found for name, values in places.items() if (found := values[i]) is not None}
        assert len(point) == len(places)
        for name, place in point.items():
            low, high = facts.range(name)
            assert low <= place
            assert high is None or place <= high
        assert value == evaluated(tree, point)


def test_samples_reach_from_the_least_value_far_away() -> None:
    values = [value for value in sampled(H, Facts({"H": -2})) if value is not None]
    assert values[0] == -2
    assert max(values) > 10**6


def test_where_a_denominator_is_not_positive_there_is_no_value() -> None:
    assert sampled(H // S, Facts({"S": 0}))[0] is None
    assert sampled(H // S, Facts())[0] == 1


def test_in_an_empty_range_there_is_no_value() -> None:
    assert set(sampled(H, Facts({"H": 5}, {"H": 4}))) == {None}


def test_what_is_known_of_other_names_is_not_in_the_way() -> None:
    facts = Facts().assume_ge(H, W)
    for i in range(600):
        facts = facts.assume_ge(symbol(f"a{i}") * symbol(f"b{i}"), symbol(f"c{i}"))
    assert known_ge(H + 1, W, facts) is True
    assert known_ge(W, H + 1, facts) is False


def test_a_question_with_no_answer_needs_no_proof() -> None:
    # nested as a network nests them: no floor takes the next in
    before = intervals._interval.cache_info().misses
    value: Dim = H
    for _ in range(12):
        value = 3 * ((3 * value - 6) // (2 * S)) - 3
        assert isinstance(value, IntExpr)
        assert known_ge(value, 2 * S + 3) is None
    assert intervals._interval.cache_info().misses == before


def test_proofs_grow_with_the_network_and_not_with_its_square() -> None:
    def proofs(times: int) -> int:
        intervals._interval.cache_clear()
        load(f"CxHxW {times}*(maxpool3/2 upsample3 conv3-K/S)")
        return intervals._interval.cache_info().misses

    assert proofs(12) < 2 * proofs(6)
