"""Promise 4: the same input gives the same bytes, on any day and in any place."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ["resnet.res:resnext50_32x4d", "wrn.res:wrn40_4", "dimensions.res:video"]


def compiled(example: str, cwd: Path, **environment: str) -> bytes:
    file, net = example.split(":")
    command = [sys.executable, "-m", "resdsl", "compile", ROOT / "examples" / file]
    done = subprocess.run(
        [*command, "--net", net, "--target", "torch", "-o", "-"],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize("example", EXAMPLES)
def test_seeds_locales_clocks_and_folders_change_nothing(
    example: str, tmp_path: Path
) -> None:
    first = compiled(example, ROOT, PYTHONHASHSEED="0")
    assert compiled(example, tmp_path, PYTHONHASHSEED="1") == first
    assert compiled(example, tmp_path, PYTHONHASHSEED="77", LC_ALL="C") == first
    assert compiled(example, tmp_path, PYTHONUTF8="1", TZ="Asia/Tokyo") == first
    assert compiled(example, tmp_path, LC_ALL="tr_TR.UTF-8", COLUMNS="40") == first


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_page_has_lf_ends_a_last_line_and_no_place_or_day(example: str) -> None:
    page = compiled(example, ROOT)
    assert b"\r" not in page
    assert page.endswith(b"\n")
    assert not page.endswith(b"\n\n")
    assert str(ROOT).encode() not in page
    assert b"20" + b"26" not in page
