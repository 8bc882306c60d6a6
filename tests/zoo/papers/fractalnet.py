"""Larsson et al. 2016, "FractalNet": Figure 1, sections 3 and 4.

Each join is taken here as the paper draws it: the mean of all columns that end there.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout


class Unit(nn.Module):
    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> list[Tensor]:
        return [self.bn1(self.conv1(x)).relu()]


class Columns(nn.Module):
    """f_{C+1}, before its last join: a list of its C + 1 columns."""

    def __init__(self, count: int, channels: int, width: int) -> None:
        super().__init__()
        self.name = ("unit", "two", "three", "four")[count - 2]
        setattr(self, f"{self.name}1", _fractal(count - 1, channels, width))
        setattr(self, f"{self.name}2", _fractal(count - 1, width, width))
        self.short = "unit3" if count == 2 else "unit1"
        setattr(self, self.short, Unit(channels, width))

    def forward(self, x: Tensor) -> list[Tensor]:
        upper = getattr(self, f"{self.name}1")(x)
        lower = getattr(self, f"{self.name}2")(join(upper))
        return [*lower, *getattr(self, self.short)(x)]


class FractalNet(nn.Module):
    def __init__(self, columns: int, widths: list[int]) -> None:
        super().__init__()
        for i, (before, width) in enumerate(zip([3, *widths], widths, strict=False), 1):
            setattr(self, f"block{i}", _fractal(columns, before, width))
        self.blocks = len(widths)
        self.pool = nn.MaxPool2d(2)
        self.linear1 = nn.Linear(widths[-1], 10)

    def forward(self, x: Tensor) -> Tensor:
        for i in range(self.blocks):
            x = join(getattr(self, f"block{i + 1}")(x))
            x = self.pool(dropout(x, 0.1 * i, self.training))
        return self.linear1(x.flatten(1))


def _fractal(count: int, channels: int, width: int) -> nn.Module:
    return Columns(count, channels, width) if count > 1 else Unit(channels, width)


def join(columns: list[Tensor]) -> Tensor:
    return torch.stack(columns).mean(0)
