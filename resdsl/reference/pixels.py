"""Channels made positions of an image, and positions made channels."""

from __future__ import annotations

from resdsl.ops.pixels import PixelShuffle, PixelUnshuffle
from resdsl.reference.arrays import Array, Tensors


def pixelshuffle(layer: PixelShuffle, x: Array, _: Tensors) -> Array:
    """Each n * n channels as squares of n by n."""
    n, (many, _channels, height, width) = layer.factor, x.shape
    apart = x.reshape(many, -1, n, n, height, width)
    return apart.transpose(0, 1, 4, 2, 5, 3).reshape(many, -1, height * n, width * n)


def pixelunshuffle(layer: PixelUnshuffle, x: Array, _: Tensors) -> Array:
    """Each square of n by n as n * n channels."""
    n, (many, channels, height, width) = layer.factor, x.shape
    apart = x.reshape(many, channels, height // n, n, width // n, n)
    sizes = (height // n, width // n)
    return apart.transpose(0, 1, 3, 5, 2, 4).reshape(many, -1, *sizes)
