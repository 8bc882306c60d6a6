"""How far two arrays, or two walks through a network, are apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
One = TypeVar("One")


def joined(outputs: Array | Mapping[str, Array]) -> Array:
    """An output, or several as one: (N, all their values)."""
    if not isinstance(outputs, Mapping):
        return outputs
    return np.concatenate([y.reshape(len(y), -1) for y in outputs.values()], axis=1)


def named(outputs: One | Mapping[str, One]) -> Mapping[str, One]:
    """Several outputs by their names, or the one, which has none."""
    if isinstance(outputs, Mapping):
        return cast("Mapping[str, One]", outputs)
    return {"": outputs}


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


def ends(outputs: Array | Mapping[str, Array]) -> tuple[int, ...]:
    """Where in a joined output all but the first of several begin."""
    if not isinstance(outputs, Mapping):
        return ()
    return tuple(accumulate(y.size // len(y) for y in outputs.values()))[:-1]


def difference_of_outputs(
    found: Array, expected: Array, ends: tuple[int, ...]
) -> float:
    """The largest difference of joined outputs, each over its own largest value.

    A small output would else be within the tolerance of a large one, whatever it is.
    """
    if found.shape != expected.shape or not ends:
        return difference(found, expected)
    pairs = zip(
        np.split(found, ends, axis=1), np.split(expected, ends, axis=1), strict=True
    )
    return max(difference(*pair) for pair in pairs)


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
