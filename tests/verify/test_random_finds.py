"""Networks that random ones once found something on: a wrong rule, or a measurement that was wrong itself. All are right now."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import pytest
import torch

from cnncalc import load, verify
from cnncalc.errors import LayerError
from cnncalc.network import Network, build
from cnncalc.passes.memory import training
from cnncalc.spec.files import document_of_text
from cnncalc.verification import Verification
from cnncalc.verification.acceptance import refusal
from tests.console import run

torch.set_num_threads(1)

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'", "ignore:dropout[23]d. Received a")

GREEN = [
    # where a result lies when axes of size 1 have been permuted: channels-last by its steps
    "2x1x2 permute,order=3x2x1 celu adaptiveavgpool2 flatten",
    "1x1x1 dwconv1,p1 permute,order=3x2x1 tanhshrink conv1-2 linear-1",
    # normalisation over more axes than have letters
    "3x4x5 unflatten,shape=-1x3x1 gn1",
    "12x5x7 unflatten,shape=12x1x1 ln",
    # two numbers without eps are -1 and 1 whatever they are
    "8x10x7 linear-2 ln,eps=0.0",
    # the mean of all batches, which asks for their number
    "4x8x9 gap bn,momentum=none relu6",
    # one number has no standard deviation
    "4x1 attention1,add_bias_kv=true",
    # what becomes channels of what on volumes
    "8x4x4x6 pixelunshuffle2",
    "4x8x3x3 pixelshuffle2",
    "8x6x6x6 pixelshuffle1 linear-3",
    "16x4x1x2 relu pixelshuffle2 dropout2d",
    # sides for the channels as well
    "1x8x7 pad,padding=-1x2x-1x2x2x1,value=1.5 maxpool2 flatten",
    "6x5 pad0x0x1x1,replicate flatten",
    # softmax over the channels of a map
    "8x4x4 softmax2d conv3-2",
    # filters that are positions
    "3x5 linear-3 pad,padding=-1x1",
    # a window that is cut at the end of a part, not of the input
    "1x3 split,sections=2,dim=2 upsample2 maxpool2 maxpool3,ceil",
    # a result that sees all of an axis and has none of it any more
    "1x4x5 linear-1 flatten",
    # interpolation that changes one axis before the next is looked at
    "2x5x3 upsample,size=7x2,bilinear",
]


def of_file(text: str) -> Network:
    return build(document_of_text(f"cnncalc: 1\n{text}", "yaml"))


FILES = {
    "weights shared by layers with other strides and paddings": """
input: 3x9x9
layers:
- conv3-3,p1
- {layer: "conv3-3/2", name: b, weights: conv1}
- {layer: "conv3-3/3,p2,nobias", name: c}
""",
    "results with different numbers of axes joined: the batch lies beside the channels": """
input: 3x1
layers:
- silu
- {layer: "unflatten,shape=1x3", name: n2}
- {add: {}, from: [input, n2]}
""",
    "the same with products, which torch counts": """
input: 2x3x4
layers:
- {layer: "flatten linear-4", name: n1}
- {mul: {}, from: [n1, input]}
- linear-2
""",
    "a border across the axis that cuts off all that is read along it": """
