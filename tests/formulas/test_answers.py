"""Solved formulas against brute force: every solution in a box, and nothing but solutions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.formulas.answers import Computed, Near, Solved, answer, named
from cnncalc.formulas.table import ENTRIES

#: an unknown is looked for up to here
BOX = 40

Value = int | Fraction | None


def output_size(W: int, F: int, S: int, P: int, D: int) -> Value:
    span = D * (F - 1) + 1
    return None if span > W + 2 * P else (W + 2 * P - span) // S + 1


def pool_size(W: int, F: int, S: int, P: int, D: int, ceil: int) -> Value:
    """As torch's pooling_output_shape has it."""
    left = W + 2 * P - D * (F - 1) - 1 + (S - 1 if ceil else 0)
    if left < 0 or 2 * P > F:
        return None
    count = left // S + 1
    return count - 1 if ceil and (count - 1) * S >= W + P else count


def transposed_size(W: int, F: int, S: int, P: int, A: int, D: int) -> Value:
    size = (W - 1) * S - 2 * P + D * (F - 1) + A + 1
    return size if size >= 1 and max(S, D) > A else None


def params(F: int, C: int, K: int, G: int, bias: int) -> Value:
    return K * F * F * C // G + bias * K if C % G == K % G == 0 else None


def macs(F: int, C: int, K: int, O: int, G: int) -> Value:  # noqa: E741
    return K * F * F * C // G * O * O if C % G == K % G == 0 else None


def fan_in(F: int, C: int, G: int) -> Value:
    return F * F * C // G if C % G == 0 else None


#: what each formula is, written anew; None where it means nothing
ORACLES: dict[str, Callable[..., Value]] = {
    "output_size": output_size,
    "pool_size": pool_size,
    "transposed_size": transposed_size,
    "params": params,
    "depthwise_params": lambda F, K, bias: K * F * F + bias * K,
    "dense_params": lambda N, K, bias: N * K + bias * K,
    "bn_params": lambda C: 2 * C,
    "macs": macs,
    "depthwise_macs": lambda F, K, O: F * F * K * O * O,  # noqa: E741
    "dense_macs": lambda N, K: N * K,
    "attention_macs": lambda S, E, T: 4 * S * E**2 + 2 * S * T * E,
    "flops": lambda M: 2 * M,
    "output_bytes": lambda N, B: N * B,
    "weight_bytes": lambda P, B: P * B,
    "receptive_field": lambda F, D, j, r: r + D * (F - 1) * j,
    "jump": lambda S, j: S * j,
    "fan_in": fan_in,
    "fan_out": lambda F, K: F * F * K,
    "kaiming": lambda n, g: Fraction(g, n),
    "xavier": lambda n, m, g: Fraction(2 * g, n + m),
}
CHOICES = {"bias", "ceil"}


def written(values: dict[str, int]) -> list[str]:
    return [f"{name}={value}" for name, value in values.items()]


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, dict[str, int]]:
    """A formula with small values for all of its names."""
    name = draw(st.sampled_from(sorted(ORACLES)))
    values = {}
    for v in ENTRIES[name].variables:
        most = 1 if v.choice else 30 if v.name in "WCKN" else 8
        values[v.name] = draw(st.integers(v.least, most))
    return name, values


def test_every_formula_has_an_oracle() -> None:
    assert set(ENTRIES) == set(ORACLES)


@settings(deadline=None, max_examples=400)
@given(cases())
def test_values_are_those_of_the_oracle(case: tuple[str, dict[str, int]]) -> None:
    name, values = case
    expected = ORACLES[name](**values)
    if expected is None:
        with pytest.raises(LayerError):
            answer(named(name), written(values))
    else:
        found = answer(named(name), written(values))
        assert isinstance(found, Computed)
        assert found.value == expected


@settings(deadline=None, max_examples=600)
@given(cases(), st.data())
def test_solutions_are_all_and_only_those_of_brute_force(
    case: tuple[str, dict[str, int]], data: st.DataObject
) -> None:
    name, values = case
    entry = named(name)
    unknown = data.draw(st.sampled_from([v for v in entry.variables if not v.choice]))
    del values[unknown.name]
    results = {
        x: ORACLES[name](**{**values, unknown.name: x}) for x in range(unknown.least, BOX + unknown.least)
    }
    defined = {x: r for x, r in results.items() if r is not None}
    reached = st.sampled_from(sorted(set(defined.values()))) if defined else st.nothing()
    off = reached.map(lambda r: r + 1)
    target = data.draw(reached | off | st.integers(int(entry.root is not None), 50))
    given = [*written(values), f"{entry.result}={target}"]
    try:
        found = answer(entry, given, unknown.name)
    except LayerError:  # nothing could be right
        assert not defined
        return
    assert isinstance(found, Solved)
    assert {x for x in results if x in found.found} == {x for x, r in defined.items() if r == target}
    assert (found.check is None) == (not found.found)
    if found.found:
        assert found.check is not None
        assert found.check.value == target == ORACLES[name](**{**values, unknown.name: found.found.least})
        return
    for near, better in ((found.below, max), (found.above, min)):
        side: list[int | Fraction] = [
            r for r in defined.values() if (r < target if better is max else r > target)
        ]
        assert near is not None or not side
        if near is not None:
            assert near.result == ORACLES[name](**{**values, unknown.name: near.number}) != target
            assert near.result == better([near.result, *side])


def solved(name: str, *given: str, unknown: str | None = None) -> Solved:
    found = answer(named(name), given, unknown)
    assert isinstance(found, Solved)
    return found


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("output_size", "W=224 F=7 S=2 O=112", "P = 3"),
        ("output_size", "F=7 S=2 P=3 O=112", "W in 223..224"),
        ("output_size", "W=10000000000 F=3 S=7 O=1428571429", "P in 0..2"),
        ("params", "F=3 C=64 params=73856", "K = 128"),
        ("params", "C=64 K=128 params=73856", "F = 3"),
        ("attention_macs", "S=197 T=197 attention_macs=524391936", "E = 768"),
        ("pool_size", "W=112 O=56", "F = 2"),
        ("kaiming", "variance=1/288", "n = 576"),
        ("kaiming", "g=25/9 kaiming=25/36", "n = 4"),
    ],
)
def test_the_name_that_is_left_out_is_solved_for(name: str, given: str, expected: str) -> None:
    found = solved(name, *given.split())
    assert found.found.described(found.unknown) == expected


def test_solutions_without_end_are_told_as_such() -> None:
    found = solved("output_size", "W=5", "F=3", "O=1", unknown="S").found
    assert (found.least, found.greatest, found.size) == (3, None, None)


def test_without_a_solution_the_nearest_results_are_told() -> None:
    found = solved("params", "F=3", "C=64", "params=73857")
    assert (found.below, found.above) == (Near(128, 73856), Near(129, 74433))
    least = solved("receptive_field", "F=3", "R=2", "j=4", unknown="D")
    assert (least.below, least.above) == (None, Near(1, 9))
    endless = solved("output_size", "W=100", "F=1", "O=-3", unknown="S")
    assert (endless.below, endless.above) == (None, Near(100, 1))
