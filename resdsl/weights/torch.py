"""Weights in a torch module: its state dict is the checkpoint."""

from __future__ import annotations

import torch
from torch import nn

from resdsl.ir.net import Net
from resdsl.weights.arrays import Weights
from resdsl.weights.match import match


def put(model: nn.Module, net: Net, weights: Weights) -> None:
    """Load `weights` into the module that `net` became.

    Raises:
        ResdslError: the weights are not those of `net`.
        RuntimeError: the module was made with other arguments than `net`.
    """
    matched = match(net, weights)
    state = {key: torch.tensor(array) for key, array in matched.items()}
    model.load_state_dict(state)
