"""Processes that run Keras, one a backend, and how a test asks them."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resdsl.network import Network
from resdsl.reference.arrays import laid_out
from resdsl.reference.inputs import in_precision

BACKENDS = ("tensorflow", "jax", "torch")
BOUND = {"float32": 1e-5, "float64": 1e-10}
Arrays = dict[str, NDArray[Any]]

_QUIET = {
    "CUDA_VISIBLE_DEVICES": "",
    "JAX_PLATFORMS": "cpu",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}


class Answer(NamedTuple):
    """What a job found out: arrays by name, and facts as JSON has them."""

    arrays: Arrays
    facts: dict[str, Any]


class Worker:
    """One process, which does one job after another."""

    def __init__(self, backend: str, folder: Path) -> None:
        self.backend = backend
        self.folder = folder
        self._numbers = itertools.count()
        threads = _ONE_THREAD if "PYTEST_XDIST_WORKER" in os.environ else {}
        settings = {"KERAS_BACKEND": backend, "KERAS_HOME": str(folder)}
        self._log = (folder / f"{backend}.log").open("w", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("worker.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            encoding="utf-8",
            env={**os.environ, **_QUIET, **threads, **settings},
        )

    def ask(self, job: str, arrays: Arrays | None = None, **request: Any) -> Answer:
        """What the function `job` of `jobs.py` answers."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        path = self.folder / f"{self.backend}-{next(self._numbers)}.npz"
        given: dict[str, Any] = dict(arrays or {})
        np.savez(path, **given)
        asked = {"job": job, "arrays": str(path), "request": request}
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.flush()
        told = json.loads(process.stdout.readline() or '{"error": "it ended"}')
        assert "error" not in told, f"{self.backend}: {told['error']}"
        with np.load(path) as file:
            answer = Answer(dict(file), told["facts"])
        path.unlink()
        return answer

    def output(
        self,
        network: Network,
        weights: Arrays,
        x: NDArray[Any],
        dtype: str = "float32",
        **request: Any,
    ) -> NDArray[Any]:
        """What the page of `network` computes with `weights`, as the reference does."""
        arrays = {"x": in_precision(x, dtype), **weights}
        source = network.source("keras")
        told = self.ask("output", arrays, source=source, dtype=dtype, **request)
        return laid_out(told.arrays["y"], network.ir.unit.y)

    def close(self) -> None:
        """Let the process end: it has no more to read."""
        self._process.communicate(timeout=60)
        self._log.close()


class Workers:
    """The processes that have been asked so far."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Worker] = {}

    def __getitem__(self, backend: str) -> Worker:
        if backend not in self._made:
            self._made[backend] = Worker(backend, self._folder)
        return self._made[backend]

    def close(self) -> None:
        for worker in self._made.values():
            worker.close()


def difference(ours: NDArray[Any], theirs: NDArray[Any]) -> float:
    """The largest difference over the largest value."""
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    assert np.isfinite(ours).all()
    return float(abs(ours - theirs).max() / abs(theirs).max())
