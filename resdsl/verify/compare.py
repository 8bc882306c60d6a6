"""How far two arrays, or two walks through a network, are apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def joined(outputs: Array | Mapping[str, Array]) -> Array:
    """An output, or several as one: (N, all their values)."""
    if not isinstance(outputs, Mapping):
        return outputs
    return np.concatenate([y.reshape(len(y), -1) for y in outputs.values()], axis=1)


def named(outputs: Array | Mapping[str, Array]) -> Mapping[str, Array]:
    """Several outputs by their names, or the one, which has none."""
    return outputs if isinstance(outputs, Mapping) else {"": outputs}


def difference(found: Array, expected: Array) -> float:
    """The largest difference, over the largest value expected.

    Infinite where the shapes differ or a value is not a number.
    """
    if found.shape != expected.shape or not np.isfinite(found).all():
        return float("inf")
    if not expected.size:
        return 0.0
    scale = float(np.abs(expected).max())
    apart = float(np.abs(found.astype(np.float64) - expected).max())
    return apart / scale if scale else apart


def worst(
    found: Mapping[str, Array], expected: Mapping[str, Array]
) -> tuple[float, str]:
    """The largest difference among arrays of the same names, and whose it is."""
    apart = {
        key: difference(found[key], array) if key in found else float("inf")
        for key, array in expected.items()
    }
    key = max(apart, key=lambda key: apart[key], default="")
    return apart.get(key, 0.0), key


def first_apart(
    found: Mapping[str, Array], expected: Iterable[tuple[str, Array]], tolerance: float
) -> str:
    """The first of `expected`, in its order, from which `found` is further away."""
    for path, array in expected:
        if path in found and not difference(found[path], array) <= tolerance:
            return path
    return ""
