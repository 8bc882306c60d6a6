"""`resdsl compile`: write a net as code."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

from resdsl.cli.common import (
    UsageError,
    chosen_net,
    refuse,
    tell,
    weights_of,
    writable,
)
from resdsl.compiler import compile_net, target_fault, target_options
from resdsl.core.diagnostic import ResdslError
from resdsl.emit.audit import AuditError
from resdsl.files import write_atomically
from resdsl.ir.net import Net

FILES = {"onnx": (".onnx", ".onnxtxt")}
"""Targets whose networks are models with weights: the ends of their files' names."""
OF_MODELS = ("text", "weights", "seed")
OPTIONS = ("inline", "opset", *OF_MODELS)
"""What only some targets can be asked for."""


def run(arguments: argparse.Namespace) -> int:
    """Compile, then write. Nothing is written when there are findings."""
    try:
        check_target(arguments.target)
        model, text = FILES.get(arguments.target, ("", "_{target}.py"))
        options = _options(arguments, takes_weights=bool(model))
        net = chosen_net(arguments)
        page = compile_net(net, arguments.target, **options)
        as_model = bool(model) and not arguments.text
        if arguments.output == "-" and not as_model:
            sys.stdout.write(page)
            return 0
        suffix = model if as_model else text.format(target=arguments.target)
        path = _output(arguments, f"{net.name}{suffix}")
        if as_model:
            _write_model(arguments, net, page, path)
        else:
            write_atomically(path, page.encode())
    except ResdslError as error:
        return tell(error)
    except UsageError as error:
        return refuse(error)
    except BrokenPipeError:
        raise
    except OSError as error:
        return refuse(UsageError(f"cannot write: {error.strerror or error}"))
    except AuditError as error:
        return refuse(UsageError(f"a fault of resdsl, nothing is written: {error}"))
    print(f"wrote {path}: {net.name}, {net.unit.parameters:,} parameters")
    return 0


def _options(arguments: argparse.Namespace, takes_weights: bool) -> dict[str, object]:
    """What the command line asks of the target; the rest says where weights come from.

    Raises:
        UsageError: the target does not take an option, or two exclude each other.
    """
    asked = {name: getattr(arguments, name) for name in OPTIONS}
    asked = {
        name: value
        for name, value in asked.items()
        if value is not None and value is not False
    }
    if not asked:
        return {}
    target = arguments.target
    taken = (*target_options(target), *(OF_MODELS if takes_weights else ()))
    for name in asked:
        if name not in taken:
            raise UsageError(f"--{name} means nothing for the target '{target}'")
    for name in ("weights", "seed"):
        if name in asked and "text" in asked:
            raise UsageError(f"--{name} means nothing for a text without weights")
    return {name: value for name, value in asked.items() if name not in OF_MODELS}


def _write_model(
    arguments: argparse.Namespace, net: Net, page: str, path: Path
) -> None:
    """Write a page together with the weights, read or drawn.

    Raises:
        UsageError: what this needs is not installed, or the weights cannot be read.
        ResdslError: the weights are those of another net.
    """
    target = arguments.target
    if arguments.output == "-":
        raise UsageError("a model is no text: give a path with -o, or ask for --text")
    weights = weights_of(net, arguments.weights, arguments.seed)
    try:
        write = import_module(f"resdsl.weights.{target}").write
    except ModuleNotFoundError as error:
        raise UsageError(
            f"a model with its weights needs {error.name}: pip install "
            f"'resdsl[{target}]', or ask for --text"
        ) from None
    write(path, page, weights)


def check_target(target: str) -> None:
    """Check that there is such a target.

    Raises:
        UsageError: there is not.
    """
    fault = target_fault(target)
    if fault:
        raise UsageError("; ".join(filter(None, fault)))


def _output(arguments: argparse.Namespace, name: str) -> Path:
    path = Path(arguments.output or name)
    if path.is_dir():
        path = path / name
    return writable(path, arguments.file)
