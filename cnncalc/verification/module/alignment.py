"""The cheapest way to bring two sequences into line: equal things beside each other, what is in one alone beside nothing.

This is the longest common subsequence with prices, exact also where a sequence repeats itself, as networks do: there, longest
*blocks* mislead (A B A B A B and A B a B A B have the block B A B, at different places).
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["GAP", "aligned"]

#: the price of a thing that stands alone; that of two beside each other is small beside it
GAP = 1_000_000

#: the most places that are looked at at once, beyond which the cheapest way is only looked for near the diagonal
_MOST = 300_000


def aligned(n: int, m: int, price: Callable[[int, int], int | None]) -> list[tuple[int, int]]:
    """Pairs (i, j), both increasing, of sequences of n and m things. `price` None: these two never stand together."""
    most = max(abs(n - m), _MOST // max(n, 1))
    width = min(abs(n - m) + 8, most)
    while True:
        total, pairs = _within(n, m, price, width)
        # a way that leaves the band passes more than `width` things that stand alone
        if total <= (width + 1) * GAP or width >= min(most, max(n, m)):
            return pairs
        width = min(4 * width, most)


def _within(
    n: int, m: int, price: Callable[[int, int], int | None], width: int
) -> tuple[int, list[tuple[int, int]]]:
    """The cheapest way with |i − j| ≤ width everywhere: its price, and its pairs."""
    best = {j: j * GAP for j in range(min(m, width) + 1)}
    steps: list[dict[int, str]] = [dict.fromkeys(best, "+")]
    for i in range(1, n + 1):
        row: dict[int, int] = {}
        step: dict[int, str] = {}
        for j in range(max(0, i - width), min(m, i + width) + 1):
            cost = price(i - 1, j - 1) if j else None
            ways = []
            if cost is not None and j - 1 in best:
                ways.append((best[j - 1] + cost, "="))
            if j in best:
                ways.append((best[j] + GAP, "-"))
            if j - 1 in row:
                ways.append((row[j - 1] + GAP, "+"))
            row[j], step[j] = min(ways)
        best = row
        steps.append(step)
    pairs = []
    i, j = n, m
    while i and j:
        match steps[i][j]:
            case "=":
                i, j = i - 1, j - 1
                pairs.append((i, j))
            case "-":
                i -= 1
            case _:
                j -= 1
    return best[m], pairs[::-1]
