"""Names that meet, of members, parameters, classes: the page runs or is refused."""

import subprocess
import sys

import pytest
import torch

import resdsl

HEAD = "net n:\n    input 4 x 8 x 8\n"
UNIT = "block unit(w):\n    residual: conv 3x3, w\n\n"


def runs(text: str) -> list[str]:
    """Build, run and train the only net of a text; its keys."""
    net = resdsl.load(text)
    model = net.build("torch")
    x = torch.randn(2, *(int(n) for n in net.input_shape), requires_grad=True)
    y = model(x)
    assert tuple(y.shape[1:]) == net.output_shape
    assert sum(p.numel() for p in model.parameters()) == net.params
    y.sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    return list(model.state_dict())


def refused(text: str) -> list[str]:
    return [finding.code for finding in resdsl.check(text).diagnostics]


def test_a_shortcut_is_named_by_its_residual_whatever_the_shapes() -> None:
    text = "block b(w):\n    residual: conv 3x3, w\n    residual: conv 3x3, w * 2\n\n"
    keys = runs(f"{text}{HEAD}    b 4\n    b 4\n")
    assert "b1.downsample2.0.weight" in keys
    assert not [key for key in keys if key.startswith("b1.downsample.")]
    assert {"b2.downsample.0.weight", "b2.downsample2.0.weight"} <= set(keys)


@pytest.mark.parametrize("use", ["relu: unit 4", "relu: 2 * unit 4"])
def test_a_block_may_be_called_like_a_layer_beside_it(use: str) -> None:
    assert any("relu" in key for key in runs(f"{UNIT}{HEAD}    {use}\n    relu\n"))


@pytest.mark.parametrize("label", ["relu", "dropout", "avgpool"])
def test_a_rule_may_be_labelled_like_a_layer_beside_it(label: str) -> None:
    rule = f"shortcut r as {label}:\n    conv 1, channels, /stride\n\n"
    body = (
        "    use shortcut r\n    residual: conv 3x3, 8 | relu\n    relu | dropout 0.5\n"
    )
    assert f"{label}.0.weight" in runs(f"{rule}{HEAD}{body}    avgpool\n")


@pytest.mark.parametrize(
    "label", ["forward", "train", "in_channels", "self", "class", "nn", "__init__"]
)
def test_a_rule_has_no_label_that_a_page_cannot_use(label: str) -> None:
    rule = f"shortcut r as {label}:\n    conv 1, channels\n\n"
    assert refused(f"{rule}{HEAD}    residual: conv 3x3, 4\n") == ["E107"]


@pytest.mark.parametrize("name", ["_", "i", "float", "bool", "str", "dict"])
def test_a_parameter_has_no_name_that_a_page_needs(name: str) -> None:
    assert refused(f"net n({name} = 10):\n    input 4\n    3 * linear {name}\n") == [
        "E107"
    ]


@pytest.mark.parametrize("name", ["none", "None_", "False_", "tensor", "bLOCKS", "n"])
def test_a_block_may_be_called_like_anything_in_python(name: str) -> None:
    block = f"block {name}:\n    linear 3\n\n"
    call = "" if name == "n" else f"    {name}\n"
    text = f"{block if call else ''}net n:\n    input 4\n    linear 3\n{call}"
    assert runs(text)


def test_a_merge_is_no_part_of_a_chain() -> None:
    assert refused(f"{HEAD}    residual: conv 3x3, 4 | residual: relu\n") == ["E102"]
    assert refused(f"{HEAD}    conv 3x3, 4 | scale: conv 1, 4\n") == ["E102"]


def test_a_negative_slope_works_out_of_place() -> None:
    assert runs(f"{HEAD}    conv 3x3, 8 | leaky_relu -0.1 | conv 3x3, 4 | elu -1\n")
    block = "block a(s):\n    conv 3x3, 4 | leaky_relu s\n\n"
    assert runs(f"{block}{HEAD}    a -0.5\n    a 0.5\n")


def test_formulas_with_max_and_min_stay_formulas() -> None:
    text = "net n(classes = 3):\n    input 4\n    linear max(classes, 16)\n"
    assert "nn.Linear(4, max(classes, 16))" in resdsl.load(text).source("torch")
    assert runs(text)


def test_a_number_may_be_called_like_the_shortcut_beside_it() -> None:
    block = (
        "block b(w, stride = 1):\n    let downsample = w * 2\n"
        "    residual: conv 3x3, downsample, /stride\n\n"
    )
    keys = runs(f"{block}{HEAD}    b 4\n    b 4, /2\n")
    assert {"b1.downsample.0.weight", "b2.downsample.0.weight"} <= set(keys)


JOINED = """block u(r):
    let k = r * 2
    torch: conv 3x3, r | relu
    nn: conv 3x3, k | relu
    residual:
        name: conv 3x3, k | relu
        residual:
            conv 3x3, k | add nn
            relu
        relu
    branches add:
        branch: conv 3x3, k | relu
        branches:
            layers: conv 1x1, r
            conv 1x1, r | relu
        conv 3x3, k | relu
    relu | concat torch, nn
    self: conv 3x3, 4
    residual: conv 3x3, 4 | add self | relu
    branch1: relu
    multiply branch1, self

"""


def test_a_tensor_may_be_called_like_anything_on_a_page() -> None:
    body = "    range: relu\n    i: u 4\n    inputs: relu | add i, range\n    2 * u 6\n"
    assert runs(
        f"{JOINED}{HEAD}{body}    u: conv 3x3, 8\n    y: relu | add u\n    relu\n"
    )


def test_a_tensor_is_hidden_by_a_block_of_its_name() -> None:
    block = "block add(w):\n    conv 3x3, w\n\n"
    assert "add1.conv1.weight" in runs(f"{block}{HEAD}    u: relu\n    add 4\n")


@pytest.mark.parametrize("target", ["torch", "keras"])
@pytest.mark.parametrize("length", [8, 16, 24, 30, 34, 50])
def test_long_names_leave_a_page_as_ruff_formats_it(target: str, length: int) -> None:
    a, b, c, d = (letter * length for letter in "abcd")
    paths = "".join(f"        {n}: conv 3x3, 4 | relu\n" for n in (a, b, c, d))
    more = paths.replace(":", "_:")
    gate = f"    gate:\n        {a}2: relu\n        {b}2: sigmoid\n"
    tensors = f"    {c}2: relu\n    {d}2: tanh | multiply {c}2 | concat {c}2, {d}2\n"
    body = f"    branches add:\n{paths}    branches multiply:\n{more}{gate}{tensors}"
    page = resdsl.load(f"{HEAD}{body}").source(target)
    formatted = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "-"],
        input=page,
        capture_output=True,
        text=True,
        check=True,
    )
    assert formatted.stdout == page
