"""What the text of a graph looks like: functions, attributes, names, labels."""

import re

import onnx
import pytest
from doubles import batch
from nets import NETS, load
from runtimes import BOUND, answer, difference, model_of, text_net, weights_of

import resdsl
from resdsl.analysis.unroll import tensors
from resdsl.core.diagnostic import ResdslError
from resdsl.reference import run

BLOCK = """
block b(width, stride = 1, groups = 1):
    residual:
        conv 3x3, width, /stride, groups=groups | bn | relu
        conv 3x3, width | bn
    relu
"""


def parsed(network: resdsl.Network, **options: object) -> onnx.ModelProto:
    return onnx.parser.parse_model(network.source("onnx", **options))


def functions(model: onnx.ModelProto) -> dict[str, list[str]]:
    """Each function, and its attributes."""
    return {function.name: list(function.attribute) for function in model.functions}


def test_a_block_is_a_function_and_what_varies_its_attribute() -> None:
    model = parsed(load("resnet50"))
    assert functions(model) == {
        "projection": ["stride"],
        "bottleneck_downsample": ["stride"],
        "bottleneck": [],
    }
    calls = [node for node in model.graph.node if node.domain == "resdsl"]
    assert [node.name for node in calls][:4] == [
        *("layer1.0", "layer1.1", "layer1.2", "layer2.0")
    ]
    strides = [
        list(attribute.ints)
        for node in calls
        if node.op_type == "bottleneck_downsample"
        for attribute in node.attribute
    ]
    assert strides == [[1, 1], [2, 2], [2, 2], [2, 2]]


@pytest.mark.parametrize(("deep", "shallow"), [("resnet152", "resnet50")])
def test_a_deeper_net_has_the_same_functions(deep: str, shallow: str) -> None:
    deep_text, text = (load(name).source("onnx") for name in (deep, shallow))
    assert deep_text.partition("\n}\n")[2] == text.partition("\n}\n")[2]


def test_what_varies_deep_inside_is_handed_through() -> None:
    network = resdsl.load(
        "block inner(width, dilation = 1):\n"
        "    conv 3x3, width, dilation=dilation\n"
        "block outer(width, dilation = 1):\n"
        "    inner width, dilation | relu\n"
        "    inner width, 1\n"
        "net n:\n    input 4 x 9 x 9\n    outer 4 | outer 4, 2 | outer 4, 3\n"
    )
    model = parsed(network)
    assert functions(model) == {
        "inner": ["dilation", "pads"],
        "outer": ["dilation", "pads"],
    }
    check(network)


def test_equal_arguments_that_differ_have_names_of_their_own() -> None:
    network = resdsl.load(
        "block two(first, second):\n"
        "    conv 3x3, 4, dilation=first, padding=1 | relu\n"
        "    conv 3x3, 4, dilation=second, padding=1\n"
        "net n:\n    input 4 x 20 x 20\n    two 1, 2 | two 2, 1 | two 2, 2\n"
    )
    assert functions(parsed(network)) == {"two": ["dilation", "dilation_conv2"]}
    check(network)


def test_forms_that_differ_in_more_than_numbers_are_functions() -> None:
    network = resdsl.load(
        BLOCK + "net n:\n    input 4 x 8 x 8\n    b 4 | b 8, /2 | b 8\n"
        "    b 8, groups=2 | b 16, 2, 4\n"
    )
    assert functions(parsed(network)) == {
        "b": ["groups"],
        "projection": [],
        "b_downsample": ["groups"],
    }
    check(network)


@pytest.mark.parametrize("name", NETS)
def test_weights_are_declared_as_the_checkpoint_names_them(name: str) -> None:
    network = load(name)
    kept = [t.key for t in tensors(network.ir) if "num_batches" not in t.key]
    for inline in (False, True):
        model = parsed(network, inline=inline)
        assert [info.name for info in model.graph.value_info] == kept


