"""Promise 3: an output file is the old one or the new one, never torn."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from resdsl.cli import main
from resdsl.files import write_atomically

ROOT = Path(__file__).parents[2]
EXAMPLE = str(ROOT / "examples" / "resnet.res")
COMPILE = ["compile", EXAMPLE, "--net", "resnet18", "--target", "torch", "-o"]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "resdsl", *arguments]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def test_findings_leave_the_old_file(tmp_path: Path) -> None:
    source, output = tmp_path / "net.res", tmp_path / "out.py"
    source.write_text("net n:\n    input 3\n    lineer 2\n", "utf-8")
    output.write_text("old", "utf-8")
    assert main(["compile", str(source), "--target", "torch", "-o", str(output)]) == 1
    assert output.read_text("utf-8") == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net.res", "out.py"]


def test_a_kill_at_any_moment_leaves_old_or_new(tmp_path: Path) -> None:
    output = tmp_path / "out.py"
    assert main([*COMPILE, str(output)]) == 0
    new = output.read_bytes()
    old = b"old " * 3000
    began = time.monotonic()
    subprocess.run(command(*COMPILE, str(output)), env=environment(), check=True)
    whole = time.monotonic() - began
    for moment in range(12):
        output.write_bytes(old)
        running = subprocess.Popen(
            command(*COMPILE, str(output)), env=environment(), stdout=subprocess.DEVNULL
        )
        time.sleep(whole * (0.4 + 0.06 * moment))
        running.kill()
        running.wait()
        assert output.read_bytes() in (old, new)
    assert main([*COMPILE, str(output)]) == 0
    assert output.read_bytes() == new
    assert [p.name for p in tmp_path.iterdir()] == ["out.py"], "leftovers are removed"


def test_a_new_file_has_the_mode_that_umask_gives(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "out.py", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out.py").stat().st_mode) == 0o640


def test_an_old_file_keeps_its_mode(tmp_path: Path) -> None:
    output = tmp_path / "out.py"
    output.write_text("old", "utf-8")
    output.chmod(0o600)
    write_atomically(output, b"new")
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    assert output.read_bytes() == b"new"


def test_a_link_stays_and_what_it_names_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real.py").write_text("old", "utf-8")
    (tmp_path / "link.py").symlink_to(tmp_path / "real.py")
    write_atomically(tmp_path / "link.py", b"new")
    assert (tmp_path / "link.py").is_symlink()
    assert (tmp_path / "real.py").read_bytes() == b"new"


def test_what_another_killed_run_left_is_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead = tmp_path / f".out.py.{gone.pid}.resdsl-tmp"
    alive = tmp_path / ".out.py.1.resdsl-tmp"
    other = tmp_path / f".else.py.{gone.pid}.resdsl-tmp"
    for leftover in (dead, alive, other):
        leftover.write_bytes(b"half")
    write_atomically(tmp_path / "out.py", b"new")
    assert not dead.exists()
    assert alive.exists()
    assert other.exists()


def test_a_device_is_written_to_and_stays_a_device() -> None:
    assert main([*COMPILE, "/dev/null"]) == 0
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_full_disk_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*COMPILE, "/dev/full"]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_full_standard_output_is_told_without_a_traceback() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command(*COMPILE, "-"),
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_closed_pipe_is_quiet() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            command(*COMPILE, "-"),
            env=environment(),
            stdout=writer,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writer)
    assert done.stderr == b""


def test_the_source_is_never_the_output(tmp_path: Path) -> None:
    source = tmp_path / "net.res"
    source.write_text("net n:\n    input 3\n    linear 2\n", "utf-8")
    before = source.read_bytes()
    (tmp_path / "link.py").symlink_to(source)
    for output in (source, tmp_path / "link.py"):
        assert (
            main(["compile", str(source), "--target", "torch", "-o", str(output)]) == 2
        )
    assert source.read_bytes() == before
