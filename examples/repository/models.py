"""The team's own networks: one that is what its spec says, and one that is not."""

from torch import Tensor, nn


def unit(channels: int, out: int) -> list[nn.Module]:
    """A convolution, its normalisation and ReLU."""
    return [nn.Conv2d(channels, out, 3, padding=1, bias=False), nn.BatchNorm2d(out), nn.ReLU()]


class Small(nn.Module):
    """What nets/small.cnn.yaml describes."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *unit(3, 16),
            nn.MaxPool2d(2),
            *unit(16, 32),
            nn.MaxPool2d(2),
            *unit(32, 64),
            nn.AdaptiveAvgPool2d(1),
        )
        self.classifier = nn.Linear(64, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x).flatten(1))


class Drifted(Small):
    """The same after somebody has made its second stage wider, and nobody has told the spec."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__(classes)
        self.features = nn.Sequential(
            *unit(3, 16),
            nn.MaxPool2d(2),
            *unit(16, 48),
            nn.MaxPool2d(2),
            *unit(48, 64),
            nn.AdaptiveAvgPool2d(1),
        )
