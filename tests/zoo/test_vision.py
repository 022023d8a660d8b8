"""Classics that torchvision has, beside torchvision's: tensors by name and order, sums, and the function itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

from cnncalc.loader import load
from cnncalc.verification.realise import realise
from tests.zoo.printed import number
from tests.zoo.vision import Facts, measured, stated, torchvision

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

torch.set_num_threads(1)


@dataclass(frozen=True)
class Theirs:
    """A network as torchvision builds it."""

    name: str
    size: tuple[int, ...] = (3, 224, 224)
    options: Mapping[str, Any] = field(default_factory=dict)
    #: torchvision's auxiliary heads, and what each of them hangs on; they run in training only
    heads: Mapping[str, str] = field(default_factory=dict)

    def model(self) -> Any:
        return torchvision.models.get_model(self.name, weights=None, **self.options)


#: of networks that draw their weights slowly, and warn that they do
_QUICK = {"init_weights": False}
_ALONE = {**_QUICK, "aux_logits": False}

VISION = {
    **{
        name: Theirs(name)
        for name in (
            *("alexnet", "vgg11", "vgg13", "vgg16", "vgg19"),
            *("vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn"),
            *("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
            *("resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d"),
            *("wide_resnet50_2", "wide_resnet101_2"),
            *("mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small"),
        )
    },
    **{
        f"mobilenet_v2_{width:03}": Theirs("mobilenet_v2", options={"width_mult": width / 100})
        for width in (140, 130, 75, 50, 35)
    },
    "googlenet": Theirs("googlenet", options=_ALONE),
    "googlenet_heads": Theirs(
        "googlenet", options=_QUICK, heads={"aux1": "inception4a", "aux2": "inception4d"}
    ),
    "inception_v3": Theirs("inception_v3", (3, 299, 299), _ALONE),
    "inception_v3_heads": Theirs("inception_v3", (3, 299, 299), _QUICK, {"AuxLogits": "Mixed_6e"}),
}


@cache
def both(member: str) -> tuple[Facts, Facts]:
    theirs = VISION[member]
    found = measured(theirs.name, theirs.size, training=bool(theirs.heads), **theirs.options)
    return stated(load(member)), found


@pytest.mark.parametrize("member", VISION)
def test_tensors_in_order_of_the_state_dict(member: str) -> None:
    ours, theirs = both(member)
    assert ours.tensors == theirs.tensors


@pytest.mark.parametrize("member", VISION)
def test_sums_and_output(member: str) -> None:
    ours, theirs = both(member)
    assert (ours.params, ours.buffers, ours.macs) == (theirs.params, theirs.buffers, theirs.macs)
    assert ours.output == theirs.output


@pytest.mark.parametrize("model", ["mobilenet_v3_large", "mobilenet_v3_small"])
def test_mobilenet_v3_is_widened_as_in_torchvision(model: str) -> None:
    assert stated(load(model, settings={"width": 0.75})) == measured(model, width_mult=0.75)


@pytest.mark.parametrize("member", [member for member, theirs in VISION.items() if member == theirs.name])
def test_sums_as_torchvision_publishes_them(member: str) -> None:
    """Parameters with the auxiliary heads but for GoogLeNet's, GFLOPs (which are multiply-adds) without."""
    meta = torchvision.models.get_model_weights(member).DEFAULT.meta
    with_heads = "inception_v3_heads" if member == "inception_v3" else member
    assert both(with_heads)[0].params == meta["num_params"]
    assert round(number(both(member)[0].macs) / 1e9, 3) == meta["_ops"]


def randomised(model: nn.Module) -> nn.Module:
    """A model whose every tensor matters for the output."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight)  # keeps the signal's size through ReLUs
        if isinstance(module, nn.BatchNorm2d):
            state = module.state_dict()
            for name in ("weight", "running_var"):
                state[name].uniform_(0.5, 1.5)
            for name in ("bias", "running_mean"):
                state[name].normal_(std=0.1)
    return model


# one of each architecture; chains like VGG leave nothing open, and are too large to run
@pytest.mark.parametrize(
    ("member", "side"),
    [
        *(("resnet18", 64), ("resnet50", 64), ("resnext50_32x4d", 64), ("googlenet_heads", 64)),
        *(("mobilenet_v2", 64), ("mobilenet_v3_large", 64), ("mobilenet_v3_small", 64)),
        ("inception_v3_heads", 299),  # its head needs all of it
    ],
)
def test_state_dict_loads_by_name_and_the_function_is_the_same(member: str, side: int) -> None:
    theirs = VISION[member]
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        model: Any = randomised(theirs.model().double().eval())
        ours = realise(load(member, input_size=f"3x{side}x{side}"), dtype=torch.float64)
        ours.load_state_dict(model.state_dict())
        x = torch.randn(2, 3, side, side, dtype=torch.float64)
        heads = {ours.network.names[head][0]: head for head in theirs.heads}
        found, expected = {}, {}
        for head, place in theirs.heads.items():
            model.get_submodule(place).register_forward_hook(
                lambda _, __, y, head=head: expected.update({head: model.get_submodule(head)(y)})
            )

        def observe(index: int, inputs: Sequence[torch.Tensor], y: torch.Tensor) -> None:
            if index in heads:
                found[heads[index]] = y

        expected[""] = model(x)
        found[""] = ours.run(x, observe)
    assert expected.keys() == {"", *theirs.heads}
    for end, y in expected.items():
        assert (y[0] - y[1]).abs().max() > 1e-3  # what does not vary compares nothing
        torch.testing.assert_close(found[end], y, rtol=1e-9, atol=1e-12)
