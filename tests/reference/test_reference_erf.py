"""The error function, to the last bit or two."""

import math

import numpy as np

from resdsl.reference.activations import erf


def test_it_is_exact_everywhere() -> None:
    near = np.random.default_rng(0).uniform(-7, 7, 100_000)
    tiny = 10.0 ** np.linspace(-300, 0, 1000)
    x = np.concatenate([near, tiny, -tiny, [0, 6, -6, 1e9, -1e9, np.inf, -np.inf]])
    exact = np.array([math.erf(value) for value in x])
    np.testing.assert_allclose(erf(x), exact, rtol=1e-15, atol=0)
    np.testing.assert_array_equal(erf(-x), -erf(x))


def test_it_keeps_the_shape() -> None:
    assert erf(np.zeros((2, 3, 4))).shape == (2, 3, 4)
