"""Classifiers that torchvision has not, as torch modules written from the papers' tables.

Tensors are called as in the implementations whose checkpoints are in use: the authors' (RepVGG), Cadene's (SE-ResNet,
Xception). Darknet's have no names.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["BACKBONES"]


def chain(**modules: nn.Module) -> nn.Sequential:
    """Modules one after the other, by name."""
    return nn.Sequential(OrderedDict(modules))


class RepVGGUnit(nn.Module):
    """relu(3x3 + 1x1 + identity), each normalised, or a single 3x3."""

    def __init__(self, channels: int, out: int, stride: int, groups: int, *, deploy: bool) -> None:
        super().__init__()
        self.rbr_identity: nn.Module | None = None
        if deploy:
            self.rbr_reparam = nn.Conv2d(channels, out, 3, stride, 1, groups=groups)
            return
        if stride == 1 and channels == out:
            self.rbr_identity = nn.BatchNorm2d(out)
        for name, kernel in (("rbr_dense", 3), ("rbr_1x1", 1)):
            conv = nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=False)
            self.add_module(name, chain(conv=conv, bn=nn.BatchNorm2d(out)))

    def forward(self, x: torch.Tensor) -> Any:
        y = sum(branch(x) for branch in self.children())
        return torch.relu(torch.as_tensor(y))


def repvgg(depths: tuple[int, ...], widths: tuple[float, float], groups: int, *, deploy: bool) -> nn.Module:
    """A layer before four stages; of the layers after it, counted from 1, the even ones up to 26 have groups."""
    a, b = widths
    channels = int(min(64, 64 * a))
    parts: dict[str, nn.Module] = {"stage0": RepVGGUnit(3, channels, 2, 1, deploy=deploy)}
    number = 0
    for stage, depth in enumerate((*depths, 1), start=1):
        out = int(512 * b) if stage == 4 else int(64 * 2 ** (stage - 1) * a)
        units = []
        for i in range(depth):
            number += 1
            split = groups if number % 2 == 0 and number <= 26 else 1
            units.append(RepVGGUnit(channels, out, 2 if i == 0 else 1, split, deploy=deploy))
            channels = out
        parts[f"stage{stage}"] = nn.Sequential(*units)
    return chain(**parts, gap=nn.AdaptiveAvgPool2d(1), flat=nn.Flatten(), linear=nn.Linear(channels, 1000))


class Squeezed(nn.Module):
    """x times a factor per channel between 0 and 1, which comes from the means of all channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // 16, 1)
        self.fc2 = nn.Conv2d(channels // 16, channels, 1)

    def forward(self, x: torch.Tensor) -> Any:
        return x * torch.sigmoid(self.fc2(torch.relu(self.fc1(x.mean((2, 3), keepdim=True)))))


class SEBottleneck(nn.Module):
    """1x1 with the stride, 3x3, 1x1, squeeze-and-excitation, plus the shortcut."""

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 1, stride, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.se_module = Squeezed(4 * width)
        self.downsample: nn.Module | None = None
        if stride > 1 or channels != 4 * width:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width)
            )

    def forward(self, x: torch.Tensor) -> Any:
        y = torch.relu(self.bn1(self.conv1(x)))
        y = torch.relu(self.bn2(self.conv2(y)))
        y = self.se_module(self.bn3(self.conv3(y)))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


def se_resnet(depths: tuple[int, ...]) -> nn.Module:
    """ResNet in which every unit ends in a squeeze-and-excitation."""
    stem = chain(
        conv1=nn.Conv2d(3, 64, 7, 2, 3, bias=False),
        bn1=nn.BatchNorm2d(64),
        relu1=nn.ReLU(),
        pool=nn.MaxPool2d(3, 2, ceil_mode=True),
    )
    parts: dict[str, nn.Module] = {"layer0": stem}
    channels = 64
    for stage, depth in enumerate(depths):
        width, units = 64 * 2**stage, []
        for i in range(depth):
            units.append(SEBottleneck(channels, width, 2 if stage > 0 and i == 0 else 1))
            channels = 4 * width
        parts[f"layer{stage + 1}"] = nn.Sequential(*units)
    head = {"pool": nn.AdaptiveAvgPool2d(1), "flat": nn.Flatten(), "last_linear": nn.Linear(channels, 1000)}
    return chain(**parts, **head)


