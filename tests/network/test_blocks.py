"""Blocks: what the dots in names make of the rows."""

from __future__ import annotations

from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.analysis import Block, analyse
from cnncalc.layers.batch_norm import BatchNorm
from cnncalc.network import Network, Node
from cnncalc.shape import Shape

words = st.sampled_from(["a", "b", "aa", "0"])
#: of every form: a layer beside a block of its name, and blocks that are left and entered again
names = st.lists(st.lists(words, min_size=1, max_size=4).map(".".join), min_size=1, max_size=9)


def within(block: Block) -> list[tuple[str, int, int, int]]:
    """All blocks within a block: name, ends and parameters."""
    found = [(b.name, b.first, b.last, b.totals.params) for b in block.children]
    return found + [inner for b in block.children for inner in within(b)]


@settings(max_examples=200, deadline=None)
@given(names)
def test_a_block_is_as_many_rows_in_a_row_as_have_its_name_in_front(rows: list[str]) -> None:
    size = Shape((5,))
    nodes = tuple(Node(i, name, BatchNorm(), (i - 1,), size) for i, name in enumerate(rows))
    blocks = {name[:end] for name in rows for end, c in enumerate(name) if c == "."}
    network = Network(None, None, size, nodes, len(rows) - 1, dict.fromkeys(blocks, (0,)))
    expected = []
    for block in blocks:
        is_inside = [name.startswith(f"{block}.") for name in rows]
        for inside, run in groupby(range(len(rows)), is_inside.__getitem__):
            places = list(run)
            if inside:
                expected.append((block, places[0], places[-1] + 1, 10 * len(places)))
    assert sorted(within(analyse(network).root)) == sorted(expected)
