"""The ten residual networks of torchvision: same keys, same weights, same bits.

Float32 sums depend on their order, so "bit for bit" proves more than a tolerance would: the same
operations in the same order, forward and backward.
"""

import pytest
import torch
from measure import calibrate, differing, of_order_one, one_step
from nets import TORCHVISION, empty, images, load, weightless
from peers import torchvision
from torch import Tensor, nn


def peer(name: str, **options: int) -> nn.Module:
    return getattr(torchvision.models, name)(weights=None, **options)


def weightless_peer(name: str) -> nn.Module:
    with torch.device("meta"):
        return peer(name)


def described(
    state: dict[str, Tensor],
) -> list[tuple[str, tuple[int, ...], torch.dtype]]:
    return [(key, tuple(value.shape), value.dtype) for key, value in state.items()]


def pair(name: str) -> tuple[nn.Module, nn.Module]:
    """Ours and theirs with one set of weights: theirs, loaded strictly into ours."""
    theirs = empty(weightless_peer(name))
    calibrate(theirs, images(name, batch=8, size=64, seed=1))
    ours = empty(weightless(name))
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return ours, theirs


@pytest.mark.parametrize("name", TORCHVISION)
def test_a_checkpoint_has_the_same_keys_shapes_and_dtypes_in_the_same_order(
    name: str,
) -> None:
    ours, theirs = weightless(name), weightless_peer(name)
    assert described(ours.state_dict()) == described(theirs.state_dict())
    # Optimizers save their state by the order of the parameters, so that order is part of it too.
    assert [key for key, _ in ours.named_parameters()] == [
        key for key, _ in theirs.named_parameters()
    ]
    assert [key for key, _ in ours.named_buffers()] == [
        key for key, _ in theirs.named_buffers()
    ]


@pytest.mark.parametrize("name", TORCHVISION)
def test_a_training_step_is_equal_bit_for_bit(name: str) -> None:
    """Outputs before, in and after the step; every gradient, parameter and running statistic."""
    ours, theirs = pair(name)
    x = images(name, batch=2, size=64)
    expected, got = one_step(theirs, x), one_step(ours, x)
    assert len(expected.gradients) == len(list(theirs.parameters()))
    assert all(of_order_one(output) for output in expected.outputs.values())
    assert differing(got.tensors(), expected.tensors()) == {}


def test_at_full_size_too() -> None:
    """224 x 224, the size of every published figure, and a batch that is not a power of two."""
    ours, theirs = pair("resnet50")
    x = images("resnet50", batch=3)
    with torch.no_grad():
        expected = theirs.eval()(x)
        assert of_order_one(expected)
        assert torch.equal(ours.eval()(x), expected)


def test_an_odd_picture_rounds_as_theirs_does() -> None:
    """At 97 x 61 each stride of 2 meets an odd side: padding and rounding must agree."""
    ours, theirs = pair("resnet18")
    x = torch.randn(2, 3, 97, 61, generator=torch.Generator().manual_seed(1))
    assert differing(one_step(ours, x).tensors(), one_step(theirs, x).tensors()) == {}


@pytest.mark.parametrize("name", ["resnet18", "resnext50_32x4d"])
def test_one_seed_gives_the_same_initial_weights(name: str) -> None:
    torch.manual_seed(0)
    expected = peer(name).state_dict()
    torch.manual_seed(0)
    assert differing(load(name).build("torch").state_dict(), expected) == {}


def test_classes_is_an_argument_of_the_class_and_of_the_net() -> None:
    """Ten classes on their ResNet-18: from the generated class, and from the text."""
    with torch.device("meta"):
        expected = described(peer("resnet18", num_classes=10).state_dict())
        ours = type(load("resnet18").build("torch"))
        assert described(ours(classes=10).state_dict()) == expected
        assert described(ours().state_dict()) == described(
            weightless_peer("resnet18").state_dict()
        )
