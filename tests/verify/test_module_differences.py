"""What differs between a spec and a module is found where it differs first, and told with both values."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cnncalc import load
from cnncalc.network import Network
from cnncalc.report.comparison import as_diagnostic, plain
from cnncalc.report.comparison_text import as_text
from cnncalc.report.style import Style
from cnncalc.verification.module import Comparison, compare
from tests.verify import hand_written as hand
from tests.verify.own_modules import assert_reported, by_hand, quick, seeds

torch.set_num_threads(1)
pytestmark = pytest.mark.filterwarnings("ignore")


@st.composite
def chains(draw: st.DrawFn) -> list[str]:
    """Words of a chain on 4x12x12: convolutions with or without normalisation, one pooling layer between two of them."""
    words: list[str] = []
    for _ in range(draw(st.integers(2, 4))):
        words.append(f"conv3-{draw(st.sampled_from([4, 6, 8]))},p1")
        words += draw(st.sampled_from([[], ["relu"], ["bn", "relu"], ["bn", "relu"]]))
    place = draw(st.sampled_from([i for i, w in enumerate(words) if w.startswith("conv") and i]))
    return [*words[:place], "maxpool2", *words[place:], "gap", "flatten", "fc-5"]


def places(words: list[str], kind: str) -> list[int]:
    return [i for i, w in enumerate(words) if w.startswith(kind)]


def with_tensors(words: list[str]) -> int:
    return sum(w.startswith(("conv", "bn", "fc")) for w in words)


#: what is done to one word of a kind, and in what the layer differs by that: of several, what is told first
CHANGES: dict[str, tuple[str, Callable[[str], str], str, str]] = {
    "channel": ("conv", lambda w: w.replace("-", "-1"), "tensor", "weight"),
    "kernel": ("conv", lambda w: w.replace("conv3", "conv5").replace("p1", "p2"), "tensor", "weight"),
    "groups": ("conv", lambda w: f"{w},g2", "tensor", "weight"),
    "bias": ("conv", lambda w: f"{w},nobias", "tensor", "bias"),
    "stride": ("conv", lambda w: w.replace(",", "/2,"), "output", ""),
    "dilation": ("conv", lambda w: f"{w.replace('p1', 'p2')},d2", "setting", "padding"),
    "classes": ("fc", lambda w: "fc-6", "tensor", "weight"),
}


@pytest.mark.parametrize("change", CHANGES)
@settings(quick, max_examples=8)
@given(chains(), seeds, st.data())
def test_a_changed_layer_is_found(
    change: str, words: list[str], seed: int | None, data: st.DataObject
) -> None:
    kind, changed, what, name = CHANGES[change]
    place = data.draw(st.sampled_from(places(words, kind)))
    other = [*words[:place], changed(words[place]), *words[place + 1 :]]
    found = differing(words, other, seed)
    assert found.first is found.pairs[with_tensors(words[:place])]
    assert (found.first.differences[0].what, found.first.differences[0].name) == (what, name)
    if change in ("bias", "dilation", "groups", "kernel"):
        assert found.differing == 1
    assert all(p.spec is not None and p.module is not None for p in found.pairs)


@quick
@given(chains(), seeds, st.data())
def test_an_inserted_layer_is_one_layer(words: list[str], seed: int | None, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(words) - 3))
    found = differing(words, [*words[:place], "prelu", *words[place:]], seed)
    assert [(p.spec, p.module and p.module.what) for p in found.pairs if p.differences] == [(None, "PReLU")]
    assert found.first is found.pairs[with_tensors(words[:place])]


@quick
@given(chains().filter(lambda words: "bn" in words), seeds, st.data())
def test_a_missing_layer_is_one_layer(words: list[str], seed: int | None, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(places(words, "bn")))
    found = differing(words, words[:place] + words[place + 1 :], seed)
    assert [(p.spec and p.spec.what, p.module) for p in found.pairs if p.differences] == [("bn", None)]
    assert found.first is found.pairs[with_tensors(words[:place])]


@quick
@given(chains(), seeds, st.data())
def test_layers_that_change_places_are_found(words: list[str], seed: int | None, data: st.DataObject) -> None:
    place = 1 + data.draw(st.sampled_from(places(words, "conv")))
    channels = words[place - 1].partition("-")[2].partition(",")[0]
    two = [f"conv3-{channels},p1", "gn2"]
    found = differing(
        [*words[:place], *two, *words[place:]], [*words[:place], *two[::-1], *words[place:]], seed
    )
    assert found.first is found.pairs[with_tensors(words[:place])]
    assert found.first.differences[0].what in ("layer", "wiring")
    assert found.differing <= 3


@quick
@given(chains(), seeds)
def test_missing_pooling_is_found_where_its_result_is_read(words: list[str], seed: int | None) -> None:
    place = words.index("maxpool2")
    found = differing(words, words[:place] + words[place + 1 :], seed)
    assert found.first is found.pairs[with_tensors(words[:place])]
    assert found.first.differences[0].what == "input"
    assert found.first.differences[0].expected[-1] * 2 == found.first.differences[0].actual[-1]  # type: ignore[index]


@lru_cache(maxsize=512)
def loaded(words: tuple[str, ...]) -> Network:
    return load("4x12x12 " + " ".join(words))


def differing(words: list[str], other: list[str], seed: int | None) -> Comparison:
    """A spec beside the module of other words; the report is made in passing."""
    found = compare(loaded(tuple(words)), by_hand(loaded(tuple(other)), seed))
    assert not found.ok
    assert_reported(found)
    assert found.first is not None
    return found


def test_a_diff_reads_like_one() -> None:
    module = nn.Sequential(
        *(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 6, 3, 2, bias=False), nn.PReLU()),
        *(nn.Conv2d(6, 4, 1), nn.Flatten(), nn.Linear(36, 5)),
    )
    found = compare(load("3x9x9 conv3-4 bn relu conv3-6 relu conv1-4 flatten fc-5"), module)
    assert (
        as_text(found, Style(80))
        == """\
