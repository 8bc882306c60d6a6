"""Three of timm's networks: same weights, same bits, under our names.

timm names these layers its own way (`conv1.0`, `norm1`, `head.fc`), so weights travel by order of
use: the n-th layer with weights that runs here takes those of the n-th that runs there. A shortcut
may run before or after the path beside it, so shortcuts are counted for themselves.
"""

from itertools import zip_longest
from typing import NamedTuple

import pytest
import torch
from measure import Record, calibrate, differing, of_order_one, one_step
from nets import empty, images, weightless
from peers import timm
from torch import Tensor, nn

NETS = ("resnet50d", "seresnet50", "resnetv2_50")


def in_order_of_use(model: nn.Module, x: Tensor) -> list[str]:
    """The modules that own weights, by name: first the main path's, then the shortcuts'."""
    used: list[str] = []
    names = {
        module: name
        for name, module in model.named_modules()
        if next(module.parameters(recurse=False), None) is not None
    }
    hooks = [
        module.register_forward_pre_hook(lambda module, _: used.append(names[module]))
        for module in names
    ]
    model.eval()(x)
    for hook in hooks:
        hook.remove()
    assert sorted(used) == sorted(names.values()), (
        "every layer with weights runs exactly once"
    )
    shortcuts = [name for name in used if is_shortcut(name)]
    assert shortcuts, "no shortcut is named as one: the order of use would be a guess"
    return [name for name in used if not is_shortcut(name)] + shortcuts


def is_shortcut(name: str) -> bool:
    return any(part.startswith(("downsample", "shortcut")) for part in name.split("."))


def renaming(ours: nn.Module, theirs: nn.Module, x: Tensor) -> dict[str, str]:
    """Our state-dict key for each of timm's; every module, tensor and element must find its place."""
    keys: dict[str, str] = {}
    pairs = zip_longest(in_order_of_use(ours, x), in_order_of_use(theirs, x))
    for our_name, their_name in pairs:
        assert our_name is not None and their_name is not None, (our_name, their_name)
        mine = dict(own_tensors(ours.get_submodule(our_name)))
        other = dict(own_tensors(theirs.get_submodule(their_name)))
        assert mine.keys() == other.keys(), (our_name, their_name)
        for tensor in mine:
            shapes = (squeezed(mine[tensor]), squeezed(other[tensor]))
            assert shapes[0] == shapes[1], (our_name, their_name, tensor, shapes)
            keys[f"{their_name}.{tensor}"] = f"{our_name}.{tensor}"
    assert list(theirs.state_dict().keys() - keys.keys()) == []
    assert list(ours.state_dict().keys() - set(keys.values())) == []
    return keys


def own_tensors(module: nn.Module) -> list[tuple[str, Tensor]]:
    return [
        *module.named_parameters(recurse=False),
        *module.named_buffers(recurse=False),
    ]


def squeezed(tensor: Tensor) -> tuple[int, ...]:
    """A shape without the ones that end it: a 1x1 convolution has the weights of a linear layer."""
    shape = list(tensor.shape)
    while shape[-1:] == [1]:
        shape.pop()
    return tuple(shape)


class Pair(NamedTuple):
    ours: nn.Module
    theirs: nn.Module
    keys: dict[str, str]

    def in_our_words(self, record: Record) -> Record:
        """timm's measurements under our names and in our shapes."""
        shapes = {key: value.shape for key, value in self.ours.state_dict().items()}

        def renamed(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
            named = {self.keys[key]: value for key, value in tensors.items()}
            return {key: value.reshape(shapes[key]) for key, value in named.items()}

        return Record(record.outputs, renamed(record.gradients), renamed(record.state))


def peer(name: str, head: str = "linear") -> nn.Module:
    """timm's network without weights; its convolution for a classifier as the same linear layer.

    Alone of the three, timm's `resnetv2_50` classifies by a 1x1 convolution over the pooled 1x1
    map: the same products, which the convolution sums in another order than the matrix product
    that everyone else (and the author's own code) ends with.
    """
    with torch.device("meta"):
        theirs = timm.create_model(name, pretrained=False)
        fc = theirs.get_classifier()
        if head == "linear" and isinstance(fc, nn.Conv2d):
            linear = nn.Linear(fc.in_channels, fc.out_channels)
            theirs.head = nn.Sequential(theirs.head.global_pool, nn.Flatten(), linear)
    return theirs


def pair(name: str, head: str = "linear") -> Pair:
    theirs = empty(peer(name, head))
    calibrate(theirs, images(name, batch=8, size=64, seed=1))
    ours = empty(weightless(name))
    x = images(name, batch=1, size=64)
    with torch.no_grad():
        result = Pair(ours, theirs, renaming(ours, theirs, x))
    state = result.in_our_words(Record({}, {}, theirs.state_dict())).state
    ours.load_state_dict(state, strict=True)
    return result


@pytest.mark.parametrize("name", NETS)
def test_the_modules_are_timms_in_order_of_use(name: str) -> None:
    """No peer layer is missing, none is ours alone; the counts are timm's own."""
    ours, theirs = weightless(name), peer(name, head="timm's own")
    keys = renaming(ours, theirs, images(name, batch=1).to("meta"))
    assert len(keys) == len(ours.state_dict()) == len(theirs.state_dict())
    assert sum(p.numel() for p in ours.parameters()) == sum(
        p.numel() for p in theirs.parameters()
    )


@pytest.mark.parametrize("name", NETS)
def test_a_training_step_is_equal_bit_for_bit(name: str) -> None:
    both = pair(name)
    x = images(name, batch=2, size=64)
    expected, got = both.in_our_words(one_step(both.theirs, x)), one_step(both.ours, x)
    assert len(expected.gradients) == len(list(both.theirs.parameters()))
    assert all(of_order_one(output) for output in expected.outputs.values())
    assert differing(got.tensors(), expected.tensors()) == {}


def test_resnetv2_with_timms_own_classifier_agrees_to_rounding() -> None:
    """A convolution for the last layer moves nothing but last bits: measured 6e-7, and 8e-6 after a step."""
    both = pair("resnetv2_50", head="timm's own")
    assert isinstance(both.theirs.get_classifier(), nn.Conv2d), (
        "timm changed: drop this exception"
    )
    x = images("resnetv2_50", batch=2, size=64)
    expected, got = both.in_our_words(one_step(both.theirs, x)), one_step(both.ours, x)
    for name, value in differing(got.tensors(), expected.tensors()).items():
        assert value < (3e-5 if "step" in name else 1e-5), name
