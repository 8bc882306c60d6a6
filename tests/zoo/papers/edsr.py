"""Lim et al. 2017, "Enhanced Deep Residual Networks": Figures 2 (c) and 3, Table 1."""

from torch import Tensor, nn


class ResBlock(nn.Module):
    def __init__(self, width: int, scaling: float) -> None:
        super().__init__()
        self.body = nn.Sequential(_conv(width, width), nn.ReLU(), _conv(width, width))
        self.scaling = scaling

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x) * self.scaling


class EDSR(nn.Module):
    def __init__(
        self, n: int, width: int, factors: list[int], scaling: float = 1
    ) -> None:
        super().__init__()
        self.head = nn.Sequential(_conv(3, width))
        blocks = [ResBlock(width, scaling) for _ in range(n)]
        self.body = nn.Sequential(*blocks, _conv(width, width))
        steps = []
        for factor in factors:
            steps += [_conv(width, width * factor**2), nn.PixelShuffle(factor)]
        self.tail = nn.Sequential(nn.Sequential(*steps), _conv(width, 3))

    def forward(self, x: Tensor) -> Tensor:
        x = self.head(x)
        return self.tail(x + self.body(x))


def _conv(channels: int, width: int) -> nn.Conv2d:
    return nn.Conv2d(channels, width, 3, padding=1)
