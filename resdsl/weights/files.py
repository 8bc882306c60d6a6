"""Files of weights, told apart by how their names end."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from resdsl.ir.net import Net
from resdsl.weights import checkpoint
from resdsl.weights.arrays import Weights

MODELS = {".keras": "keras", ".onnx": "onnx"}
"""How the names of models end that hold weights beside all else, and their targets."""
ENDS = (".safetensors", *MODELS)


def read(path: Path, net: Net) -> Weights:
    """The weights in a file: a checkpoint, or a model that `net` became.

    Raises:
        ResdslError: the file holds no weights, or not those of `net`.
        OSError: it cannot be read.
        ImportError: what its format needs is not installed.
    """
    if path.suffix == ".safetensors":
        return checkpoint.read(path)
    if path.suffix in MODELS:
        return import_module(f"resdsl.weights.{MODELS[path.suffix]}").read(path, net)
    message = f"'{path.name}' does not end as a file of weights does"
    raise checkpoint.unreadable(path, message, f"use one of: {', '.join(ENDS)}")
