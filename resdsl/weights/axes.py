"""The axes of a tensor in torch's layout and in a backend's, told apart by letters.

A backend's table writes each as `oi* -> *io`: torch's axes, then its own. A letter is
an axis, `(cm)` one axis that is `c` times `m` long, `1` an axis of size 1; `*` stands
for the spatial axes, however many there are, and `(1*)` for as many of size 1.
"""

from __future__ import annotations

import re
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Axes = list[tuple[str, ...]]
"""Each axis as the letters whose sizes it is the product of."""


def convert(
    array: NDArray[Any], layouts: str, rank: int, channels: int = 1
) -> NDArray[Any]:
    """`array` in the layout on the right of the arrow, a view where that is possible.

    Args:
        array: in the layout on the left.
        layouts: such as `oi* -> *io`.
        rank: the number of spatial axes.
        channels: the size of `c` where it shares an axis.

    Raises:
        ValueError: the array does not have the layout on the left.
    """
    before, after = (_axes(layout, rank) for layout in layouts.split(" -> "))
    if len(before) != array.ndim:
        raise ValueError(f"expected {len(before)} axes, found shape {array.shape}")
    sizes: dict[str, int] = {}
    for axis, size in zip(before, array.shape, strict=True):
        parts = (size,) if len(axis) < 2 else (channels, size // channels)
        sizes.update(zip(axis, parts, strict=False))
    letters = [letter for axis in before for letter in axis]
    apart = array.reshape([sizes[letter] for letter in letters])
    order = [letters.index(letter) for axis in after for letter in axis]
    shape = [prod(sizes[letter] for letter in axis) for axis in after]
    return np.transpose(apart, order).reshape(shape)


def inverse(layouts: str) -> str:
    """The way back: `*io -> oi*` for `oi* -> *io`."""
    return " -> ".join(reversed(layouts.split(" -> ")))


def _axes(layout: str, rank: int) -> Axes:
    axes: Axes = []
    for part in re.findall(r"\(1\*\)|\(\w+\)|.", layout):
        if part == "(1*)":
            axes += [()] * rank
        elif part == "*":
            axes += [(f"axis {number}",) for number in range(rank)]
        else:
            axes.append(tuple(part.strip("()").removeprefix("1")))
    return axes
