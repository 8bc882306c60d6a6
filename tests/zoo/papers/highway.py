"""Srivastava et al. 2015, "Training Very Deep Networks": sections 2 and 3, Table 1.

The table gives layers and parameters of the convolutional networks; their channels are
those of the FitNets that it compares them with, and for 32 layers such as give about
1.25 million parameters.
"""

from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu


class Highway(nn.Module):
    """y = H(x) * T(x) + x * C(x) with C = 1 - T (equation 3)."""

    def __init__(self, h: nn.Module, t: nn.Module) -> None:
        super().__init__()
        self.H = h
        self.T = t

    def forward(self, x: Tensor) -> Tensor:
        transform = self.T(x).sigmoid()
        carry = 1 - transform
        return relu(self.H(x)) * transform + x * carry


class Connected(nn.Module):
    def __init__(self, depth: int, width: int = 50) -> None:
        super().__init__()
        self.linear1 = nn.Linear(28 * 28, width)
        self.highway1 = nn.Sequential(
            *[
                Highway(nn.Linear(width, width), nn.Linear(width, width))
                for _ in range(depth - 1)
            ]
        )
        self.linear2 = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear2(self.highway1(relu(self.linear1(x))))


class Stage(nn.Module):
    """A plain convolution, then gated ones."""

    def __init__(self, channels: int, depth: int, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, padding=1)
        self.gated1 = nn.Sequential(
            *[
                Highway(
                    nn.Conv2d(width, width, 3, padding=1),
                    nn.Conv2d(width, width, 3, padding=1),
                )
                for _ in range(depth - 1)
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.gated1(relu(self.conv1(x)))


class Convolutional(nn.Module):
    def __init__(self, depths: list[int], widths: list[int], last: int) -> None:
        super().__init__()
        self.stage1 = Stage(3, depths[0], widths[0])
        self.stage2 = Stage(widths[0], depths[1], widths[1])
        self.stage3 = Stage(widths[1], depths[2], widths[2])
        self.conv1 = nn.Conv2d(widths[2], last, 1)
        self.linear1 = nn.Linear(last, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = max_pool2d(self.stage1(x), 2)
        x = max_pool2d(self.stage2(x), 2)
        x = relu(self.conv1(self.stage3(x)))
        return self.linear1(x.mean((2, 3)))
