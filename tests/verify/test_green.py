"""What is true is found to be true: networks of the zoo, and networks of layers that the zoo has not."""

from __future__ import annotations

import os

import pytest
import torch

from cnncalc import load, verify
from cnncalc.loader import load_text, zoo_members
from cnncalc.network import Network
from cnncalc.verification import QUANTITIES, Verification

torch.set_num_threads(1)

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'", "ignore:dropout[23]d. Received a")

#: those that are verified in every run; VERIFY_ZOO=all verifies the others as well, which takes minutes
QUICK = ("lenet5", "alexnet", "resnet18", "mobilenet_v1_025")
#: smaller inputs, by how names begin, of networks that would take long at their own
SIZES = {
    **dict.fromkeys(("resnet", "resnext", "wide_resnet", "preresnet", "googlenet"), "3x64x64"),
    **dict.fromkeys(("vgg", "mobilenet"), "3x32x32"),
    "alexnet": "3x63x63",
    "inception_v3": "3x107x107",
}
#: heads that fit one input only
FIXED = ("_conv", "_cifar", "alexnet_2012")
MEMBERS = [name for name, _ in zoo_members()]
slow = pytest.mark.skipif(os.environ.get("VERIFY_ZOO") != "all", reason="slow: VERIFY_ZOO=all")

#: every family of layers, shapes of all ranks, branches, shared weights, and what torch has no module for
WORDS = [
    "3x12x12 conv3-8,p1,g1 bn relu maxpool3/2,p1 dwconv3,p1 prelu avgpool2 gap flatten fc-5",
    "4x9x11 conv2-6,same conv3-6,d2,p2,padding_mode=circular tconv4-8/2,p1,g2 hardswish lrn5 adaptivemaxpool3",
    "4x16 conv3-8/2,p1 in,affine=true gelu maxpool2 upsample2,linear conv1-4 flatten fc-3",
    "2x6x6x6 conv3-4,p1 bn relu avgpool2 gap flatten fc-2",
    "3x9x10 conv3-4 bn lc3-6/2,p1 relu lc2-4,p1,padding_mode=circular,sharedbias bn flatten fc-2",
    "2x12 lc3-4,same relu permute,order=2x1 lc3-2,nobias",
    "2x5x5x5 lc3x2x2-3,p1,padding_mode=replicate gap flatten fc-2",
    "4x8x8 conv3-8,p1 gn4 silu ln rms conv1-4 scale dropout0.5 droppath0.2 softmax,dim=1",
    "4x8x8 res(conv3-4,p1 bn relu conv3-4,p1 bn) relu cat(conv1-4|conv1-2 conv3-8,p1|maxpool3/1,p1) conv1-4",
    "8x8x8 mul(|gap conv1-2 relu conv1-8 sigmoid) pixelshuffle2 pixelunshuffle2 channelshuffle4 pad2 conv3-8",
    "6x8 attention2 permute,order=2x1 ln fc-4",
    "12 fc-8 bn relu unflatten,shape=2x4 flatten fc-3",
    "4x10x10 upsample2,bilinear conv3-4 upsample,size=7,mode=bicubic conv3-4,p1 adaptiveavgpool3",
    "3x8x8 conv3-4,p1 pad1x0x0x1x2x1 scale,bare conv3-2",
    "4x9x11 conv3x2-6/2,p1,d2,g2 softmax2d select2,dim=3 upsample0.5,bilinear",
    "4x6 fc-6 softmax2d permute,order=2x1 conv3-2",
    "4x5x6 conv1-6 permute,order=3x1x2 relu permute,order=1x3x2 conv1-4 permute,order=2x3x1 conv3-2",
    "6x8x8 glu,dim=1 select,stop=2 split,chunks=2,index=1 conv3-2 lppool2,norm_type=2",
]


def told(found: Verification) -> str:
    return "\n".join(str(v) for c in found.checks for v in (*c.mismatches, *c.not_checked))


def assert_green(network: Network, **how: object) -> Verification:
    found = verify(network, **how)  # type: ignore[arg-type]
    assert found.ok, told(found)
    return found


@pytest.mark.parametrize("name", [m if m in QUICK else pytest.param(m, marks=slow) for m in MEMBERS])
def test_the_zoo_is_green(name: str) -> None:
    sizes = [size for start, size in SIZES.items() if name.startswith(start) and not name.endswith(FIXED)]
    found = assert_green(load(name, input_size=sizes[0] if sizes else None))
    assert {c.quantity for c in found.checks if not c.compared} <= {"statistics", "fold"}


@pytest.mark.parametrize("words", WORDS)
def test_layers_of_all_kinds_are_green(words: str) -> None:
    assert_green(load(words))


@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
def test_other_numbers_are_green(dtype: str) -> None:
    assert_green(load("3x8x8 conv3-4,p1 bn relu maxpool2 flatten fc-3"), dtype=dtype)


@pytest.mark.parametrize(
    "words",
    [
        "CxHxW convF-K/S,pP bn relu gap flatten fc-10",
        "3xHxW conv3-K,p1 res(conv3-K,p1) maxpool2",
        "N fc-M relu",
    ],
)
def test_names_are_verified_at_random_sizes(words: str) -> None:
    found = assert_green(load(words))
    assert [c.quantity.replace(" ", "-") for c in found.checks if c.quantity == "symbolic"] == ["symbolic"]
    assert len(found.notes) == 1


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_cuda_is_green() -> None:
    # what autograd keeps, and where, is cuDNN's choice there
    chosen = [q for q in QUANTITIES if q not in ("training", "activations")]
    for words in ("3x32x32 conv3-8,p1 bn relu maxpool2 flatten fc-10", "resnet18"):
        found = assert_green(load(words), device="cuda", only=chosen)
        assert found.device == "cuda"
        assert found.device_name


def test_a_seed_decides_what_is_drawn_and_the_world_outside_is_left_alone() -> None:
    network = load("3x8x8 conv3-4 relu")
    torch.manual_seed(7)
    before = torch.rand(3)
    torch.manual_seed(7)
    first, again, other = (
        [v.measured for v in verify(network, seed=s, only=["initialisation"]).checks[0].values]
        for s in (1, 1, 2)
    )
    assert torch.equal(torch.rand(3), before)
    assert first == again != other


def test_shared_weights_are_there_once() -> None:
    spec = "cnncalc: 1\ninput: 4x8x8\nlayers: [{a: 'conv3-4,p1'}, relu, {layer: 'conv3-4,p1', weights: a}]"
    found = assert_green(load_text(spec, "spec.yaml"))
    parameters = next(c for c in found.checks if c.quantity == "parameters")
    assert [v.what for v in parameters.values] == ["weight", "bias", "number of parameters", "all parameters"]


def test_an_input_too_large_to_execute_is_executed_smaller() -> None:
    found = assert_green(load("3x20000x20000 conv3-8,p1 relu"), only=["acceptance", "shapes", "activations"])
    assert len(found.notes) == 1
    assert found.notes[0].startswith("the input 3x20000x20000 is too large to execute: executed with 3x")
    assert found.checks[1].values[0].measured == (8, 20000, 20000)


def test_what_cannot_be_executed_at_all_is_not_verified() -> None:
    found = verify(load("200000 fc-200000"), only=["acceptance", "parameters"])
    assert [c.equal == c.compared for c in found.checks] == [True, True]
    assert not found.ok
    assert found.checks[0].not_checked[0].reason == "the network is too large to execute"
