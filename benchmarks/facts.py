"""What a compilation imports and builds at its start: facts that need no clock."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.install import Installed
from benchmarks.timers import plain_environment

PROBE = Path(__file__).with_name("probe.py")

# Each costs more to import than the whole compiler.
HEAVY = {
    *("flax", "jax", "keras", "mxnet", "tensorflow", "timm", "torch", "torchvision"),
    *("google", "ml_dtypes", "numpy", "onnx", "onnxruntime", "scipy"),
}


def of_start(
    installed: Installed, folder: Path, arguments: list[str]
) -> dict[str, str]:
    answer = folder / "probe.json"
    command = [installed.python, "-I", PROBE, answer, installed.resdsl, *arguments]
    environment = plain_environment()
    subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True
    )
    told = json.loads(answer.read_text("utf-8"))
    imported, asked = _packages(told["imported"]), _packages(told["asked"])
    return {
        "packages imported": _names(imported - sys.stdlib_module_names),
        "modules imported": str(len(told["imported"])),
        "frameworks, numpy or onnx asked for": _names(asked & HEAVY),
        "modules without bytecode": _names(told["without bytecode"]),
    } | {name: str(count) for name, count in told["built"].items()}


def _packages(modules: list[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def _names(names: set[str] | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "none"
