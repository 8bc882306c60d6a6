"""Promise 3: what is written is the old file or the new one, never a torn one."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from resdsl import files
from resdsl.files import write_atomically

ROOT = Path(__file__).resolve().parents[2]
FULL = Path("/dev/full")
LINUX = pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
NET = "net n:\n    input 4\n    linear {}\n"


def resdsl(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "resdsl", *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    given: dict[str, object] = {
        "capture_output": True,
        "text": True,
        "env": env,
        **options,
    }
    return subprocess.run(command, check=False, timeout=60, **given)  # type: ignore[call-overload]


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.res"
    path.write_text(NET.format(3), "utf-8")
    return path


def compiled(
    net: Path, output: object, **options: object
) -> subprocess.CompletedProcess[str]:
    return resdsl("compile", net, "--target", "torch", "-o", output, **options)


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.endswith("-tmp")]


def test_kills_leave_the_old_or_the_new(tmp_path: Path) -> None:
    target = tmp_path / "page.py"
    pages = [(f"# {n}\n" + "x = 1\n" * 200_000).encode() for n in range(2)]
    target.write_bytes(pages[0])
    script = (
        "import sys, pathlib\nfrom resdsl.files import write_atomically\n"
        "pages = [(f'# {n}\\n' + 'x = 1\\n' * 200_000).encode() for n in range(2)]\n"
        "print('ready', flush=True)\n"
        "while True:\n    for page in pages:\n"
        "        write_atomically(pathlib.Path(sys.argv[1]), page)\n"
    )
    for number in range(12):
        command = [sys.executable, "-c", script, str(target)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.003 * number)
            writer.send_signal(signal.SIGKILL)
        assert target.read_bytes() in pages
    write_atomically(target, pages[0])
    assert leftovers(tmp_path) == []


def test_a_killed_compilation_leaves_the_old_or_the_new(
    tmp_path: Path, net: Path
) -> None:
    target = tmp_path / "page.py"
    began = time.monotonic()
    assert compiled(net, target).returncode == 0
    whole = time.monotonic() - began
    new = target.read_bytes()
    for number in range(12):
        target.write_bytes(b"# old\n")
        command = [
            sys.executable,
            "-m",
            "resdsl",
            "compile",
            str(net),
            "--target",
            "torch",
        ]
        with subprocess.Popen(
            [*command, "-o", str(target)], cwd=ROOT, stdout=subprocess.DEVNULL
        ) as writer:
            time.sleep(whole * (0.4 + 0.06 * number))
            writer.send_signal(signal.SIGKILL)
        assert target.read_bytes() in (b"# old\n", new)


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_new_file_has_the_mode_that_umask_gives(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        write_atomically(tmp_path / "new", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o666 & ~mask


def test_an_old_file_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "old"
    target.write_bytes(b"old")
    target.chmod(0o640)
    write_atomically(target, b"new")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_leftovers_of_the_dead_are_removed_and_those_of_the_living_kept(
    tmp_path: Path,
) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    for name in (f".page.{dead.pid}.resdsl-tmp", f".page.{os.getppid()}.resdsl-tmp"):
        (tmp_path / name).write_bytes(b"torn")
    (tmp_path / ".page.x.resdsl-tmp").write_bytes(b"not ours")
    write_atomically(tmp_path / "page", b"new")
    kept = {f".page.{os.getppid()}.resdsl-tmp", ".page.x.resdsl-tmp", "page"}
    assert {path.name for path in tmp_path.iterdir()} == kept


@pytest.mark.parametrize("failing", ["fsync", "replace", "fdopen"])
def test_a_failure_leaves_the_old_and_no_leftover(
    tmp_path: Path, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    target = tmp_path / "page"
    target.write_bytes(b"old")
    place = Path if failing == "replace" else files.os
    monkeypatch.setattr(place, failing, fail)
    with pytest.raises(OSError, match="No space"):
        write_atomically(target, b"new")
    assert target.read_bytes() == b"old"
    assert leftovers(tmp_path) == []


@LINUX
def test_no_space_is_told_plainly(net: Path) -> None:
    done = compiled(net, FULL)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "resdsl: cannot write: No space left on device\n"
    for command in ("compile", "check", "show"):
        target = ["--target", "torch", "-o", "-"] if command == "compile" else []
        with FULL.open("w") as full:
            done = resdsl(
                command,
                net,
                *target,
                capture_output=False,
                stdout=full,
                stderr=subprocess.PIPE,
            )
        assert done.returncode == 2
        assert done.stderr == "resdsl: cannot write: No space left on device\n"


@pytest.mark.parametrize("command", ["compile", "check", "show"])
def test_a_closed_pipe_is_quiet(net: Path, command: str) -> None:
    read, write = os.pipe()
    os.close(read)
    target = ["--target", "torch", "-o", "-"] if command == "compile" else []
    done = resdsl(
        command,
        net,
        *target,
        capture_output=False,
        stdout=write,
        stderr=subprocess.PIPE,
    )
    os.close(write)
    assert done.stderr == ""


def test_a_closed_pipe_for_findings_is_quiet(tmp_path: Path) -> None:
    bad = tmp_path / "bad.res"
    bad.write_text("net n:\n    input 3\n    cnov\n" * 40, "utf-8")
    read, write = os.pipe()
    os.close(read)
    done = resdsl(
        "check", bad, capture_output=False, stdout=subprocess.PIPE, stderr=write
    )
    os.close(write)
    assert done.stdout == ""
    assert done.returncode in (0, 1)


def test_closed_streams_are_quiet(net: Path) -> None:
    line = f"'{sys.executable}' -m resdsl check '{net}' >&- 2>&-"
    done = subprocess.run(["sh", "-c", line], cwd=ROOT, check=False, timeout=60)
    assert done.returncode == 0


def test_the_null_device_takes_a_page(net: Path) -> None:
    assert compiled(net, "/dev/null").returncode == 0
    assert Path("/dev/null").is_char_device()


def test_the_source_is_not_overwritten(net: Path, tmp_path: Path) -> None:
    before = net.read_bytes()
    (tmp_path / "link.py").symlink_to(net)
    for output in (net, tmp_path / "link.py", tmp_path / "." / "net.res"):
        done = compiled(net, output)
        assert done.returncode == 2
        assert "is the source" in done.stderr
    assert net.read_bytes() == before


def test_a_link_stays_and_what_it_names_is_replaced(net: Path, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "page.py").write_text("old", "utf-8")
    (tmp_path / "page.py").symlink_to("deep/page.py")
    assert compiled(net, tmp_path / "page.py").returncode == 0
    assert (tmp_path / "page.py").is_symlink()
    assert "nn.Module" in (tmp_path / "deep" / "page.py").read_text("utf-8")


def test_links_in_a_ring_are_refused(net: Path, tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to("b.py")
    (tmp_path / "b.py").symlink_to("a.py")
    done = compiled(net, tmp_path / "a.py")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_pipe_takes_a_page(net: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(
        ["cat", str(pipe)], stdout=subprocess.PIPE, text=True
    ) as reader:
        assert compiled(net, pipe).returncode == 0
        assert reader.stdout is not None
        assert "class N(nn.Module)" in reader.stdout.read()
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    "output", ["nowhere/page.py", "net.res/page.py", "x" * 300 + ".py", "\udcff.py"]
)
def test_an_output_that_cannot_be(net: Path, tmp_path: Path, output: str) -> None:
    done = compiled(net, tmp_path / output)
    assert "Traceback" not in done.stderr
    assert done.returncode == (0 if output == "\udcff.py" else 2)


def test_a_folder_gets_the_page_inside(net: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert compiled(net, tmp_path / "out").returncode == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["n_torch.py"]


def test_findings_write_nothing(tmp_path: Path) -> None:
    bad = tmp_path / "bad.res"
    bad.write_text("net n:\n    input 3\n    cnov\n", "utf-8")
    target = tmp_path / "page.py"
    target.write_text("old", "utf-8")
    assert compiled(bad, target).returncode == 1
    assert target.read_text("utf-8") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.res", "page.py"]
