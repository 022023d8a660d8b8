"""The classics that torchvision has not, as torch modules written from the papers' figures and tables."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import torch
from torch import nn

from tests.zoo.reference import INCEPTIONS, Reference, chain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["CLASSICS"]

#: what a unit's input is added as, where sizes change: projected by 1x1, subsampled and padded with zeros, not at all
Shortcut: TypeAlias = Literal["projected", "padded", "none"]
#: kernel, filters and stride of each convolution of a unit
Plan: TypeAlias = "list[tuple[int, int, int]]"


class Scale(nn.Module):
    """A coefficient and a bias for every channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class PartlyConnected(nn.Module):
    """Table I of LeNet-5's paper: 3 neighbours of 6, 4 neighbours, twice two neighbours, all; counted around the end."""

    def __init__(self) -> None:
        super().__init__()
        neighbours = [[(i + j) % 6 for j in range(count)] for count in (3, 4) for i in range(6)]
        pairs = [[(i + j) % 6 for j in (0, 1, 3, 4)] for i in range(3)]
        self.parts = [neighbours[:6], neighbours[6:], pairs, [list(range(6))]]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(sum(map(len, part)), len(part), 5, groups=len(part)) for part in self.parts
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        chosen = [x[:, [i for maps in part for i in maps]] for part in self.parts]
        return torch.cat([conv(y) for conv, y in zip(self.convolutions, chosen, strict=True)], dim=1)


def lenet5_1998() -> nn.Module:
    """C1 to F6 with squashing functions, trained subsampling and the partial connections of C3."""

    def subsampling(channels: int) -> nn.Sequential:
        return nn.Sequential(nn.AvgPool2d(2), Scale(channels), nn.Tanh())

    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5), nn.Tanh(), subsampling(6), PartlyConnected(), nn.Tanh(), subsampling(16)),
        *(nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(), nn.Linear(120, 84), nn.Tanh()),
    )


