"""Weights that travel; the example nets are the torch tests'."""

import os
import sys
from pathlib import Path

import torch

# `from nets import …` is `tests/torch/nets.py`, from any folder, in any import mode.
HERE = Path(__file__).resolve().parent
for _folder in (HERE.parent, HERE.parent / "torch", HERE):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))

# Keras takes the backend that is named when it is imported, and torch is here anyway.
os.environ.setdefault("KERAS_BACKEND", "torch")
torch.set_num_threads(1 if "PYTEST_XDIST_WORKER" in os.environ else 2)
