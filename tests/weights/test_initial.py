"""How weights start: as the language says, and the same each time."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from nets import load
from torch import nn

import resdsl
from resdsl.weights.initial import drawn, initial

STARTS: dict[str, Callable[[torch.Tensor], object]] = {
    "0.5": lambda t: nn.init.constant_(t, 0.5),
    "normal(0.02)": lambda t: nn.init.normal_(t, std=0.02),
    "trunc_normal(0.02)": lambda t: nn.init.trunc_normal_(t, std=0.02, a=-0.04, b=0.04),
    "uniform(0.3)": lambda t: nn.init.uniform_(t, -0.3, 0.3),
    "glorot_uniform()": nn.init.xavier_uniform_,
    "he_normal(fan_in)": lambda t: nn.init.kaiming_normal_(t, mode="fan_in"),
    "he_normal(fan_out)": lambda t: nn.init.kaiming_normal_(t, mode="fan_out"),
    "fan_in_uniform()": lambda t: nn.init.kaiming_uniform_(t, a=math.sqrt(5)),
}


@pytest.mark.parametrize("groups", [1, 8])
@pytest.mark.parametrize("start", STARTS)
def test_a_weight_starts_as_torch_starts_it(start: str, groups: int) -> None:
    conv = f"conv 3x3, 256, groups={groups}, bias=true, weight_init={start}"
    net = resdsl.load(f"net n:\n    input 64 x 8 x 8\n    {conv}\n").ir
    weights = drawn(net)
    ours = weights["conv1.weight"]
    torch.manual_seed(0)
    theirs = torch.empty(ours.shape)
    STARTS[start](theirs)
    expected = theirs.numpy()
    assert ours.dtype == np.float32
    parts = np.linspace(0.02, 0.98, 25)
    apart = abs(np.quantile(ours, parts) - np.quantile(expected, parts)).max()
    assert apart <= 0.08 * expected.std()
    bound = 1 / math.sqrt(64 // groups * 9)
    assert 0.9 * bound < abs(weights["conv1.bias"]).max() <= np.float32(bound)


def test_what_is_cut_lies_within_two_deviations() -> None:
    text = "net n:\n    input 500\n    linear 500, weight_init=trunc_normal(0.1)\n"
    weight = drawn(resdsl.load(text).ir)["linear1.weight"]
    assert 0.199 < abs(weight).max() <= 0.2


def test_all_is_there_in_the_order_of_the_checkpoint() -> None:
    network = load("resnet18")
    state = network.build("torch").state_dict()
    started = dict(initial(network.ir))
    assert list(started) == list(state)
    for key, value in started.items():
        assert value.shape == tuple(state[key].shape)
        assert torch.from_numpy(value).dtype == state[key].dtype
    assert (started["bn1.running_var"] == 1).all()
    assert (started["bn1.weight"] == 1).all()
    assert (started["layer1.0.bn2.bias"] == 0).all()


def test_a_seed_and_a_name_decide() -> None:
    small = drawn(resdsl.load("net n:\n    input 8\n    fc: linear 8\n").ir)
    text = "net n:\n    input 8\n    linear 8\n    fc: linear 8\n"
    large = drawn(resdsl.load(text).ir)
    np.testing.assert_array_equal(small["fc.weight"], large["fc.weight"])
    np.testing.assert_array_equal(small["fc.weight"], small["fc.weight"])
    assert not np.array_equal(large["linear1.weight"], large["fc.weight"])
    other = dict(initial(resdsl.load(text).ir, seed=1))
    assert not np.array_equal(large["fc.weight"], other["fc.weight"])
    with pytest.raises(ValueError, match="non-negative"):
        dict(initial(resdsl.load(text).ir, seed=-1))
