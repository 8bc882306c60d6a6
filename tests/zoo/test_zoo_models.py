"""One network of each family, run in torch, Keras and onnxruntime beside its original.

All of them: `python -m tests.zoo --targets keras onnx`.
"""

import pytest
from examine import examine
from registry import Model, models
from results import read

CHOSEN = [model for model in models() if model.representative]


@pytest.mark.parametrize("model", CHOSEN, ids=lambda model: model.name)
def test_it_is_its_original_everywhere(model: Model) -> None:
    row, faults = examine(model, ("keras", "onnx"))
    assert faults == []
    written = read()[model.name]
    assert (row.parameters, row.state_dict) == (written.parameters, written.state_dict)
    assert None not in (row.torch, row.keras, row.onnx)
