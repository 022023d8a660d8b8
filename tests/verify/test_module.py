"""A spec beside modules that people wrote: what is equal is found equal, whatever it is called and in whatever order it runs."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from torch import nn

from cnncalc import load
from cnncalc.errors import CnncalcError
from cnncalc.network import Network
from cnncalc.verification.module import compare
from tests.passes.random_graphs import graphs
from tests.verify import hand_written as hand
from tests.verify.folding_networks import networks
from tests.verify.own_modules import assert_equal, by_hand, quick, seeds

torch.set_num_threads(1)
pytestmark = pytest.mark.filterwarnings("ignore")


@settings(quick, max_examples=50)
@given(networks() | graphs(), seeds)
def test_a_network_is_equal_to_itself_in_any_order_and_under_any_names(
    network: Network, seed: int | None
) -> None:
    found = assert_equal(network, by_hand(network, seed))
    parameters = by_hand(network, seed).parameters()
    assert found.spec.params == found.actual.params == sum(p.numel() for p in parameters)


@pytest.mark.parametrize(
    ("words", "module"),
    [
        (hand.RESIDUAL, hand.Residual),
        (hand.BY_HAND, hand.ByFunctions),
        (hand.LAZY, hand.lazy),
        (hand.BRANCHES, hand.Branches),
        (hand.TOKENS, hand.Tokens),
        (hand.REWRITTEN, hand.rewritten),
        ("4 fc-3", hand.Counting),
        ("3x8x8 conv3-4", lambda: nn.Conv2d(3, 4, 3)),
        ("3x8x8 conv3-4,same", lambda: nn.Sequential(nn.Conv2d(3, 4, 3, padding=1))),
        ("3x8x8 bn", lambda: nn.SyncBatchNorm(3)),
        ("3x8x8 relu", nn.ReLU),
        ("3x8x8 conv3-4", lambda: nn.DataParallel(nn.Conv2d(3, 4, 3))),
        ("3x8x8 conv3-4", lambda: torch.compile(nn.Conv2d(3, 4, 3))),
        ("3x8x8 conv3-4", lambda: nn.Conv2d(3, 4, 3).half()),
    ],
)
def test_what_people_write_is_seen_for_what_it_is(words: str, module: Any) -> None:
    assert_equal(words, module())
    with torch.device("meta"):
        assert_equal(words, module())


def test_names_that_agree_pair_layers() -> None:
    words = "3x8x8 conv3-4,p1 relu conv3-4,p1"
    module = nn.Sequential()
    module.add_module("conv2", nn.Conv2d(4, 4, 3, padding=1))
    module.add_module("conv1", nn.Conv2d(3, 4, 3, padding=1))
    module.forward = lambda x: module.conv2(module.conv1(x))  # type: ignore[method-assign, operator]
    assert assert_equal(words, module).paired_by == "name"


class Units(nn.Module):
    """Two convolutions beside each other, twice."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.ModuleDict({"stem": nn.Conv2d(4, 4, 1), "top": nn.Conv2d(4, 2, 1)})
        for unit in ("0", "1"):
            self.body[unit] = nn.ModuleDict(
                {"one": nn.Conv2d(4, 4, 1), "three": nn.Conv2d(4, 4, 3, padding="same")}
            )

    def forward(self, x: Any) -> Any:
        x = self.body["stem"](x)
        for unit in (self.body["0"], self.body["1"]):
            x = unit["three"](x) + unit["one"](x)  # type: ignore[index]
        return self.body["top"](x)


def test_names_may_be_told() -> None:
    words = "4x8x8 conv1-4 res(conv3-4,p1|conv1-4) res(conv3-4,p1|conv1-4) conv1-2"
    network = load(words)
    names = [node.name for node in network.nodes if "conv" in node.name]
    theirs = ["stem", "0.three", "0.one", "1.three", "1.one", "top"]
    told = dict(zip(names, (f"body.{name}" for name in theirs), strict=True))
    assert assert_equal(network, Units(), names=told).paired_by == "name"
    assert assert_equal(network, Units()).paired_by == "order"


def test_a_name_stands_for_all_that_begins_with_it(tmp_path: Path) -> None:
    path = tmp_path / "nested.cnn.yaml"
    path.write_text(
        "cnncalc: 1\ninput: 4x8x8\nlayers:\n  - stage: [{a: conv1-4}, {b: conv1-4}]\n  - stages: [{a: conv1-4}]\n",
        encoding="utf-8",
    )
    one = [nn.Conv2d(4, 4, 1) for _ in range(3)]
    stage = nn.Sequential(OrderedDict(a=one[0], b=one[1]))
    module = nn.Sequential(stage, nn.Sequential(OrderedDict(a=one[2])))
    assert assert_equal(load(str(path)), module, names={"stage": "0", "stages": "1"}).paired_by == "name"
    whole = nn.Sequential(OrderedDict(body=nn.Sequential(OrderedDict(stage=stage, stages=module[1]))))
    assert assert_equal(load(str(path)), whole, names={"": "body"}).paired_by == "name"


def test_a_star_stands_for_a_part_of_a_name() -> None:
    words = "4x8x8 conv3-4,p1 conv3-4,p1 fc-2"
    module = nn.Module()
    module.layers = nn.ModuleDict({"c1": nn.Conv2d(4, 4, 3, padding=1), "c2": nn.Conv2d(4, 4, 3, padding=1)})
    module.fc1 = nn.Linear(8, 2)
    module.forward = lambda x: module.fc1(module.layers["c2"](module.layers["c1"](x)))  # type: ignore[operator, index]
    assert assert_equal(words, module, names={"conv*": "layers.c*"}).paired_by == "name"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"covn1": "x"}, "names: no layer with tensors is called 'covn1'|did you mean 'conv1'?"),
        (
            {"relu1": "x"},
            "names: no layer with tensors is called 'relu1'|cnncalc summary lists the names of layers",
        ),
        ({"conv": "x"}, "names: no layer with tensors is called 'conv'|did you mean 'conv1'?"),
        (
            {"conv1": "x*"},
            "names: 'x*' has more * than 'conv1'|each * on the right stands for one on the left",
        ),
    ],
)
def test_names_of_nothing_are_refused(names: dict[str, str], expected: str) -> None:
    with pytest.raises(CnncalcError) as raised:
        compare(load("3x8x8 conv3-4 relu"), nn.Conv2d(3, 4, 3), names=names)
    (found,) = raised.value.diagnostics
    assert (found.code, f"{found.message}|{found.cure}") == ("CNN416", expected)


def test_names_in_sizes_are_refused() -> None:
    with pytest.raises(CnncalcError, match="the spec leaves H, K open") as raised:
        compare(load("3xHx8 conv3-K"), nn.Conv2d(3, 4, 3))
    assert raised.value.diagnostics[0].code == "CNN417"


def test_it_can_be_asked_again() -> None:
    """A file of the package that is called like its function would take the function's place once it is imported."""
    import cnncalc.verification.module as package

    network = load("3x8x8 conv3-4")
    for _ in range(2):
        assert package.compare(network, nn.Sequential(nn.Conv2d(3, 4, 3))).first is None
