"""Standardised filters are timm's, which are those of BiT and of NFNet."""

import pytest
import torch
from peers import timm
from torch import nn

import resdsl

STD = timm.layers.std_conv
THEIRS = {
    "standardize=1e-6": STD.StdConv2d(4, 6, 3, stride=2, padding=1, groups=2),
    "standardize=1e-5, gain=1.7": STD.ScaledStdConv2d(
        4, 6, 3, stride=2, padding=1, groups=2, bias=True, gamma=1.7, eps=1e-5
    ),
    "standardize=1e-6, padding=same": STD.StdConv2dSame(4, 6, 3, stride=2, groups=2),
}


@pytest.mark.parametrize("arguments", THEIRS)
def test_they_are_timm_s(arguments: str) -> None:
    bias = str("gain" in arguments).lower()
    line = f"conv 3, 6, /2, groups=2, bias={bias}, {arguments}"
    model = resdsl.load(f"net n:\n    input 4 x 10 x 9\n    one: {line}\n").build(
        "torch"
    )
    ours, theirs = model.get_submodule("one"), THEIRS[arguments]
    assert isinstance(theirs, nn.Module)
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    if "gain" in state:
        state["gain"] = torch.rand_like(state["gain"]) + 0.5
        theirs.load_state_dict(state)
    ours.load_state_dict(state)
    x = torch.randn(2, 4, 10, 9)
    torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("conv 1, 4, groups=4, standardize=1e-6", "filters of one number"),
        ("conv 3, 4, gain=1", "has a gain, and its filters are not standardised"),
    ],
)
def test_what_cannot_be_is_refused(line: str, message: str) -> None:
    (found,) = resdsl.check(f"net n:\n    input 4 x 9 x 9\n    {line}\n").diagnostics
    assert message in found.message
