"""Networks from pictures to pictures (or from a code, or to one number), and those of courses, as torch modules."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["PICTURES"]


def twice(channels: int, out: int, padding: int) -> nn.Sequential:
    """U-Net's pair of 3x3."""
    return nn.Sequential(
        nn.Conv2d(channels, out, 3, padding=padding),
        nn.ReLU(),
        nn.Conv2d(out, out, 3, padding=padding),
        nn.ReLU(),
    )


class UNet(nn.Module):
    """Down four times, up four times; what goes up is joined to the middle of what went down."""

    def __init__(self, padding: int) -> None:
        super().__init__()
        widths = (64, 128, 256, 512, 1024)
        self.down = nn.ModuleList([twice(c, d, padding) for c, d in zip((1, *widths), widths, strict=False)])
        self.up = nn.ModuleList()
        for width in reversed(widths[:-1]):
            self.up += [nn.ConvTranspose2d(2 * width, width, 2, 2), twice(2 * width, width, padding)]
        self.last = nn.Conv2d(64, 2, 1)

    def forward(self, x: torch.Tensor) -> Any:
        levels = []
        for i, pair in enumerate(self.down):
            x = pair(x if i == 0 else nn.functional.max_pool2d(x, 2))
            levels.append(x)
        for widen, pair, level in zip(self.up[::2], self.up[1::2], levels[-2::-1], strict=True):
            x = widen(x)
            offset = (level.shape[-1] - x.shape[-1]) // 2
            x = pair(torch.cat([middle(level, offset, x), x], 1))
        return self.last(x)


class FCN(nn.Module):
    """VGG-16's layers, scores at up to three strides, and what they are upsampled by."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.stages = nn.ModuleList()
        channels = 3
        for stage, (depth, width) in enumerate(zip((2, 2, 3, 3, 3), (64, 128, 256, 512, 512), strict=True)):
            parts: list[nn.Module] = []
            for i in range(depth):
                parts += [nn.Conv2d(channels, width, 3, padding=100 if stage == i == 0 else 1), nn.ReLU()]
                channels = width
            self.stages.append(nn.Sequential(*parts, nn.MaxPool2d(2, ceil_mode=True)))
        dense = (nn.Conv2d(512, 4096, 7), nn.ReLU(), nn.Conv2d(4096, 4096, 1), nn.ReLU())
        self.score = nn.Sequential(*dense, nn.Conv2d(4096, 21, 1))
        self.finer = nn.ModuleList()
        for width in {32: (), 16: (512,), 8: (512, 256)}[stride]:
            self.finer += [nn.ConvTranspose2d(21, 21, 4, 2, bias=False), nn.Conv2d(width, 21, 1)]
        self.last = nn.ConvTranspose2d(21, 21, 2 * stride, stride, bias=False)
        self.offset = {32: 19, 16: 27, 8: 31}[stride]

    def forward(self, image: torch.Tensor) -> Any:
        x, pools = image, []
        for stage in self.stages:
            x = stage(x)
            pools.append(x)
        x = self.score(x)
        for up, score, i, offset in zip(self.finer[::2], self.finer[1::2], (3, 2), (5, 9), strict=False):
            x = up(x)
            x = x + middle(score(pools[i]), offset, x)
        return middle(self.last(x), self.offset, image)


def middle(x: torch.Tensor, offset: int, like: torch.Tensor) -> torch.Tensor:
    """The part of x that is as large as another tensor, from an offset."""
    return x[..., offset : offset + like.shape[-2], offset : offset + like.shape[-1]]


class Generator(nn.Module):
    """DCGAN's generator, doubled by 5x5 kernels (the paper) or 4x4 ones (PyTorch's example)."""

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        parts: list[nn.Module] = []
        channels = 100
        for out in (8 * width, 4 * width, 2 * width, width, 3):
            if channels == 100:
                parts.append(nn.ConvTranspose2d(channels, out, 4, bias=False))
            elif kernel == 5:
                parts.append(nn.ConvTranspose2d(channels, out, 5, 2, 2, 1, bias=False))
            else:
                parts.append(nn.ConvTranspose2d(channels, out, 4, 2, 1, bias=False))
            parts += [nn.Tanh()] if out == 3 else [nn.BatchNorm2d(out), nn.ReLU()]
            channels = out
        self.main = nn.Sequential(*parts)

    def forward(self, x: torch.Tensor) -> Any:
        return self.main(x)


class Discriminator(nn.Module):
    """DCGAN's discriminator: a picture to one number."""

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        parts: list[nn.Module] = []
        channels = 3
        for out in (width, 2 * width, 4 * width, 8 * width):
            parts.append(nn.Conv2d(channels, out, kernel, 2, {5: 2, 4: 1}[kernel], bias=False))
            parts += [nn.BatchNorm2d(out)] if channels > 3 else []
            parts.append(nn.LeakyReLU(0.2))
            channels = out
        self.main = nn.Sequential(*parts, nn.Conv2d(channels, 1, 4, bias=False), nn.Sigmoid())

    def forward(self, x: torch.Tensor) -> Any:
        return self.main(x)


def convnet() -> nn.Module:
    """Three times convolution, ReLU, pool; one dense layer."""
    parts: list[nn.Module] = []
    for channels, out in ((3, 16), (16, 20), (20, 20)):
        parts += [nn.Conv2d(channels, out, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(20 * 4 * 4, 10))


def mlp() -> nn.Module:
    """All numbers of the picture, 50 hidden units, 10 classes."""
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 50), nn.ReLU(), nn.Linear(50, 10))


#: how to build each network
PICTURES: Mapping[str, Callable[[], nn.Module]] = {
    "unet": partial(UNet, 0),
    "unet_padded": partial(UNet, 1),
    "fcn32s": partial(FCN, 32),
    "fcn16s": partial(FCN, 16),
    "fcn8s": partial(FCN, 8),
    "dcgan_generator": partial(Generator, 128, 5),
    "dcgan_generator_pytorch": partial(Generator, 64, 4),
    "dcgan_discriminator": partial(Discriminator, 128, 5),
    "dcgan_discriminator_pytorch": partial(Discriminator, 64, 4),
    "cifar10_convnet": convnet,
    "cifar10_mlp": mlp,
}
