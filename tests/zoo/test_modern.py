"""Networks after the classics, beside torchvision's or beside modules that were written from the papers.

Facts are compared on the meta device, functions on small inputs with the same weights.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from torch import nn

from cnncalc.loader import load
from cnncalc.verification.realise import realise
from tests.zoo.printed import number
from tests.zoo.reference_backbones import BACKBONES
from tests.zoo.reference_pictures import PICTURES
from tests.zoo.vision import facts_of, measured, stated, torchvision

torch.set_num_threads(1)

_FAMILIES = ("squeezenet", "densenet", "shufflenet", "mnasnet", "efficientnet", "regnet", "convnext")
VISION = [name for name in torchvision.models.list_models() if name.startswith(_FAMILIES)]
OWN = {**BACKBONES, **PICTURES}
#: whose tensors are called as in checkpoints that are in use
NAMED = [*VISION, *(name for name in OWN if name.startswith(("repvgg", "se_resnet", "xception", "dcgan")))]


def model_of(member: str) -> Any:
    return OWN[member]() if member in OWN else torchvision.models.get_model(member, weights=None)


@pytest.mark.parametrize("member", VISION)
def test_facts_are_torchvisions(member: str) -> None:
    network = load(member)
    assert stated(network) == measured(member, tuple(map(number, network.input.dims)))


@pytest.mark.parametrize("member", VISION)
def test_sums_as_torchvision_publishes_them(member: str) -> None:
    """Parameters, and GFLOPs (which are multiply-adds) at the size that the weights were trained for."""
    weights = torchvision.models.get_model_weights(member).DEFAULT
    side = weights.transforms().crop_size[0]
    totals = stated(load(member, input_size=f"3x{side}x{side}"))
    assert totals.params == weights.meta["num_params"]
    assert round(number(totals.macs) / 1e9, 3) == weights.meta["_ops"]


@pytest.mark.parametrize("member", OWN)
def test_facts_are_those_of_torch(member: str) -> None:
    network = load(member)
    ours = stated(network)
    with torch.device("meta"):
        theirs = facts_of(model_of(member).eval(), tuple(map(number, network.input.dims)))
    if member not in NAMED:
        assert [shape for _, shape in ours.tensors] == [shape for _, shape in theirs.tensors]
        theirs = dataclasses.replace(theirs, tensors=ours.tensors)
    assert ours == theirs


def randomised(model: nn.Module) -> nn.Module:
    """A model whose every tensor matters for the output."""
    for name, tensor in model.state_dict().items():
        if name.endswith(("bias", "running_mean")):
            tensor.normal_(std=0.1)
        elif tensor.ndim == 1 or name.endswith("layer_scale"):
            tensor.uniform_(0.5, 1.5)
        elif tensor.ndim > 1:
            nn.init.kaiming_normal_(tensor)  # keeps the signal's size through ReLUs
    return model


#: one for each way in which members of a family are built, and an input that leaves every map a position or more
SMALL = {
    **dict.fromkeys(("squeezenet1_0", "squeezenet1_1", "densenet121", "shufflenet_v2_x0_5"), "3x64x64"),
    **dict.fromkeys(("mnasnet0_5", "efficientnet_b0", "efficientnet_v2_s", "convnext_tiny"), "3x64x64"),
    **dict.fromkeys(("regnet_x_400mf", "regnet_y_400mf", "repvgg_a0", "repvgg_a0_deploy"), "3x64x64"),
    **dict.fromkeys(("se_resnet50", "xception", "darknet19", "darknet53"), "3x64x64"),
    "dcgan_generator_pytorch": "100x1x1",
    "dcgan_discriminator_pytorch": "3x64x64",
    "unet": "1x188x188",
    "unet_padded": "1x32x32",
    **dict.fromkeys(("cifar10_convnet", "cifar10_mlp"), "3x32x32"),
}


@pytest.mark.parametrize("member", SMALL)
def test_same_function(member: str) -> None:
    network = load(member, input_size=SMALL[member])
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        model: Any = randomised(model_of(member).double().eval())
        ours = realise(network, dtype=torch.float64)
        tensors = model.state_dict()
        if member not in NAMED:
            names = [name for name, _ in stated(network).tensors]
            tensors = dict(zip(names, tensors.values(), strict=True))
        ours.load_state_dict(tensors)
        x = torch.randn(2, *ours.input, dtype=torch.float64)
        last = network.last
        if isinstance(list(model.children())[-1], nn.Softmax):  # whose results for large numbers are 0 or 1
            model, last = model[:-1], last - 1
        theirs = model(x)
        mine = ours.run(x, stop=last)
    assert (
        theirs[0] - theirs[1]
    ).abs().max() > 1e-6 * theirs.abs().max()  # what does not vary compares nothing
    torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-12)
