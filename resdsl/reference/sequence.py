"""Layers on sequences; their arrays are (N, channels, length), as all others here."""

from __future__ import annotations

import numpy as np

from resdsl.ops.embedding import Embedding
from resdsl.ops.sequence import Attention, Select
from resdsl.reference.arrays import Array, Tensors


def embedding(_: Embedding, x: Array, w: Tensors) -> Array:
    """The vector of each number, side by side."""
    return np.moveaxis(w["weight"][x.astype(np.intp)], -1, 1)


def tokens(x: Array) -> Array:
    """All positions in one dimension."""
    return x.reshape(len(x), x.shape[1], -1)


def attention(layer: Attention, x: Array, w: Tensors) -> Array:
    """Each head's values, weighted by the softmax of queries times keys."""
    n, width, length = x.shape
    into = _product(x, w["in_proj_weight"], w.get("in_proj_bias"))
    q, k, v = np.moveaxis(into.reshape(n, 3, layer.heads, -1, length), 1, 0)
    scores = q.swapaxes(-1, -2) @ k / np.sqrt(width // layer.heads)
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    scores = scores / scores.sum(axis=-1, keepdims=True)
    mixed = (v @ scores.swapaxes(-1, -2)).reshape(n, width, length)
    return _product(mixed, w["out_proj.weight"], w.get("out_proj.bias"))


def attention_training(layer: Attention, x: Array, w: Tensors) -> Array:
    """The same: what a framework drops is its own, so no reference has it.

    Raises:
        ValueError: something would be dropped.
    """
    if layer.dropout:
        message = f"attention dropout={layer.dropout} draws at random: train with 0"
        raise ValueError(message)
    return attention(layer, x, w)


def _product(x: Array, matrix: Array, bias: Array | None) -> Array:
    y = matrix @ x
    return y if bias is None else y + bias[:, None]


def prepend(x: Array, w: Tensors) -> Array:
    """The learned vector, then the sequence."""
    first = np.broadcast_to(w["weight"].swapaxes(1, 2), (*x.shape[:2], 1))
    return np.concatenate((first, x), axis=2)


def positions(x: Array, w: Tensors) -> Array:
    """Each position and its learned vector."""
    return x + w["weight"].swapaxes(1, 2)


def transpose(x: Array) -> Array:
    """Positions for channels."""
    return x.swapaxes(1, 2)


def select(layer: Select, x: Array, _: Tensors) -> Array:
    """One position."""
    return x[:, :, layer.position]
