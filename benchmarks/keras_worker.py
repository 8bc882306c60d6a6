"""Times one backend of Keras: `keras_worker.py PAGE ANSWER ROUNDS`."""

import importlib.util
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from benchmarks.keras import NET, OURS, THEIRS
from benchmarks.measure import Compare, Timer, round_robin
from benchmarks.timers import call

# Keras has no types of its own to check.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

BATCHES = (1, 8)
Construct = Callable[[], Any]


def main(page: Path, answer: Path, rounds: int) -> None:
    ours = constructor(page)
    resnet50: Any = keras.applications.ResNet50
    theirs = partial(resnet50, weights=None, classifier_activation=None)
    told: dict[str, Any] = {"same": same(ours(), theirs()), "seconds": []}
    works: dict[str, Callable[[Construct], Timer]] = {
        "construct": call,
        **{f"forward, batch {n}": partial(forward, n) for n in BATCHES},
    }
    for name, work in works.items():
        mine, base = f"{OURS}: {name}", f"{THEIRS}: {name}"
        makers = {base: partial(work, theirs), mine: partial(work, ours)}
        title = f"{keras.backend.backend()}: {name}"
        measured = round_robin(makers, [Compare(mine, base)], rounds, title)
        told["seconds"].append(dict(measured.seconds))
    answer.write_text(json.dumps(told), "utf-8")


def constructor(page: Path) -> Construct:
    """The page as a user has it: a module of its own."""
    spec = importlib.util.spec_from_file_location(page.stem, page)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, NET)


def same(ours: Any, theirs: Any) -> str:
    """The largest difference with one set of weights: in the order of their use."""
    mine = [w for w in ours.weights if "downsample" not in w.path]
    others = [w for w in theirs.weights if "_0_" not in w.path]
    bridges = [w for w in ours.weights if "downsample" in w.path]
    others += [w for w in theirs.weights if "_0_" in w.path]
    for variable, other in zip([*mine, *bridges], others, strict=True):
        variable.assign(other)
    x = pictures(1)
    expected, got = (numbers(model(x, training=False)) for model in (theirs, ours))
    return f"{abs(got - expected).max() / abs(expected).max():.1e}"


def forward(batch: int, network: Construct) -> Timer:
    """Evaluation, compiled whole."""
    x = keras.ops.convert_to_tensor(pictures(batch))
    run = compiled(network())
    return call(lambda: numbers(run(x)))


def numbers(tensor: Any) -> NDArray[Any]:
    convert: Any = keras.ops.convert_to_numpy
    return convert(tensor)


def compiled(model: Any) -> Callable[[Any], Any]:
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        function: Any = tensorflow.function
        return function(partial(model, training=False))
    import jax

    trained = [variable.value for variable in model.trainable_variables]
    others = [variable.value for variable in model.non_trainable_variables]

    def evaluate(trained: Any, others: Any, x: Any) -> Any:
        return model.stateless_call(trained, others, x, training=False)[0]

    jit: Any = jax.jit
    return partial(jit(evaluate), trained, others)


def pictures(batch: int) -> Any:
    draws = np.random.default_rng(0)
    return draws.standard_normal((batch, 224, 224, 3), np.float32)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
