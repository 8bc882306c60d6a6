"""A net in torch and in the reference, both float64, with the same weights."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from resdsl.network import Network
from resdsl.reference import calibrated
from resdsl.reference.inputs import noise


def batch(network: Network, n: int, size: int | None = None) -> NDArray[Any]:
    """Noise of the net's input shape; `size` stands for every spatial size."""
    channels, *sizes = network.input_shape
    spatial = [size or int(usual) for usual in sizes]
    return noise(network.ir, (n, int(channels), *spatial), np.random.default_rng(7))


def doubles(
    network: Network, x: NDArray[np.float64]
) -> tuple[nn.Module, dict[str, NDArray]]:
    """The torch module in evaluation, and the weights that it holds."""
    weights = calibrated(network.ir, x)
    with torch.device("meta"):
        model = network.build("torch")
    model = model.to_empty(device="cpu").double()
    state = {key: torch.from_numpy(value) for key, value in weights.items()}
    model.load_state_dict(state)
    return model.eval(), weights


def difference(ours: NDArray, theirs: torch.Tensor) -> float:
    """The largest difference over the largest value."""
    expected = theirs.detach().numpy()
    assert ours.shape == expected.shape
    assert np.isfinite(ours).all()
    return float(abs(ours - expected).max() / abs(expected).max())
