"""LeNet-5 and GoogLeNet, row by row of the papers' tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from cnncalc.loader import load
from cnncalc.verification.realise import realise
from tests.zoo.printed import analysed, is_printed, number, params
from tests.zoo.reference import INCEPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnncalc.analysis import Row

torch.set_num_threads(1)


def rows_of(member: str, *names: str) -> list[Row]:
    """The rows of a network's layers and blocks of these names."""
    return [row for row in analysed(member).rows if row.name.split(".")[0] in names]


def connections(rows: Iterable[Row]) -> int:
    """As LeCun et al. count them: every product, and the bias of every unit. Subsampling adds four and multiplies once."""
    count = 0
    for row in rows:
        outputs = number(row.output.elements)
        if row.kind in ("conv", "linear"):
            count += number(row.totals.macs) + outputs
        if row.kind == "scale":
            count += (4 + 1) * outputs
    return count


#: trainable parameters and connections in the text of section II.B
_LENET_5 = {
    "c1": (156, 122_304),
    "s2": (12, 5_880),
    "c3": (1_516, 151_600),
    "s4": (32, 2_000),
    "c5": (48_120, 48_120),
    "f6": (10_164, 10_164),
}


def test_lenet_5_of_1998_has_60000_parameters_and_340908_connections() -> None:
    layers = {name: rows_of("lenet5_1998", name) for name in _LENET_5}
    assert {
        name: (sum(number(row.totals.params) for row in rows), connections(rows))
        for name, rows in layers.items()
    } == _LENET_5
    assert params("lenet5_1998") == 60_000
    # ten outputs compare all 84 units of F6 with the pixels of a bitmap, which is not learned
    bitmaps = 10 * number(analysed("lenet5_1998").output.elements)
    assert connections(analysed("lenet5_1998").rows) + bitmaps == 340_908


def test_c3_of_lenet_5_sees_the_maps_of_table_i() -> None:
    """A row of the table for each of the six maps of S2, a column for each of the 16 maps of C3."""
    table = (
        "X...XXX..XXXX.XX",
        "XX...XXX..XXXX.X",
        "XXX...XXX..X.XXX",
        ".XXX..XXXX..X.XX",
        "..XXX..XXXX.XX.X",
        "...XXX..XXXX.XXX",
    )
    network = load("lenet5_1998")
    model = realise(network, dtype=torch.float64)
    (s2,), (c3,) = network.names["s2"], network.names["c3"]
    seen: dict[int, torch.Tensor] = {}
    model.run(torch.rand(1, 1, 32, 32, dtype=torch.float64), lambda index, _, y: seen.update({index: y}))
    for i in range(16):
        (gradient,) = torch.autograd.grad(seen[c3][0, i].sum(), seen[s2], retain_graph=True)
        sees = gradient[0].abs().sum((1, 2)) > 0
        assert sees.tolist() == [row[i] == "X" for row in table]


#: params and ops of table 1, as printed
_GOOGLENET = {
    "7x7": ("2.7K", "34M"),
    "3x3": ("112K", "360M"),
    "3a": ("159K", "128M"),
    "3b": ("380K", "304M"),
    "4a": ("364K", "73M"),
    "4b": ("437K", "88M"),
    "4c": ("463K", "100M"),
    "4d": ("580K", "119M"),
    "4e": ("840K", "170M"),
    "5a": ("1072K", "54M"),
    "5b": ("1388K", "71M"),
    "linear": ("1000K", "1M"),
}


def googlenet_row(row: str) -> tuple[int, int]:
    """Weights and multiply-accumulates of what a row of the table stands for."""
    names = {"7x7": ("conv1",), "3x3": ("conv2", "conv3"), "linear": ("fc",)}
    rows = rows_of("googlenet_2014", *names.get(row, (f"inception{row}",)))
    weights = sum(number(w.elements) for r in rows for w in r.weights if w.name == "weight")
    return weights, sum(number(r.totals.macs) for r in rows)


def test_googlenet_is_what_the_filters_of_its_table_come_to() -> None:
    """Szegedy et al. 2014, table 1: weights from the printed numbers of filters and the printed sizes."""
    channels = 192
    for row, (one, three, five, pooled) in INCEPTIONS.items():
        inside = channels * (one + three[0] + five[0] + pooled)
        weights = inside + 9 * math.prod(three) + 25 * math.prod(five)
        side = {"3": 28, "4": 14, "5": 7}[row[0]]
        assert googlenet_row(row) == (weights, weights * side * side)
        channels = one + three[1] + five[1] + pooled
    assert googlenet_row("7x7") == (7 * 7 * 3 * 64, 7 * 7 * 3 * 64 * 112 * 112)
    assert googlenet_row("3x3") == (64 * 64 + 9 * 64 * 192, (64 * 64 + 9 * 64 * 192) * 56 * 56)


def test_where_googlenets_table_contradicts_itself() -> None:
    """Its first row counts neither the weights nor the products of 64 filters of 7x7 on three channels, and the products
    of 5a are too many. Of the weights few agree, in thousands of 1024.
    """
    found = {row: googlenet_row(row) for row in _GOOGLENET}
    ops = {row for row, (_, printed) in _GOOGLENET.items() if is_printed(found[row][1], printed)}
    weights = {row for row, (printed, _) in _GOOGLENET.items() if is_printed(found[row][0], f"{printed}i")}
    assert ops == _GOOGLENET.keys() - {"7x7", "5a"}
    assert weights == {"3x3", "3a", "linear"}


def test_inception_v3_has_less_than_25_million_parameters() -> None:
    """Szegedy et al. 2015, section 1: with fewer than 25 million parameters, at 5 billion multiply-adds."""
    assert params("inception_v3") < 25_000_000
