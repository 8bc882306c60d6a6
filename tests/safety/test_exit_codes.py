"""0 is clean, 1 is findings, 2 is usage: and nothing else ever comes out."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from resdsl.cli import main

ROOT = Path(__file__).resolve().parents[2]
GOOD = "net n(classes = 3):\n    input 4\n    linear classes\n"
BAD = "net n:\n    input 4\n    lineer 3\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "good.res").write_text(GOOD, "utf-8")
    (tmp_path / "bad.res").write_text(BAD, "utf-8")
    (tmp_path / "both.res").write_text(
        GOOD + "\n" + GOOD.replace("net n", "net m"), "utf-8"
    )
    (tmp_path / "empty.res").write_bytes(b"")
    (tmp_path / "bytes.res").write_bytes(b"\xff")
    (tmp_path / "folder.res").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def status(line: str) -> int:
    try:
        return main(line.split())
    except SystemExit as stop:  # argparse
        return int(stop.code or 0)


COMPILE = "compile good.res --target torch"
CASES = {
    "check good.res": 0,
    "check -v good.res both.res": 0,
    "check empty.res": 0,
    "check bad.res": 1,
    "check good.res bad.res": 1,
    "check bytes.res": 1,
    "check missing.res": 2,
    "check folder.res": 2,
    "check bad.res missing.res": 2,
    "check missing.res good.res": 2,
    "check": 2,
    "check --format xml good.res": 2,
    "check --max-nesting x good.res": 2,
    "check --max-nesting 0 good.res": 2,
    "check --max-operators -1 good.res": 2,
    "check --max-nesting 1 good.res": 1,
    "check --max-nesting 2 good.res": 0,
    "show good.res": 0,
    "show good.res --set classes=5": 0,
    "show good.res --format json": 0,
    "show bad.res": 1,
    "show both.res": 1,
    "show both.res --net m": 0,
    "show both.res --net k": 1,
    "show empty.res": 1,
    "show missing.res": 2,
    "show good.res --set classes": 2,
    "show good.res --set =3": 2,
    "show good.res --set classes=": 2,
    "show good.res --set classes=3,4": 1,
    "show good.res --set classes=(": 1,
    "show good.res --set classes=nothing": 1,
    "show good.res --set klasses=3": 1,
    "show good.res --set classes=0": 1,
    "show good.res --set classes=10**30": 1,
    f"{COMPILE} -o -": 0,
    f"{COMPILE}": 0,
    f"{COMPILE} -o page.py": 0,
    f"{COMPILE} --net n -o -": 0,
    f"{COMPILE} --net m -o -": 1,
    f"{COMPILE} -o nowhere/page.py": 2,
    f"{COMPILE} -o good.res": 2,
    f"{COMPILE} -o folder.res": 0,
    "compile bad.res --target torch -o -": 1,
    "compile good.res": 2,
    "compile good.res --target": 2,
    "compile good.res --target torhc": 2,
    "compile good.res --target jax": 2,
    "compile bad.res --target jax": 2,
    "compile good.res --target numpy": 2,
    "compile good.res --target keras": 0,
    "compile bad.res --target keras": 1,
    "compile good.res --target onnx --text": 0,
    "compile good.res --target torch --text": 2,
    "verify good.res --targets torhc": 2,
    "verify good.res --batch 0": 2,
    "verify bad.res": 1,
    "verify missing.res": 2,
    "weights good.res": 2,
    "weights good.res start.txt": 2,
    "compile missing.res --target torch": 2,
    "explain conv": 0,
    "explain E301": 0,
    "explain cnov": 2,
    "frobnicate": 2,
    "": 2,
    "--version": 0,
    "--help": 0,
    "check --help": 0,
}


@pytest.mark.parametrize("line", CASES)
@pytest.mark.usefixtures("folder")
def test_a_command_says_how_it_went(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(line) == CASES[line]
    shown = capsys.readouterr()
    if CASES[line]:
        assert shown.err
        assert "Traceback" not in shown.err


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("torhc", "did you mean 'torch'?"),
        ("jax", "'jax' is not available yet; there is: keras, onnx, torch"),
        ("caffe", "'caffe' is not available yet; there is: keras, onnx, torch"),
        ("numpy", "'numpy' is run, not written"),
        ("krs", "'krs' is unknown"),
        ("", "'' is unknown"),
        ("../x", "'../x' is unknown"),
        ("__init__", "'__init__' is unknown"),
    ],
)
def test_a_target_that_is_not_there(
    folder: Path, target: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compile", "good.res", "--target", target]) == 2
    assert says in capsys.readouterr().err
    assert not list(folder.glob("*.py"))


@pytest.mark.parametrize(
    "files",
    [
        *("good.res", "bad.res", "bytes.res", "empty.res", "missing.res", "both.res"),
        "good.res bad.res missing.res folder.res bytes.res",
    ],
)
@pytest.mark.usefixtures("folder")
def test_json_is_json(files: str, capsys: pytest.CaptureFixture[str]) -> None:
    status(f"check --format json -v {files}")
    found = json.loads(capsys.readouterr().out)
    readable = [f for f in files.split() if f not in ("missing.res", "folder.res")]
    assert [entry["file"] for entry in found] == readable
    for entry in found:
        for finding in entry["findings"]:
            assert set(finding) >= {
                "code",
                "message",
                "line",
                "column",
                "hint",
                "trail",
            }


@pytest.mark.parametrize(
    "command",
    [
        "show {} --format json --set classes=2",
        "check {} --format json",
        "compile {} --target torch -o -",
    ],
)
def test_standard_input_is_a_file(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert status(command.format("-")) == 0
    assert "n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("check good.res", 0),
        ("check bad.res", 1),
        ("check missing.res", 2),
        ("compile good.res --target torch -o page.py", 0),
        ("compile bad.res --target torch -o page.py", 1),
        ("compile good.res --target caffe -o page.py", 2),
    ],
)
def test_the_program_says_how_it_went(folder: Path, line: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "resdsl", *line.split()],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert bool(done.stderr) == bool(code)
    assert "Traceback" not in done.stderr


def test_names_that_move_the_terminal_do_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = tmp_path / "a\n\x1b[31mb\udcff.res"
    odd.write_text(BAD, "utf-8")
    assert main(["check", str(odd)]) == 1
    assert "\x1b" not in capsys.readouterr().err
