"""A residual block small enough to follow by hand: three examples, as texts."""

import torch
from torch import Tensor, nn

import resdsl

SAME_SHAPE = """\
net worked:
    input 2
    residual: linear 2
"""

OTHER_SHAPE = """\
net worked:
    input 64
    residual: linear 128
"""

ACTIVATED = """\
block unit:
    residual: linear 2
    relu

net worked:
    input 2
    unit
"""


def linears(model: nn.Module) -> list[nn.Linear]:
    return [module for module in model.modules() if isinstance(module, nn.Linear)]


def set_to(layer: nn.Linear, weight: list[list[float]], bias: list[float]) -> None:
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight))
        layer.bias.copy_(torch.tensor(bias))


def row(*values: float) -> Tensor:
    """A batch of one vector."""
    return torch.tensor([values], dtype=torch.float32)


def test_a_residual_adds_its_input() -> None:
    """X = [1, 2] and F(x) = [0.5, -0.5] give [1.5, 1.5]."""
    net = resdsl.load(SAME_SHAPE, net="worked")
    model = net.build("torch")
    (layer,) = linears(model)
    set_to(layer, [[0.5, 0.0], [0.0, -0.25]], [0.0, 0.0])
    x = row(1, 2)
    assert torch.equal(layer(x), row(0.5, -0.5))
    assert torch.equal(model(x), row(1.5, 1.5))
    # F's weights and biases; the identity costs nothing.
    assert net.params == 2 * 2 + 2
    assert net.output_shape == (2,)


def test_other_shapes_get_a_linear_projection() -> None:
    """From (1, 64) to (1, 128), y = F(x) + W_s x: a matrix is inserted, and counted."""
    net = resdsl.load(OTHER_SHAPE, net="worked")
    model = net.build("torch")
    layers = linears(model)
    assert [tuple(layer.weight.shape) for layer in layers] == [(128, 64)] * 2
    # F has a bias; W_s is a matrix, as in the paper's equation (2).
    assert sorted(layer.bias is None for layer in layers) == [False, True]
    body, projection = 64 * 128 + 128, 64 * 128
    assert net.params == body + projection
    assert net.params == sum(p.numel() for p in model.parameters())
    x = torch.randn(1, 64, generator=torch.Generator().manual_seed(0))
    y = model(x)
    assert y.shape == (1, 128) == (1, *net.output_shape)
    assert torch.equal(y, layers[0](x) + layers[1](x))


def test_a_relu_sees_the_sum() -> None:
    """ReLU([-1, 2] + [3, -4]) = [2, 0]: after the addition, not inside F."""
    model = resdsl.load(ACTIVATED, net="worked").build("torch")
    (layer,) = linears(model)
    set_to(layer, [[0.0, 0.0], [0.0, 0.0]], [-1.0, 2.0])
    x = row(3, -4)
    assert torch.equal(layer(x), row(-1, 2))
    assert torch.equal(model(x), row(2, 0))
