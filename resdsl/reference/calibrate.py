"""Seeded weights with which every activation is of order 1, so that faults show."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from resdsl.analysis.unroll import tensors
from resdsl.ir.net import Net
from resdsl.ops.base import Kind
from resdsl.ops.conv import Conv
from resdsl.ops.linear import Linear
from resdsl.ops.norm import BatchNorm
from resdsl.ops.sequence import Attention
from resdsl.reference import norms
from resdsl.reference.arrays import Array, Tensors
from resdsl.reference.layers import LAYERS, Table
from resdsl.reference.run import Walk
from resdsl.reference.streams import stream


def calibrated(
    net: Net, x: NDArray[np.floating], seed: int = 0
) -> dict[str, NDArray[np.generic]]:
    """Weights for `net`: float32, so that every framework can have the very same.

    Scales are from 0.5 to 1.5, shifts and biases small, slopes from 0.1 to 0.4. The
    weights of convolutions and linear layers are normal, and such that their outputs
    for `x` have mean square 1 (after Mishkin and Matas 2016); the running statistics of
    batch norms are near those of `x`.

    Args:
        net: the network.
        x: a batch (N, channels, sizes…) of at least 2, of order 1.
        seed: another seed gives other weights.
    """
    drawn = {
        tensor.key: _draw(tensor.layer.node.kind, tensor.weight.name, tensor.shape, rng)
        for tensor in tensors(net)
        for rng in [stream(seed, tensor.key)]
    }
    walk = Walk(_CALIBRATING, drawn, np.float64, None, again=LAYERS)
    walk.through(net, x)
    return drawn | {key: _single(value) for key, value in walk.changed.items()}


def _draw(
    kind: Kind, name: str, shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[np.generic]:
    if name == "num_batches_tracked":
        return np.zeros(shape, np.int64)
    if name in ("running_mean", "running_var"):
        return np.ones(shape, np.float32)
    if name.endswith("bias"):
        return _single(0.1 * rng.standard_normal(shape))
    if kind.name == "prelu":
        return _single(rng.uniform(0.1, 0.4, shape))
    if len(shape) == 1 or name == "gain" or kind.name == "gain":
        return _single(rng.uniform(0.5, 1.5, shape))
    return rng.standard_normal(shape, np.float32)


def _product(layer: Conv | Linear, x: Array, w: Tensors) -> Array:
    """Give the weight such a scale that the output's mean square is 1."""
    function = LAYERS[layer.name]
    unshifted = {name: value for name, value in w.items() if name != "bias"}
    size = np.sqrt((function(layer, x, unshifted) ** 2).mean())
    w["weight"] = _single(w["weight"] / (size or 1)).astype(float)
    return function(layer, x, w)


def _attention(layer: Attention, x: Array, w: Tensors) -> Array:
    """Give both weights such scales: that of the queries is that of keys and values."""
    first, last = "in_proj_weight", "out_proj.weight"
    size = np.sqrt(((w[first] @ x) ** 2).mean())
    w[first] = _single(w[first] / (size or 1)).astype(float)
    function = LAYERS[layer.name]
    none = {name: 0 * tensor for name, tensor in w.items() if "bias" in name}
    y = function(layer, x, w | none)
    size = np.sqrt((y**2).mean())
    w[last] = _single(w[last] / (size or 1)).astype(float)
    return function(layer, x, w)


def _bn(layer: BatchNorm, x: Array, w: Tensors) -> Array:
    """Make the batch's statistics the running ones, mixed with those of all channels.

    A channel's own alone would enlarge every difference by a fifth, layer after layer
    (Yang et al. 2019), until a framework's rounding looks like a fault of it.
    """
    mean, variance = norms.batch_statistics(x)
    mixed = _OWN * mean + (1 - _OWN) * x.mean()
    square = _OWN * (variance + mean**2) + (1 - _OWN) * (x**2).mean()
    w["running_mean"] = _single(mixed).astype(float)
    w["running_var"] = _single(square - mixed**2).astype(float)
    return norms.bn(layer, x, w)


def _single(values: NDArray[np.floating]) -> NDArray[np.float32]:
    return values.astype(np.float32)


_OWN = 0.05
_CALIBRATING: Table = {
    **LAYERS,
    "conv": _product,
    "linear": _product,
    "bn": _bn,
    "attention": _attention,
}
