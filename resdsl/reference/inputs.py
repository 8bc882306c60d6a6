"""Inputs to compare on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resdsl.analysis.vocabulary import vocabulary
from resdsl.ir.net import Net


def noise(
    net: Net, shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[np.generic]:
    """A batch of order 1, or of all the whole numbers that the net has vectors for."""
    count = vocabulary(net)
    if count is None:
        return rng.standard_normal(shape)
    return rng.integers(0, count, shape)


def in_precision(x: NDArray[Any], dtype: str) -> NDArray[Any]:
    """A batch in floating-point numbers; whole ones stay what they are."""
    return x if np.issubdtype(x.dtype, np.integer) else x.astype(dtype)
