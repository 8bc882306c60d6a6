"""Arrays, and how a number per channel meets a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Tensors = dict[str, Array]
"""The tensors of one layer, by the names that its kind gives them."""


def per_channel(v: Array, x: Array) -> Array:
    """`v` (channels,) so that it spreads over `x` (N, channels, sizes…)."""
    return v.reshape(-1, *(1,) * (x.ndim - 2))


def spatial(x: Array) -> tuple[int, ...]:
    """The axes of `x` (N, channels, sizes…) behind its channels."""
    return tuple(range(2, x.ndim))
