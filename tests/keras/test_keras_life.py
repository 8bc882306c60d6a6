"""What one does with a Keras model: look at it, save, load, compile, fit, export."""

from pathlib import Path

import numpy as np
import pytest
from doubles import batch
from test_keras_programs import HEAD
from workers import Worker, difference

import resdsl
from resdsl.reference import calibrated

# A pool padded with -inf, one with counted padding, slices, a loop and a rule.
TEXT = (
    "block b(w, stride = 1):\n    use shortcut zero_pad\n"
    "    residual: conv 3x3, w, /stride | bn\n    relu\n\n"
    f"{HEAD}    maxpool 3x3, /2 | avgpool 3x3, /1\n    drop_path 0.1\n"
    "    3 * b 8, /2\n    upsample 2, mode=bilinear\n    conv 3x3, 4, groups=4\n"
    "    prelu | groupnorm 2 | gelu | flatten | linear 3\n"
)


def test_a_model_outlives_its_page(worker: Worker, tmp_path: Path) -> None:
    network = resdsl.load(TEXT)
    x = batch(network, 2).astype(np.float32)
    weights = calibrated(network.ir, x)
    page = network.source("keras")
    given = {"x": x, **weights}
    found, facts = worker.ask("kept", given, source=page, folder=str(tmp_path))
    before = found.pop("before")
    np.testing.assert_array_equal(found.pop("saved"), before)
    assert ("exported" in found) == (worker.backend == "tensorflow")
    for how, y in found.items():
        assert difference(y, before) < 1e-6, how
    for name in ("b1_0_conv1", "b1_2_residual1", "linear1", "maxpool1"):
        assert name in facts["names"]
        assert name in facts["dot"]
        assert name in facts["summary"]
    assert f"{network.params:,}" in facts["summary"]


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_it_learns(worker: Worker, policy: str) -> None:
    network = resdsl.load(TEXT)
    x = batch(network, 8).astype(np.float32)
    given = {"x": x, "labels": np.arange(8) % 3}
    page = network.source("keras")
    found, facts = worker.ask("fitted", given, source=page, policy=policy)
    assert np.isfinite(found["y"]).all()
    assert facts["loss"][1] < facts["loss"][0] * 1.5
    assert ("bfloat16" in facts["dtype"]) == (policy == "mixed_bfloat16")
