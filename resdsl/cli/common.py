"""What the commands share: reading the input, the bounds, and telling of findings."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from resdsl.compiler import Origin, load_net
from resdsl.core.diagnostic import Diagnostic, ResdslError
from resdsl.core.limits import Limits
from resdsl.core.render import as_text
from resdsl.ir.net import Net
from resdsl.ir.outputs import with_outputs

if TYPE_CHECKING:
    from resdsl.weights.arrays import Weights


class UsageError(Exception):
    """The command cannot begin: its arguments name nothing that it can use."""


def limits(arguments: argparse.Namespace) -> Limits:
    """The bounds that the command line asks for.

    Raises:
        UsageError: one is below 1.
    """
    asked = {field: getattr(arguments, f"limit_{field}") for field in Limits._fields}
    for field, bound in asked.items():
        if bound < 1:
            raise UsageError(f"{Limits.flag(field)} wants at least 1, not {bound}")
    return Limits(**asked)


def read(file: str, limits: Limits) -> tuple[bytes, Origin]:
    """The bytes of a file or of standard input, and where they came from.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        if file == "-":
            data = sys.stdin.buffer.read(limits.file_bytes + 1)
            return data, Origin("<stdin>", Path.cwd())
        path = Path(file)
        if path.exists() and not path.is_file():
            raise UsageError(f"cannot read {file}: it is no regular file")
        with path.open("rb") as stream:
            data = stream.read(limits.file_bytes + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot read {file}: {reason}") from None
    return data, Origin(path.name, path.parent)


def chosen_net(arguments: argparse.Namespace) -> Net:
    """The net that the command line names.

    Raises:
        UsageError: the file cannot be read, or a parameter has no value.
        ResdslError: the file has findings.
    """
    bounds = limits(arguments)
    data, origin = read(arguments.file, bounds)
    net = load_net(data, origin, arguments.net, params(arguments), bounds)
    names = outputs(arguments)
    return with_outputs(net, names) if names else net


def outputs(arguments: argparse.Namespace) -> tuple[str, ...]:
    """The layers whose outputs the command line asks for.

    Raises:
        UsageError: a name is empty.
    """
    if arguments.outputs is None:
        return ()
    names = tuple(name.strip() for name in arguments.outputs.split(","))
    if not all(names):
        raise UsageError(f"--outputs wants names, not {arguments.outputs!r}")
    return names


def shapes(net: Net) -> dict[str, object]:
    """What goes in and comes out, as JSON has it; by name where that is several."""
    unit = net.unit
    data: dict[str, object] = {"input": str(unit.x), "output": str(unit.y)}
    if unit.outputs:
        data["outputs"] = {output.name: str(output.shape) for output in unit.outputs}
    return data


def params(arguments: argparse.Namespace) -> dict[str, object]:
    """The parameters that the command line sets, each the text of an expression.

    Raises:
        UsageError: one has no value.
    """
    found: dict[str, object] = {}
    for setting in arguments.set:
        name, sign, text = setting.partition("=")
        if not sign or not name.strip() or not text.strip():
            raise UsageError(f"--set wants NAME=VALUE, not {setting!r}")
        found[name.strip()] = text.strip()
    return found


def weights_of(net: Net, file: str | None, seed: int | None) -> Weights:
    """The weights in a file, or those that the net starts with.

    Raises:
        UsageError: the file cannot be read, something is not installed, or the seed is
            negative or means nothing.
        ResdslError: the weights are those of another net.
    """
    if file is not None and seed is not None:
        raise UsageError("--seed draws weights, and the file has them: give one")
    if seed is not None and seed < 0:
        raise UsageError(f"--seed wants at least 0, not {seed}")
    try:
        from resdsl.weights.files import read
        from resdsl.weights.initial import drawn
        from resdsl.weights.match import match

        if file is None:
            return drawn(net, seed or 0)
        return match(net, read(Path(file), net))
    except ModuleNotFoundError as error:
        hint = "pip install 'resdsl[weights]'"
        raise UsageError(f"weights need {error.name}: {hint}") from None
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"cannot read {file}: {reason}") from None


def writable(path: Path, source: str) -> Path:
    """`path`, if what is made of the file `source` can be written there.

    Raises:
        UsageError: it cannot.
    """
    if not path.parent.is_dir():
        raise UsageError(f"cannot write {path}: there is no folder {path.parent}")
    if path.is_symlink() and not path.exists():
        raise UsageError(f"cannot write {path}: the link leads nowhere")
    if source != "-" and path.exists() and path.samefile(source):
        raise UsageError(f"{path} is the source: choose another output with -o")
    return path


def tell(error: ResdslError | tuple[Diagnostic, ...]) -> int:
    """Print findings to standard error; the exit status that they mean."""
    found = error.diagnostics if isinstance(error, ResdslError) else error
    print(as_text(found), file=sys.stderr)
    number = len(found)
    print(f"\n{number} error{'s' * (number != 1)}", file=sys.stderr)
    return 1


def refuse(error: UsageError | OSError) -> int:
    """Print why a command cannot be carried out; the exit status for that."""
    print(f"resdsl: {error}", file=sys.stderr)
    return 2
