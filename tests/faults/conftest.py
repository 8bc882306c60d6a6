"""Faults planted in the emitters: Keras runs on torch, in this process."""

import os
import sys
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
for _folder in (HERE.parent, HERE):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))

# Keras takes the backend that is named when it is imported, and torch is here anyway.
os.environ.setdefault("KERAS_BACKEND", "torch")
torch.set_num_threads(1 if "PYTEST_XDIST_WORKER" in os.environ else 2)
