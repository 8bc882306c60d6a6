"""The checkout as a user has it: a wheel in a fresh environment, bytecode compiled.

A fresh editable install has no bytecode, and its start is nearly twice as slow.
"""

import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timers import Command, plain_environment

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Installed:
    """The two programs of an environment that the benchmark starts."""

    python: Path
    resdsl: Path


def install(scratch: Path, checkout: Path = ROOT) -> Installed:
    pip: Command = [sys.executable, "-m", "pip"]
    wheels, environment = scratch / "wheels", scratch / "environment"
    source = _copy(checkout, scratch / "source")
    # The build backend is one of the project's own development dependencies.
    building = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels]
    _run([*pip, *building, source])
    venv.create(environment, with_pip=False, symlinks=True)
    scripts = sysconfig.get_path("scripts", "venv", {"base": str(environment)})
    installed = Installed(Path(scripts, "python"), Path(scripts, "resdsl"))
    (wheel,) = wheels.glob("resdsl-*.whl")
    _run([*pip, "--python", installed.python, "install", "--compile", wheel])
    return installed


def _copy(checkout: Path, to: Path) -> Path:
    """What git would keep: a build leaves nothing behind, and finds nothing old."""
    listing: Command = ["git", "ls-files", "-z", "-co", "--exclude-standard"]
    found = subprocess.run(listing, cwd=checkout, capture_output=True, check=True)
    for name in found.stdout.decode().split("\0"):
        if name and (checkout / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(checkout / name, to / name)
    return to


def _run(command: Command) -> None:
    # pip's chatter goes to stderr: stdout carries the report alone.
    environment = plain_environment()
    subprocess.run(command, env=environment, stdout=sys.stderr, check=True)
