"""What the parent tells a runner, and what the runner leaves behind, in one folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import (
    load_file,  # pyright: ignore[reportUnknownVariableType]
    save_file,  # pyright: ignore[reportUnknownVariableType]
)

from resdsl.compiler import Origin, load_net
from resdsl.core.limits import Limits
from resdsl.core.record import NamedTuple
from resdsl.ir.net import Net
from resdsl.ir.outputs import with_outputs

Arrays = dict[str, NDArray[Any]]
OUTPUT = ":y"
_INPUT, _WANTED, _WEIGHT = ":x", "wanted ", "weight "
_LOSS, _GRADIENT, _STATISTIC = ":loss", "gradient ", "statistic "


class Job(NamedTuple):
    """A text and which of its nets to run."""

    text: str
    origin: Origin
    params: dict[str, object]
    """Each the text of an expression."""
    limits: Limits
    nets: tuple[str, ...]
    dtypes: tuple[str, ...]
    outputs: tuple[str, ...] = ()
    train: bool = False
    trace: bool = False

    def net(self, name: str) -> Net:
        """One of its nets, understood anew.

        Raises:
            ResdslError: the text has findings.
        """
        data = self.text.encode("utf-8", "surrogateescape")
        net = load_net(data, self.origin, name, dict(self.params), self.limits)
        return with_outputs(net, self.outputs) if self.outputs else net

    def write(self, path: Path) -> None:
        """Leave the job for a runner."""
        plain = {**self._asdict(), "limits": self.limits._asdict()}
        plain["origin"] = (self.origin.name, self.origin.root and str(self.origin.root))
        path.write_text(json.dumps(plain), "utf-8")

    @staticmethod
    def read(path: Path) -> Job:
        """The job that is left at `path`."""
        plain = json.loads(path.read_text("utf-8"))
        name, root = plain.pop("origin")
        origin = Origin(name, Path(root) if root else None)
        limits = Limits(**plain.pop("limits"))
        lists = {key: tuple(plain.pop(key)) for key in ("nets", "dtypes", "outputs")}
        return Job(origin=origin, limits=limits, **lists, **plain)


class Given(NamedTuple):
    """What a runner is handed: an input, what training wants of it, and weights."""

    x: NDArray[Any]
    wanted: Arrays
    """For each output, by its name; the only one has none."""
    weights: Arrays

    def arrays(self) -> Arrays:
        """All as arrays alone."""
        return {
            _INPUT: self.x,
            **{_WANTED + name: array for name, array in self.wanted.items()},
            **{_WEIGHT + key: array for key, array in self.weights.items()},
        }

    @staticmethod
    def of(arrays: Arrays) -> Given:
        """What `arrays` gave."""
        wanted, weights = _within(arrays, _WANTED), _within(arrays, _WEIGHT)
        return Given(arrays[_INPUT], wanted, weights)


class Step(NamedTuple):
    """One step of training: the loss, gradients, moved statistics.

    The loss is the mean squared error, of several outputs their sum.
    """

    loss: float
    gradients: Arrays
    statistics: Arrays

    def arrays(self) -> Arrays:
        """The step as arrays alone."""
        return {
            _LOSS: np.asarray(self.loss),
            **{_GRADIENT + key: array for key, array in self.gradients.items()},
            **{_STATISTIC + key: array for key, array in self.statistics.items()},
        }

    @staticmethod
    def of(arrays: Arrays) -> Step:
        """The step that `arrays` gave."""
        return Step(
            float(arrays[_LOSS]),
            _within(arrays, _GRADIENT),
            _within(arrays, _STATISTIC),
        )


def _within(arrays: Arrays, start: str) -> Arrays:
    found = arrays.items()
    return {k.removeprefix(start): a for k, a in found if k.startswith(start)}


def save(path: Path, arrays: Arrays) -> None:
    """Write arrays by their names."""
    save_file({key: np.array(a, order="C") for key, a in arrays.items()}, path)


def restore(path: Path) -> Arrays:
    """The arrays that `save` wrote.

    Raises:
        FileNotFoundError: nobody wrote there.
    """
    return load_file(path)
