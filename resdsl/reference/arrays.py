"""Arrays, and how a number per channel meets a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resdsl.values.shape import Shape

Array = NDArray[np.floating[Any]]
Tensors = dict[str, Array]
"""The tensors of one layer, by the names that its kind gives them."""


def per_channel(v: Array, x: Array) -> Array:
    """`v` (channels,) so that it spreads over `x` (N, channels, sizes…)."""
    return v.reshape(-1, *(1,) * (x.ndim - 2))


def laid_out(x: Array, shape: Shape) -> Array:
    """`x` (N, channels, sizes…) in the order of memory that `shape` has."""
    return np.moveaxis(x, 1, -1) if shape.last else x


def spatial(x: Array) -> tuple[int, ...]:
    """The axes of `x` (N, channels, sizes…) behind its channels."""
    return tuple(range(2, x.ndim))
