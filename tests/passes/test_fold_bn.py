"""Which normalisations fold, into what, and why not: verdicts, the network that is left, what is saved."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings

from cnncalc.errors import SpecError
from cnncalc.loader import load, zoo_members
from cnncalc.network import Network
from cnncalc.passes.fold_bn import Folding, fold_bn
from cnncalc.report.spec_file import network_as_yaml
from cnncalc.symbolic import names
from tests.verify.folding_networks import networks

#: of a pre-activation block: what is joined goes on to be joined again
DENSE = """
cnncalc: 1
name: dense
input: 3x32x32
vars: {growth: 8}
blocks:
  dense:
    layers:
      - cat:
          - []
          - - {norm1: bn}
            - {relu1: relu}
            - {conv1: "conv1-{4*growth},nobias"}
            - {norm2: bn}
            - {relu2: relu}
            - {conv2: "conv3-{growth},p1,nobias"}
layers:
  - {conv0: "conv3-16,p1,nobias"}
  - {norm0: bn}
  - {relu0: relu}
  - {layer1: dense}
  - {layer2: dense}
  - transition: [{norm: bn}, {relu: relu}, {conv: conv1-16}, {pool: avgpool2}]
  - gap
  - flatten
  - {norm5: bn}
  - fc-10
"""


def folded(text: str) -> Folding:
    return fold_bn(load(text))


def reasons(text: str) -> dict[str, tuple[str, ...]]:
    return {v.node: v.reasons for v in folded(text).verdicts if not v.folded}


@pytest.mark.parametrize("member", [name for name, _ in zoo_members()])
def test_in_the_zoo_what_follows_a_convolution_folds_into_it(member: str) -> None:
    """And nothing else does: of the networks that activate first, the first normalisation of a block stays."""
    network = load(member)
    folding = fold_bn(network)
    norms = [n for n in network.nodes if n.layer.kind == "bn"]
    read = Counter(i for n in network.nodes for i in n.inputs)
    before = {n.name: network.nodes[n.inputs[0]] for n in norms if n.inputs[0] >= 0}
    into = {
        name: n.name for name, n in before.items() if n.layer.kind.endswith("conv") and read[n.index] == 1
    }
    # ConvNeXt's factors for every channel fold as normalisations do, through the permutation behind the last dense layer
    scales = [n for n in network.nodes if n.layer.kind == "scale" and n.name.endswith(".layer_scale")]
    into |= {n.name: n.name.replace(".layer_scale", ".block.5") for n in scales}
    told = {v.node: v.targets for v in folding.verdicts if v.direction == "backward"}
    assert {name: [t.node for t in targets] for name, targets in told.items()} == {
        n: [c] for n, c in into.items()
    }
    assert [v.node for v in folding.verdicts if v.direction == "forward"] == []
    assert [n.name for n in folding.folded.nodes] == [n.name for n in network.nodes if n.name not in into]
    gone = sum(n.output.elements for n in (*norms, *scales) if n.name in into)
    assert folding.before.elementwise - folding.after.elementwise == gone


@pytest.mark.parametrize(
    ("member", "count", "params", "buffers"),
    [
        ("resnet18", 20, 4_800, 9_620),
        ("resnet50", 53, 26_560, 53_173),
        ("mobilenet_v1", 27, 10_944, 21_915),
        ("mobilenet_v2", 52, 17_056, 34_164),
        ("vgg16_bn", 13, 8_448, 8_461),  # its convolutions have biases already
    ],
)
def test_known_savings(member: str, count: int, params: int, buffers: int) -> None:
    folding = folded(member)
    before, after = folding.before, folding.after
    assert folding.count == count
    assert (before.params - after.params, before.buffers - after.buffers) == (params, buffers)
    assert before.nodes - after.nodes == count
    assert before.macs == after.macs


def test_pre_activation_blocks(tmp_path: Path) -> None:
    path = tmp_path / "dense.cnn.yaml"
    path.write_text(DENSE, encoding="utf-8")
    folding = fold_bn(load(str(path)))
    assert {v.node: v.direction for v in folding.verdicts} == {
        "norm0": "backward",
        "layer1.norm1": None,
        "layer1.norm2": "backward",
        "layer2.norm1": None,
        "layer2.norm2": "backward",
        "transition.norm": None,
        "norm5": "backward",
    }
    (norm5,) = [v for v in folding.verdicts if v.node == "norm5"]
    assert [(t.node, t.through) for t in norm5.targets] == [
        ("transition.conv", ("transition.pool", "gap1", "flatten1"))
    ]
    assert {v.node: v.reasons for v in folding.verdicts if not v.folded} == {
        "layer1.norm1": (
            "'relu0' is also read by 'layer1.cat1'",
            "'layer1.relu1': relu is not linear",
        ),
        "layer2.norm1": (
            "'layer1.cat1' is also read by 'layer2.cat1'",
            "'layer2.relu1': relu is not linear",
        ),
        "transition.norm": (
            "of the 2 inputs of 'layer2.cat1' 1 cannot take it: 'layer1.cat1' is also read by 'layer2.norm1'",
            "'transition.relu': relu is not linear",
        ),
    }


def test_reasons() -> None:
    unchanged = "'relu1': relu is not linear"
    stands = "the network's input has no weights"
    assert reasons("3x8x8 bn relu conv3-4") == {"bn1": (stands, unchanged)}
    assert reasons("3x8x8 bn,notrack conv3-4") == {"bn1": ("it takes its statistics from every input anew",)}
    assert reasons("4x8x8 conv1-4 gn2 ln in lrn5") == {
        "gn1": ("it takes its statistics from every input anew",),
        "ln1": ("it takes its statistics from every input anew",),
        "in1": ("it takes its statistics from every input anew",),
        "lrn1": ("it divides by what neighbouring channels sum to",),
    }
    assert reasons("3x8x8 conv3-4,p1 maxpool2 bn relu") == {
        "bn1": (
            "'maxpool1': maxpool takes the largest, which a negative factor makes the smallest: "
            "that depends on the weights",
            unchanged,
        )
    }
    assert reasons("3x8x8 conv3-4 res(relu conv1-4) bn") == {
        "bn1": (
            "of the 2 inputs of 'add1' 1 cannot take it: 'conv1' is also read by 'relu1'",
            "it is the network's output",
        )
    }
    assert reasons("3x8x8 conv3-4 add(relu|conv1-4) bn") == {
        "bn1": (
            "of the 2 inputs of 'add1' 1 cannot take it: 'relu1': relu is not linear",
            "it is the network's output",
        )
    }
    assert reasons("3x8x8 relu bn conv3-4,p1") == {
        "bn1": (unchanged, "'conv1': conv pads zeros behind it, which the summand would change at the border")
    }
    assert reasons("3x8x8 relu bn tconv2-4/2") == {
        "bn1": (
            unchanged,
            "'tconv1': of a summand before tconv more or less arrives, by the position",
        )
    }
    assert reasons("3x8x8 relu mul(bn|) relu") == {
        "bn1": ("'relu1' is also read by 'mul1'", "'mul1': mul joins it with others")
    }
    assert reasons("8x6 fc-5 bn") == {
        "bn1": (
            "'fc1': its channels are the rows of linear, which all have the same weights",
            "it is the network's output",
        )
    }


def test_every_input_that_cannot_take_its_part_is_told() -> None:
    found = reasons("3x8x8 conv3-8,p1 relu cat(conv1-4|relu|tanh conv1-2|sigmoid|gelu|silu) bn relu")
    assert found["bn1"][0] == (
        "of the 6 inputs of 'cat1' 4 cannot take it: 'relu2': relu is not linear; "
        "'sigmoid1': sigmoid is not linear; 'gelu1': gelu is not linear; and 1 more"
    )
    # of a branch that branches again, what is met first
    found = reasons("3x8x8 relu cat(conv1-4|add(conv1-3|relu|tanh)|) bn relu")
    assert found["bn1"][0] == (
        "of the 3 inputs of 'cat1' 2 cannot take it: 'relu2': relu is not linear; 'relu1' is also read by 'conv1'"
    )
    assert folded("3x8x8 relu cat(conv1-4|add(conv1-4|identity conv1-4)) bn relu").count == 1


def test_flatten_gives_every_position_a_factor_of_its_own() -> None:
    found = reasons("3x8x8 conv3-4 flatten bn relu")["bn1"][0]
    assert found == (
        "'flatten1': behind flatten each of 36 numbers of a channel may have a factor of its own: "
        "that depends on the weights"
    )
    network = load("3x4x4 conv3-2 flatten bn relu")
    equal = {"bn1": ([2.0] * 4 + [3.0] * 4, [1.0] * 8)}
    assert fold_bn(network, scales=equal).count == 1
    other = {"bn1": ([2.0] * 4 + [3.0, 3.0, 3.0, 4.0], [1.0] * 8)}
    assert fold_bn(network, scales=other).count == 0


def test_a_path_has_an_end() -> None:
    assert folded("3x4x4 conv1-3 200*(identity) bn relu").count == 1
    assert folded("3x4x4 relu bn 200*(identity) conv1-3").count == 1
    far = "more than 256 layers lie in between"
    assert reasons("3x4x4 conv1-3 300*(identity) bn 300*(dropout) conv1-3") == {"bn1": (far, far)}


def test_a_chain_of_normalisations_folds_link_by_link() -> None:
    """Each goes into the one before it, so that no path grows with the chain."""
    folding = folded("3x4x4 conv1-3 400*(identity bn) relu")
    assert folding.count == 400
    assert [[t.node for t in v.targets] for v in folding.verdicts[:2]] == [["conv1"], ["bn1"]]
    assert max(len(t.through) for v in folding.verdicts for t in v.targets) == 1
    assert [n.layer.kind for n in folding.folded.nodes] == ["conv", *["identity"] * 400, "relu"]
    # none of them can leave the first, which has nowhere to go
    assert folded("3x4x4 relu 400*(identity bn) relu").count == 399


SHARED = """
cnncalc: 1
input: 4x8x8
layers:
  - {a: "conv3-4,p1"}
  - {na: bn}
  - relu
  - {b: "conv3-4,p1", weights: a}
  - {nb: bn, weights: na}
  - relu
