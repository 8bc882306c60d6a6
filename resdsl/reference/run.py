"""How a network computes: each item of a body takes what the one before it gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resdsl.ir.net import Instance, Item, Join, Keep, Merge, Named, Net, Node, Repeat
from resdsl.ops.merge import MERGES as RULES
from resdsl.reference.arrays import Array, Tensors, laid_out
from resdsl.reference.layers import LAYERS, MERGES, TRAINING, Table
from resdsl.values.plain import plain

Weights = Mapping[str, NDArray[Any]]
"""Tensors by the names, and in the layouts, of the checkpoint."""
Precision = type[np.floating[Any]]
Kept = dict[str, Array]
"""The tensors of one unit that have names."""
Outputs = Any
"""An array, or of a net with several outputs an array by each name."""
Trace = Callable[[str, Array], object]
"""Told the path and the output of all that is computed, in the order of computation.

Layers and blocks have the path of their weights, `layer1.0.conv1` and `layer1.0`; the
second residual of that block would be `layer1.0.residual2`.
"""


class Trained(NamedTuple):
    """A step of training: its output, and the statistics that it moved, by name."""

    y: Outputs
    statistics: dict[str, NDArray[Any]]


def run(
    net: Net,
    weights: Weights,
    x: NDArray[Any],
    *,
    trace: Trace | None = None,
    dtype: Precision = np.float64,
) -> Outputs:
    """What `net` computes in evaluation; several outputs by their names.

    Args:
        net: the network.
        weights: its tensors.
        x: a batch (N, channels, sizes…), of any sizes that the network can take.
        trace: told of every layer, block and merge.
        dtype: what to compute in.

    Raises:
        KeyError: a tensor is missing.
        ValueError: a shape is wrong.
    """
    return Walk(LAYERS, weights, dtype, trace).through(net, x)


def train(
    net: Net,
    weights: Weights,
    x: NDArray[Any],
    *,
    trace: Trace | None = None,
    dtype: Precision = np.float64,
) -> Trained:
    """What `net` computes in training, and its running statistics afterwards.

    Takes what `run` takes.

    Raises:
        KeyError: a tensor is missing.
        ValueError: a shape is wrong, a channel has one value, or a layer draws numbers.
    """
    walk = Walk(TRAINING, weights, dtype, trace)
    y = walk.through(net, x)
    return Trained(y, walk.changed)


class Reference:
    """A network with its weights: call it with a batch, or train a step."""

    def __init__(self, net: Net, weights: Weights) -> None:
        self.net = net
        self.weights = weights

    def __call__(
        self,
        x: NDArray[Any],
        *,
        trace: Trace | None = None,
        dtype: Precision = np.float64,
    ) -> Outputs:
        """See `run`."""
        return run(self.net, self.weights, x, trace=trace, dtype=dtype)

    def train(
        self,
        x: NDArray[Any],
        *,
        trace: Trace | None = None,
        dtype: Precision = np.float64,
    ) -> Trained:
        """See `train`, the function. The weights stay as they are."""
        return train(self.net, self.weights, x, trace=trace, dtype=dtype)


class Walk:
    """One walk through a network, with a function for each kind of layer.

    A function may put other arrays into the tensors that it is handed: these gather in
    `changed`, by their full names.
    """

    def __init__(
        self,
        table: Table,
        weights: Weights,
        dtype: Precision,
        trace: Trace | None,
        again: Table | None = None,
    ) -> None:
        self.changed: dict[str, NDArray[Any]] = {}
        self._table = table
        self._again = table if again is None else again
        """For layers that have been used before."""
        self._used: set[str] = set()
        self._weights = weights
        self._dtype = dtype
        self._trace = trace

    def through(self, net: Net, x: NDArray[Any]) -> Outputs:
        """The output of `net` for `x`; several by their names.

        Raises:
            ValueError: `x` is no batch of its inputs.
        """
        wants = net.unit.x
        if x.ndim != 2 + wants.rank or x.shape[1] != int(wants.channels):
            raise ValueError(f"expected a batch of {wants}, found shape {x.shape}")
        kept: Kept = {}
        y = self._body(net.unit.body, "", x.astype(self._dtype), kept, Counter())
        outputs = net.unit.outputs
        several = {o.name: laid_out(kept[o.tensor], o.shape) for o in outputs}
        return several or laid_out(y, net.unit.y)

    def _body(
        self,
        items: Iterable[Item | Repeat],
        prefix: str,
        x: Array,
        kept: Kept,
        merges: Counter[str],
    ) -> Array:
        for item in items:
            if isinstance(item, Repeat):
                for index in range(item.first, item.first + item.times):
                    x = self._named(item.item, f"{prefix}{index}", x)
            elif isinstance(item, Keep):
                kept[item.name] = x
            elif isinstance(item, Merge | Join):
                x = self._merged(item, prefix, x, kept, merges)
            else:
                x = self._named(item, f"{prefix}{item.name}", x)
        return x

    def _named(self, item: Named, path: str, x: Array) -> Array:
        if isinstance(item, Node):
            y = self._layer(item, path, x)
        elif isinstance(item, Instance):
            y = self._body(item.unit.body, f"{path}.", x, {}, Counter())
        else:
            return self._body(item.items, f"{path}.", x, {}, Counter())
        self._tell(path, laid_out(y, item.y))
        return y

    def _merged(
        self,
        item: Merge | Join,
        prefix: str,
        x: Array,
        kept: Kept,
        merges: Counter[str],
    ) -> Array:
        merges[item.rule] += 1
        path = f"{prefix}{item.rule}{merges[item.rule]}"
        if isinstance(item, Join):
            parts = [kept[name] if name else x for name in item.sources]
            if not item.rule:
                return parts[0]
        else:
            parts = [
                self._body(way.body, prefix, x, kept, merges) for way in item.paths
            ]
            if item.shortcut is not None:
                x = self._named(item.shortcut, f"{prefix}{item.shortcut.name}", x)
            if RULES[item.rule].takes_input:
                parts.insert(0, x)
        y = MERGES[item.rule](parts)
        self._tell(path, laid_out(y, item.y))
        return y

    def _tell(self, path: str, y: Array) -> None:
        if self._trace is not None:
            self._trace(path, y)

    def _layer(self, node: Node, path: str, x: Array) -> Array:
        keys = {w.name: w.key(path) for w in node.kind.weights(node.x)}
        before = {name: self._tensor(key) for name, key in keys.items()}
        after: Tensors = dict(before)
        settled = {key: plain(value) for key, value in node.kind.settled().items()}
        table = self._again if path in self._used else self._table
        y = table[node.kind.name](node.kind.replace(**settled), x, after)
        self._used.add(path)
        for name, key in keys.items():
            if after[name] is not before[name]:
                self.changed[key] = np.asarray(after[name])
        return y.astype(self._dtype, copy=False)

    def _tensor(self, key: str) -> NDArray[Any]:
        weights = self.changed if key in self.changed else self._weights
        if key.endswith(".num_batches_tracked"):  # which older checkpoints lack
            return np.asarray(weights.get(key, 0), np.int64)
        return np.asarray(weights[key], self._dtype)
