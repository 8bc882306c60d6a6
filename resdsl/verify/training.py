"""One step of training, compared: the loss, the gradients, the running statistics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resdsl import reference
from resdsl.ir.net import Net
from resdsl.reference.layers import OVER_N
from resdsl.reference.run import Walk
from resdsl.verify.compare import difference, named, worst
from resdsl.verify.job import Arrays, Step
from resdsl.verify.result import Verdict


class Expected(NamedTuple):
    """What a step should give. The reference has no gradients: these are measured."""

    loss: float
    statistics: Arrays
    biased: Arrays
    """The same, with running variances over n instead of n - 1."""


def expected_step(
    net: Net,
    weights: Mapping[str, NDArray[Any]],
    x: NDArray[Any],
    wanted: Mapping[str, NDArray[Any]],
) -> Expected:
    """The reference's step towards what is `wanted` of each output.

    Raises:
        ValueError: a layer draws numbers, so that no two frameworks agree.
    """
    outputs, moved = reference.train(net, weights, x)
    over_n = Walk(OVER_N, weights, np.float64, None)
    over_n.through(net, x)
    losses = (np.square(y - wanted[name]).mean() for name, y in named(outputs).items())
    loss = float(sum(losses))
    return Expected(loss, _statistics(moved), _statistics(over_n.changed))


def _statistics(moved: Arrays) -> Arrays:
    return {key: array for key, array in moved.items() if ".running_" in key}


def verdicts(
    step: Step,
    expected: Expected,
    gradients: Arrays | None,
    biased: bool,
    tolerance: float,
) -> Iterator[Verdict]:
    """How one framework's step differs.

    Args:
        step: the framework's, in float64.
        expected: the reference's.
        gradients: those of the framework that all others are held to; none for itself.
        biased: whether the framework's running variances are known to be over n.
        tolerance: of each difference.
    """
    loss = difference(np.asarray([step.loss]), np.asarray([expected.loss]))
    yield Verdict("loss", loss, tolerance)
    if gradients is not None:
        yield _placed("gradients", *worst(step.gradients, gradients), tolerance)
    wanted = expected.biased if biased else expected.statistics
    yield _placed("statistics", *worst(step.statistics, wanted), tolerance)


def _placed(what: str, apart: float, key: str, tolerance: float) -> Verdict:
    return Verdict(what, apart, tolerance, "" if apart <= tolerance else key)
