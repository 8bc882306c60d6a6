"""A generated network as a user has it: a file, imported with no compiler between."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

from torch import nn

import resdsl
from benchmarks.install import ROOT


def write(net: str, folder: Path) -> str:
    """Compile `net` into `folder`, and return the name that imports it."""
    source = resdsl.load(ROOT / "examples/resnet.res", net=net).source("torch")
    module = f"generated_{net}"
    (folder / f"{module}.py").write_text(source, "utf-8")
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    return module


def constructor(module: str, net: str) -> Callable[[], nn.Module]:
    return getattr(importlib.import_module(module), net.title().replace("_", ""))
