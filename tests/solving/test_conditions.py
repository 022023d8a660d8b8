"""Conditions: what they are read as, and where they are wrong."""

from __future__ import annotations

import re

import pytest

from cnncalc.errors import SpecError
from cnncalc.solving.conditions import QUANTITIES, read_conditions, read_value
from cnncalc.symbolic.ratio import ratio
from cnncalc.symbolic.tree import Name


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("300M", 300_000_000),
        ("4.2G", 4_200_000_000),
        ("1.5k", 1500),
        ("2Ki", 2048),
        ("3MiB", 3 * 1024**2),
        ("1.5Gi", 3 * 2**29),
        ("1_000k", 1_000_000),
        ("0.0005k", ratio(1, 2)),
    ],
)
def test_numbers_have_units(written: str, value: object) -> None:
    (comparison,) = read_conditions(f"macs <= {written}", ["K"])
    assert isinstance(comparison.right, Name)
    assert comparison.of.numbers[comparison.right.name] == value


@pytest.mark.parametrize(
    ("text", "part", "kind", "axis"),
    [
        ("output.H", None, "output", "H"),
        ("output", None, "output", None),
        ("stage1.output.W", "stage1", "output", "W"),
        ("layer1.0.conv1.params", "layer1.0.conv1", "params", None),
        ("features.30.rf.size.H", "features.30", "rf.size", "H"),
        ("rf.jump", None, "rf.jump", None),
        ("memory.peak", None, "memory.peak", None),
        ("conv1.memory.weights", "conv1", "memory.weights", None),
    ],
)
def test_a_quantity_may_be_of_a_part(text: str, part: str | None, kind: str, axis: str | None) -> None:
    (quantity,) = read_value(f"2*{text} + 1", ["K"]).quantities.values()
    assert (quantity.text, quantity.part, quantity.kind, quantity.axis) == (text, part, kind, axis)


def test_a_name_that_is_searched_for_is_no_quantity() -> None:
    assert read_value("depth + K", ["depth", "K"]).quantities == {}


def test_a_chain_is_all_its_comparisons() -> None:
    assert [c.sign for c in read_conditions("8 <= output.H < 2*K != 30", ["K"])] == ["<=", "<", "!="]


def test_and_joins_conditions() -> None:
    assert [c.sign for c in read_conditions("K % 2 == 1 and macs < 3k", ["K"])] == ["==", "<"]


def test_a_size_is_a_comparison_for_every_axis() -> None:
    found = read_conditions("layer1.output == 64x56x28", ["K"])
    told = [next(iter(c.of.quantities.values())).text for c in found]
    assert told == ["layer1.output.C", "layer1.output.H", "layer1.output.W"]


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("2 + macz < 3", "nothing here is called 'macz'", 5),
        ("K ++ < 3", "this is not an expression", 6),
        ("300Q < macs", "this is not an expression", 3),
        ("macs.H < 3", "macs has no axes", 1),
        ("a.memory.peak < 3", "memory.peak is of the whole network only", 1),
        ("K $ 3 < 2", "unexpected character '$'", 3),
        ("  ", "the expression is empty", 1),
        ("output == 1x2x3x4x5", "the size 1x2x3x4x5 has 5 axes", 1),
        ("not K < 3", "conditions can only be joined by and", 1),
        (" + ".join(["macs"] * 40) + " < 3", "the condition speaks of more than 36 things", 1),
    ],
)
def test_what_is_wrong_has_its_place(text: str, message: str, column: int) -> None:
    with pytest.raises(SpecError, match=re.escape(message)) as raised:
        read_conditions(text, ["K"])
    span = raised.value.diagnostics[0].span
    assert span is not None
    assert span.column == column
    assert raised.value.text is not None


def test_all_quantities_can_be_asked_for() -> None:
    for quantity in QUANTITIES:
        (found,) = read_value(quantity, ["K"]).quantities.values()
        assert found.kind == quantity
