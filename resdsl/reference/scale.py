"""Multiplication by one number, or by one a channel."""

from __future__ import annotations

from resdsl.ops.scale import Gain, Times
from resdsl.reference.arrays import Array, Tensors


def times(layer: Times, x: Array, _: Tensors) -> Array:
    """By the constant."""
    return x * layer.factor


def gain(_: Gain, x: Array, w: Tensors) -> Array:
    """Each channel by its own number."""
    return x * w["weight"]
