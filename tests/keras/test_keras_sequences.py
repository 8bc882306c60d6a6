"""Layers whose channels are last, on every backend."""

import pytest
from sequences import SEQUENCES
from test_keras_layers import check
from workers import Worker


@pytest.mark.parametrize("body", SEQUENCES)
def test_a_sequence_computes_what_the_language_says(worker: Worker, body: str) -> None:
    # TensorFlow keeps the constants of some activations in float32.
    dtypes = ["float32"] if "gelu" in body else ["float32", "float64"]
    check(worker, body, *dtypes)
