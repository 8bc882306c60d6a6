"""`resdsl weights`: take a net's weights from one file to another."""

from __future__ import annotations

import argparse
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from resdsl.cli.common import (
    UsageError,
    chosen_net,
    refuse,
    tell,
    weights_of,
    writable,
)
from resdsl.compiler import compile_net
from resdsl.core.diagnostic import ResdslError
from resdsl.ir.net import Net

if TYPE_CHECKING:
    from resdsl.weights.arrays import Weights

_EXTRAS = {".keras": "keras", ".onnx": "onnx"}


def run(arguments: argparse.Namespace) -> int:
    """Convert, or draw. Nothing is written when there are findings."""
    *sources, target = arguments.places
    path = Path(target)
    try:
        source = _source(sources, path)
        writable(path, arguments.file)
        _choose_backend()
        net = chosen_net(arguments)
        _write(path, net, weights_of(net, source, arguments.seed))
    except ResdslError as error:
        return tell(error)
    except UsageError as error:
        return refuse(error)
    except ImportError as error:
        extra = _EXTRAS.get(path.suffix, "weights")
        hint = f"pip install 'resdsl[{extra}]'"
        return refuse(UsageError(f"cannot write {path} without {error.name}: {hint}"))
    except OSError as error:
        return refuse(UsageError(f"cannot write: {error.strerror or error}"))
    print(f"wrote {path}: {net.name}, {net.unit.parameters:,} parameters")
    return 0


def _source(sources: list[str], path: Path) -> str | None:
    """Where weights are read, if anywhere."""
    if len(sources) > 1:
        raise UsageError(f"expected SOURCE and DEST, found {len(sources) + 1} files")
    ends = (".safetensors", *_EXTRAS)
    if path.suffix not in ends:
        raise UsageError(f"cannot write {path}: use one of {', '.join(ends)}")
    return sources[0] if sources else None


def _choose_backend() -> None:
    """For Keras, which wants TensorFlow unless told otherwise: one that is there."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    there = [name for name in ("tensorflow", "jax", "torch") if find_spec(name)]
    if there and there[0] != "tensorflow":
        os.environ.setdefault("KERAS_BACKEND", there[0])


def _write(path: Path, net: Net, weights: Weights) -> None:
    if path.suffix == ".onnx":
        from resdsl.weights import onnx

        onnx.write(path, compile_net(net, "onnx"), weights)
    elif path.suffix == ".keras":
        from resdsl.live import build
        from resdsl.weights import keras

        keras.write(path, build(net, "keras", weights, {}))
    else:
        from resdsl.weights import checkpoint

        checkpoint.write(path, net, weights)
