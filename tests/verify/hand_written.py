"""Modules as teams write them: functions for what has no tensors, names of their own, layers by hand."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations


class Unit(nn.Module):
    """A residual unit whose shortcut runs first."""

    def __init__(self, ins: int, outs: int, stride: int) -> None:
        super().__init__()
        self.short = nn.Sequential(nn.Conv2d(ins, outs, 1, stride, bias=False), nn.BatchNorm2d(outs))
        self.first = nn.Conv2d(ins, outs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outs)
        self.second = nn.Conv2d(outs, outs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outs)

    def forward(self, x: Tensor) -> Tensor:
        rest = self.short(x)
        y = F.relu(self.norm1(self.first(x)))
        return F.relu(rest + self.norm2(self.second(y)))


RESIDUAL = (
    "3x16x16 conv3-8/2,p1 relu res(conv3-12/2,p1,nobias bn relu conv3-12,p1,nobias bn | conv1-12/2,nobias bn)"
    " relu gap flatten fc-5"
)


class Residual(nn.Module):
    """RESIDUAL with +, F.relu and flatten."""

    def __init__(self) -> None:
        super().__init__()
        self.entry = nn.Conv2d(3, 8, 3, 2, 1)
        self.unit = Unit(8, 12, 2)
        self.head = nn.Linear(12, 5)

    def forward(self, x: Tensor) -> Tensor:
        y = self.unit(F.relu(self.entry(x)))
        return self.head(torch.flatten(F.adaptive_avg_pool2d(y, 1), 1))  # type: ignore[no-any-return]


class NoSkip(Residual):
    """The shortcut is forgotten: nothing else tells."""

    def forward(self, x: Tensor) -> Tensor:
        unit, x = self.unit, F.relu(self.entry(x))
        unit.short(x)
        y = F.relu(unit.norm2(unit.second(F.relu(unit.norm1(unit.first(x))))))
        return self.head(torch.flatten(F.adaptive_avg_pool2d(y, 1), 1))  # type: ignore[no-any-return]


BY_HAND = "3x8x8 conv3-6,p1 bn relu conv1-4,nobias gn2 scale flatten fc-5"


class Affine(nn.Module):
    """A learned factor and nothing else."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.g = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.g.view(1, -1, 1, 1)


class ByFunctions(nn.Module):
    """BY_HAND of functions on its own tensors; group normalisation in its single steps."""

    def __init__(self) -> None:
        super().__init__()
        self.w1 = nn.Parameter(torch.zeros(6, 3, 3, 3))
        self.b1 = nn.Parameter(torch.zeros(6))
        self.norm = nn.BatchNorm2d(6)
        self.w2 = nn.Parameter(torch.zeros(4, 6, 1, 1))
        self.weight = nn.Parameter(torch.ones(4))
        self.bias = nn.Parameter(torch.zeros(4))
        self.affine = Affine(4)
        self.out = nn.Linear(4 * 64, 5)

    def forward(self, x: Tensor) -> Tensor:
        y = F.conv2d(x, self.w1, self.b1, padding=1)
        n = self.norm
        y = F.batch_norm(y, n.running_mean, n.running_var, n.weight, n.bias)
        y = F.conv2d(y.relu_(), self.w2)
        z = y.view(y.shape[0], 2, -1)
        z = (z - z.mean(-1, keepdim=True)) / z.std(-1, keepdim=True)
        z = z.view_as(y) * self.weight.view(-1, 1, 1) + self.bias[:, None, None]
        y = self.affine(z)
        return F.linear(y.flatten(1), self.out.weight, self.out.bias)


LAZY = "3x8x8 conv3-6,p1 bn relu flatten fc-5"


def lazy() -> nn.Module:
    """LAZY of layers that do not know their inputs."""
    return nn.Sequential(
        nn.LazyConv2d(6, 3, padding=1), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(5)
    )


