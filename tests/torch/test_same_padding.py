"""`padding=same` is timm's, which is TensorFlow's."""

from importlib import import_module

import pytest
import torch
from peers import timm
from torch import nn

import resdsl

WINDOWS = [(3, 2), (2, 1), (4, 3), (5, 2), (2, 3)]
POOLS = timm.layers.pool2d_same
CONVS = import_module("timm.layers.conv2d_same")
THEIRS = {
    "conv": lambda k, s: CONVS.Conv2dSame(4, 6, k, stride=s, bias=False),
    "maxpool": POOLS.MaxPool2dSame,
    "avgpool": POOLS.AvgPool2dSame,
}
OURS = {"conv": "conv {k}, 6, /{s}, bias=false", "maxpool": "maxpool {k}, /{s}"}


@pytest.mark.parametrize(("k", "s"), WINDOWS)
@pytest.mark.parametrize("size", [7, 8, 9])
@pytest.mark.parametrize("kind", THEIRS)
def test_it_is_timm_s(kind: str, size: int, k: int, s: int) -> None:
    line = OURS.get(kind, "avgpool {k}, /{s}").format(k=k, s=s)
    text = f"net n:\n    input 4 x H x W\n    {line}, padding=same\n"
    ours, theirs = resdsl.load(text).build("torch"), THEIRS[kind](k, s)
    assert isinstance(ours, nn.Module)
    if kind == "conv":
        theirs.weight = ours.get_parameter("conv1.weight")
    x = torch.randn(2, 4, size, size + 3)
    torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=0)


def test_what_is_even_is_ordinary() -> None:
    text = "net n:\n    input 4 x 9 x 9\n    conv 3, 6, padding=same | avgpool\n"
    page = resdsl.load(text).source("torch")
    assert "nn.Conv2d(4, 6, 3, padding=1)" in page
    assert "same" not in page


def test_no_window_is_cut_off() -> None:
    text = "net n:\n    input 4 x 9\n    maxpool 2, /3, padding=same, ceil_mode=true\n"
    (found,) = resdsl.check(text).diagnostics
    assert found.message == "maxpool with padding=same cuts no window off"