--- network on 3x9x9
+++ Sequential
  conv1            conv3-4 → 4x7x7
  bn1              bn → 4x7x7
  conv2            conv3-6 (3)
-   bias           6
-   output         6x5x5
+   output         6x3x3
-   MACs           5,400
+   MACs           1,944
-   stride         1x1
+   stride         2x2
+ 4                PReLU
+   weight         1
+   output         6x3x3
  conv3            conv1-4 (5)
-   output         4x5x5
+   output         4x3x3
-   MACs           600
+   MACs           216
  fc1              linear-5 (7)
-   weight         5x100
+   weight         5x36
-   MACs           500
+   MACs           180
  output           what comes out → 5
- all parameters   875
+ all parameters   550
- all MACs         11,792
+ all MACs         7,632
first: layer 'conv2' (conv3-6), in the module '3': it has no bias (6)
the module is not what the spec says: 4 layers differ
"""
    )


@pytest.mark.parametrize(
    ("words", "module", "code", "message"),
    [
        ("3x9x9 conv3-4", nn.Conv2d(3, 5, 3), "CNN510", "layer 'conv1' (conv3-4), in the module 'Conv2d': its weight is 5x3x3x3, not 4x3x3x3"),
        ("3x9x9 conv3-4", nn.Conv2d(3, 4, 3, bias=False), "CNN510", "layer 'conv1' (conv3-4), in the module 'Conv2d': it has no bias (4)"),
        ("3x9x9 conv3-4,nobias", nn.Conv2d(3, 4, 3), "CNN510", "layer 'conv1' (conv3-4,nobias), in the module 'Conv2d': its bias (4) is not in the spec"),
        ("3x9x9 conv3-4", nn.Conv2d(3, 4, 3, 2), "CNN511", "layer 'conv1' (conv3-4), in the module 'Conv2d': its output is 4x4x4, not 4x7x7"),
        ("3x9x9 maxpool2 conv3-4", nn.Conv2d(3, 4, 3), "CNN511", "layer 'conv1' (conv3-4), in the module 'Conv2d': its input is 3x9x9, not 3x4x4"),
        ("3x9x9 conv3-4 gap", nn.Conv2d(3, 4, 3), "CNN511", "the output is 4x7x7, not 4x1x1"),
        ("4 fc-3", hand.Several(lambda y: y @ torch.zeros(3, 3, device=y.device)), "CNN512", "all that runs takes 21 MACs, not 12"),
        ("3x9x9 relu", nn.Conv2d(3, 3, 1), "CNN513", "layer 'Conv2d' (Conv2d) is not in the spec, at the start"),
        ("3x9x9 conv1-3 bn", nn.Sequential(nn.Conv2d(3, 3, 1)), "CNN513", "layer 'bn1' (bn) is missing"),
        ("3x9x9 conv1-3", nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)), "CNN513", "layer '1' (BatchNorm2d) is not in the spec, after 'conv1'"),
        ("3x9x9 bn", nn.GroupNorm(1, 3), "CNN513", "layer 'bn1' (bn) is missing, where the module has layer 'GroupNorm' (GroupNorm)"),
        (hand.RESIDUAL, hand.NoSkip(), "CNN514", "layer 'fc1' (linear-5), in the module 'head': it reads from bn2, not from bn2, bn3"),
        ("4x8x8 res(conv1-4)", nn.Conv2d(4, 4, 1), "CNN514", "the output comes from conv1, not from the input, conv1"),
        ("4x8x8 gn4", nn.GroupNorm(2, 4), "CNN515", "layer 'gn1' (gn4), in the module 'GroupNorm': its num_groups is 2, not 4"),
        ("4x8x8 bn", nn.BatchNorm2d(4, eps=1e-3), "CNN515", "layer 'bn1' (bn), in the module 'BatchNorm2d': its eps is 0.001, not 1e-05"),
        (hand.TOKENS, hand.Tokens(heads=1), "CNN515", "layer 'attention1' (attention2), in the module 'mixing': its num_heads is 1, not 2"),
        ("4x8x8 conv3-4,p1 relu conv3-4,p1 relu conv3-4,p1", hand.Tied(), "CNN510", "layer 'conv2' (conv3-4,p1), in the module 'other': its weight is that of conv, not its own"),
    ],
)  # fmt: skip
def test_every_kind_of_difference_has_a_code(words: str, module: nn.Module, code: str, message: str) -> None:
    found = as_diagnostic(compare(load(words), module))
    assert found is not None
    assert (found.code, found.message) == (code, f"{type(module).__name__}: {message}")


def test_plain_data_holds_both_sides() -> None:
    told = json.loads(json.dumps(plain(compare(load("3x9x9 conv3-4"), nn.Sequential(nn.Conv2d(3, 5, 3))))))
    assert (told["ok"], told["input"], told["paired_by"]) == (False, [3, 9, 9], "order")
    assert told["spec"] == {"layers": 1, "params": 112, "frozen": 0, "buffers": 0, "macs": 5292}
    assert told["actual"] == {"layers": 1, "params": 140, "frozen": 0, "buffers": 0, "macs": 6615}
    assert (told["layers"][0]["spec"], told["layers"][0]["module"]) == ("conv1", "0")
    assert told["layers"][0]["differences"][0] == {
        "code": "CNN510",
        "what": "tensor",
        "name": "weight",
        "alias": "",
        "expected": [4, 3, 3, 3],
        "actual": [5, 3, 3, 3],
    }
