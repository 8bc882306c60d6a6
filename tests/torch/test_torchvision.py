"""The ten residual networks of torchvision: same keys, same weights, same bits.

Float32 sums depend on their order, so "bit for bit" proves more than a tolerance
would: the same operations in the same order, forward and backward.
"""

from collections import Counter

import pytest
import torch
from measure import calibrate, differing, of_order_one, one_step
from nets import TORCHVISION, empty, images, load, weightless
from peers import torchvision
from torch import Tensor, nn


def peer(name: str, **options: int) -> nn.Module:
    return getattr(torchvision.models, name)(weights=None, **options)


def weightless_peer(name: str, **options: int) -> nn.Module:
    with torch.device("meta"):
        return peer(name, **options)


def pair(name: str) -> tuple[nn.Module, nn.Module]:
    """Ours and theirs with one set of weights: theirs, loaded strictly into ours."""
    theirs = empty(weightless_peer(name))
    calibrate(theirs, images(name, batch=8, size=64, seed=1))
    ours = empty(weightless(name))
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return ours, theirs


Described = list[tuple[str, tuple[int, ...], torch.dtype]]


def described(model: nn.Module) -> Described:
    """A checkpoint without its numbers, in order."""
    state: dict[str, Tensor] = model.state_dict()
    return [(key, tuple(value.shape), value.dtype) for key, value in state.items()]


@pytest.mark.parametrize("name", TORCHVISION)
def test_checkpoints_have_the_same_keys_shapes_and_dtypes_in_order(name: str) -> None:
    ours, theirs = weightless(name), weightless_peer(name)
    assert described(ours) == described(theirs)
    # An optimizer's state goes by the order of the parameters: that order counts too.
    assert list(dict(ours.named_parameters())) == list(dict(theirs.named_parameters()))
    assert list(dict(ours.named_buffers())) == list(dict(theirs.named_buffers()))


@pytest.mark.parametrize("name", TORCHVISION)
def test_a_training_step_is_equal_bit_for_bit(name: str) -> None:
    """Outputs before, in and after it; every gradient, weight and running statistic."""
    ours, theirs = pair(name)
    x = images(name, batch=2, size=64)
    expected, got = one_step(theirs, x), one_step(ours, x)
    assert all(of_order_one(output) for output in expected.outputs.values())
    assert differing(got.tensors(), expected.tensors()) == {}


def test_at_full_size_too() -> None:
    """224 x 224, as every published figure; a batch that is no power of two."""
    ours, theirs = pair("resnet50")
    x = images("resnet50", batch=3)
    with torch.no_grad():
        expected, got = theirs.eval()(x), ours.eval()(x)
    assert of_order_one(expected)
    assert torch.equal(got, expected)


def test_an_odd_picture_is_rounded_as_theirs() -> None:
    """At 97 x 61 each stride of 2 meets an odd side: padding and rounding show."""
    ours, theirs = pair("resnet18")
    x = torch.randn(2, 3, 97, 61, generator=torch.Generator().manual_seed(1))
    expected, got = one_step(theirs, x), one_step(ours, x)
    assert all(of_order_one(output) for output in expected.outputs.values())
    assert differing(got.tensors(), expected.tensors()) == {}


@pytest.mark.parametrize("name", ["resnet18", "resnext50_32x4d"])
def test_one_seed_gives_the_same_initial_weights(name: str) -> None:
    torch.manual_seed(0)
    expected = peer(name).state_dict()
    torch.manual_seed(0)
    assert differing(load(name).build("torch").state_dict(), expected) == {}


def test_classes_is_an_argument_of_the_class() -> None:
    """Their `num_classes`: ten classes for a generated class, and none said."""
    ours = type(weightless("resnet18"))
    with torch.device("meta"):
        ten, usual = ours(classes=10), ours()
    assert described(ten) == described(weightless_peer("resnet18", num_classes=10))
    assert described(usual) == described(weightless_peer("resnet18"))


@pytest.mark.parametrize("name", TORCHVISION)
def test_no_module_is_there_that_torchvision_does_without(name: str) -> None:
    """Kind by kind, so not one `Identity` or second `ReLU` comes with the compiler."""

    def kinds(model: nn.Module) -> Counter[str]:
        own = "torch.nn.modules"
        modules = (type(module) for module in model.modules())
        return Counter(kind.__name__ for kind in modules if own in kind.__module__)

    assert kinds(weightless(name)) <= kinds(weightless_peer(name))
