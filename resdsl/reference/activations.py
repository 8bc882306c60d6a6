"""Element-wise functions."""

from __future__ import annotations

from math import erf as erf_of
from math import exp, pi, sqrt

import numpy as np

from resdsl.ops.activation import Elu, Gelu, LeakyRelu, Prelu
from resdsl.reference.arrays import Array, Tensors, per_channel


def relu(x: Array) -> Array:
    """The larger of x and 0."""
    return np.maximum(x, 0)


def relu6(x: Array) -> Array:
    """As relu, but 6 at most."""
    return np.clip(x, 0, 6)


def leaky_relu(layer: LeakyRelu, x: Array, _: Tensors) -> Array:
    """Negative x times the slope."""
    return np.where(x > 0, x, layer.slope * x)


def elu(layer: Elu, x: Array, _: Tensors) -> Array:
    """Negative x as alpha * (exp(x) - 1)."""
    return np.where(x > 0, x, layer.alpha * np.expm1(np.minimum(x, 0)))


def prelu(_: Prelu, x: Array, w: Tensors) -> Array:
    """Negative x times the slope of its channel."""
    return np.where(x > 0, x, per_channel(w["weight"], x) * x)


def gelu(layer: Gelu, x: Array, _: Tensors) -> Array:
    """Times the Gaussian distribution function, the exact one unless asked."""
    if layer.approximate:
        return x * (1 + np.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2
    return x * (1 + erf(x / sqrt(2))) / 2


def silu(x: Array) -> Array:
    """Times the sigmoid."""
    return x * sigmoid(x)


def mish(x: Array) -> Array:
    """Times tanh(softplus(x)), where softplus(x) = log(1 + exp(x))."""
    return x * np.tanh(np.logaddexp(0, x))


def sigmoid(x: Array) -> Array:
    """The logistic function 1 / (1 + exp(-x)), written so that no x overflows."""
    return np.exp(-np.logaddexp(0, -x))


def tanh(x: Array) -> Array:
    """The hyperbolic tangent."""
    return np.tanh(x)


def hardsigmoid(x: Array) -> Array:
    """The sigmoid in three straight lines, of slope 1/6 between -3 and 3."""
    return np.clip(x + 3, 0, 6) / 6


def hardswish(x: Array) -> Array:
    """Times the hardsigmoid."""
    return x * hardsigmoid(x)


def erf(x: Array) -> Array:
    """The error function, to the last bit or two; NumPy has none.

    Its Taylor series about the nearest of the points that `_erf_series` knows.
    """
    no_number = np.isnan(x)
    x = np.clip(np.where(no_number, 0, x), -_END, _END)  # where it is 1 to every bit
    nearest = np.rint(x * _STEPS)
    column = nearest.astype(np.intp) + _END * _STEPS
    distance = x - nearest / _STEPS
    y = np.zeros_like(x)
    for coefficients in _SERIES[::-1]:
        y = y * distance + coefficients[column]
    return np.where(no_number, np.nan, y)


def _erf_series(point: float) -> list[float]:
    """The Taylor coefficients of erf about `point`.

    With h the distance, its slope s = 2 / sqrt(pi) * exp(-(point + h)^2) has the slope
    s' = -2 (point + h) s, which tells each coefficient of s from the two before it.
    """
    slope = [0.0, 2 / sqrt(pi) * exp(-(point**2))]
    for n in range(1, _TERMS):
        slope.append(-2 / n * (point * slope[-1] + slope[-2]))
    return [erf_of(point), *(slope[n] / n for n in range(1, _TERMS))]


_END, _STEPS, _TERMS = 6, 64, 9
_SERIES = np.array(
    [_erf_series(at / _STEPS) for at in range(-_END * _STEPS, _END * _STEPS + 1)]
).T
