"""How fast the Keras pages are, beside keras.applications' own ResNet-50.

Run it as `python -m benchmarks.keras`; `--help` tells the rest. What is measured has
the same layers and the same weights; one process a backend: an import settles it.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import options
from benchmarks.install import ROOT
from benchmarks.measure import NETWORK_ROUNDS, Compare, Measurement, twin
from benchmarks.report import Report

BACKENDS = ("tensorflow", "jax")
PACKAGES = ("keras", "tensorflow-cpu", "jax")
NET = "keras_resnet50"
OURS, THEIRS = "resdsl", "keras.applications"
TARGET = 1.05
WORKER = Path(__file__).with_name("keras_worker.py")


def main() -> None:
    given = options.read("keras", __doc__, 2 * NETWORK_ROUNDS + 1, NETWORK_ROUNDS)
    facts: dict[str, str] = {}
    tables: dict[str, list[Measurement]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for backend in BACKENDS:
            told = measured(backend, given.rounds, Path(folder))
            facts[f"{backend}, largest difference with Keras's weights"] = told["same"]
            tables[backend] = [table(seconds) for seconds in told["seconds"]]
    given.deliver(Report("keras", given.rounds, PACKAGES, facts, tables))


def measured(backend: str, rounds: int, folder: Path) -> dict[str, Any]:
    """What a process of one backend measures."""
    import resdsl

    page = folder / f"{NET}.py"
    source = resdsl.load(ROOT / "examples/keras_resnet.res", net=NET).source("keras")
    page.write_text(source, "utf-8")
    answer = folder / f"{backend}.json"
    subprocess.run(
        [sys.executable, "-m", "benchmarks.keras_worker", page, answer, str(rounds)],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
        check=True,
    )
    return json.loads(answer.read_text("utf-8"))


def table(seconds: dict[str, list[float]]) -> Measurement:
    (work,) = {name.split(": ")[1].removesuffix(", again") for name in seconds}
    row = Compare(f"{OURS}: {work}", f"{THEIRS}: {work}", target=TARGET)
    return Measurement(seconds, [twin(row.over), row])


if __name__ == "__main__":
    main()
