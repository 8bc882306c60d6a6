"""What is used again has one set of weights in every target, and learns as one."""

import json
from pathlib import Path

import pytest
import torch

import resdsl
from resdsl.cli import main
from resdsl.core.diagnostic import ResdslError
from resdsl.verify import RUNNERS

TEXT = """\
block unit(width):
    relu | conv 3x3, width | bn
    relu | conv 3x3, width

net recursive:
    input 3 x 12 x 10
    first: conv 3x3, 4
    body: unit 4
    add first
    for i in range(3):
        again body
        add first
    last: conv 1, 2

net pyramid:
    input 3 x 16 x 16
    p2: conv 3x3, 4, /2 | relu
    p3: conv 3x3, 4, /2 | relu
    head:
        conv 3x3, 4 | bn | relu
        conv 1, 5
    low: identity
    p2
    high: again head
    output high, low
"""


def test_every_target_computes_and_learns_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.res"
    path.write_text(TEXT, "utf-8")
    assert main(["verify", str(path), "--train", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["results"]
    wanted = {(net, target) for net in ("recursive", "pyramid") for target in RUNNERS}
    assert {(row["net"], row["target"]) for row in rows} == wanted
    assert all(row["verdicts"] for row in rows)


def test_a_weight_is_there_once_and_costs_each_time() -> None:
    network = resdsl.load(TEXT, net="recursive")
    model = network.build("torch")
    sizes = {key: tensor.numel() for key, tensor in model.state_dict().items()}
    assert [key for key in sizes if "conv" in key] == [
        "body.conv1.weight",
        "body.conv2.weight",
        "body.conv2.bias",
    ]
    trained = sum(parameter.numel() for parameter in model.parameters())
    assert network.params == trained
    first, once, last = 3 * 4 * 9, 2 * 4 * 4 * 9, 4 * 2
    assert network.macs == 12 * 10 * (first + 4 * once + last)


def test_gradients_of_all_uses_come_together() -> None:
    torch.manual_seed(0)
    model = resdsl.load(TEXT, net="recursive").build("torch").double().eval()
    x = torch.randn(1, 3, 12, 10, dtype=torch.float64)
    bias = model.get_parameter("body.conv2.bias")
    (gradient,) = torch.autograd.grad(model(x).sum(), bias)
    step = 1e-6
    with torch.no_grad():
        bias += step
        above = model(x).sum()
        bias -= 2 * step
        slope = (above - model(x).sum()) / (2 * step)
    assert torch.isclose(gradient.sum(), slope, rtol=1e-7)


def test_what_is_given_out_is_the_first_use_unless_a_merge_hides_it() -> None:
    text = """\
net n:
    input 4 x 8 x 8
    residual:
        a: conv 3x3, 4
    again a
    d: relu
"""
    network = resdsl.load(text, net="n")
    assert list(network.with_outputs("d").output_shapes) == ["d"]
    with pytest.raises(ResdslError, match="E311") as refusal:
        network.with_outputs("a")
    assert "lies in a merge" in str(refusal.value)


@pytest.mark.parametrize(
    "layer", ["maxpool 3x3, /2, ceil_mode=true", "avgpool 3x3, /2, padding=same"]
)
@pytest.mark.parametrize("shared", ["h: b", "h:\n        conv 1, 4 | {}"])
def test_keras_refuses_what_it_cannot_do_for_several_sizes(
    layer: str, shared: str
) -> None:
    text = f"""\
block b:
    conv 1, 4 | {layer}

net n:
    input 4 x 17 x 16
    {shared.format(layer)}
"""
    assert "keras.Model" in resdsl.load(text, net="n").source("keras")
    with pytest.raises(ResdslError, match="whose size is open"):
        resdsl.load(f"{text}    again h\n", net="n").source("keras")


def test_names_that_become_one_in_keras_are_refused() -> None:
    text = """\
net n:
    input 4 x 8 x 8
    enc.a:
        conv 3x3, 4
    enc_a: relu
    again enc.a
"""
    with pytest.raises(ResdslError, match="are both 'enc_a'"):
        resdsl.load(text, net="n").source("keras")


def test_one_instance_of_a_block_may_have_several_sizes_where_another_has_one() -> None:
    text = """\
block u(stride):
    c: conv 3x3, 4
    maxpool 3x3, /stride
    again c
net n:
    input 4 x 16 x 16
    u 1
    u 2
"""
    page = resdsl.load(text, net="n").source("keras")
    assert "keras.Input((None, None, x.shape[-1]))" in page
