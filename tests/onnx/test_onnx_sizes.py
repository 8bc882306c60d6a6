"""Which sizes a graph leaves open: those that nothing in the net depends on."""

import numpy as np
import pytest
from doubles import batch
from runtimes import BOUND, answer, difference, model_of, text_net, weights_of

from resdsl.analysis.sizes import open_sizes
from resdsl.backends.onnx import source
from resdsl.reference import run

CASES = {
    # A pool over all positions takes any.
    "input 3 x 8 x 8\n    conv 3, 4 | avgpool | flatten\n    linear 2": "H W -> ",
    "input 3 x 8 x 8\n    conv 3, 4, /2": "H W -> (H + 1) // 2 (W + 1) // 2",
    "input 3 x 8\n    conv 3, 4": "L -> L",
    "input 3 x 4 x 8 x 8\n    conv 3, 4": "D H W -> D H W",
    "input 3 x Rows x 8\n    conv 3, 4": "Rows W -> Rows W",
    "input 3 x H x 8\n    conv 3, 4 | avgpool": "H W -> 1 1",
    "input 3 x W x 8\n    conv 3, 4": "W W_ -> W W_",
    # Flattened positions are the length of a vector.
    "input 3 x 8 x 8\n    flatten | linear 2": "8 8 -> ",
    "input 3 x 8 x 8\n    maxpool 8 | flatten | linear 2": "8 8 -> ",
    # Halved and doubled, only an even size fits again.
    "input 3 x 8 x 8\n    residual:\n        maxpool 2 | upsample 2": "8 8 -> 8 8",
    "input 3 x 8 x 8\n    residual:\n        conv 3, 3": "H W -> H W",
    "input 3 x 8 x 8\n    2 * conv 2x2, 3, padding=1\n    avgpool": "H W -> 1 1",
    "input 3 x 8 x 8\n    conv 8x1, 4": "H W -> H - 7 W",
    "input 4\n    linear 2": " -> ",
}


@pytest.mark.parametrize(("body", "expected"), CASES.items())
def test_a_size_is_open_unless_something_depends_on_it(
    body: str, expected: str
) -> None:
    network = text_net(body)
    shapes = [" ".join(map(str, shape.spatial)) for shape in open_sizes(network.ir)]
    assert " -> ".join(shapes) == expected


@pytest.mark.parametrize("body", CASES)
def test_any_size_that_is_open_is_computed(body: str) -> None:
    network = text_net(body)
    if not all(isinstance(size, int) for size in network.input_shape):
        return
    x = batch(network, 2)
    weights = weights_of(network, x)
    model = model_of(network, weights)
    free, _ = open_sizes(network.ir)
    sizes = [
        size if isinstance(size, int) else 11 + axis
        for axis, size in enumerate(free.spatial)
    ]
    other = np.random.default_rng(3).standard_normal((5, int(free.channels), *sizes))
    for y in (x, other):
        assert difference(answer(model, y), run(network.ir, weights, y)) < BOUND


def test_a_size_called_like_the_batch_stays_another() -> None:
    network = text_net("input 3 x N x N\n    conv 3, 4")
    assert "float[batch, 3, N, N] input" in source(network.ir)
