"""`resdsl compile --target onnx`, and the same from Python."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from nets import EXAMPLES, images, load
from runtimes import BOUND, answer, difference, weights_of
from safetensors.numpy import save_file

from resdsl.cli import main
from resdsl.core.diagnostic import ResdslError
from resdsl.reference import run
from resdsl.weights.initial import drawn

SOURCE = str(EXAMPLES / "resnet.res")
ASK = ["compile", SOURCE, "--net", "resnet18", "--target", "onnx"]


def test_the_model_has_the_weights_that_the_language_starts_with(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(ASK) == 0
    assert "wrote resnet18.onnx: resnet18, 11,689,512" in capsys.readouterr().out
    network = load("resnet18")
    assert onnx.load("resnet18.onnx") == network.build("onnx")
    x = images("resnet18", 2, 64).numpy()
    expected = run(network.ir, drawn(network.ir), x)
    assert difference(answer("resnet18.onnx", x), expected) < BOUND


def test_another_seed_draws_other_weights(tmp_path: Path) -> None:
    for seed in ("0", "1"):
        assert main([*ASK, "--seed", seed, "-o", f"{tmp_path}/{seed}.onnx"]) == 0
    first, second = (onnx.load(tmp_path / f"{seed}.onnx") for seed in (0, 1))
    assert first != second
    assert first == load("resnet18").build("onnx")


def test_the_same_command_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert main([*ASK, "-o", f"{tmp_path}/{name}.onnx"]) == 0
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_weights_are_read_from_a_checkpoint(tmp_path: Path) -> None:
    network = load("resnet18")
    x = images("resnet18", 2, 64).numpy()
    weights = weights_of(network, x)
    file, path = tmp_path / "w.safetensors", tmp_path / "net.onnx"
    save_file({key: np.asarray(array) for key, array in weights.items()}, file)
    assert main([*ASK, "--weights", str(file), "-o", str(path)]) == 0
    assert difference(answer(str(path), x), run(network.ir, weights, x)) < BOUND
    assert onnx.load(path) == network.build("onnx", weights=weights)
    assert onnx.load(path) == network.build("onnx", weights=file)
    again = network.build("onnx", weights=path, inline=True, opset=18)
    assert difference(answer(again, x), run(network.ir, weights, x)) < BOUND


def test_weights_of_another_net_are_findings(tmp_path: Path) -> None:
    file, path = tmp_path / "w.safetensors", tmp_path / "net.onnx"
    save_file(dict(drawn(load("resnet34").ir).items()), file)
    assert main([*ASK, "--weights", str(file), "-o", str(path)]) == 1
    assert not path.exists()
    with pytest.raises(ResdslError):
        load("resnet18").build("onnx", weights=file)


def test_the_text_is_what_the_model_was_made_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*ASK, "--text", "-o", "-"]) == 0
    text = capsys.readouterr().out
    assert text == load("resnet18").source("onnx")
    assert main([*ASK, "--text", "--inline", "--opset", "20", "-o", str(tmp_path)]) == 0
    written = (tmp_path / "resnet18.onnxtxt").read_text("utf-8")
    assert written == load("resnet18").source("onnx", inline=True, opset=20)
    assert 'opset_import: ["": 20, "resdsl": 1]' in written


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--target", "torch", "--inline"], "--inline means nothing for"),
        (["--target", "torch", "--seed", "0"], "--seed means nothing for"),
        (["--target", "torch", "--text"], "--text means nothing for"),
        (["--text", "--seed", "1"], "--seed means nothing for a text"),
        (["--weights", "w", "--seed", "1"], "--seed draws"),
        (["--weights", "absent.safetensors"], "cannot read absent.safetensors"),
        (["--seed", "-1"], "at least 0"),
        (["-o", "-"], "--text"),
    ],
)
def test_what_means_nothing_is_refused(
    options: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*ASK, *options]) == 2
    assert why in capsys.readouterr().err


WITHOUT = """
import sys
sys.modules["onnx"] = None
from resdsl.cli import main
sys.exit(main())
"""


def test_without_onnx_there_is_the_text(tmp_path: Path) -> None:
    def done(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", WITHOUT, *ASK, *options],
            cwd=tmp_path,
            env={"PYTHONPATH": str(EXAMPLES.parent)},
            capture_output=True,
            text=True,
            check=False,
        )

    refused = done()
    assert refused.returncode == 2
    assert "pip install 'resdsl[onnx]'" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert done("--text").returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["resnet18.onnxtxt"]
