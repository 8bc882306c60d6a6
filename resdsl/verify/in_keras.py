"""A network in Keras, on the backend that the environment names."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from resdsl.analysis.unroll import layers
from resdsl.backends.keras.facts import is_sliced
from resdsl.backends.keras.places import layer_name
from resdsl.ir.net import Net, Node
from resdsl.network import Network
from resdsl.reference.inputs import in_precision
from resdsl.values.shape import Shape
from resdsl.verify.compare import joined
from resdsl.verify.job import Arrays, Step
from resdsl.weights import keras as checkpoint

# Keras has no types of its own to check.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false


class Run:
    """The generated model with given weights, channels last."""

    def __init__(
        self, net: Net, weights: Arrays, dtype: str, sizes: tuple[int, ...]
    ) -> None:
        _set_precision(dtype)
        self.net = net
        shape = (*sizes, int(net.unit.x.channels))
        self.model: Any = Network(net).build(
            "keras", weights=weights, input_shape=shape
        )

    def __call__(self, x: NDArray[Any]) -> NDArray[Any]:
        """The output for a batch, in evaluation."""
        y = self.model.predict(_channels_last(x), verbose=0)
        outputs = self.net.unit.outputs
        several = {o.name: _laid_out(y[o.name], o.shape) for o in outputs}
        return joined(several or _laid_out(y, self.net.unit.y))

    def trace(self, x: NDArray[Any]) -> Arrays:
        """The output of each layer, by its path in the checkpoint."""
        paths = {layer_name(layer.path): layer for layer in layers(self.net)}
        known = [layer for layer in self.model.layers if layer.name in paths]
        whole: Any = keras.Model(self.model.inputs, [layer.output for layer in known])
        values = keras.tree.flatten(whole.predict(_channels_last(x), verbose=0))
        return {
            path: _laid_out(_taken(value, node), node.y)
            for layer, value in zip(known, values, strict=True)
            for path, node in [paths[layer.name]]
        }

    def step(self, x: NDArray[Any], wanted: Arrays) -> Step:
        """One step of gradient descent at rate 1 on the mean squared errors.

        The gradient is what the step took away: so the optimizer itself is measured.
        """
        before = checkpoint.extract(self.model, self.net)
        self.model.compile(optimizer=keras.optimizers.SGD(1.0), loss="mse")
        unit = self.net.unit
        shapes = {o.name: o.shape for o in unit.outputs} or {"": unit.y}
        targets = {
            name: array if shapes[name].last else _channels_last(array)
            for name, array in wanted.items()
        }
        found = self.model.train_on_batch(
            _channels_last(x), targets.get("", targets), return_dict=True
        )
        after = checkpoint.extract(self.model, self.net)
        statistics = {key: array for key, array in after.items() if ".running_" in key}
        gradients = {
            key: before[key] - after[key] for key in before if key not in statistics
        }
        return Step(float(np.asarray(found["loss"])), gradients, statistics)


def _taken(y: Any, node: Node) -> Any:
    """What a layer's output is to those behind it."""
    if not is_sliced(node):
        return y
    steps = node.kind.window(node.x.rank)[1]
    return y[(slice(None), *(slice(None, None, int(step)) for step in steps))]


def _set_precision(dtype: str) -> None:
    """Compute in `dtype` throughout.

    Outside of TensorFlow, Keras casts float64 to float32 between layers, for the sake
    of accelerators. A proof wants the whole precision, on each backend.
    """
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    rules = import_module("keras.src.backend.common.dtypes")
    rules.BIT64_TO_BIT32_DTYPE["float64"] = dtype


def _channels_last(x: NDArray[Any]) -> NDArray[Any]:
    x = in_precision(x, keras.config.floatx())
    return np.moveaxis(x, 1, -1)


def _laid_out(y: Any, shape: Shape) -> NDArray[Any]:
    """Keras's channels are last: in the order of memory that `shape` has."""
    return np.asarray(y) if shape.last else np.moveaxis(np.asarray(y), -1, 1)
