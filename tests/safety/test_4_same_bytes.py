"""Promise 4: the same input gives the same bytes, whatever is around it."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HELLO = ROOT / "examples" / "hello.res"
EXAMPLES = sorted(ROOT.glob("examples/*.res"))
# Every net's page and every finding of a few wrong texts, as one digest.
SCRIPT = """
import hashlib, pathlib, sys
import resdsl
from resdsl.backends import TARGETS
from resdsl.compiler import Origin, check_file, compile_net
from resdsl.core.render import as_text
digest = hashlib.sha256()
for name in sys.argv[1:]:
    path = pathlib.Path(name)
    checked = check_file(path.read_bytes(), Origin(path.name, path.parent))
    for net in checked.nets:
        for target in TARGETS:
            digest.update(compile_net(net, target).encode())
for text in (
    "net n:\\n    input 3\\n    cnov 3\\n    relu a=1, b=2\\n",
    "net n(a, a):\\n    inptu 3\\nblock b:\\n    conv\\nblock b:\\n    b\\n",
    "use shortcut s\\nuse sse\\nnet \\u00e9:\\n    linear 3\\n",
):
    digest.update(str(resdsl.check(text)).encode())
print(digest.hexdigest())
"""


def digest(folder: Path = ROOT, *flags: str, **around: str) -> str:
    files = [str(path) for path in EXAMPLES]
    env = {**os.environ, "PYTHONPATH": str(ROOT), **around}
    command = [sys.executable, *flags, "-c", SCRIPT, *files]
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def usual() -> str:
    return digest(PYTHONHASHSEED="0")


@pytest.mark.parametrize("seed", ["1", "42", "4294967295"])
def test_across_hash_seeds(usual: str, seed: str) -> None:
    assert digest(PYTHONHASHSEED=seed) == usual


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX", "tr_TR.UTF-8", "de_DE"])
def test_across_locales(usual: str, locale: str) -> None:
    assert digest(LC_ALL=locale, LANG=locale, PYTHONUTF8="0") == usual


def test_across_folders_flags_and_clocks(usual: str, tmp_path: Path) -> None:
    assert digest(tmp_path, TZ="Asia/Tokyo") == usual
    assert digest(ROOT, "-OO") == usual
    assert digest(ROOT, "-X", "dev") == usual


def test_across_the_place_of_the_source(tmp_path: Path) -> None:
    from resdsl.cli import main

    pages: list[bytes] = []
    for folder in (tmp_path / "here", tmp_path / "some where" / "deep é"):
        folder.mkdir(parents=True)
        shutil.copy(ROOT / "examples" / "cifar.res", folder)
        page = folder / "page.py"
        arguments = ["compile", str(folder / "cifar.res"), "--net", "resnet20"]
        assert main([*arguments, "--target", "torch", "-o", str(page)]) == 0
        pages.append(page.read_bytes())
    assert pages[0] == pages[1]
    assert str(tmp_path).encode() not in pages[0]
    assert b"\r" not in pages[0]
    assert pages[0].endswith(b"\n")
    assert not pages[0].endswith(b"\n\n")


def test_across_line_ends_and_marks() -> None:
    import resdsl

    text = HELLO.read_text("utf-8")
    forms = (
        text,
        text.replace("\n", "\r\n"),
        text.replace("\n", "\r"),
        f"\ufeff{text}",
    )
    pages = {
        hashlib.sha256(resdsl.check(form).nets[0].source("torch").encode()).hexdigest()
        for form in (*forms, *(form.encode() for form in forms))
    }
    assert len(pages) == 1


def test_standard_output_is_the_file(tmp_path: Path) -> None:
    target = tmp_path / "page.py"
    command = [sys.executable, "-m", "resdsl", "compile", str(HELLO), "--target"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "latin-1"}
    for output in ("-", str(target)):
        done = subprocess.run(
            [*command, "torch", "-o", output], env=env, capture_output=True, check=True
        )
        if output == "-":
            shown = done.stdout
    assert shown == target.read_bytes()