"""


def test_a_shared_layer_folds_where_all_its_calls_do(tmp_path: Path) -> None:
    path = tmp_path / "shared.cnn.yaml"
    path.write_text(SHARED, encoding="utf-8")
    folding = fold_bn(load(str(path)))
    assert [v.direction for v in folding.verdicts] == ["backward", "backward"]
    assert [n.weights_of for n in folding.folded.nodes] == [None, None, 0, None]
    assert len(folding.steps) == 1
    path.write_text(SHARED.replace("bn, weights: na", "bn"), encoding="utf-8")
    network = load(str(path))
    folding = fold_bn(network)
    assert folding.count == 0
    assert folding.verdicts[0].reasons[0] == (
        "'a' shares its weights with 'b', which no such normalisation follows"
    )
    same = ([2.0] * 4, [1.0] * 4)
    assert fold_bn(network, scales={"na": same, "nb": same}).count == 2
    assert fold_bn(network, scales={"na": same, "nb": ([2.0] * 4, [0.0] * 4)}).count == 0


def test_a_normalisation_without_its_owner_owns_its_tensors(tmp_path: Path) -> None:
    path = tmp_path / "owner.cnn.yaml"
    path.write_text(
        "cnncalc: 1\ninput: 4x8x8\nlayers:\n  - {a: conv1-4}\n  - {na: bn}\n  - relu\n  - {nb: bn, weights: na}\n  - relu\n",
        encoding="utf-8",
    )
    folding = fold_bn(load(str(path)))
    assert [v.direction for v in folding.verdicts] == ["backward", None]
    assert [(n.name, n.weights_of) for n in folding.folded.nodes][2] == ("nb", None)


def test_names_may_be_left_open() -> None:
    folding = fold_bn(load("CxHxW conv3-K,p1,nobias bn relu flatten bn fc-10"))
    assert [v.direction for v in folding.verdicts] == ["backward", "forward"]
    assert set(names(folding.before.elementwise)) == {"H", "K", "W"}
    with pytest.raises(SpecError, match="needs numbers"):
        network_as_yaml(folding.folded)


def without_places(network: Network) -> list[tuple[object, ...]]:
    return [(n.name, n.layer, n.inputs, n.output, n.weights_of) for n in network.nodes]


@settings(deadline=None, max_examples=60)
@given(network=networks())
def test_spec_file_of_a_folded_network_loads_as_the_same(
    network: Network, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for each in (network, fold_bn(network).folded):
        if not each.nodes:
            continue
        path = tmp_path_factory.getbasetemp() / "folded.cnn.yaml"
        path.write_text(network_as_yaml(each), encoding="utf-8")
        back = load(str(path))
        assert without_places(back) == without_places(each)
        assert back.last == each.last


@pytest.mark.parametrize("member", ["resnet18", "googlenet", "mobilenet_v1", "vgg11_bn"])
def test_spec_file_keeps_names(member: str, tmp_path: Path) -> None:
    folding = folded(member)
    path = tmp_path / "folded.cnn.yaml"
    path.write_text(network_as_yaml(folding.folded), encoding="utf-8")
    back = load(str(path))
    assert without_places(back) == without_places(folding.folded)
    assert (back.name, back.source, back.input) == (member, folding.network.source, folding.network.input)


@settings(deadline=None, max_examples=100)
@given(network=networks())
def test_folding_again_changes_nothing(network: Network) -> None:
    once = fold_bn(network).folded
    assert without_places(fold_bn(once).folded) == without_places(once)


@settings(deadline=None, max_examples=100)
@given(network=networks())
def test_every_normalisation_has_a_verdict_and_its_reasons(network: Network) -> None:
    folding = fold_bn(network)
    norms = [n for n in network.nodes if n.layer.kind in ("bn", "in", "gn", "ln", "scale")]
    assert [v.node for v in folding.verdicts] == [n.name for n in norms]
    left = {n.name for n in folding.folded.nodes}
    for verdict in folding.verdicts:
        assert verdict.folded == (verdict.node not in left)
        assert verdict.folded or verdict.reasons
        assert all(verdict.reasons)
