"""What is used again has one set of weights in every target, and learns as one."""

import json
from pathlib import Path

import pytest
import torch

import resdsl
from resdsl.cli import main
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
    model = resdsl.load(TEXT, net="recursive").build("torch").double().eval()
    x = torch.ones(1, 3, 12, 10, dtype=torch.float64)
    bias = model.get_parameter("body.conv2.bias")
    (gradient,) = torch.autograd.grad(model(x).sum(), bias)
    step = 1e-6
    with torch.no_grad():
        before = model(x).sum()
        bias += step
        change = (model(x).sum() - before) / step
    assert torch.isclose(gradient.sum(), change, rtol=1e-4)
