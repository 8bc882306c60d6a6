"""`resdsl compile`: write a net as code."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from resdsl.cli.common import UsageError, chosen_net, refuse, tell
from resdsl.compiler import compile_net, target_fault
from resdsl.core.diagnostic import ResdslError
from resdsl.emit.audit import AuditError
from resdsl.files import write_atomically


def run(arguments: argparse.Namespace) -> int:
    """Compile, then write. Nothing is written when there are findings."""
    try:
        check_target(arguments.target)
        net = chosen_net(arguments)
        page = compile_net(net, arguments.target)
        if arguments.output == "-":
            sys.stdout.write(page)
            return 0
        path = _output(arguments, f"{net.name}_{arguments.target}.py")
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
    if not path.parent.is_dir():
        raise UsageError(f"cannot write {path}: there is no folder {path.parent}")
    if path.is_symlink() and not path.exists():
        raise UsageError(f"cannot write {path}: the link leads nowhere")
    if arguments.file != "-" and path.exists() and path.samefile(arguments.file):
        raise UsageError(f"{path} is the source: choose another output with -o")
    return path
