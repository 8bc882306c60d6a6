"""The wheel: what it carries, and that it works alone, from ready-made parts."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ("compile", "examples/resnet.res", "--net", "resnet50", "--target", "torch")
FRAMEWORKS = {"flax", "jax", "keras", "numpy", "onnx", "tensorflow", "timm", "torch"}

# Runs the command line and tells what it read and imported.
WITNESS = """
import json, os, sys

opened = []
sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))
from resdsl.cli import main

try:
    status = main()
except SystemExit as stop:
    status = stop.code
with open(os.environ["REPORT"], "w") as report:
    origins = [getattr(m, "__file__", None) for m in list(sys.modules.values())]
    files = opened + [origin for origin in origins if origin]
    json.dump({"files": files, "modules": list(sys.modules)}, report)
sys.exit(status)
"""


@dataclass(frozen=True)
class Run:
    """What the command printed and wrote, and what it needed for that."""

    output: dict[str, bytes]
    files: list[str]
    modules: set[str]

    def texts(self) -> list[str]:
        """The grammar and the templates that were read."""
        return [file for file in self.files if file.endswith((".lark", ".jinja"))]


def run(package: Path, folder: Path) -> Run:
    """Run the command in `folder`, with the package from `package` and no other."""
    folder.mkdir()
    shutil.copytree(ROOT / "examples", folder / "examples")
    before = set(folder.rglob("*"))
    report = folder.with_suffix(".json")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(package),
        "PYTHONSAFEPATH": "1",
        "REPORT": str(report),
    }
    done = subprocess.run(
        [sys.executable, "-c", WITNESS, *COMMAND],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    written = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in set(folder.rglob("*")) - before
        if path.is_file()
    }
    told: dict[str, Any] = json.loads(report.read_text("utf-8"))
    return Run({"": done.stdout, **written}, told["files"], set(told["modules"]))


def build(kind: str, out: Path, root: Path = ROOT, seed: str = "random") -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", out],
        cwd=root,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        check=True,
    )
    (artifact,) = out.iterdir()
    return artifact


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed") / "site"
    alone = ["--no-deps", "--no-index", "--quiet", "--target", folder]
    subprocess.run([sys.executable, "-m", "pip", "install", *alone, wheel], check=True)
    return folder


@pytest.fixture(scope="module")
def from_wheel(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(installed, tmp_path_factory.mktemp("from_wheel") / "work")


def test_it_carries_the_data_and_what_is_made_of_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder in ("grammars", "templates", "resdsl/std"):
        for path in (ROOT / folder).rglob("*.*"):
            inside = path.relative_to(ROOT / "resdsl" if "/" in folder else ROOT)
            if path.suffix != ".pyc":
                assert f"resdsl/{inside.as_posix()}" in names
    templates = [name for name in names if name.endswith(".jinja")]
    compiled = [name for name in names if name.startswith("resdsl/_built/templates/")]
    assert len(compiled) == len(templates) > 0
    assert {"resdsl/_built/__init__.py", "resdsl/_built/grammar.py"} <= names
    tops = {name.partition("/")[0].partition("-")[0] for name in names}
    assert tops == {"resdsl"}, "a wheel brings one package and no other"


def test_it_is_the_same_bytes_every_time(wheel: Path, tmp_path: Path) -> None:
    again = build("wheel", tmp_path / "again", seed="1")
    source = build("sdist", tmp_path / "sdist")
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    from_sdist = build("wheel", tmp_path / "from_sdist", unpacked, seed="2")
    digests = {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (wheel, again, from_sdist)
    }
    assert len(digests) == 1


def test_it_names_no_folder_of_the_machine_that_built_it(installed: Path) -> None:
    places = [str(ROOT).encode(), tempfile.gettempdir().encode() + b"/resdsl"]
    for path in (installed / "resdsl").rglob("*.py"):
        text = path.read_bytes()
        assert not [place for place in places if place in text], path


def test_it_starts_from_ready_made_parts(from_wheel: Run) -> None:
    assert "resdsl._built.grammar" in from_wheel.modules
    assert [file for file in from_wheel.files if "_built/templates" in file]
    assert from_wheel.texts() == []


def test_it_works_without_the_checkout(from_wheel: Run, installed: Path) -> None:
    assert [file for file in from_wheel.files if file.startswith(str(installed))]
    assert [file for file in from_wheel.files if file.startswith(f"{ROOT}/")] == []


def test_compiling_imports_no_framework(from_wheel: Run) -> None:
    assert from_wheel.modules & FRAMEWORKS == set()


def test_it_writes_what_a_checkout_writes(from_wheel: Run, tmp_path: Path) -> None:
    from_checkout = run(ROOT, tmp_path / "work")
    assert "resdsl._built" not in from_checkout.modules
    assert from_checkout.texts()
    assert from_checkout.output == from_wheel.output


@pytest.mark.parametrize(
    ("module", "name", "text"),
    [("grammar.py", "LARK", ".lark"), ("__init__.py", "JINJA", ".jinja")],
)
def test_parts_that_another_version_made_are_left(
    from_wheel: Run, installed: Path, tmp_path: Path, module: str, name: str, text: str
) -> None:
    site = tmp_path / "site"
    shutil.copytree(installed, site, ignore=shutil.ignore_patterns("__pycache__"))
    path = site / "resdsl" / "_built" / module
    made = path.read_text("utf-8")
    path.write_text(made.replace(f"\n{name} = '", f"\n{name} = '0."), "utf-8")
    other = run(site, tmp_path / "work")
    assert {Path(file).suffix for file in other.texts()} == {text}
    assert other.output == from_wheel.output
