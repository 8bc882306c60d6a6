"""Random nets through Keras, in a process of TensorFlow's."""

from pathlib import Path

import numpy as np
from held import SINGLE, Apart, case, close
from noise import outweighs
from runs import search
from workers import Worker

import resdsl

ENOUGH = 150


def test_random_nets_compute_what_the_language_says(tmp_path: Path) -> None:
    worker = Worker("tensorflow", tmp_path)

    def hold(text: str) -> set[str]:
        made = case(resdsl.load(text, net="n"))
        y = worker.output(made.network, made.weights, made.x)
        try:
            close(np.asarray(y), made.y, SINGLE, "Keras")
        except Apart:
            net, weights = made.network.ir, made.weights
            if not outweighs(net, weights, made.x, "float32", SINGLE):
                raise
            return {"float32"}
        return set()

    try:
        tally = search(hold, ENOUGH, 5)
    finally:
        worker.close()
    assert tally.held == ENOUGH
    # Keras has no stride with dilation, among others: docs/targets.md.
    assert tally.refused.total() < 0.1 * ENOUGH
    # In each of these, torch in float32 is as far from the reference.
    assert tally.excused["float32"] < 0.1 * ENOUGH
