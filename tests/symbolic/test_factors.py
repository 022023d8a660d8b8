"""Products for people: they are the value, and sizes that divide it are seen."""

from __future__ import annotations

from math import prod

from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.symbolic import factored, pretty_product, substitute, symbol
from tests.console import run
from tests.symbolic.strategies import Point, built, points, polynomials

C, H, K, W = map(symbol, ["C", "H", "K", "W"])


@settings(max_examples=100, deadline=None)
@given(polynomials(), st.lists(polynomials(), max_size=3), points())
def test_the_product_of_the_factors_is_the_value(value: object, sizes: list[object], point: Point) -> None:
    dim = built(value)
    factors = factored(dim, map(built, sizes))
    assert prod(substitute(f, point) for f in factors) == substitute(dim, point)


def test_sizes_that_divide_a_count_are_factors() -> None:
    count = 9 * C * K * (H - 2) * (W - 2)
    assert factored(count, (K, H - 2, W - 2)) == (9 * C * K, H - 2, W - 2)
    assert factored(count, (H - 3, W - 2)) == (9 * C * K * H - 18 * C * K, W - 2)
    assert factored((H - 2) * (H - 2), (H - 2, H - 2)) == (H - 2, H - 2)
    assert pretty_product((9 * C * K, H - 2, W - 2)) == "9*C*K*(H−2)*(W−2)"


def test_what_is_no_product_of_sizes_stays_as_it_is() -> None:
    assert factored(H * W - 1, (H - 2, W)) == (H * W - 1,)
    assert factored(12, (H - 2,)) == (12,)
    assert pretty_product((H - 2,)) == "H − 2"


def test_a_person_gets_factors_and_a_machine_the_expanded_count() -> None:
    people = run("summary", "CxHxW", "conv3-K").out
    assert "9*C*K*(H−2)*(W−2)" in people
    assert people.splitlines()[5].endswith("9*C*H*K*W − 18*C*H*K − 18*C*K*W + 36*C*K")
    machines = run("summary", "CxHxW", "conv3-K", "--format", "csv", "--columns", "macs").out
    assert machines == "macs\n9*C*H*K*W - 18*C*H*K - 18*C*K*W + 36*C*K\n"
    assert (
        "36 C K"
        in run("summary", "CxHxW", "conv3-K", "--format", "latex", "--columns", "name,macs,flops").out
    )
    assert "*(H−2)*" in run("summary", "CxHxW", "conv3-K conv3-4", "--sort", "macs").out
