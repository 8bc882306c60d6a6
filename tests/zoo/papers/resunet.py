"""Zhang et al. 2018, "Road Extraction by Deep Residual U-Net": Figure 2, Table 1."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, relu


class Unit(nn.Module):
    """Figure 1 (b); the first of all begins with its convolution."""

    def __init__(
        self, channels: int, width: int, stride: int = 1, first: bool = False
    ) -> None:
        super().__init__()
        if first:
            self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(width)
        else:
            self.bn1 = nn.BatchNorm2d(channels)
            self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.first = first
        self.downsample = nn.Sequential(
            nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width)
        )

    def forward(self, x: Tensor) -> Tensor:
        if self.first:
            y = relu(self.bn1(self.conv1(x)))
        else:
            y = relu(self.bn2(self.conv1(relu(self.bn1(x)))))
        return self.downsample(x) + self.conv2(y)


class ResUNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder1 = Unit(3, 64, first=True)
        self.encoder2 = Unit(64, 128, 2)
        self.encoder3 = Unit(128, 256, 2)
        self.bridge = Unit(256, 512, 2)
        self.decoder3 = Unit(512 + 256, 256)
        self.decoder2 = Unit(256 + 128, 128)
        self.decoder1 = Unit(128 + 64, 64)
        self.conv1 = nn.Conv2d(64, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        first = self.encoder1(x)
        second = self.encoder2(first)
        third = self.encoder3(second)
        x = self.bridge(third)
        x = self.decoder3(torch.cat([_up(x), third], 1))
        x = self.decoder2(torch.cat([_up(x), second], 1))
        x = self.decoder1(torch.cat([_up(x), first], 1))
        return self.conv1(x).sigmoid()


def _up(x: Tensor) -> Tensor:
    return interpolate(x, scale_factor=2)
