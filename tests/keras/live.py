"""A page as a live model, and the tensors of a checkpoint in it."""

import contextlib
import inspect
from collections import defaultdict
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import keras
import numpy as np
from keras.src.backend.common import dtypes
from numpy.typing import NDArray

Array = NDArray[Any]
Arrays = dict[str, Array]
Told = tuple[Arrays, dict[str, Any]]

VARIABLES = {
    "kernel": "weight",
    "gamma": "weight",
    "alpha": "weight",
    "beta": "bias",
    "bias": "bias",
    "embeddings": "weight",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def constructor(source: str) -> Callable[..., Any]:
    """The last function of a page, which is that of its net."""
    module = ModuleType("page")
    exec(compile(source, "page.py", "exec", dont_inherit=True), module.__dict__)
    *_, last = (f for f in vars(module).values() if inspect.isfunction(f))
    return last


def build(source: str, **options: Any) -> Any:
    """The model of a page, whose weights are drawn as the page says."""
    return constructor(source)(**options)


def undrawn() -> contextlib.AbstractContextManager[object]:
    """Within, no weights are drawn that nobody will see: JAX takes a second a shape."""
    if keras.backend.backend() == "jax":
        return keras.StatelessScope(initialize_variables=False)
    return contextlib.nullcontext()


def loaded(source: str, state: Arrays, **options: Any) -> Any:
    """The model of a page with the tensors of a checkpoint."""
    with undrawn():
        model = build(source, **options)
    if keras.backend.backend() == "jax":
        # Forgets that these weights were to be drawn.
        keras.backend.clear_session(free_memory=False)
    assign(model, state)
    return model


def numbers(tensor: Any) -> Array:
    """A tensor of the backend in NumPy."""
    convert: Any = keras.ops.convert_to_numpy
    return convert(tensor)


def channels_last(x: Array) -> Array:
    return np.moveaxis(x, 1, -1)


def channels_first(x: Array) -> Array:
    return np.moveaxis(x, -1, 1)


@contextlib.contextmanager
def floats(dtype: str) -> Iterator[None]:
    """Within, a layer's numbers are of type `dtype`.

    Except with TensorFlow, Keras makes float64 float32 in places, for the sake of
    accelerators: a table of its own says so, which is told otherwise.
    """
    usual = keras.config.floatx()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    if keras.backend.backend() == "jax":
        import jax

        jax.config.update("jax_enable_x64", dtype == "float64")
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = dtype
    yield
    keras.config.set_floatx(usual)
    keras.config.set_dtype_policy(usual)


def every_layer(model: Any) -> Iterator[Any]:
    """The layers of a model and of the models within it."""
    for layer in model.layers:
        yield from every_layer(layer) if hasattr(layer, "layers") else (layer,)


def owners(model: Any) -> dict[str, tuple[str, Any]]:
    """Each variable of a model, as the checkpoint calls it."""
    found: dict[str, tuple[str, Any]] = {}
    for layer in every_layer(model):
        for variable in layer.weights:
            if variable.name in VARIABLES:
                kind = type(layer).__name__
                path = layer.name.removesuffix("_embedding")
                bare = kind == "EinsumDense"
                key = path if bare else f"{path}.{VARIABLES[variable.name]}"
                assert key not in found, key
                found[key] = (kind, variable)
    return found


def keys(state: Arrays) -> dict[str, str]:
    """The checkpoint's names, by how a page's layers are called."""
    found = defaultdict(list)
    for key in state:
        if not key.endswith(".num_batches_tracked"):
            found[_joined(key)].append(key)
    assert all(len(names) == 1 for names in found.values())
    return {ours: names[0] for ours, names in found.items()}


def _joined(key: str) -> str:
    """A name in which no part can be told: a layer may be of one weight alone."""
    return key.replace(".", "_").removesuffix("_weight")


def assign(model: Any, state: Arrays) -> None:
    """Put every tensor of a checkpoint into the one variable that it is for."""
    there = {_joined(key): owner for key, owner in owners(model).items()}
    given = keys(state)
    assert there.keys() == given.keys(), there.keys() ^ given.keys()
    for key, (layer, variable) in there.items():
        value = turned(layer, state[given[key]], variable.shape)
        assert tuple(variable.shape) == value.shape, (key, variable.shape, value.shape)
        variable.assign(value)


def turned(layer: str, value: Array, shape: Any) -> Array:
    """A tensor in torch's layout, in Keras's."""
    if layer == "PReLU":
        return value.reshape((1,) * (len(shape) - 1) + value.shape)
    if layer == "EinsumDense" and len(shape) < 3:
        return value.reshape(shape)
    if layer == "EinsumDense":
        return np.moveaxis(value, (0, 1), (-1, -2))[None]
    if value.ndim == 1:
        return value
    if layer == "Dense":
        return value.T
    if layer == "Embedding":
        return value.reshape(shape)
    if layer.startswith("DepthwiseConv"):
        *_, channels, multiplier = shape
        split = value.reshape(channels, multiplier, *value.shape[2:])
        return np.moveaxis(split, (0, 1), (-2, -1))
    return np.moveaxis(value, (0, 1), (-1, -2))


def returned(layer: str, value: Array) -> Array:
    """A tensor in Keras's layout, in torch's."""
    if layer == "PReLU":
        return value.reshape(-1)
    if value.ndim == 1:
        return value
    if layer == "Dense":
        return value.T
    if layer.startswith("DepthwiseConv"):
        moved = np.moveaxis(value, (-2, -1), (0, 1))
        return moved.reshape(-1, 1, *moved.shape[2:])
    return np.moveaxis(value, (-1, -2), (0, 1))
