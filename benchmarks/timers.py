"""What a timed run can be: a process, a call, an import."""

import importlib
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.measure import Timer

Command = Sequence[str | Path]


def plain_environment() -> dict[str, str]:
    """The environment without Python's switches, so that bytecode is written and read.

    Without bytecode the same program takes twice as long, and some machines export
    PYTHONDONTWRITEBYTECODE.
    """
    switches = ("PYTHON", "VIRTUAL_ENV")
    return {k: v for k, v in os.environ.items() if not k.startswith(switches)}


def process(command: Command, folder: Path) -> Timer:
    """The whole life of a process, seen from outside."""
    environment = plain_environment()

    def timed() -> float:
        start = time.perf_counter()
        subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return time.perf_counter() - start

    return timed


def call(work: Callable[[], object], least: float = 0.2) -> Timer:
    """A call in this process, repeated until a sample is long enough to trust."""
    work()
    once = _seconds(work, 1)
    calls = max(1, math.ceil(least / once))
    return lambda: _seconds(work, calls)


def importing(module: str, family: str) -> Timer:
    """An import, with the package `family` forgotten before it and all else at hand."""
    # For this process too: the warm-up round may write the bytecode that is read later.
    sys.dont_write_bytecode = False

    def timed() -> float:
        for name in [*sys.modules]:
            if name == family or name.startswith(f"{family}."):
                del sys.modules[name]
        return _seconds(lambda: importlib.import_module(module), 1)

    return timed


def _seconds(work: Callable[[], object], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - start) / calls
