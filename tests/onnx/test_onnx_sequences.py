"""Layers whose channels are last, in onnxruntime and in ONNX's own evaluator."""

import pytest
from sequences import SEQUENCES
from test_onnx_layers import OPSETS, check


@pytest.mark.parametrize("opset", OPSETS)
@pytest.mark.parametrize("body", SEQUENCES)
def test_a_sequence_computes_what_the_language_says(body: str, opset: int) -> None:
    check(body, opset)
