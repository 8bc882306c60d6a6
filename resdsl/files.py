"""The project's own files, and the only writing that the package does.

Everything else works on text: this is where a path becomes one.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

_PACKAGE = Path(__file__).parent
STD = _PACKAGE / "std"


def _resource(folder: str) -> Path:
    """A data folder: beside the code in a wheel, beside the package in a checkout."""
    inside = _PACKAGE / folder
    return inside if inside.is_dir() else _PACKAGE.parent / folder


def grammar_text() -> str:
    """The grammar of the language."""
    return (_resource("grammars") / "net.lark").read_text(encoding="utf-8")


def templates() -> Path:
    """The folder of all targets' templates."""
    return _resource("templates")


def write_atomically(path: Path, data: bytes | Iterable[bytes | memoryview]) -> None:
    """Replace `path` by `data`: afterwards it is the old file or the new, never torn.

    What comes in pieces is written piece by piece.

    A link is followed, so that what it names is replaced. What is not a regular file (a
    pipe, a device) cannot be replaced and is written to.

    Raises:
        OSError: the file could not be written; `path` is as it was.
    """
    pieces = (data,) if isinstance(data, bytes) else data
    target = path.resolve()
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:
            stream.writelines(pieces)
        return
    _sweep(target)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.resdsl-tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(pieces)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sweep(target: Path) -> None:
    """Remove what killed runs have left beside `target`."""
    prefix, suffix = f".{target.name}.", ".resdsl-tmp"
    for leftover in target.parent.iterdir():
        name = leftover.name
        if name.startswith(prefix) and name.endswith(suffix):
            owner = name[len(prefix) : -len(suffix)]
            if owner.isdigit() and not _alive(int(owner)):
                with contextlib.suppress(OSError):
                    leftover.unlink()


def _alive(pid: int) -> bool:
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
