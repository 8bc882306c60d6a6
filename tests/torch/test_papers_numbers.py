"""Networks that no package publishes, held to their papers' equations, by hand.

Each equation is written with torch's functions on our net's weights, layer by layer in
order of use; every stride, padding and rule for a shortcut is said here, not there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from measure import calibrate, in_order_of_use, of_order_one
from nets import images, load
from torch import Tensor, nn
from torch.nn import functional

CIFAR_STRIDES = (1, 2, 2)


@dataclass
class Weights:
    """The layers of a net, handed out in order of use."""

    main: Iterator[Any]
    shortcuts: Iterator[Any]

    def conv(self, x: Tensor, stride: int = 1) -> Tensor:
        weight: Tensor = next(self.main).weight
        return functional.conv2d(x, weight, None, stride, weight.shape[-1] // 2)

    def projection(self, x: Tensor, stride: int) -> Tensor:
        return functional.conv2d(x, next(self.shortcuts).weight, None, stride)

    def norm(self, x: Tensor) -> Tensor:
        layer = next(self.main)
        statistics = (layer.running_mean, layer.running_var)
        return functional.batch_norm(
            x, *statistics, layer.weight, layer.bias, training=False, eps=1e-5
        )

    def activated(self, x: Tensor) -> Tensor:
        return torch.relu(self.norm(x))

    def classified(self, x: Tensor) -> Tensor:
        layer = next(self.main)
        return functional.linear(x.mean((2, 3)), layer.weight, layer.bias)


def resnet20(x: Tensor, net: Weights) -> Tensor:
    """He et al. 2015, section 4.2: y = relu(F(x) + x); option A skips and pads."""
    x = net.activated(net.conv(x))
    for stage, stage_stride in enumerate(CIFAR_STRIDES):
        for unit in range(3):
            stride = stage_stride if unit == 0 else 1
            body = net.activated(net.conv(x, stride))
            body = net.norm(net.conv(body))
            if stage > 0 and unit == 0:
                # "extra zero entries padded for increasing dimensions", at the end.
                x = x[:, :, ::2, ::2]
                x = torch.cat([x, torch.zeros_like(x)], dim=1)
            x = torch.relu(body + x)
    return net.classified(x)


def wrn28_10(x: Tensor, net: Weights) -> Tensor:
    """Zagoruyko & Komodakis 2016: pre-activation; W_s sees the activated input."""
    x = net.conv(x)
    for stage_stride in CIFAR_STRIDES:
        for unit in range(4):
            stride = stage_stride if unit == 0 else 1
            active = net.activated(x)
            body = net.conv(net.activated(net.conv(active, stride)))
            x = body + (net.projection(active, stride) if unit == 0 else x)
    return net.classified(net.activated(x))


def preresnet164(x: Tensor, net: Weights) -> Tensor:
    """He et al. 2016 and its author's code, which strides in the first 1x1."""
    x = net.conv(x)
    for stage_stride in CIFAR_STRIDES:
        for unit in range(18):
            stride = stage_stride if unit == 0 else 1
            active = net.activated(x)
            body = net.activated(net.conv(active, stride))
            body = net.conv(net.activated(net.conv(body)))
            x = body + (net.projection(active, stride) if unit == 0 else x)
    return net.classified(net.activated(x))


@pytest.mark.parametrize("equation", [resnet20, wrn28_10, preresnet164])
def test_the_output_is_the_equations_bit_for_bit(equation: Any) -> None:
    name = equation.__name__
    model: nn.Module = load(name).build("torch")
    calibrate(model, images(name, batch=4, seed=1))
    x = images(name, batch=2)
    main, shortcuts = (
        map(model.get_submodule, keys) for keys in in_order_of_use(model, x)
    )
    weights = Weights(iter(main), iter(shortcuts))
    with torch.no_grad():
        expected = equation(x, weights)
        got = model.eval()(x)
    assert list(weights.main) == list(weights.shortcuts) == [], "a layer is left over"
    assert of_order_one(expected)
    assert torch.equal(got, expected)