def test_flat_names_follow_the_checkpoint() -> None:
    model = parsed(load("resnet18"), inline=True)
    assert not model.functions
    names = [node.name for node in model.graph.node]
    assert len(set(names)) == len(names)
    assert [n for n in names if n.startswith("layer2.0.")] == [
        *("layer2.0.conv1", "layer2.0.bn1", "layer2.0.relu1", "layer2.0.conv2"),
        *("layer2.0.bn2", "layer2.0.downsample.0", "layer2.0.downsample.1"),
        *("layer2.0.residual1", "layer2.0.relu2"),
    ]


AWKWARD = {
    "labels like the ends": "output: linear 4\n    y: linear 4\n    output2: relu",
    "labels like types": "ints: relu\n    graph: tanh\n    tensor: linear 4",
    "labels like copies": "residual: dropout 0.5\n    copy: linear 4",
    "labels like parts": "residual1: relu\n    residual: linear 4\n    y: relu",
    "nothing at all": "dropout 0.5",
    "nothing in a block": "nothing",
    "nothing in a path": "residual: dropout 0.5",
    "paths in paths": "residual:\n        linear 4\n        residual: linear 4",
}


@pytest.mark.parametrize("body", AWKWARD.values(), ids=AWKWARD)
def test_names_never_meet(body: str) -> None:
    text = f"block nothing():\n    drop_path 0.1\nnet n:\n    input 4\n    {body}\n"
    check(resdsl.load(text))


def test_long_names_and_numbers_make_names() -> None:
    name = "a" * 60
    network = resdsl.load(
        f"shortcut {name} as {name}:\n    conv 1x1, channels, /stride | bn\n"
        f"block b{name}(width, stride, other):\n"
        f"    residual shortcut={name}:\n"
        "        conv 3x3, width, /stride | bn\n"
        f"        {name}: conv 3x3, width, dilation=other, padding=0 | upsample 1\n"
        f"        {name}b: conv 3x3, width, dilation=stride, padding=0\n"
        "        pad padding=other | pad padding=stride\n"
        f"net n:\n    input 4 x 32 x 32\n    b{name} 8, 2, 1\n    b{name} 16, 1, 2\n"
    )
    check(network)


def check(network: resdsl.Network) -> None:
    x = batch(network, 2)
    weights = weights_of(network, x)
    expected = run(network.ir, weights, x)
    for inline in (False, True):
        model = model_of(network, weights, inline=inline)
        assert difference(answer(model, x), expected) < BOUND


def test_a_net_without_weights_declares_none() -> None:
    network = text_net("input 3 x 8 x 8\n    maxpool 2")
    assert "<   #" not in network.source("onnx")
    check(network)


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("inline", [False, True])
def test_the_text_is_laid_out(name: str, inline: bool) -> None:
    text = load(name).source("onnx", inline=inline)
    assert text.endswith("}\n")
    assert not re.search(r"[ \t]$|\n\n\n|\t|\r", text, re.MULTILINE)
    body = text[text.index("\n{\n") :]
    operators = [line for line in body.splitlines() if " = " in line and "[" in line]
    assert max(map(len, operators)) <= 160


@pytest.mark.parametrize("opset", [16, 27, 0])
def test_other_opsets_are_findings(opset: int) -> None:
    with pytest.raises(ResdslError) as refusal:
        load("hello").source("onnx", opset=opset)
    (found,) = refusal.value.diagnostics
    assert found.code == "E108"
    assert "17 to 26" in found.hint


@pytest.mark.parametrize(
    "layer",
    ["conv 2x1, 4, /3, dilation=2, padding=same", "maxpool 3, /5, padding=same"],
)
def test_a_padding_that_runtimes_misread_is_a_finding(layer: str) -> None:
    with pytest.raises(ResdslError) as refusal:
        text_net(f"input 4 x 9 x 8\n    {layer}").source("onnx")
    (found,) = refusal.value.diagnostics
    assert found.code == "E108"
    assert "padding" in found.hint


@pytest.mark.parametrize("size", [8, 9, 10])
def test_a_padding_of_none_is_whatever_the_size(size: int) -> None:
    for layer in ("conv 1, 4, /2, padding=same", "maxpool 1, /3, padding=same"):
        network = text_net(f"input 4 x {size} x {size}\n    {layer}")
        assert "auto_pad" not in network.source("onnx")
        check(network)
