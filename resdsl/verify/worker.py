"""One runner's process: `python -m resdsl.verify.worker FOLDER RUNNER`.

Says `done NET` on standard output after each net; leaves arrays in the folder.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

from resdsl.verify.job import OUTPUT, Given, Job, restore, save
from resdsl.verify.targets import RUNNERS

SAID = "resdsl: done "


def main(folder: Path, name: str) -> None:
    """Run the job in `folder`."""
    job = Job.read(folder / "job.json")
    runner = RUNNERS[name]
    framework = import_module(f"resdsl.verify.{runner.module}")
    for at, net_name in enumerate(job.nets):
        net = job.net(net_name)
        given = Given.of(restore(folder / f"{at}.given.safetensors"))
        x, weights = given.x, given.weights
        begin = f"{at}.{name}"
        for dtype in (d for d in job.dtypes if d in runner.dtypes):
            run = framework.Run(net, weights, dtype, x.shape[2:])
            arrays = run.trace(x) if job.trace else {OUTPUT: run(x)}
            save(folder / f"{begin}.{dtype}.safetensors", arrays)
        if job.train and runner.trains:
            run = framework.Run(net, weights, "float64", x.shape[2:])
            step = run.step(x, given.wanted)
            save(folder / f"{begin}.step.safetensors", step.arrays())
        os.write(1, f"{SAID}{net_name}\n".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
