"""The zoo's networks as torch modules, written down a second time from the papers' tables.

Modules that own tensors, pool or drop are called as in torchvision, so that tensors bear the names of its checkpoints.
What activations are called is of no account, and MobileNetV1, which torchvision has not, is compared without names.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["INCEPTIONS", "REFERENCES", "Reference", "mobilenet_v1"]


@dataclass(frozen=True)
class Reference:
    """How to build a network, and the size of its input without the batch."""

    build: Callable[[], nn.Module]
    input: tuple[int, ...] = (3, 224, 224)
    #: whether tensors, pools and dropouts have names that others rely on
    named: bool = True


def chain(**modules: nn.Module) -> nn.Sequential:
    """Modules one after the other, by name."""
    return nn.Sequential(OrderedDict(modules))


def lenet5() -> nn.Module:
    """C1 S2 C3 S4 C5 F6 and the output, with plain averages and a full C3."""
    return chain(
        conv1=nn.Conv2d(1, 6, 5),
        act1=nn.Tanh(),
        pool1=nn.AvgPool2d(2),
        conv2=nn.Conv2d(6, 16, 5),
        act2=nn.Tanh(),
        pool2=nn.AvgPool2d(2),
        conv3=nn.Conv2d(16, 120, 5),
        act3=nn.Tanh(),
        flat=nn.Flatten(),
        fc1=nn.Linear(120, 84),
        act4=nn.Tanh(),
        fc2=nn.Linear(84, 10),
    )


def alexnet() -> nn.Module:
    """Five convolutions (pooled after the 1st, 2nd and 5th), three dense layers, one column."""
    features: list[nn.Module] = []
    channels = 3
    for out, kernel, stride, padding, pooled in (
        (64, 11, 4, 2, True),
        (192, 5, 1, 2, True),
        (384, 3, 1, 1, False),
        (256, 3, 1, 1, False),
        (256, 3, 1, 1, True),
    ):
        features += [nn.Conv2d(channels, out, kernel, stride, padding), nn.ReLU()]
        if pooled:
            features.append(nn.MaxPool2d(3, 2))
        channels = out
    head: list[nn.Module] = []
    for width in (256 * 6 * 6, 4096):
        head += [nn.Dropout(0.5), nn.Linear(width, 4096), nn.ReLU()]
    return chain(
        features=nn.Sequential(*features),
        avgpool=nn.AdaptiveAvgPool2d(6),
        flat=nn.Flatten(),
        classifier=nn.Sequential(*head, nn.Linear(4096, 1000)),
    )


def vgg(depths: tuple[int, ...], *, normalised: bool) -> nn.Module:
    """Stages of 3x3 convolutions, each halved by a pool; three dense layers."""
    features: list[nn.Module] = []
    channels = 3
    for depth, width in zip(depths, (64, 128, 256, 512, 512), strict=True):
        for _ in range(depth):
            features.append(nn.Conv2d(channels, width, 3, padding=1))
            if normalised:
                features.append(nn.BatchNorm2d(width))
            features.append(nn.ReLU())
            channels = width
        features.append(nn.MaxPool2d(2))
    head: list[nn.Module] = []
    for width in (512 * 7 * 7, 4096):
        head += [nn.Linear(width, 4096), nn.ReLU(), nn.Dropout(0.5)]
    return chain(
        features=nn.Sequential(*features),
        avgpool=nn.AdaptiveAvgPool2d(7),
        flat=nn.Flatten(),
        classifier=nn.Sequential(*head, nn.Linear(4096, 1000)),
    )


def unit(channels: int, out: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """GoogLeNet's convolution: as large as the input (before the stride), normalised, ReLU."""
    return chain(
        conv=nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False),
        bn=nn.BatchNorm2d(out, eps=1e-3),
        act=nn.ReLU(),
    )


