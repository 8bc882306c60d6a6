"""What a worker can be asked: each job takes arrays and gives arrays and facts."""

import contextlib
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from live import (
    Arrays,
    Told,
    assign,
    build,
    channels_first,
    channels_last,
    floats,
    loaded,
    numbers,
    owners,
    returned,
    undrawn,
)


def excuse() -> None:
    """Let pass what the frameworks warn of, whatever the page says."""
    warnings.filterwarnings("ignore", "__array__ implementation doesn't accept a copy")
    # A random net may attend to one position.
    warnings.filterwarnings(
        "ignore", ".*You are using a softmax over axis", UserWarning
    )


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
        y = channels_first(numbers(y))
    return {"y": y}, facts


def applications(arrays: Arrays, name: str, classes: int) -> Told:
    """A network of keras.applications: its weights, and its output.

    They are those given, or else as Keras draws them, and settled. They come in torch's
    layout, and in the order in which they are used.
    """
    keras.utils.set_random_seed(0)
    x: Any = ops.convert_to_tensor(channels_last(arrays.pop("x")))
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
    y = numbers(model(x, training=False))
    state = {
        key: returned(layer, numbers(variable))
        for key, (layer, variable) in owners(model).items()
    }
    return {"y": channels_first(y), **state}, {}


def settle(model: Any, x: Any) -> None:
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
            y = numbers(args)
            mean = 0.05 * y.mean((0, 1, 2)) + 0.95 * y.mean()
            square = 0.05 * (y**2).mean((0, 1, 2)) + 0.95 * (y**2).mean()
            statistics: Any = layer
            statistics.moving_mean.assign(mean)
            statistics.moving_variance.assign(square - mean**2)
        values[id(layer.output)] = layer(args)


def step(arrays: Arrays, source: str, dtype: str, **options: Any) -> Told:
    """One step of plain gradient descent at rate 1 on the mean squared error."""
    x, wanted = arrays.pop("x"), arrays.pop("wanted")
    with floats(dtype):
        model = loaded(source, arrays, **options)
        model.compile(optimizer=keras.optimizers.SGD(1.0), loss="mse")
        loss = model.train_on_batch(channels_last(x), channels_last(wanted))
        after = {
            key: returned(layer, numbers(variable))
            for key, (layer, variable) in owners(model).items()
        }
    return after, {"loss": float(loss)}


def dropped(arrays: Arrays, source: str) -> Told:
    """What the page computes in training."""
    keras.utils.set_random_seed(0)
    model = build(source)
    y = model(ops.convert_to_tensor(channels_last(arrays["x"])), training=True)
    return {"y": channels_first(numbers(y))}, {}


def kept(arrays: Arrays, source: str, folder: str) -> Told:
    """What a model computes before and after it was saved, exported and compiled."""
    x = ops.convert_to_tensor(channels_last(arrays.pop("x")))
    model = loaded(source, arrays)
    path = Path(folder, "model.keras")
    model.save(path)
    restored: Any = keras.saving.load_model(path)
    found = {"before": model(x, training=False), "saved": restored(x, training=False)}
    found["compiled"] = compiled(model, x)
    found["predicted"] = model.predict(x, verbose=0)
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        exported = str(Path(folder, "exported"))
        model.export(exported, verbose=False)
        served: Any = tensorflow.saved_model.load(exported)
        found["exported"] = served.serve(x)
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    drawing: Any = keras.utils.model_to_dot(model, show_shapes=True)
    dot = drawing.to_string()
    names = [layer.name for layer in model.layers]
    facts = {"summary": "\n".join(lines), "dot": dot, "names": names}
    return {key: numbers(value) for key, value in found.items()}, facts


def named(arrays: Arrays, source: str, folder: str) -> Told:
    """The outputs of a model that has several, before and after it was saved."""
    x = ops.convert_to_tensor(channels_last(arrays.pop("x")))
    model = loaded(source, arrays)
    path = Path(folder, "model.keras")
    model.save(path)
    restored: Any = keras.saving.load_model(path)
    runs = {
        "before": model(x, training=False),
        "saved": restored(x, training=False),
        "predicted": model.predict(x, verbose=0),
        "compiled": compiled(model, x),
    }
    found = {
        f"{run} {name}": channels_first(numbers(y))
        for run, outputs in runs.items()
        for name, y in outputs.items()
    }
    return found, {"names": list(model.output)}


def compiled(model: Any, x: Any) -> Any:
    """The output of the whole model as one function of the backend."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        return tensorflow.function(lambda x: model(x, training=False))(x)
    if keras.backend.backend() == "jax":
        import jax

        trained = [variable.value for variable in model.trainable_variables]
        others = [variable.value for variable in model.non_trainable_variables]

        def call(trained: Any, others: Any, x: Any) -> Any:
            return model.stateless_call(trained, others, x, training=False)[0]

        return jax.jit(call)(trained, others, x)
    return model(x, training=False)


def fitted(arrays: Arrays, source: str, policy: str) -> Told:
    """One epoch of `fit` with a dtype policy; the loss before and after."""
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    model = build(source)
    keras.config.set_dtype_policy(usual)
    x, labels = channels_last(arrays["x"]), arrays["labels"]
    model.compile(
        optimizer=keras.optimizers.SGD(0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    history = model.fit(x, labels, batch_size=4, epochs=2, verbose=0).history
    y = model(ops.convert_to_tensor(x), training=False)
    return {"y": numbers(ops.cast(y, "float32"))}, {
        "loss": history["loss"],
        "dtype": str(model.layers[1].compute_dtype),
    }


def started(_: Arrays, source: str) -> Told:
    """The weights that a page draws, in torch's layout."""
    keras.utils.set_random_seed(0)
    return {
        key: returned(layer, numbers(variable))
        for key, (layer, variable) in owners(build(source)).items()
    }, {}
