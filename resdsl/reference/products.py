"""Matrix products: convolution and the linear layer."""

from __future__ import annotations

import numpy as np

from resdsl.ops.conv import Conv
from resdsl.ops.linear import Linear
from resdsl.reference.arrays import Array, Tensors, per_channel
from resdsl.reference.windows import axes, views


def conv(layer: Conv, x: Array, w: Tensors) -> Array:
    """Each group of output channels is a matrix times what its windows see."""
    window = axes(layer, x)
    n, groups, rank = len(x), layer.groups, len(window)
    seen = views(x, window, 0)  # (N, C, places…, kernel…)
    places = seen.shape[2 : 2 + rank]
    taps = np.moveaxis(seen, range(2 + rank, seen.ndim), range(2, 2 + rank))
    columns = taps.reshape(n, groups, -1, int(np.prod(places)))
    matrices = filters(layer, w).reshape(groups, layer.out_channels // groups, -1)
    y = (matrices @ columns).reshape(n, layer.out_channels, *places)
    return y + per_channel(w["bias"], y) if "bias" in w else y


def filters(layer: Conv, w: Tensors) -> Array:
    """The weights as they are used: each filter with mean 0 and variance 1 if asked."""
    weight = w["weight"]
    if layer.standardize is None:
        return weight
    inner = tuple(range(1, weight.ndim))
    mean, variance = weight.mean(inner, keepdims=True), weight.var(inner, keepdims=True)
    weight = (weight - mean) / np.sqrt(variance + layer.standardize)
    if layer.gain is None:
        return weight
    return weight * (w["gain"] * layer.gain / np.sqrt(weight[0].size))


def linear(_: Linear, x: Array, w: Tensors) -> Array:
    """Each example, or each position of it, times the matrix: y = W x + b."""
    y = np.moveaxis(np.moveaxis(x, 1, -1) @ w["weight"].T, -1, 1)
    return y + per_channel(w["bias"], y) if "bias" in w else y
