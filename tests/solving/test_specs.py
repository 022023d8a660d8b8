"""Spec files whose expressions choose between cases, and fractions: against trying every number."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest

from cnncalc import load
from cnncalc.errors import CnncalcError
from cnncalc.symbolic.ratio import parts
from tests.solving.problems import Problem, answer, listed

SPEC = """
cnncalc: 1
input: 3x{size}x{size}
vars: {size: 32, width: 8, times: 2, share: 0.5}
layers:
  - conv3-{width},p1
  - {maxpool: {kernel: 2}, when: "size > 40"}
  - conv{3 if width % 2 == 0 else 5}-{max(4, width - 7)}
  - {conv: {kernel: 3, out: "{2*width if width == 12 else width}"}, name: chosen}
  - {conv: {kernel: 1, out: "{times + 1}"}, repeat: "{times}"}
  - gap
  - flatten
  - fc-{make_divisible(40*share, 4)}
"""


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "cases.cnn.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return str(path)


def numbers(spec: str, **values: int | Fraction) -> tuple[int, int, int] | None:
    """Output of 'chosen', its channels, and the parameters; None if there is no such network."""
    try:
        network = load(spec, settings=values)
    except CnncalcError:
        return None
    chosen = network.output_of("chosen")
    params = network.analyse().params
    assert chosen is not None
    assert isinstance(params, int)
    height, channels = chosen.dims[1], chosen.dims[0]
    assert isinstance(height, int)
    assert isinstance(channels, int)
    return height, channels, params


def test_where_a_spec_chooses_all_cases_are_found(spec: str) -> None:
    found = answer(Problem(spec, ("width",), ("chosen.output.C >= 12", "params <= 9k")))
    expected = set()
    for width in range(60):
        known = numbers(spec, width=width)
        if known and known[1] >= 12 and known[2] <= 9000:
            expected.add((width,))
    assert len(expected) > 3
    assert listed(found, 59) == expected


def test_where_a_layer_comes_and_goes_both_sides_are_found(spec: str) -> None:
    found = answer(Problem(spec, ("size",), ("chosen.output.H == 28",)))
    expected = {(n,) for n in range(120) if (known := numbers(spec, size=n)) and known[0] == 28}
    assert len(expected) == 3
    assert listed(found, 119) == expected


def test_the_best_of_several_cases_is_found(spec: str) -> None:
    found = answer(Problem(spec, ("width",), ("width <= 40", "params <= 20k")), goal=(1, "params"))
    values = {w: known[2] for w in range(41) if (known := numbers(spec, width=w)) and known[2] <= 20000}
    assert found.best == max(values.values())
    assert listed(found, 40) == {(w,) for w, value in values.items() if value == found.best}


def test_what_is_best_in_several_cases_is_found_in_all(spec: str) -> None:
    found = answer(Problem(spec, ("width",), ("1 <= width <= 14",)), goal=(1, "chosen.output.H"))
    heights = {w: known[0] for w in range(1, 15) if (known := numbers(spec, width=w))}
    assert found.best == max(heights.values())
    assert listed(found, 14) == {(w,) for w, height in heights.items() if height == found.best}
    assert {(8,), (12,)} <= listed(found, 14)


def test_a_case_without_a_network_has_no_solutions(tmp_path: Path) -> None:
    path = tmp_path / "odd.cnn.yaml"
    text = 'cnncalc: 1\ninput: 3x8x8\nvars: {k: 1}\nlayers: ["conv{99 if k == 3 else k}-4"]\n'
    path.write_text(text, encoding="utf-8")
    assert listed(answer(Problem(str(path), ("k",), ("output.H >= 4",))), 20) == {(1,), (2,), (4,), (5,)}


def test_repetitions_are_tried_within_a_range(spec: str) -> None:
    found = answer(Problem(spec, ("times",), ("params >= 1300",)), ["times=0..12"])
    expected = {(n,) for n in range(13) if (known := numbers(spec, times=n)) and known[2] >= 1300}
    assert 0 < len(expected) < 13
    assert listed(found, 12) == expected
    assert found.tried == 13


def test_two_variables_that_choose_are_tried_together(spec: str) -> None:
    conditions = ("chosen.output.H == 28", "params <= 1500")
    found = answer(Problem(spec, ("size", "width"), conditions), ["size=28..70", "width=1..14"])
    expected = {
        (size, width)
        for size, width in product(range(28, 71), range(1, 15))
        if (known := numbers(spec, size=size, width=width)) and known[0] == 28 and known[2] <= 1500
    }
    assert len(expected) > 3
    assert listed(found, 70) == expected


@pytest.mark.parametrize(
    ("ranges", "step", "first", "last"),
    [
        ([], Fraction(1, 100), 0, 300),
        (["share=0.25..1.5/0.05"], Fraction(1, 20), 5, 30),
        (["share=0.1..2"], Fraction(1, 100), 10, 200),
        (["share=0..2/0.125"], Fraction(1, 8), 0, 16),
    ],
)
def test_fractions_are_searched_on_a_grid(
    spec: str, ranges: list[str], step: Fraction, first: int, last: int
) -> None:
    found = answer(Problem(spec, ("share",), ("output == 24",)), ranges)
    (axis,) = found.question.axes
    assert (axis.step, axis.value(axis.lowest)) == (step, step * first)
    expected = set()
    for n in range(first, last + 1):
        network = load(spec, settings={"share": n * step})
        if network.output.dims == (24,):
            expected.add(n * step)
    assert expected
    assert {axis.value(n) for group in found.groups for n in group.inner} == expected


def test_a_grid_begins_where_its_range_does(spec: str) -> None:
    found = answer(Problem(spec, ("share",), ("share <= 1",)), ["share=0.07..2/0.3"])
    (axis,) = found.question.axes
    shown = [axis.shown(n) for group in found.groups for n in group.inner]
    assert shown == ["0.07", "0.37", "0.67", "0.97"]


def test_the_greatest_fraction_is_exact(spec: str) -> None:
    found = answer(Problem(spec, ("share",), ("output <= 24",)), goal=(1, "share"))
    assert found.best is not None
    n, d = parts(found.best)
    assert isinstance(n, int)
    assert isinstance(d, int)
    best = Fraction(n, d)
    assert load(spec, settings={"share": best}).output.dims == (24,)
    assert load(spec, settings={"share": best + Fraction(1, 100)}).output.dims == (28,)