def alexnet_2012() -> nn.Module:
    """Figure 2: the second, fourth and fifth convolution on two GPUs that see their own maps only."""

    def normalised() -> nn.Module:
        return nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)

    return chain(
        features=nn.Sequential(
            *(nn.Conv2d(3, 96, 11, 4), nn.ReLU(), normalised(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(96, 256, 5, 1, 2, groups=2), nn.ReLU(), normalised(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(256, 384, 3, 1, 1), nn.ReLU()),
            *(nn.Conv2d(384, 384, 3, 1, 1, groups=2), nn.ReLU()),
            *(nn.Conv2d(384, 256, 3, 1, 1, groups=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
        ),
        avgpool=nn.AdaptiveAvgPool2d(6),
        flat=nn.Flatten(),
        classifier=nn.Sequential(
            *(nn.Linear(256 * 6 * 6, 4096), nn.ReLU(), nn.Dropout(0.5)),
            *(nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4096, 1000)),
        ),
    )


def vgg(
    kernels: Iterable[str], *, normalised: bool = False, lrn: bool = False, dense: bool = True
) -> nn.Module:
    """Table 1: for each stage its kernels, as in "331". A dense head, or the same as convolutions."""
    features: list[nn.Module] = []
    channels = 3
    for width, stage in zip((64, 128, 256, 512, 512), kernels, strict=True):
        for kernel in map(int, stage):
            features.append(nn.Conv2d(channels, width, kernel, padding=kernel // 2))
            features += [nn.BatchNorm2d(width)] if normalised else []
            features.append(nn.ReLU())
            channels = width
        features += [nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)] if lrn and width == 64 else []
        features.append(nn.MaxPool2d(2))
    if not dense:
        head = nn.Sequential(
            *(nn.Conv2d(512, 4096, 7), nn.ReLU(), nn.Dropout(0.5)),
            *(nn.Conv2d(4096, 4096, 1), nn.ReLU(), nn.Dropout(0.5), nn.Conv2d(4096, 1000, 1)),
        )
        return chain(features=nn.Sequential(*features), classifier=head)
    head = nn.Sequential(
        *(nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout(0.5)),
        *(nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4096, 1000)),
    )
    return chain(
        features=nn.Sequential(*features), avgpool=nn.AdaptiveAvgPool2d(7), flat=nn.Flatten(), classifier=head
    )


def convolved(channels: int, out: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """A convolution as large as its input (before the stride), with a bias and ReLU."""
    return chain(conv=nn.Conv2d(channels, out, kernel, stride, kernel // 2), act=nn.ReLU())


class Inception(nn.Module):
    """The figure's module: 1x1; 1x1 and 3x3; 1x1 and 5x5; pool and 1x1; concatenated."""

    def __init__(
        self, channels: int, one: int, three: tuple[int, int], five: tuple[int, int], pooled: int
    ) -> None:
        super().__init__()
        self.branch1 = convolved(channels, one, 1)
        self.branch2 = nn.Sequential(convolved(channels, three[0], 1), convolved(*three, 3))
        self.branch3 = nn.Sequential(convolved(channels, five[0], 1), convolved(*five, 5))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), convolved(channels, pooled, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([branch(x) for branch in self.children()], dim=1)


def googlenet_2014() -> nn.Module:
    """Table 1, with local response normalisation around the second convolution."""
    layers: list[nn.Module] = [
        *(convolved(3, 64, 7, 2), nn.MaxPool2d(3, 2, ceil_mode=True), nn.LocalResponseNorm(5)),
        *(convolved(64, 64, 1), convolved(64, 192, 3), nn.LocalResponseNorm(5)),
        nn.MaxPool2d(3, 2, ceil_mode=True),
    ]
    channels = 192
    for name, (one, three, five, pooled) in INCEPTIONS.items():
        layers.append(Inception(channels, one, three, five, pooled))
        channels = one + three[1] + five[1] + pooled
        if name in ("3b", "4e"):
            layers.append(nn.MaxPool2d(3, 2, ceil_mode=True))
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.4), nn.Linear(channels, 1000)
    )


def changed(channels: int, out: int, stride: int, shortcut: Shortcut, *, norm: bool) -> nn.Module | None:
    """What a shortcut needs where sizes change."""
    if shortcut == "none" or (stride == 1 and channels == out):
        return None
    if shortcut == "padded":
        zeros: Any = (0, 0, 0, 0, 0, out - channels)
        return nn.Sequential(nn.AvgPool2d(1, stride), nn.ConstantPad2d(zeros, 0.0))
    projection = nn.Conv2d(channels, out, 1, stride, bias=False)
    return nn.Sequential(projection, nn.BatchNorm2d(out)) if norm else projection


def convolutions(channels: int, plan: Plan) -> tuple[list[nn.Conv2d], int, int]:
    """The convolutions of a unit, what comes out, and the stride of all."""
    found, total = [], 1
    for kernel, out, stride in plan:
        found.append(nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False))
        channels, total = out, total * stride
    return found, channels, total


class Residual(nn.Module):
    """relu(body + shortcut): the convolutions of the body normalised, with ReLU in between."""

    def __init__(self, channels: int, plan: Plan, shortcut: Shortcut) -> None:
        super().__init__()
        found, out, stride = convolutions(channels, plan)
        body: list[nn.Module] = []
        for conv in found:
            body += [nn.ReLU()] if body else []
            body += [conv, nn.BatchNorm2d(conv.out_channels)]
        self.body = nn.Sequential(*body)
        self.change = changed(channels, out, stride, shortcut, norm=True)
        self.skips = shortcut != "none"
        self.act = nn.ReLU()

    def forward(self, x: torch.Tensor) -> Any:
        y = self.body(x)
        if self.skips:
            y = y + (x if self.change is None else self.change(x))
        return self.act(y)


class PreActivation(nn.Module):
    """body + shortcut, normalisation and ReLU before each convolution.

    The first of a stage shares the first normalisation between both; that of the first stage is the stem's.
    """

    def __init__(self, channels: int, plan: Plan, shortcut: Shortcut, *, opens: bool) -> None:
        super().__init__()
        found, out, stride = convolutions(channels, plan)
        self.shared = self._norm(channels) if opens and stride > 1 else None
        body: list[nn.Module] = [] if opens else [self._norm(channels)]
        for conv in found:
            body += [self._norm(conv.in_channels)] if conv is not found[0] else []
            body.append(conv)
        self.body = nn.Sequential(*body)
        self.change = changed(channels, out, stride, shortcut, norm=False)

    @staticmethod
    def _norm(channels: int) -> nn.Sequential:
        return nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU())

    def forward(self, x: torch.Tensor) -> Any:
        x = x if self.shared is None else self.shared(x)
        return self.body(x) + (x if self.change is None else self.change(x))


def residual(
    depths: tuple[int, ...],
    shortcut: Shortcut = "projected",
    *,
    width: int = 64,
    bottleneck: bool = False,
    pre: bool = False,
) -> nn.Module:
    """A stem, stages of units that double the width, global average, one dense layer. Width 16: the networks for CIFAR.

    A bottleneck's stride is on its first convolution.
    """
    stem = nn.Conv2d(3, width, 3, padding=1, bias=False)
    if width == 64:
        stem = nn.Conv2d(3, width, 7, 2, 3, bias=False)
    layers: list[nn.Module] = [stem, nn.BatchNorm2d(width), nn.ReLU()]
    layers += [nn.MaxPool2d(3, 2, 1)] if width == 64 else []
    channels = width
    for i, depth in enumerate(depths):
        inner = width * 2**i
        for j in range(depth):
            stride = 2 if i > 0 and j == 0 else 1
            plan = [(3, inner, stride), (3, inner, 1)]
            if bottleneck:
                plan = [(1, inner, stride), (3, inner, 1), (1, 4 * inner, 1)]
            layers.append(
                PreActivation(channels, plan, shortcut, opens=j == 0)
                if pre
                else Residual(channels, plan, shortcut)
            )
            channels = plan[-1][1]
    layers += [nn.BatchNorm2d(channels), nn.ReLU()] if pre else []
    classes = 10 if width == 16 else 1000
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))


