"""The command, with real frameworks in real processes, and faults planted in those."""

import json
from pathlib import Path

import numpy as np
import pytest

import resdsl
from resdsl import reference
from resdsl.cli import main
from resdsl.verify import RUNNERS, in_onnx, targets
from resdsl.verify.training import expected_step
from resdsl.weights.initial import drawn

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NET = """\
block unit(width, stride = 1):
    residual:
        conv 3x3, width, /stride | bn | gelu
        conv 3x3, width | bn
    gelu

net small(classes = 3):
    input 3 x 12 x 12
    conv 3x3, 4 | bn | relu
    stage: 2 * unit 8, /2
    avgpool | flatten
    fc: linear classes
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.res"
    path.write_text(NET, "utf-8")
    return path


def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Run `code` at the start of every process that is started from now on."""
    room = tmp_path / "planted"
    room.mkdir()
    (room / "sitecustomize.py").write_text(code, "utf-8")
    monkeypatch.syspath_prepend(room)


def results(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] == all(result["ok"] for result in found["results"])
    rows: list[dict[str, object]] = found["results"]
    return rows


def test_every_framework_computes_and_trains_the_same(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(small), "--train", "--format", "json"]) == 0
    found = results(capsys)
    assert [row["target"] for row in found] == list(RUNNERS)
    for row in found:
        verdicts = row["verdicts"]
        assert isinstance(verdicts, list)
        names = {verdict["what"] for verdict in verdicts}
        trained = {"loss", "statistics"} if row["target"] != "onnx" else set[str]()
        assert names >= {"float32"} | trained
        assert ("gradients" in names) == str(row["target"]).startswith("keras")
        assert row["input"] == [4, 3, 12, 12]
        assert all(0 <= verdict["difference"] < 1e-5 for verdict in verdicts)


def test_several_outputs_are_trained_together(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--outputs", "stage,relu1,stage.0", "--train", "--format", "json"]
    assert main(["verify", str(small), "--targets", "torch,keras-jax", *asked]) == 0
    for row in results(capsys):
        assert "note" not in row
        verdicts = row["verdicts"]
        assert isinstance(verdicts, list)
        apart = {v["what"]: v["difference"] for v in verdicts}
        assert {"loss", "statistics"} <= set(apart)
        assert ("gradients" in apart) == (row["target"] == "keras-jax")


def test_the_loss_is_of_every_output(small: Path) -> None:
    net = resdsl.load(small).with_outputs("relu1", "stage").ir
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 3, 12, 12))
    weights = reference.calibrated(net, x, 0)
    y = reference.train(net, weights, x).y
    assert expected_step(net, weights, x, y).loss == 0
    for name, share in {"relu1": 1.0, "stage": 4.0}.items():
        moved = {**y, name: y[name] + share**0.5}
        loss = expected_step(net, weights, x, moved).loss
        assert loss == pytest.approx(share)


def test_random_layers_are_not_trained(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(EXAMPLES / "tabular.res")
    assert main(["verify", path, "--targets", "torch", "--train"]) == 0
    table = capsys.readouterr().out
    assert "ok; not trained: " in table
    assert "loss" not in table


def test_what_is_not_installed_is_skipped(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = targets.find_spec
    monkeypatch.setattr(
        targets, "find_spec", lambda name: None if name == "jax" else there(name)
    )
    assert main(["verify", str(small), "--targets", "keras-jax"]) == 0
    assert "skipped: jax not installed: pip install 'resdsl[jax]'" in (
        capsys.readouterr().out
    )


def test_a_fault_is_found_and_its_layer_named(
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plant(
        tmp_path,
        monkeypatch,
        "from resdsl.emit.environment import Words\n"
        "from resdsl.emit.text import Code\n"
        "say = Words.say\n"
        "tanh = Code('nn.GELU(approximate=\"tanh\")')\n"
        "wrong = lambda w, name: (w.target, name) == ('torch', 'gelu')\n"
        "Words.say = lambda w, n, *a: tanh if wrong(w, n) else say(w, n, *a)\n",
    )
    path = str(small)
    assert main(["verify", path, "--targets", "torch,onnx", "--format", "json"]) == 1
    (torch, onnx) = results(capsys)
    assert not torch["ok"]
    verdicts = torch["verdicts"]
    assert isinstance(verdicts, list)
    assert {v["what"]: v["where"] for v in verdicts} == {
        "float32": "stage.0.gelu1",
        "float64": "stage.0.gelu1",
    }
    assert onnx["ok"]


def test_a_process_that_dies_says_its_last_words(
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plant(
        tmp_path,
        monkeypatch,
        "import sys\nif 'resdsl.verify.worker' in sys.orig_argv:\n"
        "    sys.exit('no room left on the moon')\n",
    )
    assert main(["verify", str(small), "--targets", "torch"]) == 1
    table = capsys.readouterr().out
    assert "FAILED" in table
    assert "no room left on the moon" in table


def test_keras_stands_for_its_backends() -> None:
    assert targets.runner_names(["keras", "torch", "keras-jax"]) == [
        "keras-tensorflow",
        "keras-jax",
        "keras-torch",
        "torch",
    ]
    with pytest.raises(ValueError, match="did you mean 'onnx'"):
        targets.runner_names(["onxx"])


def test_weights_too_many_for_one_message_lie_beside_the_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "net n:\n    input 3 x 8 x 8\n    conv 3x3, 64 | relu | conv 3x3, 8\n"
    net = resdsl.load(text, net="n").ir
    x = np.random.default_rng(0).normal(size=(2, 3, 8, 8)).astype(np.float32)
    run = in_onnx.Run(net, dict(drawn(net)), "float32", ())
    y, layers = run(x), run.trace(x)
    monkeypatch.setattr(in_onnx, "LARGEST", 0)
    assert np.array_equal(run(x), y)
    assert np.array_equal(run(x), y)
    assert run.trace(x).keys() == layers.keys()
