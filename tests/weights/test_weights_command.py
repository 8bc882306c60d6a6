"""`resdsl weights`: from file to file."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
from safetensors.numpy import load_file

from resdsl.cli import main

# Keras itself says so on the torch backend, when it saves.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
TEXT = """\
net small:
    input 3 x 8 x 8
    conv 3x3, 6, groups=3 | bn | relu
    avgpool | flatten
    linear 2

net large:
    input 3 x 8 x 8
    conv 3x3, 9 | bn | relu
    avgpool | flatten
    fc: linear 2
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("nets.res").write_text(TEXT, "utf-8")
    return "nets.res"


def weights(source: str, *places: str, net: str = "small") -> int:
    return main(["weights", source, "--net", net, *places])


def test_round_all_formats_and_back(source: str, capsys: pytest.CaptureFixture) -> None:
    names = ["a.safetensors", "b.onnx", "c.keras", "d.onnx", "e.keras", "f.safetensors"]
    assert weights(source, names[0], "--seed", "3") == 0
    for before, after in pairwise(names):
        assert weights(source, before, after) == 0
    assert Path(names[0]).read_bytes() == Path(names[-1]).read_bytes()
    assert Path("b.onnx").read_bytes() == Path("d.onnx").read_bytes()
    onnx.checker.check_model(onnx.load("b.onnx"), full_check=True)
    said = capsys.readouterr().out.splitlines()
    assert said[1] == "wrote b.onnx: small, 80 parameters"


def test_a_seed_draws_other_weights(source: str) -> None:
    assert weights(source, "a.safetensors") == 0
    assert weights(source, "b.safetensors", "--seed", "0") == 0
    assert weights(source, "c.safetensors", "--seed", "1") == 0
    first, same, other = (load_file(f"{name}.safetensors") for name in "abc")
    np.testing.assert_array_equal(first["conv1.weight"], same["conv1.weight"])
    assert not np.array_equal(first["conv1.weight"], other["conv1.weight"])


def test_another_net_s_weights_are_findings(
    source: str, capsys: pytest.CaptureFixture
) -> None:
    assert weights(source, "a.safetensors") == 0
    assert weights(source, "a.safetensors", "b.onnx", net="large") == 1
    assert not Path("b.onnx").exists()
    said = capsys.readouterr().err
    assert "error[E404]: 'conv1.weight' is (6, 1, 3, 3), but should be" in said
    assert "help:     did you mean 'linear1.weight'?" in said
    assert said.endswith("errors\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a", "b", "c.onnx"], "expected SOURCE and DEST, found 3 files"),
        (["a.npz"], "cannot write a.npz: use one of .safetensors, .keras, .onnx"),
        (["no.safetensors", "a.onnx"], "cannot read no.safetensors: No such file"),
        (["no.onnx", "a.safetensors"], "cannot read no.onnx: No such file"),
        (["no.keras", "a.safetensors"], "cannot read no.keras: No such file"),
        (["a.safetensors", "--seed", "-1"], "--seed wants at least 0, not -1"),
        (["a.onnx", "b.onnx", "--seed", "1"], "give one"),
        (["there/a.safetensors"], "there is no folder there"),
    ],
)
def test_usage(
    source: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture
) -> None:
    assert weights(source, *arguments) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in Path().iterdir()] == [source]


@pytest.mark.parametrize("end", ["safetensors", "keras", "onnx"])
def test_files_that_hold_no_weights_are_findings(
    source: str, end: str, capsys: pytest.CaptureFixture
) -> None:
    Path(f"junk.{end}").write_bytes(b"\x08junk" * 99)
    assert weights(source, f"junk.{end}", "a.safetensors") == 1
    assert "error[E401]" in capsys.readouterr().err


def test_the_reference_is_run_not_written(
    source: str, capsys: pytest.CaptureFixture
) -> None:
    assert main(["compile", source, "--net", "small", "--target", "numpy"]) == 2
    assert "'numpy' is run, not written" in capsys.readouterr().err
