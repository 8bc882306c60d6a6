"""`--outputs` on the command line, and what it tells of several outputs."""

import json
from pathlib import Path

import numpy as np
import pytest
from backbones import NETS
from safetensors.numpy import load_file

from resdsl.cli import main

CUT = ("--net", "cut", "--outputs", "features.0, head.1")
SHAPES = {"features.0": "(4, 16, 16)", "head.1": "(6, 8, 8)"}


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    status = main([str(word) for word in words])
    text, told = capsys.readouterr()
    return status, text, told


def test_show_tells_all_shapes(capsys: pytest.CaptureFixture[str]) -> None:
    _, text, _ = run(capsys, "show", NETS, *CUT)
    lines = text.splitlines()
    assert lines[0] == "cut: (3, 16, 16) -> features.0 (4, 16, 16), head.1 (6, 8, 8)"
    assert lines[-1].split()[0] == "total"
    assert not any(row.startswith(("fc", "head.[2")) for row in lines)
    _, text, _ = run(capsys, "show", NETS, *CUT, "--format", "json")
    data = json.loads(text)
    assert data["outputs"] == SHAPES
    assert data["output"] == SHAPES["head.1"]
    assert data["parameters"] == sum(row["parameters"] for row in data["layers"])
    assert data["macs"] == sum(row["macs"] for row in data["layers"])
    assert [row["name"] for row in data["layers"]][-1].startswith("head.")


def test_check_tells_all_shapes(capsys: pytest.CaptureFixture[str]) -> None:
    _, text, _ = run(capsys, "check", NETS, "--format", "json")
    nets = {net["name"]: net for net in json.loads(text)[0]["nets"]}
    assert nets["orders"]["outputs"] == {
        "word": "(8,)",
        "words": "(4, 8)",
        "image": "(8, 2, 2)",
    }
    assert "outputs" not in nets["cut"]
    _, text, _ = run(capsys, "check", NETS, "-v")
    shapes = "inner (4, 8, 8), skip (4, 8, 8), last (4, 8, 8)"
    assert f"joined: (4, 8, 8) -> {shapes}, " in text


@pytest.mark.parametrize("target", ["torch", "keras"])
def test_compile_writes_the_backbone(
    target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "page.py"
    done = run(capsys, "compile", NETS, *CUT, "--target", target, "-o", path)
    assert done[0] == 0, done[2]
    assert '"head.1": head_1' in path.read_text()


def test_weights_leaves_out_the_tail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, part = tmp_path / "whole.safetensors", tmp_path / "part.safetensors"
    assert run(capsys, "weights", NETS, "--net", "cut", whole)[0] == 0
    assert run(capsys, "weights", NETS, *CUT, whole, part)[0] == 0
    before, after = load_file(whole), load_file(part)
    assert set(before) - set(after) == {
        f"{layer}.{name}"
        for layer in ("head.2", "head.3", "fc")
        for name in ("weight", "bias")
    }
    for key, value in after.items():
        np.testing.assert_array_equal(value, before[key])
    # Nothing else is let pass: these weights are of another net.
    status, _, said = run(capsys, "weights", NETS, "--net", "joined", whole, part)
    assert status == 1
    assert "has no place for" in said
    other = ("--net", "pyramid", "--outputs", "c2")
    assert run(capsys, "weights", NETS, *other, whole, part)[0] == 1


@pytest.mark.parametrize(
    ("names", "status", "said"),
    [
        ("", 2, "--outputs wants names"),
        ("head,,fc", 2, "--outputs wants names"),
        ("head,had", 1, "did you mean 'head'?"),
        ("fc,fc", 1, "'fc' is given out twice"),
    ],
)
def test_names_that_are_none(
    names: str, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run(capsys, "show", NETS, "--net", "cut", f"--outputs={names}")
    assert found[0] == status
    assert said in found[2]