input: 1x1x1
layers:
- {layer: "dwconv2,same,d2", name: n1}
- {mul: {}, from: [n1, input]}
""",
}


def open_reasons(found: Verification) -> set[str]:
    return {one.reason for check in found.checks for one in check.not_checked if not one.inherent}


def assert_right(network: Network) -> Verification:
    found = verify(network)
    assert [str(v) for check in found.checks for v in check.mismatches] == []
    assert open_reasons(found) == set()
    return found


@pytest.mark.parametrize("words", GREEN)
def test_words(words: str) -> None:
    assert_right(load(words))


@pytest.mark.parametrize("what", FILES)
def test_files(what: str) -> None:
    assert_right(of_file(FILES[what]))


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("12x7 attention1,dropout=1.5", "dropout=1.5 is not a probability, which training needs"),
        ("12x8x6 bn,eps=0.0", "eps=0, but training needs a positive number"),
        # one normalisation folds into another, for which a variance of 0 has no factor
        ("12x8x6 bn bn,eps=0.0", "eps=0, but training needs a positive number"),
        ("8x5x6 gap in,track", "1 value per channel in 8x1x1, but training needs at least 2"),
    ],
)
def test_what_runs_and_cannot_be_trained(words: str, error: str) -> None:
    """Refused where training is asked for, with the place; verified in everything else, where torch raises as well."""
    with pytest.raises(LayerError) as caught:
        training(load(words), batch=2)
    assert error in str(caught.value)
    assert "layer '" in str(caught.value)
    found = assert_right(load(words))
    trains = [v for c in found.checks for v in c.values if v.what.startswith("training on batch")]
    assert {(v.expected, v.measured) for v in trains} == {(False, False)}
    assert any("torch cannot train it" in u.reason for c in found.checks for u in c.not_checked)


def test_what_is_nan_anyway_is_not_said_to_see_anything() -> None:
    """Powers of negative numbers."""
    found = assert_right(load("6x4x8 ln conv3x1-9,g3 lppool2/1,norm_type=3.5"))
    (poison,) = (check for check in found.checks if check.quantity == "rf-nan")
    assert {u.node for u in poison.not_checked} == {"lppool1"}
    assert {v.node for v in poison.values} == {"ln1", "conv1"}


def test_a_result_in_a_larger_storage_is_not_compared() -> None:
    found = assert_right(load("8x4x6x6 tconv1-2/3x3x1,p1"))
    open_ = {(c.quantity, u.node) for c in found.checks for u in c.not_checked}
    assert {q for q, _ in open_} <= {"activations", "training"}


@pytest.mark.parametrize("order", ["x".join(map(str, order)) for order in permutations((1, 2, 3))])
@pytest.mark.parametrize(
    "layer", ["celu adaptiveavgpool2", "tanhshrink conv1-2", "maxpool1 add(relu|)", "mul(|gap)"]
)
def test_axes_of_size_1_lie_where_torch_says(order: str, layer: str) -> None:
    """Whether a view does at the end, or has to be a copy, depends on the steps of axes that have one position only."""
    for sizes in product((1, 2), (1, 2), (1, 3)):
        network = load(f"{'x'.join(map(str, sizes))} permute,order={order} {layer} flatten linear-2")
        found = verify(network, only=["activations", "training"])
        assert found.ok, (sizes, [str(v) for check in found.checks for v in check.mismatches])


SHARED = "cnncalc: 1\ninput: {}\nlayers:\n- linear-3\n- {{layer: 'linear-3{}', weights: linear1}}\n"


@pytest.mark.parametrize(
    ("size", "option", "refused"), [("4x3", "", None), ("4x13", "", "weight"), ("4x3", ",nobias", "bias")]
)
def test_torch_is_asked_whether_weights_can_be_shared(size: str, option: str, refused: str | None) -> None:
    document = document_of_text(SHARED.format(size, option), "yaml")
    if refused is None:
        assert_right(build(document))
        return
    with pytest.raises(LayerError) as caught:
        build(document)
    assert refusal(*(caught.value.refused or ())) == f"the modules differ in {refused}"


def test_weights_that_cannot_be_shared_are_not_said_to_be_taken(tmp_path: Any) -> None:
    file = tmp_path / "shared.yaml"
    file.write_text(SHARED.format("4x13", ""), encoding="utf-8")
    ran = run("verify", str(file))
    assert ran.code == 2
    assert ran.err.endswith("torch refuses it too: the modules differ in weight\n")


def test_a_sum_of_one_is_refused_by_torch_as_well(tmp_path: Any) -> None:
    file = tmp_path / "one.yaml"
    file.write_text("cnncalc: 1\ninput: 4x3\nlayers: [relu, {add: {}, from: relu1}]\n", encoding="utf-8")
    ran = run("verify", str(file))
    assert (ran.code, "torch refuses it too: TypeError" in ran.err) == (2, True)
