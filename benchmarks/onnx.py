"""How fast ONNX models are written, loaded and run, beside those torch exports.

Run it as `python -m benchmarks.onnx`; `--help` tells the rest.
"""

import subprocess
import sys
import sysconfig
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import onnx
import onnxruntime  # pyright: ignore[reportMissingTypeStubs]

from benchmarks import options
from benchmarks.exporter import export
from benchmarks.install import ROOT, Installed, install
from benchmarks.measure import (
    NETWORK_ROUNDS,
    Compare,
    Measurement,
    Timer,
    round_robin,
)
from benchmarks.report import Report
from benchmarks.timers import call, plain_environment, process
from benchmarks.workloads import BATCHES, THREADS, pictures

OURS, FLAT, THEIRS = "resdsl", "resdsl --inline", "torch.onnx.export"
PACKAGES = ("onnx", "onnxruntime", "torch", "torchvision", "onnxscript")
COMPILE = [
    *("compile", str(ROOT / "examples/resnet.res"), "--net", "resnet50"),
    *("--target", "onnx"),
]
MEGABYTE = 2**20
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""


def main() -> None:
    given = options.read("onnx", __doc__, NETWORK_ROUNDS, NETWORK_ROUNDS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        installed = with_this_ones_packages(install(folder))
        files = {
            OURS: folder / "ours.onnx",
            FLAT: folder / "flat.onnx",
            THEIRS: folder / "theirs.onnx",
        }
        found = memory(installed, files[OURS])
        run([installed.resdsl, *COMPILE, "--inline", "-o", files[FLAT]])
        export(files[THEIRS])
        found |= operators(files, folder / "kept.onnx")
        tables = {
            "Writing resnet50, whole processes": [
                writing(installed, folder, given.rounds)
            ],
            "Loading it into onnxruntime": [loading(files, given.rounds)],
            "Running it there": [
                running(files, batch, given.rounds) for batch in BATCHES
            ],
        }
    given.deliver(Report("onnx", given.rounds, PACKAGES, found, tables))


def with_this_ones_packages(installed: Installed) -> Installed:
    """Let the measured environment find onnx and torch, behind its own packages."""
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = run([installed.python, "-c", where]).strip()
    Path(own, "rest.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return installed


def run(command: list[str | Path]) -> str:
    done = subprocess.run(
        command, env=plain_environment(), capture_output=True, text=True, check=True
    )
    return done.stdout


def memory(installed: Installed, path: Path) -> dict[str, str]:
    """Measured by a small process, for a large one hands its own peak to its child."""
    command = [installed.resdsl, *COMPILE, "-o", path]
    peak = int(run([installed.python, "-c", PEAK, *command])) / MEGABYTE
    weights = path.stat().st_size / MEGABYTE
    return {
        "peak memory of `resdsl compile`": f"{peak:.0f} MB for a file of "
        f"{weights:.0f} MB, target ≤ {weights + 100:.0f} MB"
    }


def operators(files: dict[str, Path], kept: Path) -> dict[str, str]:
    export(kept, keep_norms=True)
    theirs = counted(kept)
    ours, copies = counted(files[FLAT]).total(), theirs["Identity"]
    return {
        "operators": f"{ours}; torch's exporter, batch norms kept, "
        f"{theirs.total() - copies} and {copies} copies"
    }


def counted(path: Path) -> Counter[str]:
    model = onnx.ModelProto.FromString(path.read_bytes())
    return Counter(node.op_type for node in model.graph.node)


def writing(installed: Installed, folder: Path, rounds: int) -> Measurement:
    ours = [installed.resdsl, *COMPILE, "-o", folder / "written.onnx"]
    theirs = [sys.executable, "-m", "benchmarks.exporter", folder / "exported.onnx"]
    makers = {
        OURS: partial(process, ours, folder),
        THEIRS: partial(process, theirs, ROOT),
    }
    return round_robin(
        makers, [Compare(OURS, THEIRS, target=1 / 15)], rounds, "writing"
    )


def loading(files: dict[str, Path], rounds: int) -> Measurement:
    makers = {
        name: partial(call, partial(session, path)) for name, path in files.items()
    }
    rows = [Compare(OURS, THEIRS), Compare(FLAT, THEIRS)]
    return round_robin(makers, rows, rounds, "loading")


def running(files: dict[str, Path], batch: int, rounds: int) -> Measurement:
    makers = {
        f"{name}, batch {batch}": partial(inference, path, batch)
        for name, path in files.items()
    }
    base = f"{THEIRS}, batch {batch}"
    rows = [
        Compare(f"{name}, batch {batch}", base, target=1.03) for name in (OURS, FLAT)
    ]
    return round_robin(makers, rows, rounds, f"running, batch {batch}")


def inference(path: Path, batch: int) -> Timer:
    made, images = session(path), pictures(batch).numpy()
    return call(partial(made.run, None, {"input": images}))


def session(path: Path) -> Any:
    """Threads that spin while others work would take their cores.

    The exporter's file has the sizes of the picture fixed; ours are open, so the
    session is told them, and both run for the same.
    """
    runtime: Any = onnxruntime
    asked = runtime.SessionOptions()
    asked.intra_op_num_threads = THREADS
    asked.log_severity_level = 3
    asked.add_session_config_entry("session.intra_op.allow_spinning", "0")
    for name in ("H", "W"):
        asked.add_free_dimension_override_by_name(name, 224)
    return runtime.InferenceSession(path, asked, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    main()
