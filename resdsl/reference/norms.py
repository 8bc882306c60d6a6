"""Normalisation: batch, layer and group norm."""

from __future__ import annotations

import numpy as np

from resdsl.ops.norm import BatchNorm, GroupNorm, LayerNorm
from resdsl.reference.arrays import Array, Tensors, per_channel, spatial


def bn(layer: BatchNorm, x: Array, w: Tensors) -> Array:
    """By the running statistics of each channel, as in evaluation."""
    mean = per_channel(w["running_mean"], x)
    variance = per_channel(w["running_var"], x)
    return _scaled((x - mean) / np.sqrt(variance + layer.eps), w)


def bn_training(layer: BatchNorm, x: Array, w: Tensors) -> Array:
    """By the statistics of the batch, which move the running ones kept in `w`.

    Raises:
        ValueError: a channel has one value, which has no variance.
    """
    number = x.size // x.shape[1]
    if number < 2:
        raise ValueError(f"bn learns from 2 values per channel, not {number}")
    return _learning(layer, x, w, number / (number - 1))


def bn_over_n(layer: BatchNorm, x: Array, w: Tensors) -> Array:
    """The same, but for the running variance, which is that of the batch over n."""
    return _learning(layer, x, w, 1)


def _learning(layer: BatchNorm, x: Array, w: Tensors, correction: float) -> Array:
    mean, variance = batch_statistics(x)
    new = {"running_mean": mean, "running_var": variance * correction}
    for name, value in new.items():
        w[name] = (1 - layer.momentum) * w[name] + layer.momentum * value
    w["num_batches_tracked"] = w["num_batches_tracked"] + 1
    return bn(layer, x, w | {"running_mean": mean, "running_var": variance})


def batch_statistics(x: Array) -> tuple[Array, Array]:
    """Mean and (biased) variance of each channel over examples and positions."""
    everything = (0, *spatial(x))
    return x.mean(axis=everything), x.var(axis=everything)


def layernorm(layer: LayerNorm, x: Array, w: Tensors) -> Array:
    """Over the channels, at each position."""
    mean, variance = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    return _scaled((x - mean) / np.sqrt(variance + layer.eps), w)


def groupnorm(layer: GroupNorm, x: Array, w: Tensors) -> Array:
    """Over the channels of a group and all positions."""
    grouped = x.reshape(len(x), layer.groups, -1)
    mean = grouped.mean(axis=2, keepdims=True)
    variance = grouped.var(axis=2, keepdims=True)
    normal = (grouped - mean) / np.sqrt(variance + layer.eps)
    return _scaled(normal.reshape(x.shape), w)


def _scaled(x: Array, w: Tensors) -> Array:
    return x * per_channel(w["weight"], x) + per_channel(w["bias"], x)
