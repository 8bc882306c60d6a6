"""The ONNX target, run: in onnxruntime, and in ONNX's own reference evaluator."""

import os
import sys
from pathlib import Path

import torch

# `from nets import …` is `tests/torch/nets.py`, from any folder, in any import mode,
# and what other rooms try on their targets is tried here too.
# (`tests/onnx` has no `__init__.py`, so it never shadows the onnx package.)
HERE = Path(__file__).resolve().parent
_ROOMS = [HERE.parent / room for room in ("reference", "safety", "torch")]
for _folder in (HERE.parent, *_ROOMS, HERE):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))

torch.set_num_threads(1 if "PYTEST_XDIST_WORKER" in os.environ else 2)