class Tied(nn.Module):
    """The same convolution three times, by itself and by its weights."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.other = nn.Conv2d(4, 4, 3, padding=1)
        self.other.weight, self.other.bias = self.conv.weight, self.conv.bias

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.other(F.relu(self.conv(x))))
        return F.conv2d(x, self.conv.weight, self.conv.bias, padding=1)


class Several(nn.Module):
    """Whatever `given` makes of the result."""

    def __init__(self, given: Any) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 3)
        self.given = given

    def forward(self, x: Tensor) -> Any:
        return self.given(self.fc(x))


class TwoInputs(nn.Module):
    """Needs a mask."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        return self.fc(x * mask)  # type: ignore[no-any-return]


class Raising(nn.Module):
    """Has all tensors, and does not run."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 3)
        self.error = error

    def forward(self, x: Tensor) -> Tensor:
        print("about to raise")
        raise self.error


class Asking(nn.Module):
    """Asks for a value."""

    def forward(self, x: Tensor) -> Tensor:
        return x * x.sum().item()


class Counting(nn.Module):
    """Asks for values, which there are none of on the meta device."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x) if x.sum().item() == 0 else x


class Gate(nn.Module):
    """Squeeze and excitation."""

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.down = nn.Conv2d(channels, inner, 1)
        self.up = nn.Conv2d(inner, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.up(self.down(x.mean((2, 3), keepdim=True)).relu()).sigmoid()  # type: ignore[no-any-return]


BRANCHES = (
    "4x8x8 cat(conv1-4|conv1-2 relu conv3-4,p1|maxpool3/1,p1 conv1-4) mul(|gap conv1-3 relu conv1-12 sigmoid)"
    " split,chunks=2,index=1 conv3-6,p1"
)


class Branches(nn.Module):
    """BRANCHES from the last to the first; the parts are chunks, and the sums are made in place."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = (
            nn.Conv2d(4, 4, 1),
            nn.Sequential(nn.Conv2d(4, 2, 1), nn.ReLU(), nn.Conv2d(2, 4, 3, padding=1)),
        )
        self.c = nn.Conv2d(4, 4, 1)
        self.gate = Gate(12, 3)
        self.last = nn.Conv2d(6, 6, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.zeros(x.shape[0], 12, 8, 8, dtype=x.dtype, device=x.device)
        y[:, 8:] = self.c(F.max_pool2d(x, 3, 1, 1))
        y[:, 4:8] += self.b(x)
        y[:, :4] = self.a(x)
        _, second = self.gate(y).chunk(2, 1)
        return self.last(second)  # type: ignore[no-any-return]


TOKENS = "6x4 attention2 fc-5"


class Tokens(nn.Module):
    """TOKENS; `heads` is seen in no tensor."""

    def __init__(self, heads: int = 2) -> None:
        super().__init__()
        self.mixing = nn.MultiheadAttention(4, heads, batch_first=True)
        self.out = nn.Linear(4, 5)

    def forward(self, x: Tensor) -> Tensor:
        y, _ = self.mixing(query=x, key=x, value=x)
        return self.out(y)  # type: ignore[no-any-return]


REWRITTEN = "3x9x9 conv4-4/2,p1 permute,order=2x3x1 ln,dims=1 permute,order=3x1x2 pad1 conv3-5,nobias"


class Permuting(nn.LayerNorm):
    """Normalises the channels of images."""

    def forward(self, x: Tensor) -> Tensor:
        y = F.layer_norm(x.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.bias, self.eps)
        return y.permute(0, 3, 1, 2)


class Padding(nn.Conv2d):
    """Pads by itself."""

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(F.pad(x, (1, 1, 1, 1)), self.weight, self.bias, self.stride)


def rewritten() -> nn.Module:
    """REWRITTEN of torch's layers with a forward of their own: outside of one the sizes are those of the spec, within the other."""
    return nn.Sequential(Padding(3, 4, 4, 2), Permuting(4), Padding(4, 5, 3, bias=False))


def normed() -> nn.Module:
    """A convolution whose weight is computed from two tensors."""
    return nn.Sequential(parametrizations.weight_norm(nn.Conv2d(3, 4, 3)), nn.ReLU())
