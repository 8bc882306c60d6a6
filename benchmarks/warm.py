"""The near end of `worker`: asks for one compilation or sweep at a time."""

import json
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.install import Installed
from benchmarks.timers import plain_environment

WORKER = Path(__file__).with_name("worker.py")


@dataclass(frozen=True)
class Compiled:
    seconds: float
    bytes: int


@dataclass(frozen=True)
class Swept:
    seconds: float
    first: float
    nets: int


@dataclass(frozen=True)
class Warm:
    process: subprocess.Popen[str]

    def compile(self, text: str, net: str) -> Compiled:
        return Compiled(**self._ask({"text": text, "net": net}))

    def sweep(self, text: str, net: str, values: dict[str, str]) -> Swept:
        return Swept(**self._ask({"text": text, "net": net, "values": values}))

    def _ask(self, request: dict[str, object]) -> dict[str, Any]:
        asked, answered = self.process.stdin, self.process.stdout
        assert asked and answered
        print(json.dumps(request), file=asked, flush=True)
        line = answered.readline()
        if not line:
            raise SystemExit(f"the compiler gave up on {request['net']!r}; see above")
        return json.loads(line)


@contextmanager
def warm(installed: Installed, folder: Path) -> Generator[Warm]:
    # -I: the installed package, whatever lies beside the worker or in this folder.
    command = [installed.python, "-I", WORKER, folder / "warm.res"]
    pipe = subprocess.PIPE
    environment = plain_environment()
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=pipe, stdout=pipe, text=True
    ) as process:
        yield Warm(process)
