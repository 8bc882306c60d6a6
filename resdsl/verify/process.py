"""A framework's process, as its parent sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from resdsl.verify.job import Job
from resdsl.verify.targets import RUNNERS
from resdsl.verify.worker import SAID

_LINES = 12
"""How much of what a broken process said is passed on."""


def run_process(
    job: Job, folder: Path, name: str, done: Callable[[str], object]
) -> str:
    """Run a job in a framework; the end of what it said, if it broke.

    Args:
        job: what to run.
        folder: where the cases are, and where the results will be.
        name: the runner.
        done: told of each net that has run.
    """
    job.write(folder / "job.json")
    path = os.pathsep.join(filter(None, sys.path))
    log = folder / f"{name}.log"
    reader, writer = os.pipe()
    with log.open("wb") as errors, os.fdopen(reader, errors="replace") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "resdsl.verify.worker", folder, name],
            stdout=writer,
            stderr=errors,
            env={**os.environ, **RUNNERS[name].environment, "PYTHONPATH": path},
        )
        os.close(writer)
        try:
            for line in said:
                if line.startswith(SAID):
                    done(line.removeprefix(SAID).strip())
            status = process.wait()
        finally:
            process.kill()
            process.wait()
    if status == 0:
        return ""
    words = log.read_text("utf-8", "replace").strip().splitlines()
    return "\n".join(words[-_LINES:]) or f"it ended with status {status}"
