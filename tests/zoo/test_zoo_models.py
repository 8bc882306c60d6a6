"""One network of each family, run in torch, Keras and onnxruntime beside its original.

All of them: `python -m tests.zoo --targets keras onnx`.
"""

import pytest
from examine import examine
from registry import Model, models
from results import read

CHOSEN = [model for model in models() if model.representative]
LARGE = 50_000_000
"""Parameters of which a test has not the time to make four networks."""


@pytest.mark.parametrize("model", CHOSEN, ids=lambda model: model.name)
def test_it_is_its_original_everywhere(model: Model) -> None:
    targets = () if model.load().params > LARGE else model.targets
    row, faults = examine(model, targets)
    assert faults == []
    written = read()[model.name]
    assert (row.macs, row.state_dict) == (written.macs, written.state_dict)
