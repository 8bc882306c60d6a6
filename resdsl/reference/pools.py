"""Pooling: over a window, over all positions, or of the largest among them."""

from __future__ import annotations

import numpy as np

from resdsl.ops.pool import AvgPool, KMaxPool, MaxPool
from resdsl.reference.arrays import Array, Tensors, spatial
from resdsl.reference.windows import Axis, axes, views


def maxpool(layer: MaxPool, x: Array, _: Tensors) -> Array:
    """The largest value of each window. Padding is -inf, so it never wins."""
    if layer.kernel is None:
        return x.max(axis=spatial(x), keepdims=True)
    window = axes(layer, x)
    return views(x, window, -np.inf).max(axis=_taps(window))


def avgpool(layer: AvgPool, x: Array, _: Tensors) -> Array:
    """The sum of each window over how many of its places count."""
    if layer.kernel is None:
        return x.mean(axis=spatial(x), keepdims=True)
    window = axes(layer, x)
    total = views(x, window, 0).sum(axis=_taps(window))
    return total / _count(layer, x, window).sum(axis=_taps(window))


def kmaxpool(layer: KMaxPool, x: Array, _: Tensors) -> Array:
    """The `k` largest values of each channel, put back into their order."""
    largest = np.argsort(-x, axis=2, kind="stable")[:, :, : layer.k]
    return np.take_along_axis(x, np.sort(largest, axis=2), axis=2)


def _count(layer: AvgPool, x: Array, window: list[Axis]) -> Array:
    """Per window, 1 where a place counts and 0 where it does not.

    Padding counts or not, as asked; what `ceil_mode` reaches beyond it never does.
    """
    if not layer.count_padding:
        return views(np.ones_like(x[:1, :1]), window, 0)
    sizes = zip(x.shape[2:], window, strict=True)
    padded = np.ones(
        (1, 1, *(size + axis.padding + axis.behind for size, axis in sizes))
    )
    return views(padded, [axis._replace(padding=0) for axis in window], 0)


def _taps(window: list[Axis]) -> tuple[int, ...]:
    return tuple(range(-len(window), 0))
