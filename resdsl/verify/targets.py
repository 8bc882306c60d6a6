"""The frameworks that a network can be run in, and what each needs installed."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from resdsl.core.nearest import did_you_mean
from resdsl.core.record import NamedTuple


class Runner(NamedTuple):
    """One way to run a network, in a process of its own."""

    module: str
    """The file of this room that runs it."""
    packages: tuple[str, ...]
    extra: str
    """What to install: `pip install 'resdsl[extra]'`."""
    environment: dict[str, str]
    dtypes: tuple[str, ...] = ("float32", "float64")
    """What it computes in."""
    trains: bool = True
    coarse: frozenset[str] = frozenset()
    """Layers whose constants it has in float32, whatever it computes in."""
    biased: bool = False
    """Whether running variances are over n, where the language's are over n - 1."""


def _keras(backend: str, coarse: frozenset[str] = frozenset()) -> Runner:
    environment = {
        "KERAS_BACKEND": backend,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "JAX_ENABLE_X64": "1",
    }
    packages = ("keras", backend)
    extra = "keras,torch" if backend == "torch" else backend
    return Runner("in_keras", packages, extra, environment, biased=True, coarse=coarse)


RUNNERS = {
    "torch": Runner("in_torch", ("torch",), "torch", {}),
    "keras-tensorflow": _keras("tensorflow", frozenset(("gelu", "leaky_relu"))),
    "keras-jax": _keras("jax"),
    "keras-torch": _keras("torch"),
    # Onnxruntime has no convolution in float64 and no training.
    "onnx": Runner(
        "in_onnx",
        ("onnx", "onnxruntime"),
        "onnxruntime",
        {},
        ("float32",),
        trains=False,
    ),
}


def missing(name: str) -> tuple[str, ...]:
    """The packages that a runner needs and that are not installed."""
    packages = RUNNERS[name].packages
    return tuple(package for package in packages if find_spec(package) is None)


def runner_names(asked: Iterable[str] | None) -> list[str]:
    """The runners that are meant: `keras` stands for all three of its backends.

    Raises:
        ValueError: there is no such target; the message names the nearest.
    """
    if asked is None:
        return list(RUNNERS)
    chosen: list[str] = []
    for word in asked:
        names = [n for n in RUNNERS if n == word or n.startswith(f"{word}-")]
        if not names:
            near = did_you_mean(word, RUNNERS) or f"there are: {', '.join(RUNNERS)}"
            raise ValueError(f"there is no target '{word}' to run; {near}")
        chosen += [name for name in names if name not in chosen]
    return chosen
