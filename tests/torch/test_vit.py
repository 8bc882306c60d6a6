"""A vision transformer is torchvision's: the same keys, numbers, gradients and cost."""

import pytest
import torch
from peers import torchvision
from torch.utils.flop_counter import FlopCounterMode

import resdsl
from resdsl.analysis.unroll import tensors
from resdsl.network import Network

VIT = """
block layer(heads, width, dropout = 0.0):
    let d = channels
    residual:
        ln_1: layernorm eps=1e-6
        self_attention: attention heads, dropout=dropout
        dropout dropout
    residual:
        ln_2: layernorm eps=1e-6
        mlp:
            linear width | gelu | dropout dropout
            linear d | dropout dropout

block transformer(heads, width):
    pos_embedding: positions
    layers:
        encoder_layer_0: layer heads, width
        encoder_layer_1: layer heads, width
    ln: layernorm eps=1e-6

net vit(d = 32, classes = 10):
    input 3 x 32 x 32
    conv_proj: conv 8x8, d, /8, bias=true
    tokens
    class_token: prepend
    encoder: transformer 4, 64
    select 0
    heads:
        head: linear classes
"""


@pytest.fixture
def network() -> Network:
    return resdsl.load(VIT)


@pytest.fixture
def theirs() -> torch.nn.Module:
    torch.manual_seed(0)
    model = torchvision.models.VisionTransformer(
        image_size=32,
        patch_size=8,
        num_layers=2,
        num_heads=4,
        hidden_dim=32,
        mlp_dim=64,
        num_classes=10,
    )
    for parameter in model.parameters():  # the head's are all zero otherwise
        torch.nn.init.normal_(parameter, std=0.2)
    return model


def test_the_checkpoint_is_theirs(network: Network, theirs: torch.nn.Module) -> None:
    ours, expected = network.build("torch").state_dict(), theirs.state_dict()
    assert [(key, value.shape) for key, value in ours.items()] == [
        (key, value.shape) for key, value in expected.items()
    ]
    assert [tensor.key for tensor in tensors(network.ir)] == list(expected)


@pytest.mark.parametrize("training", [False, True])
def test_outputs_and_gradients_are_theirs(
    network: Network, theirs: torch.nn.Module, training: bool
) -> None:
    ours = network.build("torch")
    ours.load_state_dict(theirs.state_dict(), strict=True)
    x = torch.randn(3, 3, 32, 32, dtype=torch.float64)
    found, expected = (model.double().train(training)(x) for model in (ours, theirs))
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    found.square().mean().backward()
    expected.square().mean().backward()
    gradients = {name: p.grad for name, p in theirs.named_parameters()}
    for name, parameter in ours.named_parameters():
        torch.testing.assert_close(
            parameter.grad, gradients[name], rtol=1e-10, atol=1e-12
        )


def test_without_gradients_too(network: Network, theirs: torch.nn.Module) -> None:
    """Where torch takes a way of its own through attention."""
    ours = network.build(
        "torch",
        weights={key: value.numpy() for key, value in theirs.state_dict().items()},
    )
    x = torch.randn(3, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(ours.eval()(x), theirs.eval()(x))


def test_the_cost_is_what_torch_counts(network: Network) -> None:
    x = torch.empty(1, 3, 32, 32, device="meta")
    model = network.build("torch").to("meta").train()
    with FlopCounterMode(display=False) as counter:
        model(x)
    assert network.macs * 2 == counter.get_total_flops()


def test_inner_modules_start_as_the_attention_says_and_not_as_linear_layers() -> None:
    text = VIT.replace("linear width", "linear width, weight_init=3")
    text = text.replace("linear d", "linear d, weight_init=3").replace(
        "linear classes", "linear classes, weight_init=3"
    )
    model = resdsl.load(text).build("torch")
    attention = model.get_submodule("encoder.layers.encoder_layer_0.self_attention")
    assert attention.get_parameter("out_proj.weight").abs().max() <= 32**-0.5
    assert (attention.get_parameter("out_proj.bias") == 0).all()
    assert (model.get_parameter("heads.head.weight") == 3).all()