class Separable(nn.Module):
    """Depthwise 3x3, then 1x1."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, 1, 1, groups=channels, bias=False)
        self.pointwise = nn.Conv2d(channels, out, 1, bias=False)

    def forward(self, x: torch.Tensor) -> Any:
        return self.pointwise(self.conv1(x))


class XceptionBlock(nn.Module):
    """Separable convolutions to `widths`, normalised, with ReLUs before each (not the very first); plus the shortcut."""

    def __init__(
        self, channels: int, widths: tuple[int, ...], *, first: bool = False, down: bool = True
    ) -> None:
        super().__init__()
        if down:
            self.skip = nn.Conv2d(channels, widths[-1], 1, 2, bias=False)
            self.skipbn = nn.BatchNorm2d(widths[-1])
        self.down = down
        steps: list[nn.Module] = []
        for out in widths:
            steps += [nn.ReLU(), Separable(channels, out), nn.BatchNorm2d(out)]
            channels = out
        if down:
            steps.append(nn.MaxPool2d(3, 2, 1))
        self.rep = nn.Sequential(*steps[1 if first else 0 :])

    def forward(self, x: torch.Tensor) -> Any:
        return self.rep(x) + (self.skipbn(self.skip(x)) if self.down else x)


def xception() -> nn.Module:
    """The entry, middle and exit flow of the paper's figure 5."""
    middle = {f"block{i}": XceptionBlock(728, (728, 728, 728), down=False) for i in range(4, 12)}
    return chain(
        conv1=nn.Conv2d(3, 32, 3, 2, bias=False),
        bn1=nn.BatchNorm2d(32),
        relu1=nn.ReLU(),
        conv2=nn.Conv2d(32, 64, 3, bias=False),
        bn2=nn.BatchNorm2d(64),
        relu2=nn.ReLU(),
        block1=XceptionBlock(64, (128, 128), first=True),
        block2=XceptionBlock(128, (256, 256)),
        block3=XceptionBlock(256, (728, 728)),
        **middle,
        block12=XceptionBlock(728, (728, 1024)),
        conv3=Separable(1024, 1536),
        bn3=nn.BatchNorm2d(1536),
        relu3=nn.ReLU(),
        conv4=Separable(1536, 2048),
        bn4=nn.BatchNorm2d(2048),
        relu4=nn.ReLU(),
        pool=nn.AdaptiveAvgPool2d(1),
        flat=nn.Flatten(),
        fc=nn.Linear(2048, 1000),
    )


def leaky(channels: int, out: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Darknet's convolution."""
    conv = nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out), nn.LeakyReLU(0.1))


def darknet19() -> nn.Module:
    """Stages whose kernels alternate between 3x3 at full and 1x1 at half width, halved by pools."""
    parts: list[nn.Module] = []
    channels = 3
    for stage, depth in enumerate((1, 1, 3, 3, 5, 5)):
        for i in range(depth):
            out = 32 * 2**stage // (1 + i % 2)
            parts.append(leaky(channels, out, 1 if i % 2 else 3))
            channels = out
        if stage < 5:
            parts.append(nn.MaxPool2d(2))
    head = (nn.Conv2d(1024, 1000, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Softmax(1))
    return nn.Sequential(*parts, *head)


class DarknetUnit(nn.Module):
    """x + 3x3(1x1(x)), half as wide in between."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(leaky(channels, channels // 2, 1), leaky(channels // 2, channels, 3))

    def forward(self, x: torch.Tensor) -> Any:
        return x + self.body(x)


def darknet53() -> nn.Module:
    """A convolution, and five stages, each of which begins with stride 2."""
    parts: list[nn.Module] = [leaky(3, 32, 3)]
    for stage, depth in enumerate((1, 2, 8, 8, 4)):
        width = 32 * 2**stage
        parts.append(leaky(width, 2 * width, 3, 2))
        parts += [DarknetUnit(2 * width) for _ in range(depth)]
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, 1000), nn.Softmax(1))
    return nn.Sequential(*parts, *head)


#: depths of the stages but the last, a and b of the paper's tables 2 and 3, groups of every second layer
_REPVGG: Mapping[str, tuple[tuple[int, ...], tuple[float, float], int]] = {
    "a0": ((2, 4, 14), (0.75, 2.5), 1),
    "a1": ((2, 4, 14), (1, 2.5), 1),
    "a2": ((2, 4, 14), (1.5, 2.75), 1),
    "b0": ((4, 6, 16), (1, 2.5), 1),
    "b1": ((4, 6, 16), (2, 4), 1),
    "b1g2": ((4, 6, 16), (2, 4), 2),
    "b1g4": ((4, 6, 16), (2, 4), 4),
    "b2": ((4, 6, 16), (2.5, 5), 1),
    "b2g2": ((4, 6, 16), (2.5, 5), 2),
    "b2g4": ((4, 6, 16), (2.5, 5), 4),
    "b3": ((4, 6, 16), (3, 5), 1),
    "b3g2": ((4, 6, 16), (3, 5), 2),
    "b3g4": ((4, 6, 16), (3, 5), 4),
}

#: how to build each network
BACKBONES: Mapping[str, Callable[[], nn.Module]] = {
    **{f"repvgg_{name}": partial(repvgg, *of, deploy=False) for name, of in _REPVGG.items()},
    **{f"repvgg_{name}_deploy": partial(repvgg, *of, deploy=True) for name, of in _REPVGG.items()},
    "se_resnet50": partial(se_resnet, (3, 4, 6, 3)),
    "se_resnet101": partial(se_resnet, (3, 4, 23, 3)),
    "se_resnet152": partial(se_resnet, (3, 8, 36, 3)),
    "xception": xception,
    "darknet19": darknet19,
    "darknet53": darknet53,
}
