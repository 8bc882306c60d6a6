"""`examples/degradation`: what it compares, what it finds, and that processes agree."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest
import torch

import resdsl

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "degradation"
NETS = EXAMPLE / "plain_or_residual.res"
SCRIPT = EXAMPLE / "train.py"
# Epochs enough for the residual networks; the deep one is far behind without shortcuts.
SHORT = ("--depths", "8", "44", "--epochs", "4", "--seed", "0")
TWO_PROCESSES = (
    *("-m", "torch.distributed.run", "--standalone"),
    *("--local-addr", "127.0.0.1", "--nproc-per-node", "2"),
)


def trained(folder: Path, *launcher: str) -> Path:
    """What processes leave in the folder; they find this checkout's package."""
    done = subprocess.run(
        [sys.executable, *launcher, SCRIPT, *SHORT, "--out", folder],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one process leaves."""
    return trained(tmp_path_factory.mktemp("degradation") / "one")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("degradation_train", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def last_errors(curves: Path) -> dict[tuple[str, int], float]:
    runs = json.loads(curves.read_text("utf-8"))
    return {(run["kind"], run["depth"]): run["errors"][-1] for run in runs}


@pytest.mark.parametrize("depth", [8, 20, 74])
def test_the_two_differ_in_the_shortcut_alone(depth: int) -> None:
    """The same weights fit both: one name, one shape, one cost each."""
    plain, residual = (
        resdsl.load(NETS, net=kind, depth=depth) for kind in ("plain", "residual")
    )
    assert (plain.params, plain.macs) == (residual.params, residual.macs)
    one, other = plain.build("torch"), residual.build("torch")
    convolutions = [m for m in one.modules() if isinstance(m, torch.nn.Conv2d)]
    assert len(convolutions) + 1 == depth
    other.load_state_dict(one.state_dict())
    x = torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    assert not torch.equal(one(x), other(x))


def test_a_run_leaves_files_that_parse(results: Path) -> None:
    runs = json.loads((results / "curves.json").read_text("utf-8"))
    assert [(run["kind"], run["depth"], run["seed"]) for run in runs] == [
        ("plain", 8, 0),
        ("residual", 8, 0),
        ("plain", 44, 0),
        ("residual", 44, 0),
    ]
    assert all(len(run["errors"]) == 4 for run in runs)
    drawing = ElementTree.parse(results / "degradation.svg").getroot()
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    png = (results / "degradation.png").read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")


def test_depth_harms_the_plain_network_alone(results: Path) -> None:
    """After four epochs: 76 % of the digits are wrong without shortcuts, 6 % with."""
    errors = last_errors(results / "curves.json")
    assert errors["plain", 44] > 5 * errors["plain", 8]
    assert errors["plain", 44] > 5 * errors["residual", 44]
    assert errors["residual", 44] < 20


def test_two_processes_draw_the_same_curves(results: Path, tmp_path: Path) -> None:
    """To the byte: both compute the same shares of the same batches, in float32."""
    two = trained(tmp_path, *TWO_PROCESSES)
    for name in ("curves.json", "degradation.svg"):
        assert (two / name).read_bytes() == (results / name).read_bytes(), name


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--depths", "21"], "21 is not 6n + 2"),
        (["--epochs", "0"], "--epochs: at least 1"),
    ],
)
def test_a_wrong_argument_is_told(
    arguments: list[str],
    complaint: str,
    script: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), *arguments])
    with pytest.raises(SystemExit, match="2"):
        script.arguments()
    assert complaint in capsys.readouterr().err


def test_the_readme_shows_the_run_that_lies_beside_it(script: ModuleType) -> None:
    page = (EXAMPLE / "README.md").read_text("utf-8")
    runs = script.read(EXAMPLE / "curves.json")
    assert script.table(runs) in page
    assert "](degradation.svg)" in page
    excerpt = page.partition("```res\n")[2].partition("```")[0]
    assert excerpt
    assert excerpt in NETS.read_text("utf-8")
    assert (EXAMPLE / "degradation.png").stat().st_size < 60_000


def test_the_run_that_lies_there_shows_degradation(script: ModuleType) -> None:
    """For every seed: the deeper a plain network, the worse; shortcuts mend it."""
    runs = script.read(EXAMPLE / "curves.json")
    last = {(run.kind, run.depth, run.seed): run.errors[-1] for run in runs}
    depths, seeds = script.depths(runs), sorted({run.seed for run in runs})
    assert (depths, seeds) == ([20, 32, 44, 74], [0, 1, 2])
    for seed in seeds:
        plain = [last["plain", depth, seed] for depth in depths]
        assert plain == sorted(plain)
        assert last["residual", 44, seed] < 0.1
        assert last["residual", 74, seed] < last["plain", 74, seed] / 10
