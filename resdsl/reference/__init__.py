"""The meaning of the language made runnable: plain NumPy, float64, no framework.

Read `layers.py` (what each kind of layer computes, one function each), then `run.py`
(how a network is walked). A batch is (N, channels, sizes…); weights are called and laid
out as in the checkpoint.
"""

from resdsl.reference.calibrate import calibrated
from resdsl.reference.layers import LAYERS
from resdsl.reference.run import Reference, Trained, run, train

__all__ = ["LAYERS", "Reference", "Trained", "calibrated", "run", "train"]
