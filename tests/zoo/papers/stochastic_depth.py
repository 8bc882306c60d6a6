"""Huang et al. 2016, "Deep Networks with Stochastic Depth": section 3, equation 4.

The paper weighs by p_l where the network is used, this by 1 / p_l where it is trained.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, relu


class Block(nn.Module):
    def __init__(self, channels: int, width: int, stride: int, survival: float) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.stride, self.more = stride, width - channels
        self.survival = survival

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(relu(self.bn1(self.conv1(x)))))
        if self.training:
            alive = torch.rand(len(y), 1, 1, 1, device=y.device) < self.survival
            y = y * alive / self.survival
        shortcut = pad(
            x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.more)
        )
        return relu(shortcut + y)


class StochasticDepth(nn.Module):
    def __init__(self, depth: int, last: float = 0.5) -> None:
        super().__init__()
        n = (depth - 2) // 6
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        survival = torch.linspace(1, last, 3 * n + 1)[1:].tolist()
        self.layer1 = self._layer(16, 16, 1, survival[:n])
        self.layer2 = self._layer(16, 32, 2, survival[n : 2 * n])
        self.layer3 = self._layer(32, 64, 2, survival[2 * n :])
        self.fc = nn.Linear(64, 10)

    def _layer(
        self, channels: int, width: int, stride: int, survival: list[float]
    ) -> nn.Sequential:
        first = Block(channels, width, stride, survival[0])
        return nn.Sequential(first, *[Block(width, width, 1, p) for p in survival[1:]])

    def forward(self, x: Tensor) -> Tensor:
        x = relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(x.mean((2, 3)))
