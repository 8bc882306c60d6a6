"""Lin et al. 2013, "Network In Network": section 4.1, and the authors' CIFAR files."""

import torch
from torch import Tensor, nn


class NetworkInNetwork(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.mlpconv1 = _mlpconv(3, 5, 192, 160, 96)
        self.mlpconv2 = _mlpconv(96, 5, 192, 192, 192)
        self.mlpconv3 = _mlpconv(192, 3, 192, 192, classes)
        self.pool1 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.pool2 = nn.AvgPool2d(3, 2, ceil_mode=True)
        self.dropout = nn.Dropout()

    def forward(self, x: Tensor) -> Tensor:
        x = self.dropout(self.pool1(self.mlpconv1(x)))
        x = self.dropout(self.pool2(self.mlpconv2(x)))
        return torch.mean(self.mlpconv3(x), (2, 3))


def _mlpconv(channels: int, size: int, *widths: int) -> nn.Sequential:
    first, second, third = widths
    return nn.Sequential(
        nn.Conv2d(channels, first, size, padding=size // 2),
        nn.ReLU(),
        nn.Conv2d(first, second, 1),
        nn.ReLU(),
        nn.Conv2d(second, third, 1),
        nn.ReLU(),
    )
