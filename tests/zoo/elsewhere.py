"""Keras and ONNX with the original's weights, each in a process of its own."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from comparison import Compared
from registry import Model
from results import MOST_ROUNDING, ROUNDINGS, TOLERANCE

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
            y = restore(path)[OUTPUT]
            apart = difference(y, compared.y.numpy())
            found[target] = apart
            if not apart <= TOLERANCE:
                _hold_rounding(compared, target, y, apart)
    return found


def _hold_rounding(compared: Compared, target: str, y: Any, apart: float) -> None:
    """Note a fault, unless the target is as near to the exact output as torch is.

    A deep net can enlarge the rounding of float32 beyond any fixed bound, and no two
    implementations round alike.
    """
    exact = compared.exact().numpy()
    compared.own = difference(compared.y.numpy(), exact)
    off = difference(y, exact)
    if not (off <= ROUNDINGS * compared.own and compared.own <= MOST_ROUNDING):
        compared.faults.append(
            f"{target}: outputs differ by {apart:.1e}; from those in float64 by "
            f"{off:.1e}, torch's by {compared.own:.1e}"
        )


def _job(model: Model) -> Job:
    path = model.path
    origin = Origin(path.name, path.parent)
    text = path.read_text("utf-8")
    return Job(text, origin, {}, Limits(), (model.name,), ("float32",))
