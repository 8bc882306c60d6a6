"""Promise 6: `use` reads only below the project's root, and compiling runs no code."""

import os
import sys
from pathlib import Path

import pytest

import resdsl
from resdsl import ResdslError
from resdsl.cli import main
from resdsl.compiler import Origin, check_file

BLOCK = "block b:\n    linear 2\n"
SECRET = "block secret:\n    linear 3\n"


def net(target: str) -> str:
    return f'use "{target}"\n\nnet n:\n    input 4\n    b\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "parts").mkdir(parents=True)
    (root / "parts" / "b.res").write_text(BLOCK, "utf-8")
    (tmp_path / "secret.res").write_text(SECRET, "utf-8")
    (tmp_path / "project2").mkdir()
    (tmp_path / "project2" / "secret.res").write_text(SECRET, "utf-8")
    return root


def findings(root: Path, text: str) -> list[str]:
    (root / "net.res").write_text(text, "utf-8")
    with pytest.raises(ResdslError) as error:
        resdsl.load(root / "net.res")
    return [d.code for d in error.value.diagnostics]


def test_a_file_below_is_read(project: Path) -> None:
    (project / "net.res").write_text(net("parts/b.res"), "utf-8")
    assert resdsl.load(project / "net.res").output_shape == (2,)


@pytest.mark.parametrize(
    "target",
    [
        *("../secret.res", "parts/../../secret.res", "./../secret.res", ".."),
        *("../project2/secret.res", "/etc/passwd", "//etc/passwd", "/dev/zero"),
    ],
)
def test_a_path_that_climbs_out_is_refused(project: Path, target: str) -> None:
    assert "E110" in findings(project, net(target))


def test_an_absolute_path_is_refused(project: Path) -> None:
    absolute = (project / "parts" / "b.res").as_posix()
    assert "E110" in findings(project, net(absolute))


def test_a_link_that_leads_out_is_refused(project: Path) -> None:
    (project / "parts" / "link.res").symlink_to(project.parent / "secret.res")
    assert "E110" in findings(project, net("parts/link.res"))


def test_a_used_file_cannot_climb_out_either(project: Path) -> None:
    (project / "parts" / "b.res").write_text(
        f'use "../../secret.res"\n{BLOCK}', "utf-8"
    )
    assert "E110" in findings(project, net("parts/b.res"))


def test_a_missing_file_and_a_folder_are_findings(project: Path) -> None:
    assert "E109" in findings(project, net("parts/none.res"))
    assert "E109" in findings(project, net("parts"))


def test_a_text_without_a_file_reads_only_the_standard_library() -> None:
    assert resdsl.check(net("parts/b.res")).diagnostics[0].code == "E109"
    assert resdsl.check("use basic\nnet n:\n    input 3 x 8 x 8\n    basic 3\n").ok


def test_compiling_opens_no_socket_runs_nothing_and_reads_nothing_else(
    project: Path,
) -> None:
    (project / "net.res").write_text(net("parts/b.res"), "utf-8")
    resdsl.load(project / "net.res").source("torch")
    seen: list[tuple[str, tuple[object, ...]]] = []
    watching = [True]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if watching[0]:
            seen.append((event, arguments))

    sys.addaudithook(hook)
    try:
        resdsl.load(project / "net.res").source("torch")
    finally:
        watching[0] = False
    kinds = (
        "socket.",
        "subprocess.",
        "os.system",
        "os.exec",
        "os.spawn",
        "exec",
        "shutil.",
    )
    assert not [event for event, _ in seen if event.startswith(kinds)]
    opened = {str(args[0]) for event, args in seen if event == "open"}
    ours = {str(project / "net.res"), str(project / "parts" / "b.res")}
    package = str(Path(resdsl.__file__).parent.parent)
    assert {path for path in opened if not path.startswith(package)} == ours


USING_SECRET = "\nnet n:\n    input 3\n    secret\n"
RELU = "\nnet n:\n    input 3\n    relu\n"


def codes(text: str, root: Path) -> list[str]:
    found = check_file(text, Origin("net.res", root)).findings
    return [finding.code for finding in found]


@pytest.mark.parametrize(
    "target",
    [
        "nothing.res",
        "parts",
        "",
        ".",
        " ",
        "parts/inside.res/x",
        "a" * 5000,
        "~/x",
        "\\",
        "%00",
    ],
)
def test_what_is_not_there_is_told(project: Path, target: str) -> None:
    assert codes(f'use "{target}"\n\nnet n:\n    input 3\n    relu\n', project) == [
        "E109"
    ]


def test_what_cannot_be_read_is_told_at_once(project: Path) -> None:
    os.mkfifo(project / "pipe.res")
    (project / "ring.res").symlink_to(project / "gnir.res")
    (project / "gnir.res").symlink_to(project / "ring.res")
    (project / "bytes.res").write_bytes(b"\xff\xfe")
    text = 'use "pipe.res", "ring.res", "bytes.res"\n\nnet n:\n    input 3\n    relu\n'
    assert sorted(codes(text, project)) == ["E001", "E109", "E109"]


def test_a_large_file_is_not_read_to_its_end(project: Path) -> None:
    with (project / "large.res").open("wb") as large:
        large.truncate(1 << 36)
    assert codes('use "large.res"\n\nnet n:\n    input 3\n    relu\n', project) == [
        "E010"
    ]


def test_a_file_called_as_the_library_s_is_another(project: Path) -> None:
    (project / "std").mkdir()
    (project / "std" / "se.res").write_text(SECRET, "utf-8")
    assert codes(f'use se, "std/se.res"\n{USING_SECRET}', project) == []


def test_files_in_a_ring_are_refused(project: Path) -> None:
    (project / "a.res").write_text('use "b.res"\n', "utf-8")
    (project / "b.res").write_text('use "a.res"\n', "utf-8")
    (project / "own.res").write_text('use "own.res"\n', "utf-8")
    for file in ("a.res", "own.res"):
        with pytest.raises(ResdslError) as error:
            resdsl.load(project / file)
        assert "E111" in {d.code for d in error.value.diagnostics}


def test_a_finding_in_a_used_file_is_shown_there(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "parts" / "bad.res").write_text("block bad:\n    cnov 3\n", "utf-8")
    (project / "main.res").write_text(
        'use "parts/bad.res"\n\nnet n:\n    input 3\n    bad\n', "utf-8"
    )
    assert main(["check", str(project / "main.res")]) == 1
    assert "--> parts/bad.res:2:5" in capsys.readouterr().err
