"""What each kind of layer and each merge computes: one function, by its name.

A layer's function takes the layer, whose arguments are plain and settled, the batch
(N, channels, sizes…), and the layer's tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from resdsl.ops.drop import Dropout, DropPath
from resdsl.reference import (
    activations,
    channels,
    norms,
    pixels,
    pools,
    products,
    reshape,
    scale,
    sequence,
)
from resdsl.reference.arrays import Array, Tensors

Function = Callable[[Any, Array, Tensors], Array]
Table = dict[str, Function]


def _plain(function: Callable[[Array], Array]) -> Function:
    """The function of a layer that has neither arguments nor tensors."""
    return lambda _layer, x, _w: function(x)


LAYERS: Table = {
    "conv": products.conv,
    "linear": products.linear,
    "maxpool": pools.maxpool,
    "avgpool": pools.avgpool,
    "kmaxpool": pools.kmaxpool,
    "bn": norms.bn,
    "layernorm": norms.layernorm,
    "groupnorm": norms.groupnorm,
    "relu": _plain(activations.relu),
    "relu6": _plain(activations.relu6),
    "leaky_relu": activations.leaky_relu,
    "elu": activations.elu,
    "prelu": activations.prelu,
    "gelu": activations.gelu,
    "silu": _plain(activations.silu),
    "mish": _plain(activations.mish),
    "sigmoid": _plain(activations.sigmoid),
    "tanh": _plain(activations.tanh),
    "hardsigmoid": _plain(activations.hardsigmoid),
    "hardswish": _plain(activations.hardswish),
    "flatten": _plain(reshape.flatten),
    "pad": reshape.pad,
    "subsample": reshape.subsample,
    "upsample": reshape.upsample,
    "reshape": reshape.resized,
    "pixelshuffle": pixels.pixelshuffle,
    "pixelunshuffle": pixels.pixelunshuffle,
    "dropout": _plain(reshape.identity),
    "drop_path": _plain(reshape.identity),
    # Whatever the order of memory, arrays here have their channels first.
    "channels_last": _plain(reshape.identity),
    "channels_first": _plain(reshape.identity),
    "embedding": sequence.embedding,
    "tokens": _plain(sequence.tokens),
    "attention": sequence.attention,
    "prepend": lambda _, x, w: sequence.prepend(x, w),
    "positions": lambda _, x, w: sequence.positions(x, w),
    "transpose": _plain(sequence.transpose),
    "select": sequence.select,
    "identity": _plain(reshape.identity),
    "times": scale.times,
    "gain": scale.gain,
    "slice": channels.slice_,
    "shuffle": channels.shuffle,
    "softmax": channels.softmax,
}
"""In evaluation."""

Join = Callable[[list[Array]], Array]


def _add(parts: list[Array]) -> Array:
    return sum(parts[1:], parts[0])


def _multiply(parts: list[Array]) -> Array:
    return prod(parts[1:], start=parts[0])


def _concat(parts: list[Array]) -> Array:
    return np.concatenate(parts, axis=1)


def _gate(parts: list[Array]) -> Array:
    x, transform, gate = parts
    return gate * transform + (1 - gate) * x


MERGES: dict[str, Join] = {
    "residual": _add,
    "scale": _multiply,
    "dense": _concat,
    "gate": _gate,
    "add": _add,
    "multiply": _multiply,
    "concat": _concat,
}
"""The input comes first, where a merge takes it, or what a shortcut makes of it."""
"""Of the input, perhaps through a shortcut, and the body's output."""


def undrawn(layer: Dropout | DropPath, x: Array, _: Tensors) -> Array:
    """Dropping nothing. What a framework draws is its own, so no reference has it.

    Raises:
        ValueError: something would be dropped.
    """
    if layer.rate:
        message = f"{layer.name} {layer.rate} draws at random: train with rate 0"
        raise ValueError(message)
    return x


TRAINING: Table = {
    **LAYERS,
    "bn": norms.bn_training,
    "dropout": undrawn,
    "drop_path": undrawn,
    "attention": sequence.attention_training,
}
"""In training."""
OVER_N: Table = {**TRAINING, "bn": norms.bn_over_n}
"""In training, by frameworks that keep the biased variances of batches."""
