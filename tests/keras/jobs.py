"""What a worker can be asked: each job takes arrays and gives arrays and facts."""

import contextlib
import warnings

import keras
import numpy as np
from keras import ops
from live import (
    Array,
    Arrays,
    Told,
    assign,
    channels_first,
    channels_last,
    floats,
    loaded,
    owners,
    returned,
    undrawn,
)


def excuse() -> None:
    """Let pass what the frameworks warn of, whatever the page says."""
    warnings.filterwarnings("ignore", "__array__ implementation doesn't accept a copy")


def output(
    arrays: Arrays, source: str, dtype: str, sizes: list[int] | None = None
) -> Told:
    """What the page computes in evaluation."""
    x = arrays.pop("x")
    with floats(dtype):
        options = {} if sizes is None else {"input_shape": (*sizes, x.shape[1])}
        model = loaded(source, arrays, **options)
        y = model(ops.convert_to_tensor(channels_last(x)), training=False)
        facts = {"shape": list(model.output_shape), "dtype": str(y.dtype)}
        y = channels_first(ops.convert_to_numpy(y))
    return {"y": y}, facts


def applications(arrays: Arrays, name: str, classes: int) -> Told:
    """A network of keras.applications: its weights, and its output.

    They are those given, or else as Keras draws them, and settled. They come in torch's
    layout, and in the order in which they are used.
    """
    keras.utils.set_random_seed(0)
    x = ops.convert_to_tensor(channels_last(arrays.pop("x")))
    with undrawn() if arrays else contextlib.nullcontext():
        model = getattr(keras.applications, name)(
            weights=None,
            input_shape=x.shape[1:],
            classes=classes,
            classifier_activation=None,
        )
    if arrays:
        assign(model, arrays)
    else:
        settle(model, x)
    y = ops.convert_to_numpy(model(x, training=False))
    state = {
        key: returned(layer, ops.convert_to_numpy(variable))
        for key, (layer, variable) in owners(model).items()
    }
    return {"y": channels_first(y), **state}, {}


def settle(model: keras.Model, x: Array) -> None:
    """Scales of 0.5 to 1.5, small shifts and biases, and statistics near those of `x`.

    As `resdsl.reference.calibrated` does it, so that rounding does not grow.
    """
    draws = np.random.default_rng(0)
    values = {id(model.inputs[0]): x}
    for layer in model.layers[1:]:
        taken = layer.input
        args = keras.tree.map_structure(lambda tensor: values[id(tensor)], taken)
        for variable in layer.weights:
            low, high = (0.5, 1.5) if variable.name == "gamma" else (-0.2, 0.2)
            if variable.name in ("gamma", "beta", "bias"):
                variable.assign(draws.uniform(low, high, variable.shape))
        if isinstance(layer, keras.layers.BatchNormalization):
            y = ops.convert_to_numpy(args)
            mean = 0.05 * y.mean((0, 1, 2)) + 0.95 * y.mean()
            square = 0.05 * (y**2).mean((0, 1, 2)) + 0.95 * (y**2).mean()
            layer.moving_mean.assign(mean)
            layer.moving_variance.assign(square - mean**2)
        values[id(layer.output)] = layer(args)
