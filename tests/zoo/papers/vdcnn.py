"""Conneau et al. 2016, "Very Deep Convolutional Networks for Text Classification".

Figures 1 and 2, Table 2; with the shortcuts of Figure 1.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool1d, relu


class Block(nn.Module):
    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(channels, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm1d(width)
        self.conv2 = nn.Conv1d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm1d(width)
        self.downsample = nn.Sequential()
        if channels != width:
            self.downsample.append(nn.Conv1d(channels, width, 1, bias=False))
            self.downsample.append(nn.BatchNorm1d(width))

    def forward(self, x: Tensor) -> Tensor:
        y = relu(self.bn1(self.conv1(x)))
        return relu(self.bn2(self.conv2(y)) + self.downsample(x))


class VDCNN(nn.Module):
    def __init__(self, depths: list[int]) -> None:
        super().__init__()
        self.embedding1 = nn.Embedding(69, 16)
        self.conv1 = nn.Conv1d(16, 64, 3, padding=1)
        self.layer1 = _layer(64, 64, depths[0])
        self.layer2 = _layer(64, 128, depths[1])
        self.layer3 = _layer(128, 256, depths[2])
        self.layer4 = _layer(256, 512, depths[3])
        self.fc1 = nn.Linear(512 * 8, 2048)
        self.fc2 = nn.Linear(2048, 2048)
        self.fc3 = nn.Linear(2048, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(self.embedding1(x).mT)
        x = max_pool1d(self.layer1(x), 3, 2, 1)
        x = max_pool1d(self.layer2(x), 3, 2, 1)
        x = max_pool1d(self.layer3(x), 3, 2, 1)
        x = k_max_pool(self.layer4(x), 8).flatten(1)
        return self.fc3(relu(self.fc2(relu(self.fc1(x)))))


def k_max_pool(x: Tensor, k: int) -> Tensor:
    """The k largest of each row, as they stand (Kalchbrenner et al. 2014)."""
    _, ranked = x.sort(dim=2, descending=True, stable=True)
    places, _ = ranked[..., :k].sort(dim=2)
    return torch.take_along_dim(x, places, dim=2)


def _layer(channels: int, width: int, depth: int) -> nn.Sequential:
    others = [Block(width, width) for _ in range(depth - 1)]
    return nn.Sequential(Block(channels, width), *others)
