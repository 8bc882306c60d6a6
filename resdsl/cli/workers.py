"""A sweep's results as lines of JSON: from this process, or in order from several."""

from __future__ import annotations

import base64
import gc
import json
import os
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

from resdsl.compiler import Checked, Opened, Origin
from resdsl.core.limits import Limits
from resdsl.core.record import NamedTuple
from resdsl.core.render import as_data
from resdsl.variants import Grid, Variant, crash, parse_values, variants

_RUN = 32
"""Points that one process takes in a row: neighbours have most units in common. What
a pipe holds of them keeps a process busy until its turn comes again."""

_MOST_UNSEEN = 100_000
"""Objects that are made before Python looks for cycles among them: some ten megabytes.
Its own 700 mean a look for each net, and now and then at all that is kept."""


class Job(NamedTuple):
    """A sweep, in what its processes can be told: texts and numbers."""

    data: bytes
    origin: Origin
    limits: Limits
    net: str | None
    set: dict[str, object]
    sweep: dict[str, str]
    most_parameters: int | None
    most_macs: int | None

    def grid(self) -> Grid:
        """Its points."""
        axes = {name: parse_values(text) for name, text in self.sweep.items()}
        return Grid(axes, self.set)

    def lines(self, opened: Opened, numbers: Iterable[int]) -> Iterator[str]:
        """The results of the points with these numbers."""
        with _collecting_seldom():
            for variant in variants(opened, self.net or "", self.grid(), numbers):
                yield self.line(variant)

    def line(self, variant: Variant) -> str:
        """One result as JSON."""
        nets, findings = variant.checked
        unit = nets[0].unit if nets and not findings else None
        status = "valid"
        if unit is None:
            status = "invalid"
        elif _above(unit.parameters, self.most_parameters) or _above(
            unit.macs, self.most_macs
        ):
            status = "over budget"
        found = {
            "set": {name: _as_given(value) for name, value in variant.given.items()},
            "status": status,
            "findings": [as_data(finding) for finding in findings],
            "name": self.net,
            "input": unit and str(unit.x),
            "output": unit and unit.gives,
            "parameters": unit and unit.parameters,
            "macs": unit and unit.macs,
            "operators": unit and unit.operators,
        }
        return json.dumps(found)

    def pack(self) -> str:
        """The job as text."""
        data = base64.b64encode(self.data).decode("ascii")
        root = None if self.origin.root is None else str(self.origin.root)
        return json.dumps([data, self.origin.name, root, self.limits, *self[3:]])

    @staticmethod
    def unpack(text: str) -> Job:
        """The job that `pack` has made a text of."""
        data, name, root, limits, *rest = json.loads(text)
        origin = Origin(name, None if root is None else Path(root))
        return Job(base64.b64decode(data), origin, Limits(*limits), *rest)


def _above(amount: int | None, most: int | None) -> bool:
    return amount is not None and most is not None and amount > most


def _as_given(value: object) -> object:
    """A parameter's text as data where it is a plain number, truth value or list."""
    if not isinstance(value, str):
        return value
    with suppress(ValueError, RecursionError):
        found: object = json.loads(value)
        json.dumps(found, allow_nan=False)
        if isinstance(found, (int, float, list)):
            return cast("object", found)
    return value


def checked(job: Job, opened: Opened, jobs: int) -> Generator[str]:
    """The results of all points in their order, each as a line of JSON.

    Close it, so that no process outlives it.
    """
    whole = len(job.grid())
    jobs = min(jobs, -(-whole // _RUN))
    if jobs < 2:
        yield from job.lines(opened, range(whole))
        return
    workers = [_Worker(job, jobs, which) for which in range(jobs)]
    try:
        for number in range(whole):
            yield workers[number // _RUN % jobs].line(number)
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """A process that works on every `jobs`-th run of points.

    It goes ahead of whoever reads it as far as a pipe holds, and no further.
    """

    def __init__(self, job: Job, jobs: int, which: int) -> None:
        self._job = job
        self._share = (jobs, which)
        self._process = self._started(0)

    def _started(self, first: int) -> subprocess.Popen[str]:
        path = os.pathsep.join(filter(None, sys.path))
        process = subprocess.Popen(
            [sys.executable, "-m", "resdsl.cli.workers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C is for the command, which then ends it
        )
        assert process.stdin is not None
        with suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(json.dumps([self._job.pack(), *self._share, first]))
        return process

    def line(self, number: int) -> str:
        """The result of its next point, which is the one with this number."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line.endswith("\n"):
            return line[:-1]
        found = crash(f"its process ended with status {self._process.wait()}")
        self.end()
        self._process = self._started(number + 1)
        return self._job.line(Variant(self._job.grid()[number], Checked((), (found,))))

    def end(self) -> None:
        """Leave no process behind."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def _work() -> None:
    """One worker's process."""
    packed, jobs, which, first = json.load(sys.stdin)
    job = Job.unpack(packed)
    runs = range(which * _RUN, len(job.grid()), jobs * _RUN)
    numbers = (n for begin in runs for n in _run(begin, first, len(job.grid())))
    opened = Opened(job.data, job.origin, job.limits)
    try:
        for line in job.lines(opened, numbers):
            print(line, flush=True)
    except BrokenPipeError:
        os._exit(1)


@contextmanager
def _collecting_seldom() -> Generator[None]:
    """Look for cycles when much has been made: few nets leave one, none leaves many."""
    was, usual = gc.isenabled(), gc.get_threshold()
    gc.set_threshold(_MOST_UNSEEN, *usual[1:])
    gc.enable()
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        if not was:
            gc.disable()


def _run(begin: int, first: int, whole: int) -> range:
    return range(max(begin, first), min(begin + _RUN, whole))


if __name__ == "__main__":
    _work()
