"""Layers that move, add or leave out values without computing."""

from __future__ import annotations

import numpy as np

from resdsl.ops.reshape import Pad, Reshape, Subsample, Upsample
from resdsl.ops.window import per_axis
from resdsl.reference.arrays import Array, Tensors, spatial


def flatten(x: Array) -> Array:
    """All values of an example, channel by channel."""
    return x.reshape(len(x), -1)


def pad(layer: Pad, x: Array, _: Tensors) -> Array:
    """Constant channels behind, and constant values around."""
    channels = 0 if layer.channels is None else layer.channels - x.shape[1]
    around = [(size, size) for size in per_axis(layer.padding, x.ndim - 2)]
    return np.pad(x, [(0, 0), (0, channels), *around], constant_values=layer.value)


def subsample(layer: Subsample, x: Array, _: Tensors) -> Array:
    """Every stride-th value of each dimension, from the first."""
    steps = [slice(None, None, step) for step in per_axis(layer.stride, x.ndim - 2)]
    return x[(..., *steps)]


def upsample(layer: Upsample, x: Array, _: Tensors) -> Array:
    """Each value repeated, or interpolated along one dimension after the other."""
    for axis in spatial(x):
        if layer.mode == "nearest":
            x = np.repeat(x, layer.scale, axis)
        else:
            x = _interpolated(x, layer.scale, axis)
    return x


def _interpolated(x: Array, scale: int, axis: int) -> Array:
    """Between pixel centres; what lies beyond the outermost centres equals them."""
    size = x.shape[axis]
    centres: Array = (np.arange(size * scale, dtype=float) + 0.5) / scale - 0.5
    at = np.clip(centres, 0, size - 1)
    left = np.floor(at).astype(int)
    right = np.minimum(left + 1, size - 1)
    part = (at - left).reshape(-1, *(1,) * (x.ndim - 1 - axis))
    return x.take(left, axis) * (1 - part) + x.take(right, axis) * part


def identity(x: Array) -> Array:
    """What layers do that only train, or that only move values in memory: nothing."""
    return x


def resized(layer: Reshape, x: Array, _: Tensors) -> Array:
    """The same values in other sizes."""
    return x.reshape(len(x), *per_axis(layer.sizes, 1))
