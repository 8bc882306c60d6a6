"""The generated file reads as if a careful person wrote it: what a tool can tell."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nets import EXAMPLES, NETS, TORCHVISION, class_of, imported, load, module_name

LONGEST_RESNET = 120
FAMILIES = (
    ("resnet18", "resnet34"),
    ("resnet50", "resnet101", "resnet152"),
    ("wide_resnet50_2", "wide_resnet101_2"),
    ("resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "resnet1202"),
    ("preresnet164", "preresnet1001"),
)


def tool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A tool as a reader has it: its own defaults, none of this project's settings."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )


def python(
    code: str, folder: Path, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **variables},
    )


def test_ruff_finds_nothing(generated: Path) -> None:
    rules = "E,W,F,I,UP,B,SIM,RET,C4,PIE,PERF,RUF"
    checked = tool("ruff", "check", "--isolated", "--select", rules, generated)
    assert checked.returncode == 0, checked.stdout


def test_ruff_would_format_it_the_same(generated: Path) -> None:
    formatted = tool("ruff", "format", "--isolated", "--check", "--diff", generated)
    assert formatted.returncode == 0, formatted.stdout


def test_pyright_finds_nothing_in_strict_mode(generated: Path, tmp_path: Path) -> None:
    """Every file in one run; the number of files guards against an empty one."""
    project = shutil.copytree(generated, tmp_path / "project")
    settings = {"typeCheckingMode": "strict"}
    (project / "pyrightconfig.json").write_text(json.dumps(settings))
    options = ("--outputjson", "--pythonpath", sys.executable)
    checked = tool("pyright", *options, "--project", project)
    report = json.loads(checked.stdout)
    problems = [
        f"{Path(problem['file']).name}: {problem.get('rule')}: {problem['message']}"
        for problem in report["generalDiagnostics"]
    ]
    assert problems == []
    assert report["summary"]["filesAnalyzed"] == len(NETS)


@pytest.mark.parametrize("name", NETS)
def test_nothing_is_imported_but_torch(name: str) -> None:
    for node in ast.walk(ast.parse(load(name).source("torch"))):
        if isinstance(node, ast.Import):
            roots = {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            roots = {(node.module or "").partition(".")[0]}
        else:
            continue
        assert roots == {"torch"}


@pytest.mark.parametrize("name", NETS)
def test_the_text_is_plain(name: str) -> None:
    """ASCII, LF, and one newline at the end: the same bytes on every machine."""
    source = load(name).source("torch")
    assert source.isascii()
    assert "\r" not in source
    assert "\t" not in source
    assert source.endswith("\n")
    assert not source.endswith("\n\n")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family[-1])
def test_a_deeper_net_has_no_longer_file(family: tuple[str, ...]) -> None:
    assert len({lines(name) for name in family}) == 1


@pytest.mark.parametrize("name", TORCHVISION)
def test_a_resnet_fits_on_two_screens(name: str) -> None:
    assert lines(name) <= LONGEST_RESNET


def lines(name: str) -> int:
    return len(load(name).source("torch").splitlines())


@pytest.mark.parametrize("name", TORCHVISION)
def test_there_is_one_class_a_block_and_one_for_the_net(
    generated: Path, name: str
) -> None:
    module = imported(generated, name)
    tree = ast.parse(load(name).source("torch"))
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    net = class_of(module, name).__name__
    assert classes == {net, *(block.__name__ for block in module.BLOCKS)}
    assert len(module.BLOCKS) == 1


SOURCES = """
import hashlib, sys, resdsl
for argument in sys.argv[1:]:
    file, net = argument.split("::")
    source = resdsl.load(file, net=net).source("torch")
    print(net, hashlib.sha256(source.encode()).hexdigest())
assert "torch" not in sys.modules, "compiling needs no framework"
"""


def test_the_bytes_do_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    arguments = [f"{EXAMPLES / net.file}::{name}" for name, net in NETS.items()]
    runs = [
        python(SOURCES, tmp_path, *arguments, PYTHONHASHSEED=seed)
        for seed in ("0", "1", "4242")
    ]
    assert [run.stderr for run in runs] == ["", "", ""]
    assert len(runs[0].stdout.splitlines()) == len(NETS)
    assert len({run.stdout for run in runs}) == 1


IMPORTS = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
assert "resdsl" not in sys.modules, "a generated file stands alone"
"""


def test_every_file_imports_alone_and_without_a_warning(generated: Path) -> None:
    names = [module_name(name) for name in NETS]
    run = python(IMPORTS, generated, *names, PYTHONPATH=str(generated))
    assert (run.returncode, run.stderr) == (0, "")


def test_the_command_line_writes_the_same_bytes(tmp_path: Path) -> None:
    out = tmp_path / "resnet50.py"
    example = EXAMPLES / NETS["resnet50"].file
    options = ("--net", "resnet50", "--target", "torch", "-o", out)
    run = tool("resdsl", "compile", example, *options)
    assert run.returncode == 0, run.stderr
    assert out.read_bytes() == load("resnet50").source("torch").encode("utf-8")
