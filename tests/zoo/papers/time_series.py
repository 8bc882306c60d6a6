"""Wang et al. 2017, "Time Series Classification from Scratch": Figure 1, equation 3.

Where the channels agree, the authors' code still has a norm on the shortcut.
"""

from torch import Tensor, nn
from torch.nn.functional import pad, relu


class Convs(nn.Module):
    """Three convolutions, each with its norm; the last without an activation."""

    def __init__(self, channels: int, widths: tuple[int, int, int]) -> None:
        super().__init__()
        first, second, third = widths
        self.conv1 = nn.Conv1d(channels, first, 8, bias=False)
        self.bn1 = nn.BatchNorm1d(first)
        self.conv2 = nn.Conv1d(first, second, 5, padding=2, bias=False)
        self.bn2 = nn.BatchNorm1d(second)
        self.conv3 = nn.Conv1d(second, third, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm1d(third)

    def forward(self, x: Tensor) -> Tensor:
        x = relu(self.bn1(self.conv1(pad(x, (3, 4)))))
        x = relu(self.bn2(self.conv2(x)))
        return self.bn3(self.conv3(x))


class Unit(nn.Module):
    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.body = Convs(channels, (width, width, width))
        grows = [nn.Conv1d(channels, width, 1, bias=False)] if channels != width else []
        self.shortcut = nn.Sequential(*grows, nn.BatchNorm1d(width))

    def forward(self, x: Tensor) -> Tensor:
        return relu(self.body(x) + self.shortcut(x))


class FullyConvolutional(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.convs1 = Convs(1, (128, 256, 128))
        self.linear1 = nn.Linear(128, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear1(relu(self.convs1(x)).mean(2))


class ResNet(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.unit1 = Unit(1, 64)
        self.unit2 = Unit(64, 128)
        self.unit3 = Unit(128, 128)
        self.linear1 = nn.Linear(128, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear1(self.unit3(self.unit2(self.unit1(x))).mean(2))
