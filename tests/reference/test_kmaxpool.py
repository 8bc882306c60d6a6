"""Of equal values `kmaxpool` keeps the earlier ones, so that all targets agree."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import resdsl
from resdsl.reference import run

K = 5
TIES = f"net n:\n    input 4 x 100\n    kmaxpool {K}\n"
"""Longer than what frameworks sort in a stable way whatever they are asked for."""


def tied() -> NDArray[np.float64]:
    """A batch with many equal values in it, among them zeros of both signs."""
    rng = np.random.default_rng(0)
    few = rng.choice([-1.0, -0.0, 0.0, 1.0], p=[0.5, 0.24, 0.24, 0.02], size=(3, 4, 99))
    return np.concatenate([few, np.full((3, 4, 1), 2.0)], axis=2)


def kept(x: NDArray[np.float64], k: int = K) -> NDArray[np.float64]:
    """What the language says, value by value."""
    rows = [_kept(row, k) for row in x.reshape(-1, x.shape[2]).tolist()]
    return np.array(rows).reshape(*x.shape[:2], k)


def _kept(row: list[float], k: int) -> list[float]:
    ranked = sorted(range(len(row)), key=lambda place: (-row[place], place))
    return [row[place] for place in sorted(ranked[:k])]


def test_it_says_what_the_paper_says() -> None:
    assert _kept([3.0, 0.0, 5.0, 0.0, 4.0, 0.0], 4) == [3.0, 0.0, 5.0, 4.0]


def test_of_equal_values_the_earlier_are_kept() -> None:
    x, network = tied(), resdsl.load(TIES)
    np.testing.assert_array_equal(run(network.ir, {}, x), kept(x))
    np.testing.assert_array_equal(network.build("torch")(torch.from_numpy(x)), kept(x))


def test_gradients_go_to_what_is_kept() -> None:
    x = torch.tensor([[[3.0, 0.0, 5.0, 0.0, 4.0]]] * 2, requires_grad=True)
    network = resdsl.load("net n:\n    input 1 x 5\n    kmaxpool 4\n")
    weights = torch.tensor([1.0, 2.0, 3.0, 4.0])
    (network.build("torch")(x) * weights).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[[1.0, 2.0, 3.0, 0.0, 4.0]]] * 2


def test_an_open_length_may_turn_out_too_short() -> None:
    network = resdsl.load("net n:\n    input 4 x L\n    kmaxpool 5\n")
    assert network.output_shape == (4, 5)
    model = network.build("torch")
    assert model(torch.zeros(2, 4, 5)).shape == (2, 4, 5)
    with pytest.raises(RuntimeError, match="exceeds dimension size"):
        model(torch.zeros(2, 4, 4))
