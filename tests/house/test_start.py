"""What a command imports: time is spent on nothing that it does not use."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = {"jinja2", "lark", "markupsafe"}
HEAVY = {
    "flax",
    "jax",
    "keras",
    "numpy",
    "onnx",
    "safetensors",
    "tensorflow",
    "timm",
    "torch",
}
WITNESS = """
import json, sys
from resdsl.cli import main

try:
    status = main()
except SystemExit as stop:
    status = stop.code
assert not status
print("\\0" + json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def modules(*command: str) -> set[str]:
    """The packages that a command has imported when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", WITNESS, *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.rpartition("\0")[2]))


@pytest.mark.parametrize("command", [["--help"], ["--version"], ["compile", "--help"]])
def test_help_needs_no_parser_and_no_templates(command: list[str]) -> None:
    assert modules(*command) & (PARTS | HEAVY) == set()


@pytest.mark.parametrize(
    "command",
    [
        ["compile", "--net", "resnet50", "--target", "torch", "-o", "-"],
        ["check", "-v"],
        ["show", "--net", "resnet50"],
    ],
)
def test_no_command_imports_a_framework(command: list[str]) -> None:
    first, *rest = command
    assert modules(first, "examples/resnet.res", *rest) & HEAVY == set()


def test_checking_needs_no_templates() -> None:
    assert modules("check", "examples/resnet.res") & {"jinja2", "markupsafe"} == set()
