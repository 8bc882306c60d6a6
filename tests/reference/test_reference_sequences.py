"""Layers whose channels are last, against torch, in evaluation and in training."""

import pytest
from sequences import SEQUENCES
from test_reference_layers import check


@pytest.mark.parametrize("body", SEQUENCES)
def test_a_sequence_computes_what_torch_does(body: str) -> None:
    check(body)
