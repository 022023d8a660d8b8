"""Two sequences in line: no cheaper way, and exact where they repeat themselves."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.verification.module.alignment import GAP, aligned


@settings(max_examples=200, deadline=None)
@given(st.data(), st.integers(0, 6), st.integers(0, 6))
def test_no_alignment_is_cheaper(data: st.DataObject, n: int, m: int) -> None:
    prices = data.draw(
        st.lists(st.lists(st.none() | st.integers(0, 9), min_size=m, max_size=m), min_size=n, max_size=n)
    )

    def cheapest(i: int, j: int) -> int:
        if i == n or j == m:
            return (n - i + m - j) * GAP
        price = prices[i][j]
        ways = [GAP + cheapest(i + 1, j), GAP + cheapest(i, j + 1)]
        return min([*ways, *([] if price is None else [price + cheapest(i + 1, j + 1)])])

    pairs = aligned(n, m, lambda i, j: prices[i][j])
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))
    found = [prices[i][j] for i, j in pairs]
    assert None not in found
    assert sum(price or 0 for price in found) + (n + m - 2 * len(pairs)) * GAP == cheapest(0, 0)


def test_what_repeats_itself_is_aligned_with_the_least_that_stands_alone() -> None:
    """Longest blocks, which difflib looks for, leave four things alone here."""
    ours, theirs = "ababab", "abxbab"
    pairs = aligned(6, 6, lambda i, j: 0 if ours[i] == theirs[j] else None)
    assert pairs == [(i, i) for i in range(6) if i != 2]


def test_long_sequences_are_aligned_beyond_the_first_band() -> None:
    ours, theirs = [*range(400)], [*range(60, 400), *range(400, 460)]
    pairs = aligned(400, 400, lambda i, j: 0 if ours[i] == theirs[j] else None)
    assert pairs == [(i, i - 60) for i in range(60, 400)]
