"""What a compilation imports and builds at its start: facts that need no clock."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.install import Installed
from benchmarks.timers import plain_environment

PROBE = Path(__file__).with_name("probe.py")

# Each costs more to import than the whole compiler.
HEAVY = frozenset(
    "flax google jax keras ml_dtypes mxnet numpy onnx onnxruntime scipy tensorflow "
    "timm torch torchvision".split()
)


def of_start(installed: Installed, folder: Path, arguments: list[str]) -> dict[str, str]:
    answer = folder / "probe.json"
    command = [installed.python, "-I", PROBE, answer, installed.resdsl, *arguments]
    environment = plain_environment()
    subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True
    )
    told = json.loads(answer.read_text("utf-8"))
    packages = {name.partition(".")[0] for name in told["asked"]}
    return {
        "packages imported": _names(packages - sys.stdlib_module_names),
        "frameworks, numpy or onnx asked for": _names(packages & HEAVY),
        "modules imported": str(len(told["asked"])),
        "modules without bytecode": _names(told["without bytecode"]),
    } | {name: str(count) for name, count in told["built"].items()}


def _names(names: set[str] | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "none"
