"""`from peers import …`, `from measure import …` and `from backbones import …` work."""

import os
import sys
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
for _folder in (HERE.parent, HERE.parent / "torch", HERE):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))

torch.set_num_threads(1 if "PYTEST_XDIST_WORKER" in os.environ else 2)
