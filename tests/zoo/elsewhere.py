"""Keras and ONNX with the original's weights, each in a process of its own."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from comparison import Compared
from registry import Model
from results import TOLERANCE

from resdsl.compiler import Origin
from resdsl.core.limits import Limits
from resdsl.verify.compare import difference
from resdsl.verify.job import OUTPUT, Given, Job, restore, save
from resdsl.verify.process import run_process

RUNNERS = {"keras": "keras-torch", "onnx": "onnx"}
"""By target. Keras runs on torch, which is the lightest of its backends."""


def run(model: Model, compared: Compared, targets: Sequence[str]) -> dict[str, float]:
    """Per target, how far its output is from the original's; faults are noted."""
    weights = {key: tensor.numpy() for key, tensor in compared.state.items()}
    given = Given(compared.x.numpy(), {}, weights)
    found: dict[str, float] = {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        save(folder / "0.given.safetensors", given.arrays())
        for target in targets:
            said = run_process(_job(model), folder, RUNNERS[target], lambda _: None)
            path = folder / f"0.{RUNNERS[target]}.float32.safetensors"
            if said or not path.exists():
                compared.faults.append(f"{target} broke:\n{said}")
                continue
            apart = difference(restore(path)[OUTPUT], compared.y.numpy())
            found[target] = apart
            if not apart <= TOLERANCE:
                compared.faults.append(f"{target}: outputs differ by {apart:.1e}")
    return found


def _job(model: Model) -> Job:
    path = model.path
    origin = Origin(path.name, path.parent)
    text = path.read_text("utf-8")
    return Job(text, origin, {}, Limits(), (model.name,), ("float32",))
