"""Small nets that once were wrong in some target, each with what it was."""

import os
import sys
from pathlib import Path

import torch

# `from held import …` is `tests/fuzz/held.py`, `workers` is `tests/keras/workers.py`.
HERE = Path(__file__).resolve().parent
for _folder in (HERE.parent / "fuzz", HERE.parent / "keras"):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))

torch.set_num_threads(1 if "PYTEST_XDIST_WORKER" in os.environ else 2)
