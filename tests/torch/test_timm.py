"""Three of timm's networks: same weights, same bits, under our names.

timm names these layers its own way (`conv1.0`, `norm1`, `head.fc`), so weights travel
by order of use: the n-th layer that runs here takes those of the n-th that runs there.
"""

from itertools import chain, zip_longest
from typing import NamedTuple

import pytest
import torch
from measure import (
    Record,
    calibrate,
    differing,
    in_order_of_use,
    of_order_one,
    one_step,
)
from nets import empty, images, weightless
from peers import timm
from torch import Tensor, nn

NETS = ("resnet50d", "seresnet50", "resnetv2_50")


def peer(name: str) -> nn.Module:
    with torch.device("meta"):
        return timm.create_model(name, pretrained=False)


def renaming(ours: nn.Module, theirs: nn.Module, x: Tensor) -> dict[str, str]:
    """Our key for each of timm's; every module, tensor and number finds its place."""
    our_main, our_shortcuts = in_order_of_use(ours, x)
    their_main, their_shortcuts = in_order_of_use(theirs, x)
    assert their_shortcuts, "a name that timm changed: the order would be a guess"
    pairs = chain(
        zip_longest(our_main, their_main), zip_longest(our_shortcuts, their_shortcuts)
    )
    keys: dict[str, str] = {}
    for our_name, their_name in pairs:
        assert None not in (our_name, their_name), (our_name, their_name)
        mine = own_tensors(ours.get_submodule(our_name))
        other = own_tensors(theirs.get_submodule(their_name))
        assert mine.keys() == other.keys(), (our_name, their_name)
        for tensor, value in mine.items():
            shapes = (tuple(value.shape), tuple(other[tensor].shape))
            assert shapes[0] == shapes[1], (our_name, their_name, tensor, shapes)
            keys[f"{their_name}.{tensor}"] = f"{our_name}.{tensor}"
    assert keys.keys() == theirs.state_dict().keys()
    assert set(keys.values()) == ours.state_dict().keys()
    return keys


def own_tensors(module: nn.Module) -> dict[str, Tensor]:
    parameters = module.named_parameters(recurse=False)
    return {**dict(parameters), **dict(module.named_buffers(recurse=False))}


class Pair(NamedTuple):
    """Ours, timm's, and our key for each of timm's."""

    ours: nn.Module
    theirs: nn.Module
    keys: dict[str, str]

    def renamed(self, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        return {self.keys[key]: value for key, value in tensors.items()}

    def in_our_words(self, record: Record) -> Record:
        """What timm's network measures, under our names."""
        return Record(
            record.outputs, self.renamed(record.gradients), self.renamed(record.state)
        )


def pair(name: str) -> Pair:
    """Ours and timm's with one set of weights: timm's, loaded strictly into ours."""
    ours, theirs = empty(weightless(name)), empty(peer(name))
    calibrate(theirs, images(name, batch=8, size=64, seed=1))
    both = Pair(ours, theirs, renaming(ours, theirs, images(name, batch=1, size=64)))
    ours.load_state_dict(both.renamed(theirs.state_dict()), strict=True)
    return both


@pytest.mark.parametrize("name", NETS)
def test_every_layer_is_timms_in_order_of_use(name: str) -> None:
    """None of timm's is missing, none is ours alone, and no weight is of another shape.

    `renaming` asserts it all.
    """
    ours = weightless(name)
    keys = renaming(ours, peer(name), images(name, batch=1).to("meta"))
    assert len(keys) == len(ours.state_dict())


@pytest.mark.parametrize("name", NETS)
def test_a_training_step_is_equal_bit_for_bit(name: str) -> None:
    """Outputs before, in and after it; every gradient, weight and running statistic."""
    both = pair(name)
    x = images(name, batch=2, size=64)
    expected, got = one_step(both.theirs, x), one_step(both.ours, x)
    assert all(of_order_one(output) for output in expected.outputs.values())
    assert differing(got.tensors(), both.in_our_words(expected).tensors()) == {}
