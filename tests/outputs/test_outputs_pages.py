"""Pages with several outputs read as others do: what ruff and pyright tell."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from backbones import CUT, STATED, cut, stated, zoo

import resdsl

RULES = "E,W,F,I,UP,B,SIM,RET,C4,PIE,PERF,RUF"
NETWORKS = {
    **{name: stated(name) for name in STATED},
    **{f"cut{at}": cut(*CUT[:at]) for at in (1, 2, 5)},
    "cut": cut(),
    "resnet50": zoo("resnet", "resnet50", "layer2.1", "layer4", "relu1"),
    "vgg11": zoo("vgg", "vgg11", "features.3", "classifier.1"),
    "dilated": zoo("dilated_resnet", "resnet50_dilated", "layer3.1", "layer4"),
}


def tool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("outputs")
    for target in ("torch", "keras"):
        (folder / target).mkdir()
        for name, network in NETWORKS.items():
            path = folder / target / f"{name}_{target}.py"
            path.write_text(network.source(target), "utf-8", newline="\n")
    return folder


def test_ruff_finds_nothing(pages: Path) -> None:
    options = ("--isolated", "--select", RULES)
    checked = tool("ruff", "check", *options, pages / "torch")
    assert checked.returncode == 0, checked.stdout
    # What `return` would wrap gets a line like all others, as in every Keras page.
    checked = tool("ruff", "check", *options, "--ignore", "RET504", pages / "keras")
    assert checked.returncode == 0, checked.stdout
    formatted = tool("ruff", "format", "--isolated", "--check", "--diff", pages)
    assert formatted.returncode == 0, formatted.stdout


def test_pyright_finds_nothing_in_strict_mode(pages: Path, tmp_path: Path) -> None:
    project = shutil.copytree(pages / "torch", tmp_path / "project")
    settings = {"typeCheckingMode": "strict"}
    (project / "pyrightconfig.json").write_text(json.dumps(settings))
    options = ("--outputjson", "--pythonpath", sys.executable, "--project", project)
    report = json.loads(tool("pyright", *options).stdout)
    assert [p["message"] for p in report["generalDiagnostics"]] == []
    assert report["summary"]["filesAnalyzed"] == len(NETWORKS)


def test_a_page_says_what_it_gives() -> None:
    body = "input 3 x H x W\n    a: conv 3x3, 4\n    b: relu\n    output a, b"
    text = f"net n:\n    {body}\n"
    page = resdsl.load(text).source("torch")
    assert "    (N, 3, H, W) ->\n    a: (N, 4, H, W)\n    b: (N, 4, H, W)\n" in page
    assert "def forward(self, x: Tensor) -> dict[str, Tensor]:" in page
    assert 'return {"a": a, "b": b}' in page
