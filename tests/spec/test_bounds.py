"""What numbers a bound allows, beside decimal arithmetic; and what is no bound."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import SpecError
from cnncalc.spec.bounds import BOUND, bound_of

FACTORS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
FACTORS |= {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}

values = st.tuples(
    st.integers(0, 10**6),
    st.none() | st.text("0123456789", min_size=1, max_size=4),
    st.sampled_from([*FACTORS]),
)


def written(value: tuple[int, str | None, str]) -> str:
    whole, part, unit = value
    return f"{whole}{'' if part is None else f'.{part}'}{unit}"


def number(value: tuple[int, str | None, str]) -> Decimal:
    whole, part, unit = value
    return Decimal(f"{whole}.{part or '0'}") * FACTORS[unit]


@given(values, st.integers(-3, 3), st.booleans())
@settings(deadline=None)
def test_a_value_means_every_number_that_is_written_so(
    value: tuple[int, str | None, str], steps: int, near: bool
) -> None:
    """The digits given, rounded either way where the number lies half-way."""
    with localcontext(prec=60):
        unit = Decimal(FACTORS[value[2]])
        last = Decimal(1).scaleb(-len(value[1] or ""))
        beside = int(number(value) + (steps if near else Decimal(steps) * unit * last / 2))
        exact = value[1] is None and value[2] == ""
        given_digits = Decimal(f"{value[0]}.{value[1]}" if value[1] else value[0])
        rounded = [(beside / unit).quantize(last, how) for how in (ROUND_HALF_UP, ROUND_HALF_DOWN)]
        expected = beside == value[0] if exact else given_digits in rounded
    assert bound_of(written(value)).holds(beside) == expected


@given(values, st.sampled_from(["<=", "<", ">=", ">", "=="]), st.integers(-2, 2))
@settings(deadline=None)
def test_a_comparison_is_with_the_number_itself(
    value: tuple[int, str | None, str], sign: str, step: int
) -> None:
    limit = number(value)
    beside = int(limit) + step
    compared = {
        "<=": beside <= limit,
        "<": beside < limit,
        ">=": beside >= limit,
        ">": beside > limit,
        "==": beside == limit,
    }
    assert bound_of(f"{sign} {written(value)}").holds(beside) == compared[sign]


@given(values, values, st.integers(-2, 2), st.booleans())
@settings(deadline=None)
def test_a_range_has_its_ends(
    a: tuple[int, str | None, str], b: tuple[int, str | None, str], step: int, upper: bool
) -> None:
    low, high = sorted([a, b], key=number)
    beside = int(number(high if upper else low)) + step
    assert bound_of(f"{written(low)}..{written(high)}").holds(beside) == (
        number(low) <= beside <= number(high)
    )


@given(st.integers(-(10**15), 10**15), st.integers(-2, 2))
def test_an_integer_is_exact(value: int, step: int) -> None:
    assert bound_of(value).holds(value + step) == (step == 0)


@given(st.text("0123456789.,_<>= kMGTKiB-+x", max_size=12) | st.from_regex(BOUND, fullmatch=True))
@settings(deadline=None, max_examples=500)
def test_the_schema_and_the_reader_take_the_same_texts(text: str) -> None:
    try:
        bound_of(text)
        taken = True
    except SpecError as error:
        taken = "is empty" in str(error)
    assert taken == (re.fullmatch(BOUND, text) is not None)


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("25,557,032", 25557032, True),
        ("25_557_032", 25557033, False),
        ("4.09G", 4089184256, True),
        ("4.1G", 4089184256, True),
        ("4.08G", 4089184256, False),
        ("97.5 MiB", 102228128, True),
        ("102MB", 102228128, True),
        ("<= 300M", 300_000_000, True),
        ("< 300M", 300_000_000, False),
        ("1M..2M", 2_000_000, True),
    ],
)
def test_as_people_write_them(text: str, value: int, holds: bool) -> None:
    assert bound_of(text).holds(value) == holds


@pytest.mark.parametrize(
    "text", ["", "4.X", "1..", "<= 1..2", "1e9", "4.09 GG", "12,34", "1__0", "9" * 19, "-1", "=> 3"]
)
def test_what_is_no_bound(text: str) -> None:
    with pytest.raises(SpecError, match="is not a number, a comparison or a range"):
        bound_of(text)


def test_an_empty_range() -> None:
    with pytest.raises(SpecError, match=r"the range '2M\.\.1M' is empty"):
        bound_of("2M..1M")
