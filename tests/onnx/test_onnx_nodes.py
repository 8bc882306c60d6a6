"""How many operators a graph has: never more than torch's exporter needs."""

import warnings
from collections import Counter
from pathlib import Path

import onnx
import onnx.inliner
import pytest
import torch
from nets import images, load

NAMES = (
    *("hello", "resnet18", "resnet34d", "resnet50", "resnet20", "seresnet50"),
    *("resnetv2_50", "preresnet164", "signal", "image", "video", "tabular"),
)
# The exporter says again under another name what several layers have in common.
NO_WORK = ("Constant", "Identity")


def operators(model: onnx.ModelProto) -> Counter[str]:
    return Counter(node.op_type for node in model.graph.node)


def exported(name: str, path: Path) -> Counter[str]:
    """What torch writes when it is to leave batch norms as they are."""
    model = load(name).build("torch").eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (images(name, 2),),
            str(path),
            dynamo=False,
            training=torch.onnx.TrainingMode.PRESERVE,
            do_constant_folding=False,
            opset_version=17,
        )
    return operators(onnx.load(path))


@pytest.mark.parametrize("name", NAMES)
def test_there_are_no_more_than_the_exporter_needs(name: str, tmp_path: Path) -> None:
    ours = operators(onnx.parser.parse_model(load(name).source("onnx", inline=True)))
    theirs = exported(name, tmp_path / "net.onnx")
    assert ours.total() <= theirs.total()
    for word in NO_WORK:
        del ours[word], theirs[word]
    assert ours.total() <= theirs.total()
    assert ours["BatchNormalization"] == theirs["BatchNormalization"]


def test_functions_hold_the_same_operators_as_the_flat_graph() -> None:
    network = load("seresnet50")
    flat = operators(onnx.parser.parse_model(network.source("onnx", inline=True)))
    with_functions = onnx.parser.parse_model(network.source("onnx"))
    assert operators(onnx.inliner.inline_local_functions(with_functions)) == flat
