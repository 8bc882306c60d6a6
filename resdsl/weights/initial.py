"""The weights that the language starts with, drawn by NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod, sqrt
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from resdsl.analysis.unroll import Tensor, tensors
from resdsl.ir.net import Net
from resdsl.reference.streams import stream
from resdsl.weights.arrays import Lazy

_Array = NDArray[np.float32]
_Rng = np.random.Generator
_Shape = tuple[int, ...]


def initial(net: Net, seed: int = 0) -> Iterator[tuple[str, NDArray[Any]]]:
    """The name and numbers of each tensor, in the order of the checkpoint.

    What `drawn` has, one array after another.
    """
    return iter(drawn(net, seed).items())


def drawn(net: Net, seed: int = 0) -> Lazy:
    """The weights that `net` starts with: float32, and int64 what counts batches.

    Each tensor has a stream of its own, made of `seed` and its name: the others of a
    network that has one more layer stay as they are.

    Raises:
        ValueError: `seed` is negative.
    """
    found = {tensor.key: tensor for tensor in tensors(net)}
    shapes = {key: tensor.shape for key, tensor in found.items()}
    return Lazy(shapes, lambda key: _draw(found[key], stream(seed, key)))


def _draw(tensor: Tensor, rng: _Rng) -> NDArray[Any]:
    if tensor.weight.name == "num_batches_tracked":
        return np.zeros(tensor.shape, np.int64)
    node = tensor.layer.node
    shape = tensor.shape
    if len(shape) < 2:  # a bias, which has the fan of its layer's first weight
        shape = tuple(int(n) for n in node.kind.weights(node.x)[0].shape)
    start = tensor.weight.init
    return _STARTS[start.name](rng, tensor.shape, shape, *start.args)


def _constant(_: _Rng, shape: _Shape, __: _Shape, value: float) -> _Array:
    return np.full(shape, value, np.float32)


def _normal(rng: _Rng, shape: _Shape, _: _Shape, std: float) -> _Array:
    y = rng.standard_normal(shape, np.float32)
    y *= np.float32(std)
    return y


def _trunc_normal(rng: _Rng, shape: _Shape, _: _Shape, std: float) -> _Array:
    """Draws again what lies beyond two deviations."""
    y = rng.standard_normal(shape, np.float32)
    beyond = np.abs(y) > 2
    while beyond.any():
        y[beyond] = rng.standard_normal(int(beyond.sum()), np.float32)
        beyond = np.abs(y) > 2
    y *= np.float32(std)
    return y


def _uniform(rng: _Rng, shape: _Shape, _: _Shape, bound: float) -> _Array:
    y = rng.random(shape, np.float32)
    y *= np.float32(2 * bound)
    y -= np.float32(bound)
    return y


def _he_normal(rng: _Rng, shape: _Shape, matrix: _Shape, mode: str) -> _Array:
    side = matrix[0] if mode == "fan_out" else matrix[1]
    return _normal(rng, shape, matrix, sqrt(2 / (side * prod(matrix[2:]))))


def _glorot_uniform(rng: _Rng, shape: _Shape, matrix: _Shape) -> _Array:
    fans = (matrix[0] + matrix[1]) * prod(matrix[2:])
    return _uniform(rng, shape, matrix, sqrt(6 / fans))


def _fan_in_uniform(rng: _Rng, shape: _Shape, matrix: _Shape) -> _Array:
    return _uniform(rng, shape, matrix, 1 / sqrt(prod(matrix[1:])))


_STARTS = cast(
    "dict[str, Callable[..., _Array]]",
    {
        "constant": _constant,
        "normal": _normal,
        "trunc_normal": _trunc_normal,
        "uniform": _uniform,
        "he_normal": _he_normal,
        "glorot_uniform": _glorot_uniform,
        "fan_in_uniform": _fan_in_uniform,
    },
)
"""By the name of the initialisation. `matrix` is the shape of the layer's weight, whose
fan counts for the bias too: (out, in / groups, kernel…)."""
