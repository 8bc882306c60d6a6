"""What chooses, orders or weighs the channels."""

from __future__ import annotations

import numpy as np

from resdsl.ops.channels import Shuffle, Slice, Softmax
from resdsl.reference.arrays import Array, Tensors


def slice_(layer: Slice, x: Array, _: Tensors) -> Array:
    """Channels from `start` up to `stop`."""
    return x[:, layer.start : layer.stop]


def shuffle(layer: Shuffle, x: Array, _: Tensors) -> Array:
    """Groups by channels of a group, transposed."""
    grouped = x.reshape(len(x), layer.groups, -1, *x.shape[2:])
    return grouped.swapaxes(1, 2).reshape(x.shape)


def softmax(layer: Softmax, x: Array, _: Tensors) -> Array:
    """Across groups, of which each channel is one where none are given."""
    grouped = x.reshape(len(x), layer.groups or x.shape[1], -1)
    powers = np.exp(grouped - grouped.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).reshape(x.shape)
