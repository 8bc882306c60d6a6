"""Promises 5 and 7: nothing is unpickled, no table is cached in a shared folder."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PICKLES = {"pickle", "cPickle", "dill", "marshal", "shelve", "joblib"}


def test_no_file_of_the_package_reads_pickles() -> None:
    for file in sorted((ROOT / "resdsl").rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert not PICKLES & {alias.name for alias in node.names}, file
            elif isinstance(node, ast.ImportFrom):
                assert node.module not in PICKLES, file
            elif isinstance(node, ast.keyword):
                assert node.arg != "cache", file


def test_compiling_unpickles_nothing_and_leaves_nothing_in_shared_folders(
    tmp_path: Path,
) -> None:
    program = """
import pickle, sys
def refuse(*a, **k): raise AssertionError("unpickled")
pickle.load = pickle.loads = pickle.Unpickler = refuse
import resdsl
resdsl.load(sys.argv[1], net="resnet18").source("torch")
"""
    example = ROOT / "examples" / "resnet.res"
    environment = {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", program, str(example)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_page_unpickles_or_wraps_a_function() -> None:
    import resdsl

    for file in sorted((ROOT / "examples").glob("*.res")):
        for net in resdsl.check(file.read_bytes()).nets:
            page = net.source("torch")
            assert "load(" not in page
            assert "lambda" not in page
