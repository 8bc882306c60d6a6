"""Whether a net makes much of little: then rounding alone parts two frameworks.

A product of a thing with itself doubles a relative error, and five in a row make it 32
times as large; a normalisation divides rounding by a deviation that may be next to
nothing (in a group of one value it is sqrt(eps)). No framework can be held to more
digits than such a net leaves. It is measured, not guessed: the reference is run with
every layer's output moved by one unit in the last place or two, and zero or infinite
where the precision has no such numbers. Nets that then stay within the tolerance are
held to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resdsl.ir.net import Net
from resdsl.reference.layers import LAYERS, TRAINING, Function, Table
from resdsl.reference.products import filters
from resdsl.reference.run import Walk
from resdsl.verify.compare import difference

Array = NDArray[Any]
ROUNDING = {"float32": 2.0**-22, "float64": 2.0**-51}
_WALKS = 16
"""Of four, all were once below a bound that half of all walks exceed twice over."""


def outweighs(
    net: Net,
    weights: Mapping[str, Array],
    x: Array,
    dtype: str,
    tolerance: float,
    training: bool = False,
) -> bool:
    """Whether rounding in `dtype` alone can move the output by more than allowed."""
    table = TRAINING if training else LAYERS
    with np.errstate(all="ignore"):
        exact = _walked(table, net, weights, x)
        if not all(np.isfinite(array).all() for array in exact):
            return True  # 0 / 0 is no number that anyone could be held to
        for seed in range(_WALKS):
            moved = _moving(table, dtype, np.random.default_rng(seed))
            found = [_flushed(y, dtype) for y in _walked(moved, net, weights, x)]
            arrays = zip(found, exact, strict=True)
            if not all(difference(*pair) <= tolerance for pair in arrays):
                return True
    return False


def _walked(
    table: Table, net: Net, weights: Mapping[str, Array], x: Array
) -> list[Array]:
    """The output and, in training, the moved statistics."""
    walk = Walk(table, weights, np.float64, None)
    return [walk.through(net, x), *walk.changed.values()]


def _moving(table: Table, dtype: str, rng: np.random.Generator) -> Table:
    step = ROUNDING[dtype]

    def moved(function: Function) -> Function:
        def layer(kind: Any, x: Array, w: dict[str, Array]) -> Array:
            y = function(kind, x, w)
            size = max(np.abs(y).max(), _raised(kind, x, w, training=table is TRAINING))
            return _flushed(y + step * size * rng.uniform(-1, 1, y.shape), dtype)

        return layer

    return {name: moved(function) for name, function in table.items()}


def _flushed(y: Array, dtype: str) -> Array:
    """Zeros for what is too small for all the digits of `dtype`, or no number."""
    size = np.abs(y)
    known = np.where(size < np.finfo(dtype).tiny, 0, y)
    return np.where(size > np.finfo(dtype).max, np.inf, known)


def _raised(kind: Any, x: Array, w: Mapping[str, Array], training: bool) -> float:
    """The largest value on the way: a sum without signs, a norm without its mean."""
    if kind.name in ("conv", "linear"):
        return _terms(kind, x, w)
    if kind.name == "groupnorm":
        rows = x.reshape(len(x), kind.groups, -1)
    elif kind.name == "layernorm":
        rows = np.moveaxis(x, 1, -1)
    elif kind.name == "bn" and training:
        rows = np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)
    else:
        return 0.0
    deviation = np.maximum(np.sqrt(rows.var(axis=-1) + kind.eps), 1e-300)
    raised = np.abs(rows).max(axis=-1) / deviation
    if kind.name == "groupnorm":
        # Where the memory is channels last, as `layernorm` leaves it, torch takes the
        # variance for the mean of squares less the square of the mean.
        raised = np.maximum(raised, (rows.mean(axis=-1) / deviation) ** 2)
    return float(raised.max() * np.abs(w["weight"]).max())


def _terms(kind: Any, x: Array, w: Mapping[str, Array]) -> float:
    """The largest sum of a product's terms, each without its sign."""
    tensors = dict(w)
    if kind.name == "conv":
        tensors["weight"] = filters(kind, tensors)
        kind = kind.replace(standardize=None, gain=None)
    signless = {name: np.abs(array) for name, array in tensors.items()}
    return float(LAYERS[kind.name](kind, np.abs(x), signless).max())
