"""The ONNX target, run: in onnxruntime, and in ONNX's own reference evaluator."""

import os
import sys
from pathlib import Path

import torch

# `from nets import …` is `tests/torch/nets.py`, from any folder, in any import mode.
# (`tests/onnx` has no `__init__.py`, so it never shadows the onnx package.)
HERE = Path(__file__).resolve().parent
for _folder in (HERE.parent, HERE.parent / "reference", HERE.parent / "torch", HERE):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))

torch.set_num_threads(1 if "PYTEST_XDIST_WORKER" in os.environ else 2)
