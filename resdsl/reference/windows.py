"""What a sliding window sees, of which convolution and pooling are made."""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from resdsl.ops.conv import Conv
from resdsl.ops.pool import Pool
from resdsl.ops.window import per_axis, same_padding
from resdsl.reference.arrays import Array, spatial
from resdsl.values.shape import Shape


class Axis(NamedTuple):
    """A window along one dimension; `places` is how often it is put down.

    `padding` is what is before the input, `behind` what is after it.
    """

    kernel: int
    stride: int
    padding: int
    behind: int
    dilation: int
    places: int

    @property
    def extent(self) -> int:
        """From the window's first tap to its last."""
        return self.dilation * (self.kernel - 1) + 1

    def beyond(self, size: int) -> int:
        """How far the last window reaches past an input of `size`."""
        end = (self.places - 1) * self.stride + self.extent
        return max(0, end - self.padding - size)


def axes(layer: Conv | Pool, x: Array) -> list[Axis]:
    """The layer's window along each dimension of `x` (N, channels, sizes…)."""
    dilation = layer.dilation if isinstance(layer, Conv) else 1
    assert layer.kernel is not None
    assert layer.stride is not None
    rank = x.ndim - 2
    given = (layer.kernel, layer.stride, dilation)
    windows = list(zip(*(per_axis(number, rank) for number in given), strict=True))
    pads = [(pad, pad) for pad in per_axis(layer.pad, rank)]
    if layer.same:
        sizes = zip(x.shape[2:], windows, strict=True)
        pads = [same_padding(size, *window) for size, window in sizes]
    places = layer.shape(Shape(x.shape[1], x.shape[2:])).spatial
    known = cast("tuple[int, ...]", places)  # as those of x are
    return [
        Axis(kernel, stride, *around, taps, times)
        for (kernel, stride, taps), around, times in zip(
            windows, pads, known, strict=True
        )
    ]


def views(x: Array, window: list[Axis], outside: float) -> Array:
    """What every window sees: (N, channels, places…, kernel…), a view.

    Args:
        x: (N, channels, sizes…).
        window: one for each dimension.
        outside: the value of what lies beyond the input.
    """
    reach = [
        (axis.padding, axis.beyond(size))
        for axis, size in zip(window, x.shape[2:], strict=True)
    ]
    if np.any(reach):
        x = np.pad(x, [(0, 0), (0, 0), *reach], constant_values=outside)
    seen = sliding_window_view(x, [axis.extent for axis in window], axis=spatial(x))
    steps = [slice(0, axis.places * axis.stride, axis.stride) for axis in window]
    taps = [slice(0, None, axis.dilation) for axis in window]
    return seen[(..., *steps, *taps)]