class Inception(nn.Module):
    """Four branches, concatenated: 1x1; 1x1 and 3x3; 1x1 and what should be 5x5 and is 3x3; pool and 1x1."""

    def __init__(
        self, channels: int, one: int, three: tuple[int, int], five: tuple[int, int], pooled: int
    ) -> None:
        super().__init__()
        self.branch1 = unit(channels, one, 1)
        self.branch2 = nn.Sequential(unit(channels, three[0], 1), unit(*three, 3))
        self.branch3 = nn.Sequential(unit(channels, five[0], 1), unit(*five, 3))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), unit(channels, pooled, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([branch(x) for branch in self.children()], dim=1)


#: #1x1, (#3x3 reduce, #3x3), (#5x5 reduce, #5x5), pool proj of the paper's table 1
INCEPTIONS = {
    "3a": (64, (96, 128), (16, 32), 32),
    "3b": (128, (128, 192), (32, 96), 64),
    "4a": (192, (96, 208), (16, 48), 64),
    "4b": (160, (112, 224), (24, 64), 64),
    "4c": (128, (128, 256), (24, 64), 64),
    "4d": (112, (144, 288), (32, 64), 64),
    "4e": (256, (160, 320), (32, 128), 128),
    "5a": (256, (160, 320), (32, 128), 128),
    "5b": (384, (192, 384), (48, 128), 128),
}


def googlenet() -> nn.Module:
    """A stem, nine inceptions, global average, one dense layer; without the auxiliary heads."""
    parts: dict[str, nn.Module] = {
        "conv1": unit(3, 64, 7, 2),
        "maxpool1": nn.MaxPool2d(3, 2, ceil_mode=True),
        "conv2": unit(64, 64, 1),
        "conv3": unit(64, 192, 3),
        "maxpool2": nn.MaxPool2d(3, 2, ceil_mode=True),
    }
    channels = 192
    for name, (one, three, five, pooled) in INCEPTIONS.items():
        parts[f"inception{name}"] = Inception(channels, one, three, five, pooled)
        channels = one + three[1] + five[1] + pooled
        if name == "3b":
            parts["maxpool3"] = nn.MaxPool2d(3, 2, ceil_mode=True)
        if name == "4e":
            parts["maxpool4"] = nn.MaxPool2d(2, 2, ceil_mode=True)
    return chain(
        **parts,
        avgpool=nn.AdaptiveAvgPool2d(1),
        flat=nn.Flatten(),
        dropout=nn.Dropout(0.2),
        fc=nn.Linear(channels, 1000),
    )


class Residual(nn.Module):
    """relu(normalised convolutions with ReLU in between + shortcut); (kernel, filters, stride) of each in `plan`."""

    def __init__(self, channels: int, plan: list[tuple[int, int, int]]) -> None:
        super().__init__()
        self.depth = len(plan)
        width, total = channels, 1
        for i, (kernel, out, stride) in enumerate(plan):
            self.add_module(f"conv{i + 1}", nn.Conv2d(width, out, kernel, stride, kernel // 2, bias=False))
            self.add_module(f"bn{i + 1}", nn.BatchNorm2d(out))
            width, total = out, total * stride
        self.act = nn.ReLU()
        self.downsample: nn.Module | None = None
        if total > 1 or width != channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, width, 1, total, bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x: torch.Tensor) -> Any:
        y = x
        for i in range(1, self.depth + 1):
            y = self.get_submodule(f"bn{i}")(self.get_submodule(f"conv{i}")(y))
            y = self.act(y) if i < self.depth else y
        return self.act(y + (x if self.downsample is None else self.downsample(x)))


def resnet(depths: tuple[int, ...], *, bottleneck: bool) -> nn.Module:
    """A stem, four stages of residual units, global average, one dense layer. A unit's stride is on its first 3x3."""
    stages: dict[str, nn.Module] = {}
    channels = 64
    for i, depth in enumerate(depths):
        width, units = 64 * 2**i, []
        for j in range(depth):
            stride = 2 if i > 0 and j == 0 else 1
            plan = [(3, width, stride), (3, width, 1)]
            if bottleneck:
                plan = [(1, width, 1), (3, width, stride), (1, 4 * width, 1)]
            units.append(Residual(channels, plan))
            channels = plan[-1][1]
        stages[f"layer{i + 1}"] = nn.Sequential(*units)
    return chain(
        conv1=nn.Conv2d(3, 64, 7, 2, 3, bias=False),
        bn1=nn.BatchNorm2d(64),
        act=nn.ReLU(),
        maxpool=nn.MaxPool2d(3, 2, 1),
        **stages,
        avgpool=nn.AdaptiveAvgPool2d(1),
        flat=nn.Flatten(),
        fc=nn.Linear(channels, 1000),
    )


def mobilenet_v1(width: float = 1) -> nn.Module:
    """A 3x3 stem and 13 separable convolutions; `width` scales every number of channels but the input's."""
    names = map("part{}".format, count())
    parts: dict[str, nn.Module] = {}

    def add(channels: int, out: int, kernel: int, stride: int, groups: int) -> None:
        convolution = nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=False)
        for module in (convolution, nn.BatchNorm2d(out), nn.ReLU()):
            parts[next(names)] = module

    channels = int(32 * width)
    add(3, channels, 3, 2, 1)
    for stage, depth in ((64, 1), (128, 2), (256, 2), (512, 6), (1024, 2)):
        out = int(stage * width)
        for i in range(depth):
            add(channels, channels, 3, 2 if i == 0 and stage > 64 else 1, channels)
            add(channels, out, 1, 1, 1)
            channels = out
    return chain(**parts, pool=nn.AdaptiveAvgPool2d(1), flat=nn.Flatten(), fc=nn.Linear(channels, 1000))


#: configurations A, B, D, E of the paper's table 1
_VGG = {
    "vgg11": (1, 1, 2, 2, 2),
    "vgg13": (2, 2, 2, 2, 2),
    "vgg16": (2, 2, 3, 3, 3),
    "vgg19": (2, 2, 4, 4, 4),
}
_BASIC = {"resnet18": (2, 2, 2, 2), "resnet34": (3, 4, 6, 3)}
_BOTTLENECK = {"resnet50": (3, 4, 6, 3), "resnet101": (3, 4, 23, 3), "resnet152": (3, 8, 36, 3)}
_WIDTHS = {"": 1, "_075": 0.75, "_050": 0.5, "_025": 0.25}

REFERENCES: Mapping[str, Reference] = {
    "lenet5": Reference(lenet5, (1, 32, 32)),
    "alexnet": Reference(alexnet),
    "googlenet": Reference(googlenet),
    **{name: Reference(partial(vgg, depths, normalised=False)) for name, depths in _VGG.items()},
    **{f"{name}_bn": Reference(partial(vgg, depths, normalised=True)) for name, depths in _VGG.items()},
    **{name: Reference(partial(resnet, depths, bottleneck=False)) for name, depths in _BASIC.items()},
    **{name: Reference(partial(resnet, depths, bottleneck=True)) for name, depths in _BOTTLENECK.items()},
    **{
        f"mobilenet_v1{suffix}": Reference(partial(mobilenet_v1, width), named=False)
        for suffix, width in _WIDTHS.items()
    },
}
