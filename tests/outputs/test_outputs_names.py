"""Which layers can be given out, and what is said of those that cannot."""

import re

import pytest
from backbones import cut, stated, zoo

import resdsl

REFUSED = {
    ("resnet", "resnet18", "layer22"): "has no layer 'layer22'.*did you mean 'layer2'?",
    ("resnet", "resnet18", "layer1.2"): "has no layer 'layer1.2'.*did you mean",
    ("resnet", "resnet18", "nothing"): "has no layer.*there are: conv1, bn1, relu1, ",
    ("resnet", "resnet18", "layer1.0.relu1"): (
        "'layer1.0.relu1' lies in a block, .*'layer1.0' can be given out"
    ),
    ("resnet", "resnet18", "layer2.0.downsample.1"): "'layer2.0' can be given out",
    ("resnet", "resnet18", "layer1.0.relu7"): "has no layer 'layer1.0.relu7'",
    ("mnasnet", "mnasnet0_5", "layers.8.1.layers.0"): (
        "lies in a block, .*'layers.8.1' can be given out"
    ),
    ("mnasnet", "mnasnet0_5", "layers.8.9"): "has no layer 'layers.8.9'.*did you mean",
}


@pytest.mark.parametrize(("where", "said"), REFUSED.items())
def test_a_name_that_is_none(where: tuple[str, str, str], said: str) -> None:
    with pytest.raises(resdsl.ResdslError) as raised:
        zoo(*where)
    assert [found.code for found in raised.value.diagnostics] == ["E311"]
    assert re.search(said, str(raised.value), re.DOTALL), raised.value


@pytest.mark.parametrize("name", ["inner", "relu1"])
def test_a_layer_of_a_merge_is_named_there(name: str) -> None:
    said = f"'{name}' lies in a merge, .*a label, and 'output' with that label"
    with pytest.raises(resdsl.ResdslError, match=f"(?s){said}"):
        stated("joined").with_outputs(name)


def test_a_name_twice() -> None:
    with pytest.raises(resdsl.ResdslError, match=r"E106.*'fc' is given out twice"):
        cut("fc", "head", "fc")
    with pytest.raises(ValueError, match="needs the name of a layer"):
        stated("cut").with_outputs()


def test_what_is_asked_for_replaces_what_the_net_states() -> None:
    network = stated("pyramid").with_outputs("c2.0", "c3")
    assert network.output_shapes == {"c2.0": (4, 16, 16), "c3": (8, 8, 8)}
    assert stated("pyramid").output_shapes == {
        "stem": (4, 16, 16),
        "c4": (12, 4, 4),
        "c3": (8, 8, 8),
    }


def test_a_backbone_of_a_backbone_is_one() -> None:
    assert cut("head.2", "features.0").with_outputs("head").output_shapes == {
        "head": (6, 8, 8)
    }


@pytest.mark.parametrize(
    "name",
    ["features.deep", "features.deep.inner", "features.deep.inner.2", "features"],
)
def test_a_group_in_parts_ends_with_the_last(name: str) -> None:
    """What it gives is what it gave before others of its tensors were asked for."""
    inner = cut("features.deep.0", "features.deep.inner.2.0", "fc").with_outputs(name)
    whole = cut(name)
    assert inner.output_shapes == whole.output_shapes
    assert (inner.params, inner.macs) == (whole.params, whole.macs)


def test_what_is_used_again_gives_what_its_first_use_does() -> None:
    text = (
        "net n:\n    input 4 x 8 x 8\n    f:\n        conv 3x3, 4\n        relu\n"
        "    maxpool 2x2\n    again f\n    conv 1x1, 3\n"
    )
    network = resdsl.load(text)
    found = network.with_outputs("f", "conv1")
    assert found.output_shapes == {"f": (4, 8, 8), "conv1": (3, 4, 4)}
    said = "lies in a group that is used again.*'f' can be given out"
    with pytest.raises(resdsl.ResdslError, match=f"(?s){said}"):
        network.with_outputs("f.0")


def test_what_has_no_place_in_the_checkpoint_is_given_by_its_label() -> None:
    """A join, and a later use of weights."""
    network = stated("neck").with_outputs("s3", "p2", "c2")
    assert network.output_shapes == {
        "s3": (4, 8, 8),
        "p2": (4, 16, 16),
        "c2": (4, 16, 16),
    }
    page = network.source("torch")
    assert "        p2 = x + c2" in page
    assert "        s3 = self.smooth(l3)" in page
    with pytest.raises(resdsl.ResdslError, match="has no layer 'p3'"):
        stated("neck").with_outputs("p3")


def test_the_shape_of_the_last_tensor_is_that_computed_last() -> None:
    network = cut("fc", "features.0")
    assert network.output_shape == (3,)
    assert list(network.output_shapes) == ["fc", "features.0"]
    assert "{'fc': (3,), 'features.0': (4, 16, 16)}" in repr(network)
    assert stated("cut").output_shapes == {}


def test_a_list_whose_members_stand_apart() -> None:
    """All of it is what its last member gives; any other member can be asked for."""
    text = (
        "net n:\n    input 3 x 8 x 8\n    for i in range(3):\n"
        "        convs.{i}: conv 3x3, 4 + i\n        relu\n"
    )
    network = resdsl.load(text)
    found = network.with_outputs("convs", "convs.1", "relu1")
    assert found.output_shapes == {
        "convs": (6, 8, 8),
        "convs.1": (5, 8, 8),
        "relu1": (4, 8, 8),
    }
    page = found.source("torch")
    assert 'return {"convs": convs, "convs.1": convs_1, "relu1": relu1}' in page
    assert network.with_outputs("convs.0").output_shapes == {"convs.0": (4, 8, 8)}


def test_it_costs_what_is_left() -> None:
    whole = resdsl.load("examples/zoo/resnet.res", net="resnet18")
    cost = whole.with_outputs("layer4", "layer2")
    assert cost.params == whole.params - 512 * 1000 - 1000
    assert cost.macs == whole.macs - 512 * 1000
    assert whole.with_outputs("fc").params == whole.params
