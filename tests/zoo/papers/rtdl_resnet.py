"""Gorishniy et al. 2021, "Revisiting Deep Learning Models for Tabular Data": 3.2."""

from torch import Tensor, nn


class Block(nn.Module):
    def __init__(self, width: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(width)
        self.linear0 = nn.Linear(width, hidden)
        self.linear1 = nn.Linear(hidden, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        y = self.linear0(self.norm(x)).relu()
        return x + self.linear1(self.dropout(y))


class ResNet(nn.Module):
    def __init__(self, features: int, outputs: int, width: int = 192) -> None:
        super().__init__()
        self.first_layer = nn.Linear(features, width)
        self.layers = nn.ModuleList([Block(width, 2 * width, 0.15) for _ in range(2)])
        self.last_normalization = nn.BatchNorm1d(width)
        self.head = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first_layer(x)
        for layer in self.layers:
            x = layer(x)
        return self.head(self.last_normalization(x).relu())