_A, _B, _C = ("3", "3", "33", "33", "33"), ("33", "33", "33", "33", "33"), ("33", "33", "331", "331", "331")
_D, _E = ("33", "33", "333", "333", "333"), ("33", "33", "3333", "3333", "3333")
_18, _50, _200 = (2, 2, 2, 2), (3, 4, 6, 3), (3, 24, 36, 3)
_SHORTCUTS: dict[str, Shortcut] = {"": "padded", "_b": "projected", "_plain": "none"}
#: of residual networks one for each way in which they are built, as depths are told by names
_NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "alexnet_2012": alexnet_2012,
    "vgg11_lrn": partial(vgg, _A, lrn=True),
    "vgg16_1x1": partial(vgg, _C),
    "vgg16_1x1_bn": partial(vgg, _C, normalised=True),
    **{
        f"vgg{name}_conv": partial(vgg, kernels, dense=False)
        for name, kernels in {11: _A, 13: _B, 16: _D, 19: _E}.items()
    },
    "googlenet_2014": googlenet_2014,
    "resnet18_plain": partial(residual, _18, "none"),
    "resnet34_plain": partial(residual, _50, "none"),
    "resnet50_2015": partial(residual, _50, bottleneck=True),
    "preresnet18": partial(residual, _18, pre=True),
    "preresnet50": partial(residual, _50, bottleneck=True, pre=True),
    "preresnet200": partial(residual, _200, bottleneck=True, pre=True),
    "preresnet110_cifar": partial(residual, (18, 18, 18), "padded", width=16, pre=True),
    "preresnet164_cifar": partial(residual, (18, 18, 18), width=16, bottleneck=True, pre=True),
    **{
        f"cifar_resnet{6 * n + 2}{name}": partial(residual, (n, n, n), shortcut, width=16)
        for n in (3, 9)
        for name, shortcut in _SHORTCUTS.items()
    },
}


def _input(name: str) -> tuple[int, int, int]:
    side = 32 if "cifar" in name else 227 if name == "alexnet_2012" else 224
    return 3, side, side


CLASSICS: Mapping[str, Reference] = {
    "lenet5_1998": Reference(lenet5_1998, (1, 32, 32), named=False),
    **{name: Reference(build, _input(name), named=False) for name, build in _NETWORKS.items()},
}
