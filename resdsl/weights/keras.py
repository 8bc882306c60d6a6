"""Weights in a Keras model: by the names of its layers and of their variables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from zipfile import BadZipFile

import keras
import numpy as np
from numpy.typing import NDArray

from resdsl.analysis.unroll import Tensor, tensors
from resdsl.backends.keras.places import layer_name, places_of
from resdsl.core.catalog import MissingWeight, UnexpectedWeight, WrongWeightShape
from resdsl.core.diagnostic import Diagnostic, ResdslError
from resdsl.core.nearest import did_you_mean
from resdsl.core.render import as_text
from resdsl.core.report import MOST
from resdsl.files import write_atomically
from resdsl.ir.net import Net
from resdsl.weights.arrays import Weights
from resdsl.weights.axes import convert, inverse
from resdsl.weights.checkpoint import unreadable
from resdsl.weights.match import match

# Keras has no types of its own to check.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

_PIECE = 2**20


class _Place(NamedTuple):
    """Where Keras keeps a tensor of the checkpoint."""

    tensor: Tensor
    path: str
    """The layer and its variable, as in `layer1_0_conv1/kernel`."""
    layouts: str

    def there(self, array: NDArray[Any]) -> NDArray[Any]:
        """From the checkpoint's layout to Keras's."""
        return convert(array, self.layouts, *self._sizes)

    def back(self, array: NDArray[Any]) -> NDArray[Any]:
        """From Keras's layout to the checkpoint's."""
        return convert(array, inverse(self.layouts), *self._sizes)

    @property
    def shape(self) -> tuple[int, ...]:
        """In Keras's layout."""
        return self.there(np.broadcast_to(np.float32(0), self.tensor.shape)).shape

    @property
    def _sizes(self) -> tuple[int, int]:
        x = self.tensor.layer.node.x
        return x.rank, int(x.channels)


def put(model: keras.Model, net: Net, weights: Weights) -> None:
    """Assign `weights` to every variable of the model that `net` became.

    Raises:
        ResdslError: the weights are not those of `net`, or the model is not.
    """
    matched = match(net, weights)
    variables = _matched(model, net)
    for place in _places(net):
        array = matched[place.tensor.key]
        variables[place.path].assign(place.there(array))


def extract(model: keras.Model, net: Net) -> dict[str, NDArray[Any]]:
    """The variables of a model as the checkpoint has them.

    What counts batches is not among them: Keras has no such variable.

    Raises:
        ResdslError: the model is not what `net` became.
    """
    variables = _matched(model, net)
    return {
        place.tensor.key: place.back(np.asarray(keras.ops.convert_to_numpy(value)))
        for place in _places(net)
        for value in [variables[place.path]]
    }


def read(path: Path, net: Net) -> dict[str, NDArray[Any]]:
    """The weights of a `.keras` file. No code that it may hold is run.

    Raises:
        ResdslError: it is no such file, or its model is not what `net` became.
        OSError: it cannot be read.
    """
    with path.open("rb"):  # tells what Keras does not
        pass
    try:
        model: Any = keras.saving.load_model(path, compile=False, safe_mode=True)
    except (BadZipFile, KeyError, OSError, TypeError, ValueError) as error:
        why = f"'{path.name}' is no model of Keras: {error}"
        raise unreadable(path, why.splitlines()[0]) from None
    return extract(model, net)


def write(path: Path, model: keras.Model) -> None:
    """Write a `.keras` file: afterwards `path` is the old file or the new one.

    Raises:
        OSError: the file could not be written; it is as it was.
    """
    with TemporaryDirectory() as folder:
        made = Path(folder, "model.keras")
        model.save(made)
        with made.open("rb") as stream:
            write_atomically(path, iter(lambda: stream.read(_PIECE), b""))


def _places(net: Net) -> Iterator[_Place]:
    for tensor in tensors(net):
        node = tensor.layer.node
        places = places_of(node)
        if tensor.weight.name in places:
            variable, layouts = places[tensor.weight.name]
            joint = "_" if "/" in variable else "/"
            path = f"{layer_name(tensor.layer.path)}{joint}{variable}"
            yield _Place(tensor, path, layouts)


def _matched(model: keras.Model, net: Net) -> dict[str, Any]:
    """Every variable of `model` by its layer's name and its own.

    Raises:
        ResdslError: they are not those of `net`.
    """
    there = {
        f"{layer.name}/{v.name}": v for layer in _layers(model) for v in layer.weights
    }
    found = tuple(_faults(net, there))[:MOST]
    if found:
        raise ResdslError(found, as_text(found))
    return there


def _layers(model: Any) -> Iterator[Any]:
    """The layers of a model; what is used more than once is a model within it."""
    layers: list[Any] = model.layers
    for layer in layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        else:
            yield layer


def _faults(net: Net, there: dict[str, Any]) -> Iterator[Diagnostic]:
    wanted = {place.path: place for place in _places(net)}
    unexpected = [path for path in there if path not in wanted]
    for path, place in wanted.items():
        span = place.tensor.layer.node.span
        if path not in there:
            hint = did_you_mean(path, unexpected)
            message = f"the model lacks '{path}', which is '{place.tensor.key}'"
            yield MissingWeight(span, message, hint=hint)
        elif tuple(there[path].shape) != place.shape:
            shape = tuple(there[path].shape)
            message = f"'{path}' is {shape}, but should be {place.shape}"
            yield WrongWeightShape(span, message)
    missing = [path for path in wanted if path not in there]
    for path in unexpected:
        message = f"'{net.name}' has no place for the model's '{path}'"
        yield UnexpectedWeight(net.unit.span, message, hint=did_you_mean(path, missing))
