"""Tai et al. 2017, "Deep Recursive Residual Network": Figures 2 (d) and 4, B = 1."""

from torch import Tensor, nn


class DRRN(nn.Module):
    def __init__(self, units: int) -> None:
        super().__init__()
        self.units = units
        self.first = _conv(1, 128)
        self.conv1 = _conv(128, 128)
        self.conv2 = _conv(128, 128)
        self.last = _conv(128, 1)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        first = y = self.first(self.relu(x))
        for _ in range(self.units):
            y = self.conv2(self.relu(self.conv1(self.relu(y)))) + first
        return self.last(self.relu(y)) + x


def _conv(channels: int, width: int) -> nn.Conv2d:
    return nn.Conv2d(channels, width, 3, padding=1, bias=False)
