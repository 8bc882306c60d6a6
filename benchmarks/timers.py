"""What a timed run can be: a process, a process that times itself, a call."""

import math
import os
import subprocess
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


def told_by(command: Command, folder: Path) -> Timer:
    """A process that times a part of its own life and prints the seconds last."""
    environment = plain_environment()

    def timed() -> float:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return float(done.stdout.split()[-1])

    return timed


def call(work: Callable[[], object], least: float = 0.2) -> Timer:
    """A call in this process, repeated until a sample is long enough to trust."""
    work()
    once = _seconds(work, 1)
    calls = max(1, math.ceil(least / once))
    return lambda: _seconds(work, calls)


def _seconds(work: Callable[[], object], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - start) / calls
